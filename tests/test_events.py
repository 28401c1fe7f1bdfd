#!/usr/bin/env python3
"""cabscan events, as a user meets it: test_events.py CABSCAN CASES ROOT

CASES is the directory with the built fixture cases, ROOT the source tree.  The
logs are made from fixtures/events; those of ../shared/corpus are read as well
where they are.  Prints TAP.
"""
import csv
import io
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree as ET
from pathlib import Path

sys.dont_write_bytecode = True
CABSCAN, CASES, ROOT = (Path(p).resolve() for p in sys.argv[1:4])
sys.path.insert(0, str(ROOT / "fixtures/build"))

import jsonschema  # noqa: E402
import cabwrite  # noqa: E402
import evtxwrite  # noqa: E402
import program  # noqa: E402
from eventtext import parse_events  # noqa: E402

CORPUS = sorted((ROOT.parent / "shared/corpus").rglob("*.evtx"))
SCHEMA = jsonschema.Draft7Validator(
    json.loads((ROOT / "cli/cabscan-event.schema.json").read_text()))
FORMATS = ("text", "xml", "jsonl", "csv")

tests = []


def test(f):
    tests.append((f, None))
    return f


def test_if(what, lacking):
    def mark(f):
        tests.append((f, None if what else lacking))
        return f
    return mark


def run(*args, cwd=None, data=None):
    return subprocess.run([*program.start(CABSCAN), "events", *map(str, args)], cwd=cwd,
                          input=data, capture_output=True, timeout=300)


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def jsonl(*args, cwd=None):
    r = run("-q", "-f", "jsonl", *args, cwd=cwd)
    same(r.returncode, 0, r.stderr)
    return [json.loads(line, parse_float=str) for line in r.stdout.decode().splitlines()]


def logs(work):
    """The logs of fixtures/events, as binary ones."""
    made = []
    for source in sorted((ROOT / "fixtures/events").glob("*.events")):
        path = work / (source.stem + ".evtx")
        evtxwrite.write_evtx(path, parse_events(source.read_text("utf-8")))
        made.append(path)
    return made


def log_of(work, text, name="x.evtx"):
    path = work / name
    evtxwrite.write_evtx(path, parse_events(text))
    return path


FOUR = """provider Some-Provider {6d1f0c52-8a3e-4b77-9c10-0a1b2c3d4e5f}
channel Some/Operational
computer PC
time 2026-11-20T09:00:00Z
event 1 level=2
  A text one
event 2 level=3 +1s
  A text two
event 3 level=4 +1s
  A text three
event 200 level=0 +1d
  A text four
"""


# ---- values ---------------------------------------------------------------------

@test
def every_type_is_exact(work):
    logs(work)
    data = [r["Data"] for r in jsonl(work / "all-types.evtx")]
    low = data[0]
    for name, value in {
            "Text": "plain words", "I8": -128, "U8": 255, "I16": -32768, "U16": 65535,
            "I32": -2147483648, "U32": 4294967295, "I64": -9223372036854775808,
            "U64": 18446744073709551615, "Float": "0.5", "Double": "-2.25",
            "True": True, "False": False, "Binary": "00FF10ABCDEF",
            "Guid": "{01234567-89ab-cdef-0123-456789abcdef}",
            "Size": "0xfedcba9876543210", "Filetime": "2026-11-22T09:00:44.1234567Z",
            "Systemtime": "2026-11-22T09:00:44.123Z",
            "Sid": "S-1-5-21-1004336348-1177238915-682003330-512",
            "Hex32": "0x81039001", "Hex64": "0xfedcba9876543210", "Null": None}.items():
        same(low[name], value, name)
    same(data[2]["Texts"], ["one", "two", "three"])
    same(data[2]["I64s"], [-5, 5])
    same(data[2]["U64s"], [18446744073709551615, 1])


@test
def unnamed_values_keep_their_order(work):
    path = log_of(work, FOUR.replace("  A text one", "  - text x\n  B u32 5\n  - text y"))
    same(jsonl(path)[0]["Data"], {"": ["x", "y"], "B": 5})


@test
def lines_fit_the_schema(work):
    for path in logs(work):
        for r in jsonl(path):
            SCHEMA.validate(r)


