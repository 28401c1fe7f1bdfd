#!/usr/bin/env python3
"""Hostile text in every place of a CAB, through every output.

    test_hostile.py CABSCAN

Names of members, values of events, of the registry, of JSON, of hashes and of
lines all hold escape sequences in C0 and C1, marks that turn text round,
formulas, and markup of XML, HTML and Markdown.  None of it may leave as what it
is; and it must still be there as text.  Prints TAP.
"""

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402

CABSCAN = Path(sys.argv[1]).resolve()
TURNS = "\u061c\u200e\u200f\u2028\u2029" \
        + "".join(map(chr, [*range(0x202a, 0x202f), *range(0x2066, 0x206a)]))
CONTROLS = "".join(map(chr, [*range(1, 32), *range(0x7f, 0xa0)]))
MARKUP = "<script>alert(1)</script>]]>&amp;<!--\"'`|[x](http://y.example)![i](z)@all\\"
EVIL = "=cmd|'/C x'!A1 \x1b[31m\x1b]0;t\x07\x9b31m\x90q\x9c\x08\x7f\u202e\u2066\u061c" + MARKUP
ALL = CONTROLS.replace("\r", "").replace("\n", "") + TURNS

n_tests = n_failed = 0


def test(name, trouble):
    global n_tests, n_failed
    n_tests += 1
    n_failed += bool(trouble)
    print(f"{'not ok' if trouble else 'ok'} {n_tests} - {name}")
    if trouble:
        print(f"# {trouble!r}"[:400])


def run(*args, cwd):
    return subprocess.run([CABSCAN, *map(str, args)], cwd=cwd, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, check=False)


def shown(data, more=""):
    """What a terminal would obey in it; more: controls that may stand there."""
    text = data.decode("utf-8")
    return sorted({c for c in text if c not in "\n" + more and c in CONTROLS + TURNS})


# ---- the input -----------------------------------------------------------------

def log():
    """A log of a fixture whose texts are replaced in place by hostile ones."""
    source = TOP / ("fixtures/cases/tpm-firmware-outdated-1/members/microsoft-windows-"
                    "moderndeployment-diagnostics-provider-autopilot.events")
    events = eventtext.Reader().read(source.read_text("utf-8"))
    for e in events:
        e.computer = EVIL
    return [("a" + EVIL.replace("/", "_")[:100] + ".evtx", evtxwrite.evtx_bytes(events)),
            ("b.xml", evtxwrite.xml_bytes(events, "qe"))]


def escaped_json(text):
    return json.dumps(text)[1:-1]


def members():
    reg = ("Windows Registry Editor Version 5.00\r\n\r\n"
           "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Provisioning\\Diagnostics\\AutoPilot]\r\n")
    for key in ("CloudAssignedTenantDomain", "TenantMatched", "DeploymentProfileName"):
        reg += '"%s"="%s"\r\n' % (key, EVIL.replace("\\", "\\\\").replace('"', '\\"'))
    profile = {"CloudAssignedTenantDomain": EVIL, "DeploymentProfileName": EVIL,
               EVIL: EVIL, "AllOfThem": ALL}
    lines = "".join(f"{k}: {EVIL}\n" for k in
                    ("Manufacturer", "VendorId", "Manufacturer Id", "Firmware Version"))
    return log() + [
        ("n" + EVIL.replace("/", "_") + ".txt", b"x: y\n"),
        ("=n" + ALL + ".json", b'{"a": '),
        ("AutopilotDDSZTDFile.json", json.dumps(profile).encode()),
        ("MdmDiagReport_RegistryDump.reg", reg.encode("utf-16")),
        ("TpmHliInfo_Output.txt", lines.encode()),
        ("CertReq_enrollaik_Output.txt", f'{{"Message":"{escaped_json(EVIL)}"}}\n{EVIL}\n'.encode()),
        ("DeviceHash_X.csv", b'Device Serial Number,Windows Product ID,Hardware Hash\n"'
         + EVIL.replace('"', '""').encode() + b'",,\n'),
        ("damaged" + EVIL.replace("/", "_")[:60] + ".evtx", b"ElfFile\0" + b"x" * 9000)]


# ---- what each format promises ---------------------------------------------------

def strings(value):
    if isinstance(value, dict):
        for k, v in value.items():
            yield k
            yield from strings(v)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, str):
        yield value


def check_json_lines(out):
    for line in out.decode().splitlines():
        json.loads(line)


def check_csv(out):
    rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
    bad = [c for row in rows for c in row
           if c.lstrip()[:1] in tuple("=+-@|%\uff1d\uff0b\uff0d\uff20\u2212") and c.strip()]
    if len({len(row) for row in rows}) != 1:
        return "rows of different length"
    return bad


