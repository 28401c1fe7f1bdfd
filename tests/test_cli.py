#!/usr/bin/env python3
"""The command line, as a user meets it: test_cli.py CABSCAN CASES

CASES is the directory with the built fixture cases.  What else is needed is
made here.  Prints TAP.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402
import localise  # noqa: E402

TOP = Path(__file__).resolve().parent.parent
CABSCAN = Path(sys.argv[1]).resolve()
CASES = Path(sys.argv[2]).resolve()
CAB = CASES / "tpm-firmware-outdated-1.cab"     # certain
KNOWN = "CertReq_enrollaik_Output.txt"
OUTDATED = (b'HTTP/1.1 400 Bad Request\n'
            b'{"Message":"TPM firmware needs update."}\n')
HASH = b"Device Serial Number,Windows Product ID,Hardware Hash\n%s,,\n"
OPTIONS = ["--format", "--output", "--knowledge", "--fail-on", "--help", "--version",
           "--intune", "--inventory"]

tests = []


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out, self.err = done.stdout, done.stderr

    def json(self):
        return json.loads(self.out)

    def cases(self):
        value = self.json()
        return value if isinstance(value, list) else [value]

    def causes(self):
        return [c["verdict"]["cause"] for c in self.cases()]


def run(*args, stdin=b"", cwd=None, stdout=subprocess.PIPE, env=None):
    return Result(subprocess.run([CABSCAN, *map(str, args)], input=stdin, cwd=cwd,
                                 stdout=stdout, stderr=subprocess.PIPE,
                                 env={**os.environ, **(env or {})},
                                 timeout=60, check=False))


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text[-600:]!r}")


def one_sentence(r, code, part):
    """An exit code and a single line that says why."""
    same(r.code, code, "exit code")
    contains(r.err, part)
    same(r.err.count(b"\n"), 1, "lines on stderr")


def test(f):
    tests.append(f)
    return f


def cab(path, members):
    cabwrite.write_cab(path, members)
    return path


# ---- exit codes -------------------------------------------------------------

@test
def done_is_0(work):
    r = run(CAB)
    same((r.code, r.err), (0, b""))
    contains(r.out, b"[tpm-firmware-outdated, certain]")


@test
def usage_is_2(work):
    for args in ([], ["--format"], ["--format", "yaml", CAB], ["--nonsense", CAB],
                 ["-x", CAB], ["--help=1"], ["--formatx", "json", CAB]):
        r = run(*args)
        same((r.code, r.out), (2, b""), args)
        contains(r.err, b"Try 'cabscan --help'.")


@test
def empty_file_is_3(work):
    for name in ("empty.cab", KNOWN, "empty.bin"):
        (work / name).write_bytes(b"")
        one_sentence(run(work / name), 3, b"empty")


@test
def unknown_bytes_named_cab_is_3(work):
    (work / "x.cab").write_bytes(bytes(range(256)) * 20)
    one_sentence(run(work / "x.cab"), 3, b"x.cab")


@test
def a_cab_without_known_members_is_3(work):
    one_sentence(run(cab(work / "x.cab", [("a.bin", b"\1\2")])), 3, b"none of its 1")


@test
def a_directory_without_known_members_is_3(work):
    (work / "d").mkdir()
    one_sentence(run(work / "d"), 3, b"empty")
    (work / "d/photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 20)
    (work / "d/data.bin").write_bytes(b"\0\1\2\3")
    one_sentence(run(work / "d"), 3, b"none of its 2 files")


@test
def a_missing_file_is_3_and_the_others_are_scanned(work):
    (work / KNOWN).write_bytes(OUTDATED)
    for missing in ("missing.cab", "missing.txt", "missing/x.txt"):
        one_sentence(run(work / missing), 3, b"No such file")
        r = run("--format", "json", CAB, work / missing)
        same((r.code, r.causes()), (3, ["tpm-firmware-outdated"]), missing)
        r = run("--format", "json", work / missing, work / KNOWN)
        same((r.code, r.causes()), (3, ["tpm-firmware-outdated"]), missing)


@test
def an_unreadable_file_in_a_directory_is_3(work):
    (work / KNOWN).write_bytes(OUTDATED)
    (work / "gone.txt").symlink_to(work / "nowhere")
    r = run("--format", "json", work)
    same((r.code, r.json()["verdict"]["cause"]), (3, "tpm-firmware-outdated"))
    contains(r.err, b"gone.txt: No such file")


@test
def fail_on_is_1(work):
    for words, code in (("certain", 1), ("likely", 1), ("possible", 1),
                        ("tpm-firmware-outdated", 1), ("amd-ftpm", 0),
                        ("amd-ftpm,tpm-firmware-outdated", 1),
                        ("attested,unknown", 0)):
        r = run("--fail-on", words, CAB)
        same(r.code, code, words)
        contains(r.out, b"tpm-firmware-outdated")
    same(run("-Fcertain", CAB).code, 1)
    same(run("--fail-on=certain", CAB).code, 1)


@test
def fail_on_looks_at_the_level(work):
    likely = cab(work / "x.cab", [("CertReq_enrollaik_Output.txt",
                                   b'HTTP/1.1 400 Bad Request\n'
                                   b'{"Message":"No valid TPM EK/Platform Certificate '
                                   b'provided in the TPM identity request message"}\n')])
    same(run("--format", "json", likely).json()["verdict"]["confidence"], "likely")
    same([run("--fail-on", w, likely).code for w in ("possible", "likely", "certain")],
         [1, 1, 0])


@test
def fail_on_leaves_harmless_verdicts_out(work):
    for name in ("attested-1", "recovered-1", "not-attempted-1", "later-esp-failure-1"):
        path = CASES / f"{name}.cab"
        same(run("--fail-on", "possible", path).code, 0, name)
        same(run("--fail-on", name[:-2], path).code, 1, name)


@test
def fail_on_nonsense_is_2(work):
    for words in ("", "nonsense", "likely,", ",likely", "certain,nonsense", "none",
                  "certain likely"):
        r = run("--fail-on", words, CAB)
        same((r.code, r.out), (2, b""), words)
        contains(r.err, b"--fail-on")


@test
def output_that_fails_is_4(work):
    one_sentence(run("-o", work / "no/such/dir/out", CAB), 4, b"could not be written")
    with open("/dev/full", "wb") as full:
        one_sentence(run(CAB, stdout=full), 4, b"could not be written")
        same(run("--help", stdout=full).code, 4)
    one_sentence(run("-o", "/dev/full", CAB), 4, b"could not be written")
    same(Path("/dev/full").is_char_device(), True, "/dev/full is a device:")


@test
def precedence_is_2_4_3_1_0(work):
    nowhere = work / "no/such/dir/out"
    missing = work / "missing.cab"
    same(run("--fail-on", "x", "-o", nowhere, missing).code, 2)
    same(run("--fail-on", "certain", "-o", nowhere, missing, CAB).code, 4)
    same(run("--fail-on", "certain", "-o", "/dev/full", missing, CAB).code, 4)
    same(run("--fail-on", "certain", missing, CAB).code, 3)
    same(run("--fail-on", "certain", CAB).code, 1)
    same(run(CAB).code, 0)


# ---- output -----------------------------------------------------------------

@test
def output_file_is_whole_or_not_there(work):
    out = work / "out.json"
    r = run("-o", out, "-f", "json", CAB)
    same((r.code, r.out), (0, b""))
    same(json.loads(out.read_bytes())["verdict"]["cause"], "tpm-firmware-outdated")
    same(sorted(p.name for p in work.iterdir()), ["out.json"])
    run("-o", out, "-f", "ndjson", CAB)
    same(out.read_bytes().count(b"\n"), 1, "lines after it was replaced")
    same(sorted(p.name for p in work.iterdir()), ["out.json"])


@test
def output_that_fails_leaves_nothing(work):
    (work / "out").mkdir()
    (work / "out/file").write_bytes(b"")
    same(run("-o", work / "out", CAB).code, 4, "a directory:")
    same(sorted(p.name for p in work.iterdir()), ["out"])
    # Without room for the report the old one stays.
    (work / "old").write_bytes(b"old")
    done = subprocess.run(["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh",
                           CABSCAN, "-f", "json", "-o", work / "old", CAB],
                          stderr=subprocess.PIPE, check=False)
    same(done.returncode, 4)
    same((work / "old").read_bytes(), b"old")
    same(sorted(p.name for p in work.iterdir()), ["old", "out"])


@test
def output_to_a_device_leaves_the_device(work):
    same(run("-o", "/dev/null", CAB).code, 0)
    same(Path("/dev/null").is_char_device(), True)
    same(Path("/dev/null.part").exists(), False)


@test
def json_of_one_is_an_object_of_several_an_array(work):
    same(type(run("-f", "json", CAB).json()), dict)
    several = run("-f", "json", CAB, CASES / "attested-1.cab").json()
    same([c["verdict"]["cause"] for c in several], ["tpm-firmware-outdated", "attested"])
    shutil.copy(CAB, work / "x.cab")
    (work / "y.tpmtool.txt").write_bytes(b"-TPM Present: True\n")
    same(type(run("-f", "json", work / "x.cab", work / "y.tpmtool.txt").json()), dict)
    r = run("-f", "json", work / "a.cab", work / "b.cab")
    same((r.code, r.json()), (3, []))


@test
def ndjson_is_one_line_each(work):
    r = run("-f", "ndjson", CAB, CASES / "attested-1.cab")
    lines = r.out.splitlines()
    same([json.loads(line)["schema"] for line in lines], ["cabscan-case/1"] * 2)
    same(r.out.endswith(b"}\n"), True)


@test
def formats_say_the_same(work):
    whole = run("-f", "json", CAB).json()
    same(json.loads(run("-f", "ndjson", CAB).out), whole)
    facts = [line.split("\t") for line in run("-f", "facts", CAB).out.decode().splitlines()]
    same({len(f) for f in facts}, {len(facts[0])}, "columns")
    same(facts[0][:3], ["fact", "value", "member"])
    same([f[1] for f in facts if f[0] == "device.serial"][0], whole["device"]["serial"])


@test
def output_is_the_same_each_time(work):
    for name in ("text", "json", "facts"):
        same(run("-f", name, CAB).out, run("-f", name, CAB).out, name)


@test
def help_lists_every_option(work):
    for args in (["--help"], ["-h"], ["-h", "nowhere"]):
        r = run(*args)
        same((r.code, r.err), (0, b""))
        for option in OPTIONS:
            contains(r.out, option.encode())
        contains(r.out, b"Exit status")
        same(max(map(len, r.out.splitlines())) < 80, True, "width")
    r = run("--version")
    same(r.code, 0)
    contains(r.out, b"cabscan ")


@test
def help_promises_no_status_of_an_option_that_is_not_there(work):
    for command in ("", "batch", "merge", "fleet", "events", "diff", "history", "outcome",
                    "explain", "knowledge"):
        r = run(*filter(None, (command, "--help")))
        same((r.code, r.err), (0, b""), command)
        contains(r.out, b"Exit status: 0 done")
        same(b"--fail-on was met" in r.out, b"-F, --fail-on" in r.out, command)


# ---- inputs -----------------------------------------------------------------

@test
def standard_input(work):
    r = run("-f", "json", "-", stdin=CAB.read_bytes())
    same((r.code, r.json()["source"]), (0, "-"))
    same(r.causes(), ["tpm-firmware-outdated"])
    one_sentence(run("-", stdin=b""), 3, b"empty")
    one_sentence(run("-", stdin=b"\0\1\2"), 3, b"-: ")
    same(run("-f", "json", "-", CASES / "attested-1.cab",
             stdin=CAB.read_bytes()).causes(), ["tpm-firmware-outdated", "attested"])


@test
def a_directory_of_extracted_members(work):
    (work / "d/sub").mkdir(parents=True)
    (work / "d" / KNOWN).write_bytes(OUTDATED)
    (work / "d/sub/DeviceHash_PC.csv").write_bytes(HASH % b"PF0SYNTH1")
    c = run("-f", "json", work / "d").json()
    same(c["verdict"]["cause"], "tpm-firmware-outdated")
    same(c["device"]["serial"], "PF0SYNTH1")
    same(sorted(m["name"] for m in c["members"]), [KNOWN, "DeviceHash_PC.csv"])


@test
def a_directory_of_cabs(work):
    for name in ("attested-1", "tpm-firmware-outdated-1"):
        shutil.copy(CASES / f"{name}.cab", work)
    (work / "LicensingDiag.cab").write_bytes(CAB.read_bytes())
    r = run("-f", "json", work)
    same((r.code, r.causes()), (0, ["attested", "tpm-firmware-outdated"]))


@test
def loose_files_of_one_directory_are_one_case(work):
    (work / KNOWN).write_bytes(OUTDATED)
    (work / "DeviceHash_PC.csv").write_bytes(HASH % b"PF0SYNTH1")
    c = run("-f", "json", work / KNOWN, work / "DeviceHash_PC.csv").json()
    same((c["verdict"]["cause"], c["device"]["serial"]),
         ("tpm-firmware-outdated", "PF0SYNTH1"))
    other = work / "other"
    other.mkdir()
    shutil.copy(work / KNOWN, other)
    same(len(run("-f", "json", work / KNOWN, other / KNOWN).json()), 2)


TPMTOOL = (b"-TPM Present: True\n-TPM Version: 2.0\n-TPM Manufacturer ID: %s\n"
           b"-TPM Manufacturer Version: %s\n-Ready For Attestation: True\n")


def side_members(case):
    return {m["name"] for m in case["members"]}


@test
def side_files_named_after_the_cab(work):
    for name in ("X.cab", "X.y.cab", "Z.cab"):
        cab(work / name, [(KNOWN, OUTDATED)])
    for name in ("x.tpmtool.txt", "X.y.tpmtool.txt", "Xa.tpmtool.txt", "notes.txt"):
        (work / name).write_bytes(TPMTOOL % (b"IFX", b"7.63.1.0"))
    same(side_members(run("-f", "json", work / "X.cab").json()), {KNOWN, "x.tpmtool.txt"})
    same(side_members(run("-f", "json", work / "X.y.cab").json()),
         {KNOWN, "X.y.tpmtool.txt"})
    same(side_members(run("-f", "json", work / "Z.cab").json()), {KNOWN})
    same(side_members(run("-f", "json", "X.cab", cwd=work).json()),
         {KNOWN, "x.tpmtool.txt"})


@test
def a_side_file_alone_with_the_cab(work):
    cab(work / "X.cab", [(KNOWN, OUTDATED)])
    (work / "Get-Tpm.txt").write_bytes(b"TpmPresent : True\nManufacturerIdTxt : IFX\n")
    c = run("-f", "json", work / "X.cab").json()
    same((side_members(c), c["tpm"]["vendor"]), ({KNOWN, "Get-Tpm.txt"}, "IFX"))
    same(side_members(run("-f", "json", work).json()), {KNOWN, "Get-Tpm.txt"})
    # Not where something else lies there, or another CAB.
    (work / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    same(side_members(run("-f", "json", work / "X.cab").json()), {KNOWN})
    (work / "photo.jpg").unlink()
    cab(work / "Y.cab", [(KNOWN, OUTDATED)])
    same(side_members(run("-f", "json", work / "X.cab").json()), {KNOWN})


@test
def a_side_file_given_with_exactly_one_cab(work):
    (work / "a").mkdir()
    (work / "b").mkdir()
    for name in ("a/X.cab", "a/Y.cab"):
        cab(work / name, [(KNOWN, OUTDATED)])
    side = work / "b/any.txt"
    side.write_bytes(TPMTOOL % (b"IFX", b"7.63.1.0"))
    c = run("-f", "json", side, work / "a/X.cab").json()
    same((side_members(c), c["tpm"]["vendor"]), ({KNOWN, "any.txt"}, "IFX"))
    several = run("-f", "json", work / "a/X.cab", work / "a/Y.cab", side).json()
    same([side_members(c) for c in several], [{KNOWN}, {KNOWN}, {"any.txt"}])


@test
def the_cab_outranks_its_side_files(work):
    inside = b"Manufacturer: STM\n"
    cab(work / "X.cab", [("TpmHliInfo_Output.txt", inside)])
    (work / "X.tpmtool.txt").write_bytes(TPMTOOL % (b"IFX", b"7.63.1.0"))
    c = run("-f", "json", work / "X.cab").json()
    same(c["tpm"]["vendor"], "STM")
    notes = [n for n in c["notes"] if n["kind"] == "conflict"
             and n["member"] == "X.tpmtool.txt"]
    same(len(notes), 1, "conflicts")
    contains(notes[0]["text"], "IFX")
    contains(notes[0]["text"], "STM")
    same(c["tpm"]["firmware"], "7.63.1.0")
    contains(run(work / "X.cab").out, b"beside the CAB")


@test
def doubtful_events_make_nothing_certain(work):
    text = ("provider Microsoft-Windows-ModernDeployment-Diagnostics-Provider"
            " {bab3ad92-fb96-5902-450b-b8421bdec7bd}\n"
            "time 2026-11-20T09:00:00Z\n%s"
            "event 750 level=3\n"
            "event 753 level=3 +1s\n"
            "  ServerTime text 2026-11-20T11:00:00Z\n"
            "  ClientTime text 2026-11-20T09:00:00Z\n"
            "event 171 level=2 +1s\n  HRESULT hex32 0x81039001\n")
    found = []
    for margin in ("", "corrupt crc\n"):
        events = eventtext.Reader().read(text % margin)
        (work / "log.evtx").write_bytes(evtxwrite.evtx_bytes(events))
        v = run("-f", "json", work / "log.evtx").json()["verdict"]
        found.append((v["cause"], v["confidence"]))
    same(found, [("clock-skew", "certain"), ("clock-skew", "likely")])


# ---- knowledge --------------------------------------------------------------

@test
def knowledge_files(work):
    more = work / "more.txt"
    more.write_text("fact my.word\n  title Word\n  from line *enrollaik* Word\n"
                    "cause my-cause\n  title Mine\n  why W\n  certain my.word is yes\n")
    path = cab(work / "x.cab", [(KNOWN, b"Word: yes\n")])
    same(run("-f", "json", path).causes(), ["unknown"])
    same(run("-f", "json", "-k", more, path).causes(), ["my-cause"])
    same(run("--knowledge", more, "--fail-on", "my-cause", path).code, 1)
    again = work / "again.txt"
    again.write_text("cause my-cause\n  title New\n  likely my.word is yes\n")
    v = run("-f", "json", "-k", more, f"--knowledge={again}", path).json()["verdict"]
    same((v["title"], v["confidence"]), ("New", "likely"))


@test
def knowledge_mistakes_have_file_and_line(work):
    wrong = work / "wrong.txt"
    for text, line, part in (("cause a\n  colour red\n", 2, "a cause has no: colour"),
                             ("\n# c\ncause a\n  likely no.fact known\n", 4,
                              "no such fact: no.fact"),
                             ("nonsense x\n", 1, "unknown kind of stanza: nonsense")):
        wrong.write_text(text)
        r = run("-k", wrong, CAB)
        same((r.code, r.out), (2, b""))
        same(r.err.decode(), f"cabscan: {wrong}:{line}: {part}\n")
    one_sentence(run("-k", work / "missing.txt", CAB), 2, b"missing.txt: cannot be read")
    one_sentence(run("-k", work, CAB), 2, b"cannot be read")
    # Before it, --output is not touched.
    run("-o", work / "out", "-k", wrong, CAB)
    same((work / "out").exists(), False)


# ---- hostile names and values -------------------------------------------------

ESCAPES = ("\x1b[31m", "\x1b]0;t\x07", "\x9b31m", "\u202e", "\u2066", "\x08", "\x7f")


def no_escapes(data, where):
    text = data.decode("utf-8")         # valid UTF-8, too
    bad = {c for c in text if (ord(c) < 32 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0
           or c in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
    same(bad, set(), where)


@test
def escapes_never_reach_the_output(work):
    evil = "".join(ESCAPES)
    hostile = (f"Manufacturer: {evil}X\nVendorId: {evil}\n").encode()
    members = [(f"a{evil}.txt", b"x: y\n"), ("TpmHliInfo_Output.txt", hostile),
               (KNOWN, f'{{"Message":"{evil}"}}\n'.encode()),
               ("DeviceHash_X.csv", HASH % evil.encode()),
               (f"b{evil}.json", b'{"a": '), (f"c{evil}.bin", b"\1")]
    path = cab(work / "x.cab", members)
    for name in ("text", "facts", "json", "ndjson"):
        r = run("-f", name, path)
        same(r.code, 0)
        if name in ("text", "facts"):
            no_escapes(r.out, name)
        else:                           # JSON escapes them itself
            same(b"\x1b" in r.out or b"\x08" in r.out, False)
    names = {m["name"] for m in run("-f", "json", path).json()["members"]}
    same(f"a{evil}.txt" in names, True, "the member's name in JSON")


@test
def escapes_never_reach_stderr(work):
    path = work / "a\x1b[31m\x9b\nb.cab"
    path.write_bytes(b"nothing")
    for args in ([path], [work / "\x1b[2J.txt"], ["-k", work / "\x1b[2J", CAB],
                         ["-f", "\x1b[2J", CAB], ["--\x1b[2J", CAB],
                         ["-F", "\x1b[2J", CAB], ["-o", work / "no/\x1b[2J", CAB]):
        r = run(*args)
        same(r.code != 0, True)
        no_escapes(r.err, args)


@test
def cut_values_stay_text(work):
    for n in (297, 298, 299, 300):
        value = "x" * n + "\u00e4\u20ac" * 300
        path = cab(work / "x.cab", [("DeviceHash_X.csv", HASH % value.encode()),
                                    ("TpmHliInfo_Output.txt",
                                     f"Manufacturer: {value}\n".encode()),
                                    ("AutopilotDDSZTDFile.json", json.dumps(
                                        {"ErrorCode": 807, "CloudAssignedTenantDomain":
                                         value}).encode())])
        for name in ("text", "facts"):
            run("-f", name, path).out.decode("utf-8")


@test
def member_names_are_never_paths(work):
    inside = work / "in"
    inside.mkdir()
    names = ["../evil.txt", "..\\..\\evil.txt", "/tmp/cabscan-evil.txt",
             "C:\\evil.txt", "a/../../" + KNOWN]
    path = cab(inside / "x.cab", [(n, OUTDATED) for n in names])
    before = sorted(str(p) for p in work.rglob("*"))
    r = run("-f", "json", path, cwd=inside)
    same((r.code, r.causes()), (0, ["tpm-firmware-outdated"]))
    same(sorted(str(p) for p in work.rglob("*")), before, "files afterwards")
    same(Path("/tmp/cabscan-evil.txt").exists(), False)
    same(len(r.json()["members"]), len(names))
    # A file beside the CAB is not read in the place of a member.
    (work / "evil.txt").write_bytes(b"Manufacturer: IFX\n")
    same(run("-f", "json", path, cwd=inside).out, r.out)


@test
def commands_hold_no_hostile_serial(work):
    path = cab(work / "x.cab", [
        ("DeviceHash_X.csv", HASH % b"'); rm -rf / #"),
        ("AutopilotDDSZTDFile.json",
         b'{"ErrorCode": 807, "ErrorReason": "ZtdDeviceIsNotRegistered"}')])
    c = run("-f", "json", path).json()
    same(c["device"]["serial"], "'); rm -rf / #")
    commands = "\n".join(s["command"] or "" for s in c["next_steps"])
    contains(commands, "contains(serialNumber,'SERIAL')")
    same("rm -rf" in commands, False)


@test
def systeminfo_of_other_languages(work):
    english = ("Host Name:                     X\n"
               "OS Name:                       Microsoft Windows 11 Pro\n"
               "System Manufacturer:           LENOVO\n"
               "System Model:                  21FIX0CT1WW\n"
               "BIOS Version:                  LENOVO N3FIX45W (1.20 ), 12.03.2026\n"
               "BIOS Mode:                     UEFI\n")
    known = cab(work / "x.cab", [(KNOWN, OUTDATED)])
    for language in localise.LANGUAGES:
        (work / "x.systeminfo.txt").write_bytes(
            localise.localised("systeminfo.txt", english.encode(), language))
        case = run("-f", "json", known).json()
        contains(case["device"]["bios"], "N3FIX45W (1.20 )")
        same(case["windows"]["edition"], "Professional", language)
        same((case["device"]["manufacturer"], case["device"]["model"]),
             ("LENOVO", "21FIX0CT1WW"), language)


# ---- what is known ----------------------------------------------------------

SPELLINGS = ("0x81039001", "81039001", "0x0x81039001", "-2130472959",
             "0xFFFFFFFF81039001",
             "E_AUTOPILOT_CLIENT_TPM_MAX_ATTESTATION_RETRY_EXCEEDED")


@test
def explain_takes_a_code_in_any_spelling(work):
    wanted = run("explain", SPELLINGS[0])
    same(wanted.code, 0)
    contains(wanted.out, b"E_AUTOPILOT_CLIENT_TPM_MAX_ATTESTATION_RETRY_EXCEEDED")
    contains(wanted.out, b"facility 0x103 (Autopilot)")
    contains(wanted.out, b"codes.txt:")
    for spelling in SPELLINGS:
        same(run("explain", spelling).out, wanted.out, spelling)


@test
def explain_says_what_carries_a_code(work):
    out = run("explain", "0x80190194").out
    contains(out, b"HTTP status 404")
    contains(out, b"ek-refused, likely: Error of the AIK request (aik.error)")
    contains(out, b"amd-ftpm, likely: Error of the AIK request (aik.error)")


@test
def explain_decodes_what_nobody_published(work):
    r = run("explain", "0x80190123", "0x8007ffff")
    same(r.code, 0)
    contains(r.out, b"0x80190123  not published")
    contains(r.out, b"HTTP status 291")
    contains(r.out, b"Win32 error 65535")
    same(r.out.count(b"Nobody published what this code means."), 2)


@test
def explain_events_causes_and_names(work):
    channel = "Microsoft-Windows-ModernDeployment-Diagnostics-Provider/Autopilot"
    out = run("explain", "event", f"{channel}/171").out
    contains(out, b"read as the fact: attestation.error")
    contains(out, b"HRESULT:HexInt32")
    contains(run("explain", "event", f"{channel}/4711").out,
             b"no build that was looked at declares it")
    contains(run("explain", "807").out, b"ZtdDeviceIsNotRegistered")
    out = run("explain", "cause", "amd-ftpm").out
    contains(out, b"certain: TPM manufacturer (tpm.vendor) is AMD")
    contains(out, b"step suspend-bitlocker: ")
    contains(run("explain", "tpm.vendor").out, b"title: TPM manufacturer")


@test
def explain_refuses_what_it_does_not_know(work):
    for args in (["nonsense"], ["event", "No-Such-Channel/1"], ["cause", "none"],
                 ["event"], ["0x123456789ab"]):
        one_sentence(run("explain", *args), 2, b"neither a code")
    same(run("explain").code, 2)
    one_sentence(run("explain", CAB, "--cause", "nonsense"), 2, b"no such cause")
    one_sentence(run("explain", work / "none.cab", "--cause", "unknown"), 3, b"none.cab")


@test
def explain_a_cause_of_a_case(work):
    out = run("explain", CAB, "--cause", "tpm-firmware-outdated").out
    contains(out.replace(b"\n", b" "), b"[tpm-firmware-outdated, certain]: the verdict")
    contains(out, b"[CertReq_enrollaik_Output.txt, line 3]")
    out = run("explain", CAB, "--cause", "ek-refused").out
    contains(out, b"[ek-refused]: not found")
    contains(out, b"It is excluded: Answer of the attestation service")
    out = run("explain", CAB, "--cause", "network-blocked").out
    contains(out, b"The first condition that is not met: ")
    contains(run("explain", CAB, "--cause", "unknown").out, b"a cause was found")


@test
def every_cause_of_a_case_can_be_explained(work):
    case = run("--format", "json", CAB).json()
    for cause in [f["cause"] for f in case["findings"]] + list(case["why_not"]):
        same(run("explain", CAB, "--cause", cause).code, 0, cause)
    wanted = {line.split()[1] for line in
              run("knowledge", "--kind", "cause").out.decode().splitlines()[:-1]}
    same({f["cause"] for f in case["findings"]} | set(case["why_not"]) | {"unknown"},
         wanted)


@test
def knowledge_is_listed_and_searched(work):
    r = run("knowledge", "--kind", "furniture")
    same((r.code, r.out), (2, b""))
    contains(r.err, b"no such kind: furniture")
    lines = run("knowledge").out.decode().splitlines()
    contains(lines[-1], f"{len(lines) - 1} of {len(lines) - 1} entries, knowledge of 20")
    found = run("knowledge", "--kind", "code", "rsa-pss", "SALT").out.decode()
    contains(found, "code 0x40290423 TPM_E_PCP_UNSUPPORTED_PSS_SALT  [codes.txt:")
    same(found.count("\n"), 2, "lines")
    contains(run("knowledge", "--all", "-t", "vendor", "Infineon").out.decode(),
             "\n  firmware 4.0-4.33 vulnerable")


def blocks(page, name):
    """The fenced blocks of that name, as one text."""
    return "\n".join(re.findall(rf"^```{re.escape(name)}\n(.*?)^```", page,
                                re.DOTALL | re.MULTILINE))


@test
def the_worked_example_of_the_authoring_page(work):
    page = (TOP / "lib/knowledge/README.md").read_text("utf-8")
    (work / "site.txt").write_text(blocks(page, "site.txt"))
    (work / "wrong.txt").write_text(blocks(page, "wrong.txt"))
    cause = "dock-drops-network"
    one_sentence(run("knowledge", "-k", "wrong.txt", cwd=work), 2,
                 b"wrong.txt:3: no such fact: dock.frimware")
    contains(page, "    wrong.txt:3: no such fact: dock.frimware\n")
    contains(run("knowledge", "-k", "site.txt", "dock", cwd=work).out,
             b"cause dock-drops-network  [site.txt:")
    log = work / "X.DockLog.txt"
    failed = CAB.parent / "near-amd-ftpm-1.cab"
    for text, wanted in (("Dock firmware: 3.1.7\nLink lost: 4\n", "likely"),
                         ("Dock firmware: 3.1.7\nLink lost: 0\n", "possible"),
                         ("Dock firmware: 3.2.0\nLink lost: 4\n", None)):
        log.write_text(text)
        case = run("-f", "json", "-k", work / "site.txt", failed, log).json()
        found = {f["cause"]: f["confidence"] for f in case["findings"]}
        same(found.get(cause), wanted, text)
    contains(run("explain", "-k", work / "site.txt", failed, log, "--cause", cause).out.replace(b"\n", b" "),
             b"Dock firmware (dock.firmware) is 3.2.0; needed is in 3.1.")
    contains(run("explain", "-k", work / "site.txt", "cause", cause).out,
             b"source: Dock firmware notes of our hardware team [DOCKS] wiki page 4711")
    contains(run("-k", work / "site.txt", CAB).out, b"the TPM firmware is older than this")


@test
def a_site_overrides_adds_and_switches_off(work):
    (work / "site.txt").write_text("""about us
  checked 2031-01-01