def flat_text(value):
    if isinstance(value, list):
        return [flat_text(v) for v in value]
    text = "" if value is None else str(value).lower() if value in (True, False) \
        and isinstance(value, bool) else str(value)
    # What XML cannot hold is U+FFFD there.
    return re.sub("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


def reads_its_own_xml(work, path):
    out = work / "own.xml"
    r = run("-q", "-f", "xml", path)
    same(r.returncode, 0, r.stderr)
    out.write_bytes(r.stdout)
    root = ET.fromstring(r.stdout)
    binary, text = jsonl(path), jsonl(out) if len(root) else []
    same((len(root), len(text)), (len(binary), len(binary)), path.name)
    for a, b in zip(binary, text):
        same({k: flat_text(v) for k, v in b["Data"].items()},
             {k: flat_text(v) for k, v in a["Data"].items()},
             f"{path.name} {a['System']['EventRecordID']}")
        same(b["System"], a["System"], path.name)
    return len(root)


@test
def xml_says_what_the_log_says(work):
    same(sum(reads_its_own_xml(work, path) for path in logs(work)) > 100, True)


@test_if(CORPUS, "skipped: no corpus")
def xml_of_the_corpus(work):
    same(sum(reads_its_own_xml(work, path) for path in CORPUS), 28672)


# It asks for nothing, but a filter has each event decoded.
ALL = ("--level", "0-31")


@test
def both_ways_to_json_agree(work):
    """Most events become JSON without being decoded first."""
    for path in logs(work) + CORPUS:
        quick, long = (run("-f", "jsonl", *args, path) for args in ((), ALL))
        same(quick.stdout == long.stdout, True, path.name)
        same(quick.stderr, long.stderr, path.name)


HARD = ["", "x" * 15, "x" * 16, "x" * 17, "a\tb\nc", "cr\r\nlf\rx", "\u00e4" * 9, "\u20ac" * 40,
        "\U0001f600" * 3, "lone \ud800", "\udc00 lone", "\ud800\ud800\udc00", "\ufffe\uffff",
        "\0inside", "end\0\0", " blanks ", "&<>\"'\\", "\x01\x1f\x7f\x85\u2028\u202e",
        "x" * 31 + "<" + "y" * 31, "\"" * 50]


def as_text(t, for_xml):
    """The text as JSON has it, and XML once it is parsed."""
    t = re.sub("[\ud800-\udbff][\udc00-\udfff]",
               lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), t)
    t = re.sub("[\ud800-\udfff]", "\ufffd", t.rstrip("\0")).replace("\0", "\ufffd")
    if not for_xml:
        return t.replace("\r\n", "\n").replace("\r", "\n") or None
    return re.sub("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", t) or None