def check_markdown(out):
    text = out.decode()
    if re.search(r"<(?!br>)", text):
        return "HTML"
    return re.findall(r"(?<!\\)\]\(|(?<!\\)@\w|(?<!\\)`", text)


CHECKS = {"json": lambda out: json.loads(out) and None, "sarif": lambda out: json.loads(out) and None,
          "ndjson": check_json_lines, "jsonl": check_json_lines, "csv": check_csv,
          "xml": lambda out: ET.fromstring(out) is None,
          "junit": lambda out: ET.fromstring(out) is None, "markdown": check_markdown}


def check(name, done, form, codes=(0, 3)):
    allowed = {"csv": "\r", "facts": "\t"}.get(form, "")
    test(f"{name}: nothing that a terminal obeys", shown(done.stdout, allowed))
    test(f"{name}: nor on stderr", shown(done.stderr))
    test(f"{name}: exit status", done.returncode not in codes and
         (done.returncode, done.stderr))
    if form in CHECKS:
        try:
            trouble = CHECKS[form](done.stdout)
        except Exception as e:          # whatever a parser makes of it
            trouble = e
        test(f"{name}: is {form}", trouble)


def hostile_rows(work):
    """A row that somebody else made."""
    row = json.loads((work / "rows").read_text().splitlines()[0])
    row = {key: row[key] for key in ("schema", "state", "cause", "confidence")}
    row.update({"id": EVIL, "source": EVIL, "evidence": [EVIL], "title": ALL, EVIL: "x"})
    (work / "evil-rows").write_text(json.dumps(row, ensure_ascii=False) + "\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "share").mkdir()
        cab = work / "share" / ("=x" + EVIL.replace("/", "_") + ".cab")
        cab.write_bytes(cabwrite.build_cab(members(), "mszip"))
        (work / "share" / ("y" + ALL.replace("\n", "") + ".cab")).write_bytes(b"MSCF nothing")
        for f in ("text", "facts", "json", "ndjson"):
            check(f"scan {f}", run("-f", f, cab, cwd=work), f)
        case = json.loads(run("-f", "json", cab, cwd=work).stdout)
        test("the text itself is still there", not any(
            MARKUP[:20] in s and "\x1b" in s for s in strings(case)))
        check("explain --cause", run("explain", cab, "--cause", "amd-ftpm", cwd=work), "text")
        check("explain", run("explain", EVIL, cwd=work), "text", (0, 2))
        check("knowledge", run("knowledge", EVIL, cwd=work), "text", (0, 2))
        for f in ("text", "xml", "jsonl", "csv"):
            check(f"events {f}", run("events", "-f", f, cab, cwd=work), f)
            check(f"events --timeline {f}", run("events", "-t", "-f", f, cab, cwd=work), f)
        check("events -o", run("events", "-f", "jsonl", "-o", "logs", cab, cwd=work), "text")
        made = [p.name for p in (work / "logs").iterdir()]
        test("events -o: names of files", shown("".join(made).encode()) or len(made) != 3 and made)
        for f in ("table", "ndjson", "csv", "junit", "sarif", "markdown"):
            check(f"batch {f}", run("batch", "-f", f, "share", cwd=work), f)
        check("batch --full", run("batch", "--full", "-f", "ndjson", "share", cwd=work), "ndjson")
        run("batch", "-q", "-f", "ndjson", "-o", "rows", "share", cwd=work)
        hostile_rows(work)
        for f in ("table", "ndjson", "csv", "junit", "sarif", "markdown"):
            check(f"merge {f}", run("merge", "-f", f, "rows", "evil-rows", cwd=work), f)
        for args in (["--" + EVIL], ["-f", EVIL, cab], ["-F", EVIL, cab], ["-k", EVIL, cab],
                     ["-o", "no/" + EVIL, cab], [EVIL], ["batch", EVIL], ["merge", EVIL],
                     ["events", EVIL], ["events", "--since", EVIL, cab], ["batch", "-f", EVIL, cab],
                     ["batch", "--shard", EVIL, cab], ["batch", "--also", EVIL, cab],
                     ["--redact", "no/" + EVIL, cab]):
            done = run(*args, cwd=work)
            test(f"{ascii(args)[:60]} fails", done.returncode == 0)
            test(f"{ascii(args)[:60]} obeys nothing", shown(done.stdout + done.stderr))
    print(f"1..{n_tests}")
    sys.exit(n_failed > 0)


main()