source US
  title us
  where here
off cause tpm-firmware-outdated
off remark tpm-area-not-asked
code 0x81039001 OURS
  says    Ours.
  class   generic
  source  US
""")
    site = ["--knowledge", work / "site.txt"]
    out = run("knowledge", *site, "0x81039001", "--all").out.decode()
    contains(out, "; replaced]")
    contains(out, "OURS  [")
    contains(out, "knowledge of 2031-01-01")
    contains(run("explain", *site, "0x81039001").out, b"source: us [US] here")
    contains(run("knowledge", *site, "--all", "-t", "cause", "maker's").out, b"; off]")
    case = run("--format", "json", *site, CAB).json()
    same(case["verdict"]["cause"] != "tpm-firmware-outdated", True)
    same("tpm-firmware-outdated" in case["why_not"], False)
    same(case["knowledge"]["date"], "2031-01-01")


@test
def a_baseline_makes_outdated_a_fact(work):
    for bios, tpm, outdated in (("Ver. 01.21", "7.63.3353", "false"),
                                ("Ver. 01.21.01", "7.64", "true"),
                                ("01.22.0", "7.63.3353.1", "true")):
        (work / "site.txt").write_text(
            f"baseline b\n  manufacturer hp\n  model *EliteBook 830*\n"
            f"  bios {bios}\n  tpm {tpm}\n")
        out = run("-k", work / "site.txt", "-f", "facts", CAB).out.decode()
        contains(out, f"device.bios_outdated\t{outdated}\t")
        contains(out, f"tpm.firmware_outdated\t{outdated}\t")
    (work / "site.txt").write_text("baseline b\n  model *\n  bios A12 (3)\n")
    r = run("-k", work / "site.txt", CAB)
    contains(r.out, b"the BIOS version Q78 Ver. 01.21.00 cannot be compared")
    (work / "site.txt").write_text("baseline b\n  model Latitude*\n  bios 9\n")
    same(b"bios_outdated" in run("-k", work / "site.txt", "-f", "facts", CAB).out, False)


@test
def old_knowledge_says_where_to_look(work):
    day = 24 * 3600
    checked = 1795305600                # 2026-11-22
    for age, stale in ((0, False), (180 * day, False), (180 * day + 1, True)):
        today = {"SOURCE_DATE_EPOCH": str(checked + age)}
        case = run("--format", "json", CAB, env=today).json()
        same(bool(case["knowledge"]["look_at"]), stale, age)
        same(b"180 days old" in run(CAB, env=today).out, stale, age)


# ---- lists of devices -----------------------------------------------------------

UNREGISTERED = CASES / "registration-missing-25.cab"    # possible by itself
SERIAL = "FX130177"
PORTAL = ("Serial number,Manufacturer,Model,Group tag,Profile status,Purchase order,"
          "Userless Enrollment Status\n")
OTHERS = "".join(f"ZZ8OTH{i:03},HP,x,,Assigned,,Unknown\n" for i in range(12))


def fact(r, name):
    return [line.split("\t")[1:5] for line in r.out.decode().splitlines()
            if line.startswith(name + "\t")]


@test
def a_text_of_somebody_makes_no_case(work):
    (work / "d").mkdir()
    (work / "d/readme.txt").write_text("hello world\nready: set\n")
    (work / "d/notes.log").write_text("nothing: at all\n")
    one_sentence(run("d", cwd=work), 3, b"none of its 2 files")
    one_sentence(run("d/readme.txt", cwd=work), 3, b"readme.txt")
    (work / "d/any.txt").write_text("-TPM Present: True\n-TPM Version: 2.0\n")
    same(run("d", cwd=work).code, 0)
    same(run("TpmHliInfo_Output.txt", cwd=work).code, 3)
    (work / "TpmHliInfo_Output.txt").write_text("hello\n")
    same(run("TpmHliInfo_Output.txt", cwd=work).code, 0, "known by its name")


@test
def zips_hold_cases(work):
    import zipfile
    if b"ZIP files: yes" not in run("batch", "--help").out:
        (work / "x.zip").write_bytes(b"PK\3\4" + bytes(60))
        one_sentence(run(work / "x.zip"), 3, b"without libzip")
        return
    for name, cases in (("one.zip", ["amd-ftpm-1"]), ("two.zip", ["attested-1", "unknown-1"])):
        with zipfile.ZipFile(work / name, "w", zipfile.ZIP_DEFLATED) as z:
            for c in cases:
                z.write(CASES / f"{c}.cab", f"logs/{c}.cab")
    (work / "none.zip").write_bytes(b"junk")
    with zipfile.ZipFile(work / "photos.zip", "w") as z:
        z.writestr("a.jpg", b"\xff\xd8")
    one = run("-f", "json", "one.zip", cwd=work)
    same((one.code, one.json()["source"], one.causes()),
         (0, "one.zip/logs/amd-ftpm-1.cab", ["amd-ftpm"]))
    same(run("-F", "likely", "one.zip", cwd=work).code, 1)
    two = run("-f", "json", "two.zip", cwd=work)
    same(([c["source"] for c in two.json()], two.causes()),
         (["two.zip/logs/attested-1.cab", "two.zip/logs/unknown-1.cab"],
          ["attested", "unknown"]))
    contains(run("two.zip", cwd=work).out, b"-" * 70)
    alone = json.loads(run("-f", "json", CASES / "amd-ftpm-1.cab").out)
    same({**one.json(), "source": ""}, {**alone, "source": ""}, "the same as the CAB")
    one_sentence(run("none.zip", cwd=work), 3, b"no ZIP file")
    one_sentence(run("photos.zip", cwd=work), 3, b"no CAB and no file of one")
    r = run("-f", "json", "none.zip", "two.zip", "one.zip", cwd=work)
    same((r.code, r.causes()), (3, ["attested", "unknown", "amd-ftpm"]))
    r = run("explain", "two.zip", "photos.zip", "--cause", "amd-ftpm", cwd=work)
    same((r.code, [line for line in r.out.splitlines() if line.startswith(b"two.zip")]),
         (3, [b"two.zip/logs/attested-1.cab", b"two.zip/logs/unknown-1.cab"]))
    r = run("diff", "-f", "json", "one.zip", CASES / "amd-ftpm-1.cab", cwd=work)
    same((r.code, r.json()["changes"]), (0, []), "a case in a ZIP is that case")
    one_sentence(run("diff", "two.zip", "one.zip", cwd=work), 3, b"is not one case")
    (work / "photos.zip").unlink()
    r = run("-f", "ndjson", ".", cwd=work)
    same((r.code, r.out.count(b"\n")), (3, 3), "a directory of ZIPs")


@test
def a_list_without_the_device_is_evidence(work):
    (work / "devices.csv").write_text(PORTAL + OTHERS)
    same(run("-f", "json", UNREGISTERED).json()["verdict"]["confidence"], "possible")
    case = run("-f", "json", "--intune", work / "devices.csv", UNREGISTERED).json()
    same((case["verdict"]["cause"], case["verdict"]["confidence"]),
         ("registration-missing", "likely"))
    places = {(e["fact"], e["member"], e["line"]) for e in case["findings"][0]["evidence"]}
    same({("intune.listed", "devices.csv", 1),
          ("device.serial", "DeviceHash_DESKTOP-C017731.csv", 2)} <= places, True, places)
    same([m["kind"] for m in case["members"] if m["name"] == "devices.csv"],
         ["intune-devices"])
    r = run("explain", UNREGISTERED, "--cause", "registration-missing", "--intune",
            work / "devices.csv")
    contains(r.out, b"Rows that were read: 12")


@test
def a_device_in_one_of_several_lists_is_listed(work):
    (work / "a.csv").write_text(PORTAL + OTHERS)
    (work / "b.json").write_text(json.dumps({"value": [
        {"serialNumber": f" {SERIAL.lower()} ",
         "deploymentProfileAssignmentStatus": "assignedInSync"}]}))
    r = run("-f", "facts", "--intune", work / "a.csv", "--intune", work / "b.json",
            UNREGISTERED)
    same(fact(r, "intune.listed"), [["true", "a.csv", "", "1"]])
    same(fact(r, "intune.serial"), [[SERIAL.lower(), "b.json", "", "1"]])
    same(fact(r, "intune.profile_status"), [["assigned", "b.json", "", "1"]])
    same(run("-f", "json", "--intune", work / "a.csv", "--intune", work / "b.json",
             UNREGISTERED).json()["verdict"]["confidence"], "possible")


@test
def a_model_is_not_another_one_whose_name_begins_alike(work):
    cab = CASES / "attested-1.cab"
    facts = run("-f", "facts", cab)
    serial, model = (fact(facts, "device." + name)[0][0] for name in ("serial", "model"))
    same(model, "HP EliteBook 840 14 inch G10 Notebook PC")
    for listed, matches in (("EliteBook 840 14-inch g10", "true"), (f" {model} ", "true"),
                            ("HP EliteBook 840 14 inch G1", "false"),
                            ("40 14 inch G10 Notebook PC", "false"),
                            ("HP EliteBook 84014 inch G10 Notebook PC", "false")):
        (work / "a.json").write_text(json.dumps({"value": [
            {"serialNumber": serial, "model": listed}]}))
        r = run("-f", "facts", "--intune", work / "a.json", cab)
        same([f[0] for f in fact(r, "intune.model_matches")], [matches], listed)


@test
def a_list_that_is_not_whole_or_too_small_is_no_evidence(work):
    for text, says in ((PORTAL + OTHERS + 'ZZ8,"open\n', "never closed"),
                       (PORTAL + OTHERS + "ZZ8,a,b,c,d,e,f,g\n", "8 fields below 7"),
                       (PORTAL, "nothing below its names")):
        (work / "devices.csv").write_text(text)
        case = run("-f", "json", "--intune", work / "devices.csv", UNREGISTERED).json()
        same(case["verdict"]["confidence"], "possible")
        same("intune.listed" in [e["fact"] for e in case["findings"][0]["evidence"]], False)
        same(any(says in n["text"] and n["member"] == "devices.csv"
                 for n in case["notes"]), True, says)
    managed = "Device name,Serial number,Last check-in\n" + "PC,ZZ8OTH1,2026-05-05\n" * 20
    (work / "devices.csv").write_text(managed)
    r = run("-f", "json", "--intune", work / "devices.csv", UNREGISTERED)
    same(r.json()["verdict"]["confidence"], "possible")
    contains(r.out, b"no column that Autopilot devices have")
    (work / "devices.csv").write_text(PORTAL + OTHERS[:60])
    r = run("-f", "json", "--intune", work / "devices.csv", UNREGISTERED)
    same(r.json()["verdict"]["confidence"], "possible")


@test
def a_site_names_its_own_columns(work):
    (work / "assets.csv").write_text(f"Asset,Firmware of it\n{SERIAL},V70 01.02.03\n")
    one_sentence(run("--inventory", work / "assets.csv", UNREGISTERED), 2,
                 b"assets.csv:1: no column of serial numbers among its names: Asset, ")
    (work / "site.txt").write_text("fact inventory.serial\n  from row inventory asset\n"
                                   "fact device.bios\n"
                                   "  from row inventory firmwareOfIt\n")
    r = run("-f", "facts", "-k", work / "site.txt", "--inventory", work / "assets.csv",
            UNREGISTERED)
    same((r.code, fact(r, "device.bios")), (0, [["V70 01.02.03", "assets.csv", "", "2"]]))


@test
def the_cab_outranks_an_inventory(work):
    (work / "assets.csv").write_text(
        f"Serial,Model,BIOS,TPM firmware\n{SERIAL},Something else,V70 01.02.03,1.2.3.4\n")
    case = run("-f", "json", "--inventory", work / "assets.csv", UNREGISTERED).json()
    same((case["device"]["model"], case["device"]["bios"], case["tpm"]["firmware"]),
         ("HP EliteBook 840 14 inch G10 Notebook PC", "V70 01.02.03", "16.24.18690.0"))
    (work / "tpmtool.txt").write_text((work / "assets.csv").read_text())
    named = run("-f", "json", "--inventory", work / "tpmtool.txt", UNREGISTERED).json()
    same(named["missing"], case["missing"])
    same([n["kind"] for n in case["notes"] if "Something else" in n["text"]
          or "1.2.3.4" in n["text"]], ["conflict"] * 2)
    same(any("BIOS" in m["what"] for m in case["missing"]), False)


@test
def what_is_no_list_is_2(work):
    (work / "empty.csv").write_text("")
    (work / "import.csv").write_bytes(HASH % b"PF0SYNTH1")
    (work / "x.json").write_text('{"value": [')
    for name, says in (("no-such.csv", b"no-such.csv"), ("empty.csv", b"the file is empty"),
                       ("import.csv", b"file for the import of devices"),
                       ("x.json", b"x.json:1: no object in this JSON has a serial number")):
        one_sentence(run("--intune", name, CAB, cwd=work), 2, says)
    one_sentence(run("explain", "--intune", "no-such.csv", CAB, "--cause", "attested",
                     cwd=work), 2, b"no-such.csv")


@test
def a_case_without_serial_number_asks_no_list(work):
    (work / "devices.csv").write_text(PORTAL + OTHERS)
    (work / KNOWN).write_bytes(OUTDATED)
    r = run("-f", "json", "--intune", work / "devices.csv", work / KNOWN)
    same(r.causes(), ["tpm-firmware-outdated"])
    same([n["text"] for n in r.json()["notes"] if "serial" in n["text"]],
         ["no serial number was found, so lists of devices cannot be asked for this one"])


def main():
    print(f"1..{len(tests)}")
    failed = 0
    for n, f in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as work:
            try:
                f(Path(work).resolve())
                print(f"ok {n} - {f.__name__}")
            except Exception as e:      # every failure is one line of TAP
                failed += 1
                print(f"not ok {n} - {f.__name__}")
                at = traceback.extract_tb(e.__traceback__)
                print(f"#   line {[s.lineno for s in at if s.filename == __file__][-1]}"
                      f" {type(e).__name__}: {e}".replace("\n", "\n#   "))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