@test
def hard_texts_are_exact(work):
    """Each of them often enough that all ways to write it have their turn, at
    every place of a block, and at the very end of the file."""
    for text in HARD + [("x" * n) + t for t in ("<", "\"", "\r", "\u20ac") for n in range(20)]:
        units = text.encode("utf-16-le", "surrogatepass")
        mark = "".join(chr(0x4e01 + i) for i in range(len(units) // 2 + 4))
        path = log_of(work, "\n".join(
            [FOUR.replace("text one", "text " + mark).replace("text two", "text " + mark)] +
            [f"event {9 + i} level=4 +1s\n  A text {mark}" for i in range(12)]))
        path.write_bytes(path.read_bytes().replace(mark.encode("utf-16-le"),
                                                   units + bytes(8)))
        for wanted in (jsonl(path), jsonl(*ALL, path)):
            for r in wanted[:2] + wanted[4:]:
                same(r["Data"]["A"], as_text(text, False), repr(text))
        root = ET.fromstring(run("-q", "-f", "xml", path).stdout)
        for event in list(root)[:2] + list(root)[4:]:
            same(event[1][0].text, as_text(text, True), repr(text))


def other_tools_read(work, path):
    for f, tool in (("xml", ["xmllint", "--noout", "--nowarning", "--huge"]), ("jsonl", ["jq", "empty"])):
        out = work / ("out." + f)
        with out.open("wb") as to:
            subprocess.run([*program.start(CABSCAN), "events", "-q", "-f", f, path],
                           stdout=to, check=True)
        done = subprocess.run([*tool, out], capture_output=True, text=True)
        same((done.returncode, done.stderr), (0, ""), f"{tool[0]} on {path.name}")


@test
def xmllint_and_jq_read_it(work):
    for path in logs(work):
        other_tools_read(work, path)


@test_if(CORPUS, "skipped: no corpus")
def xmllint_and_jq_read_the_corpus(work):
    for path in CORPUS:
        other_tools_read(work, path)


# ---- filters --------------------------------------------------------------------

def ids(*args):
    return [r["System"]["EventID"] for r in jsonl(*args)]


@test
def filters(work):
    path = log_of(work, FOUR)
    same(ids(path), [1, 2, 3, 200])
    same(ids("--id", "2,100-300", path), [2, 200])
    same(ids("--level", "error", path), [1])
    same(ids("--level", "error,warning", path), [1, 2])
    same(ids("--level", "information", path), [3, 200], "level 0 is shown as it")
    same(ids("--level", "2-3", path), [1, 2])
    same(ids("--since", "2026-11-20T09:00:01Z", path), [2, 3, 200])
    same(ids("--until", "2026-11-20T09:00:01", path), [1, 2])
    same(ids("--until", "2026-11-20", path), [1, 2, 3])
    same(ids("--since", "2026-11-21", path), [200])
    same(ids("--record", "2-3", path), [2, 3])
    same(ids("--channel", "some/*", path), [1, 2, 3, 200])
    same(ids("--channel", "other", path), [])
    same(ids("--provider", "x", "--provider", "SOME-*", path), [1, 2, 3, 200])
    same(ids("--id", "1-3", "--level", "warning", path), [2])
    r = run("-f", "xml", "--id", "2", path)
    same(len(ET.fromstring(r.stdout)), 1)


@test_if(CORPUS, "skipped: no corpus")
def filters_agree_with_reading_all(work):
    for path in CORPUS:
        whole = jsonl(path)
        for option, wanted in (
                (["--id", "1-200"], lambda s: s["EventID"] <= 200),
                (["--level", "2-4"], lambda s: 2 <= s["Level"] <= 4),
                (["--channel", "*ec*"], lambda s: "ec" in s.get("Channel", "").lower()),
                (["--since", "2016-06-01"], lambda s: s["TimeCreated"] >= "2016-06-01")):
            same([r for r in whole if wanted(r["System"])], jsonl(*option, path),
                 f"{path.name} {option}")


# ---- what comes out where ---------------------------------------------------------

@test
def timeline_is_in_the_order_of_time(work):
    a = log_of(work, FOUR, "a.evtx")
    b = log_of(work, FOUR.replace("09:00:00Z", "09:00:01.5Z"), "b.evtx")
    r = jsonl("--timeline", a, b)
    times = [x["System"]["TimeCreated"] for x in r]
    same(times, sorted(times))
    same([Path(x["log"]).name[0] for x in r], list("aababbab"))
    r = run("--timeline", "-f", "xml", a, b)
    same(len(ET.fromstring(r.stdout)), 8)


@test
def one_file_a_log(work):
    for name in ("one", "two"):
        (work / name).mkdir()
        log_of(work / name, FOUR)
    cabwrite.write_cab(work / "c.cab", [("a\\x.evtx", (work / "one/x.evtx").read_bytes()),
                                        ("b\\x.evtx", (work / "one/x.evtx").read_bytes()),
                                        ("other.txt", b"no log")])
    for jobs in ("1", "4"):
        shutil.rmtree(work / "out", ignore_errors=True)
        r = run("-f", "jsonl", "-j", jobs, "-o", work / "out", work / "one/x.evtx",
                work / "two/x.evtx", work / "c.cab")
        same((r.returncode, r.stdout, r.stderr), (0, b"", b""))
        same(sorted(p.name for p in (work / "out").iterdir()),
             ["c.cab.x.evtx.jsonl", "c.cab.x.evtx~2.jsonl", "x.evtx.jsonl",
              "x.evtx~2.jsonl"])
        for p in (work / "out").iterdir():
            same(len(p.read_text().splitlines()), 4, p.name)


@test
def directories_and_cabs(work):
    (work / "d/e").mkdir(parents=True)
    log_of(work / "d/e", FOUR)
    (work / "d/readme.txt").write_text("no log")
    same(ids(work / "d"), [1, 2, 3, 200])
    same(len(jsonl(CASES / "tpm-firmware-outdated-1.cab")) > 5, True)


@test
def standard_input(work):
    path = log_of(work, FOUR)
    r = run("-f", "jsonl", "-", data=path.read_bytes())
    same((r.returncode, len(r.stdout.splitlines())), (0, 4))


@test
def jobs_change_nothing(work):
    chunks = (work / "big.evtx", log_of(work, FOUR).read_bytes())
    head, chunk = chunks[1][:4096], chunks[1][4096:4096 + 65536]
    chunks[0].write_bytes(head + chunk * 100)
    for f in FORMATS:
        one, four = (run("-f", f, "-j", n, chunks[0], CASES / "attested-1.cab")
                     for n in ("1", "4"))
        same((four.returncode, four.stdout, four.stderr),
             (one.returncode, one.stdout, one.stderr), f)
        same(one.stdout.count(b"three") >= 100, True)


@test
def text_has_meanings(work):
    r = run(CASES / "tpm-firmware-outdated-1.cab", "--id", "171")
    same(r.returncode, 0)
    line = r.stdout.decode().splitlines()[0]
    same(bool(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  \S+  \S+ 171 error: .*0x81039",
                       line)), True, line)


@test
def csv_cells_are_no_formulas(work):
    path = log_of(work, FOUR.replace("computer PC", "computer =cmd|'x'!A1"))
    rows = list(csv.DictReader(io.StringIO(run("-f", "csv", path).stdout.decode())))
    same((len(rows), rows[0]["computer"]), (4, "'=cmd|'x'!A1"))
    same(json.loads(rows[1]["data"]), {"A": "two"})


HOSTILE = "a\x1b[31mb\x9bc\u202ed\x7fe<&>\"'\\"


@test
def hostile_text_obeys(work):
    path = log_of(work, FOUR.replace("text one", "text " + "#" * len(HOSTILE)))
    path.write_bytes(path.read_bytes().replace(
        ("#" * len(HOSTILE)).encode("utf-16-le"), HOSTILE.encode("utf-16-le")))
    same(jsonl(path)[0]["Data"]["A"], HOSTILE)
    for f in FORMATS:
        out = run("-q", "-f", f, path).stdout.decode()
        for c in "\x1b\x9b\u202e\x7f":
            same(c in out, False, f"{f} {c!r}")
    value = ET.fromstring(run("-q", "-f", "xml", path).stdout)[0][1][0].text
    same(value, HOSTILE.replace("\x1b", "\ufffd"))


@test
def what_is_left_behind_is_marked(work):
    path = log_of(work, FOUR)
    data = bytearray(path.read_bytes())
    chunk = data[4096:]
    at = chunk.find(b"\x2a\x2a\0\0", 512 + 4)
    struct.pack_into("<I", data, 4096 + 48, at)     # the log ends behind record 1
    path.write_bytes(data)
    same([r["origin"] for r in jsonl(path)], ["live"])
    same([(r["origin"], r["doubtful"]) for r in jsonl("--recovered", path)],
         [("live", True)] + [("slack", True)] * 3)
    out = run("-q", "--recovered", "-f", "xml", path).stdout.decode()
    same(out.count("<?cabscan slack?>"), 3)
    ET.fromstring(out)
    err = run("-f", "csv", path).stderr.decode()
    same("checksum" in err, True, err)


@test
def every_cut_is_well_formed(work):
    path = logs(work)[-1]
    data = path.read_bytes()
    for n in range(4096, min(len(data), 4096 + 12000), 97):
        (work / "cut.evtx").write_bytes(data[:n])
        r = run("-q", "-f", "xml", work / "cut.evtx")
        same(r.returncode, 0, n)
        ET.fromstring(r.stdout)


# ---- mistakes -----------------------------------------------------------------------

@test
def wrong_use_is_2(work):
    path = log_of(work, FOUR)
    for args in ([], ["-f", "yaml", path], ["--id", "x", path], ["--id", "5-1", path],
                 ["--id", "", path], ["--level", "loud", path], ["--since", "soon", path],
                 ["--until", "2026-13-01", path], ["--record", "-", path],
                 ["-j", "x", path], ["-j", "9999", path], ["--nonsense", path]):
        r = run(*args)
        same((r.returncode, r.stdout), (2, b""), args)
        same(b"cabscan events --help" in r.stderr, True, args)


@test
def what_is_no_log_is_3(work):
    (work / "x.txt").write_text("hello")
    log = log_of(work, FOUR)
    for bad in (work / "x.txt", work / "none.evtx"):
        r = run("-f", "jsonl", bad, log)
        same((r.returncode, len(r.stdout.splitlines())), (3, 4), bad)
        same(bad.name in r.stderr.decode(), True, r.stderr)


@test
def output_that_fails_is_4(work):
    path = log_of(work, FOUR)
    same(run("-o", path, path).returncode, 4)
    with open("/dev/full", "wb") as full:
        for f in FORMATS:
            done = subprocess.run([*program.start(CABSCAN), "events", "-f", f, path],
                                  stdout=full,
                                  stderr=subprocess.PIPE)
            same(done.returncode, 4, f)


def main():
    print(f"1..{len(tests)}")
    failed = 0
    for n, (f, lacking) in enumerate(tests, 1):
        if lacking:
            print(f"ok {n} - {f.__name__} # SKIP {lacking}\n# {lacking}")
            continue
        with tempfile.TemporaryDirectory() as work:
            try:
                f(Path(work))
                print(f"ok {n} - {f.__name__}", flush=True)
            except Exception as e:
                failed += 1
                where = traceback.extract_tb(e.__traceback__)
                lines = [x.lineno for x in where if x.filename == __file__]
                print(f"not ok {n} - {f.__name__}\n#   line {lines} "
                      f"{type(e).__name__}: {str(e)[:600]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
