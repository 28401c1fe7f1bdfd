#!/usr/bin/env python3
"""What is different on Windows, and what must not be: test_windows.py CABSCAN CASES ROOT

CABSCAN is the program for Windows, which runs under wine; CABSCAN_NATIVE in the
environment is the one of this system, whose output is the measure.  Prints TAP.
"""
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True
CABSCAN, CASES, ROOT = (Path(p).resolve() for p in sys.argv[1:4])
sys.path.insert(0, str(ROOT / "fixtures/build"))

import cabwrite  # noqa: E402
import evtxwrite  # noqa: E402
import golden  # noqa: E402
import program  # noqa: E402
from eventtext import parse_events  # noqa: E402

NATIVE = Path(os.environ["CABSCAN_NATIVE"])
UNKNOWN = CASES / "unknown-1.cab"
ENV = {**os.environ, **golden.TODAY}
tests = []


def test(f):
    tests.append(f)
    return f


def call(command, args, cwd, stdin):
    done = subprocess.run([*command, *map(str, args)], cwd=cwd, input=stdin, env=ENV,
                          capture_output=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def run(*args, cwd, stdin=b""):
    return call(program.start(CABSCAN), args, cwd, stdin)


def native(*args, cwd, stdin=b""):
    return call([NATIVE], args, cwd, stdin)


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what}: {str(found)[:400]}, not {str(wanted)[:400]}")


def as_native(*args, cwd, stdin=b""):
    """The same exit status and bytes; returns the output."""
    wanted = native(*args, cwd=cwd, stdin=stdin)
    same(run(*args, cwd=cwd, stdin=stdin), wanted, args)
    return wanted[1]


def on_drive(path):
    return "Z:" + str(path).replace("/", "\\")


def names(work):
    folder = work / "Gerät 日本語"
    folder.mkdir()
    shutil.copy(UNKNOWN, folder / "😀 X.cab")
    for n in (1, 2):
        shutil.copy(CASES / f"unknown-{n}.cab", work / f"u{n}.cab")
    return on_drive(work)


# ---- paths ----------------------------------------------------------------------

@test
def paths_in_any_spelling(work):
    drive = names(work)
    for path in ("Gerät 日本語\\😀 X.cab", "Gerät 日本語/😀 X.cab", ".\\u1.cab",
                 drive + "\\u1.cab", drive.lower() + "\\u1.cab",
                 drive.replace("\\", "/") + "/u1.cab", "\\\\?\\" + drive + "\\u1.cab",
                 "\\\\?\\" + drive + "\\Gerät 日本語\\😀 X.cab"):
        code, out, err = run(path, cwd=work)
        same((code, out.split(b"\n")[0].decode(), err), (0, path, b""))
    code, out, _ = run("Z:u1.cab", cwd=work)
    same((code, out.split(b"\n")[0].decode()), (0, drive + "\\u1.cab"), "of a drive")


@test
def directories_keep_the_slash_of_their_user(work):
    drive = names(work)
    for given, wanted in ((drive, drive + "\\u1.cab"), (".", "u1.cab"),
                          (drive + "\\", drive + "\\u1.cab"),
                          ("\\\\?\\" + drive, "\\\\?\\" + drive + "\\u1.cab")):
        code, out, err = run("-f", "ndjson", given, cwd=work)
        same((code, err, f'"source":{wanted!r}'.replace("'", '"').encode()
              in out.replace(b" ", b"")), (0, b"", True), given)


@test
def a_server_that_is_not_there_is_3(work):
    for path in ("\\\\no-such-host\\share\\x.cab", "\\\\?\\UNC\\no-such-host\\share\\x.cab",
                 "Q:\\x.cab", "//no-such-host/share/x.cab"):
        code, out, err = run(path, cwd=work)
        same((code, out, err.count(b"\n"), path.encode() in err), (3, b"", 1, True), err)


@test
def paths_longer_than_max_path(work):
    deep = work
    for i in range(8):
        deep = deep / (f"{i}" + "ordner-ä-" * 6)
    deep.mkdir(parents=True)
    shutil.copy(UNKNOWN, deep / "x.cab")
    relative = str(deep.relative_to(work))
    same(len(str(deep)) > 400, True)
    for path in (on_drive(deep), relative, relative.replace("/", "\\"),
                 "\\\\?\\" + on_drive(deep)):
        same(run("-f", "json", path + "/x.cab", cwd=work)[0], 0, path)
        same(run("-f", "json", path, cwd=work)[0], 0, path)
    same(run("-o", relative + "/out.txt", relative + "/x.cab", cwd=work)[0], 0)
    same((deep / "out.txt").read_bytes().endswith(
        native("x.cab", cwd=deep)[1].split(b"\n", 1)[1]), True, "-o")
    as_native("batch", "-q", "-f", "csv", ".", cwd=work)


@test
def wildcards(work):
    drive = names(work)
    for pattern, wanted in (("*.cab", ["u1.cab", "u2.cab"]), ("U?.CAB", ["u1.cab", "u2.cab"]),
                            ("Ger?t*\\*.cab", ["Gerät 日本語\\😀 X.cab"]),
                            ("*/*.cab", ["Gerät 日本語/😀 X.cab"]), ("[!u]*", None),
                            (drive + "\\u*.cab", [drive + "\\u1.cab", drive + "\\u2.cab"]),
                            ("\\\\?\\" + drive + "\\u2*", ["\\\\?\\" + drive + "\\u2.cab"])):
        code, out, err = run("batch", "-q", "-f", "csv", pattern, cwd=work)
        alone = run("-f", "ndjson", pattern, cwd=work)
        same((code, alone[0]), (0, 0), pattern + str(err))
        same(alone[1].count(b"\n"), out.count(b"\n") - 1, pattern)
        for path in wanted or []:
            same(path.replace("\\", "/").encode() in out.replace(b"\\", b"/"), True, pattern)
    code, out, err = run("batch", "-q", "-f", "ndjson", "U1.CAB", cwd=work)
    same((code, err, json.loads(out)["source"]), (0, b"", "u1.cab"), "other capitals")
    code, out, err = run("*.nothing", cwd=work)
    same((code, out), (3, b""), err)


@test
def values_of_options_are_no_wildcards(work):
    log(work / "x.evtx", "Some/Operational")
    (work / "Some").write_bytes(b"")
    (work / "Some-Provider").write_bytes(b"")
    out = as_native("events", "-f", "csv", "--provider", "Some*", "--channel", "*",
                    "x.evtx", cwd=work)
    same(out.count(b"\n") > 1, True)


@test
def merge_takes_wildcards(work):
    names(work)
    for k in (1, 2):
        same(run("batch", "-q", "-f", "ndjson", "--shard", f"{k}/2", "-o", f"r{k}.ndjson",
                 "u1.cab", "u2.cab", cwd=work)[0], 0)
    same(run("merge", "-f", "csv", "r*.ndjson", cwd=work),
         native("merge", "-f", "csv", "r1.ndjson", "r2.ndjson", cwd=work))


@test
def exit_codes(work):
    names(work)
    for status, args in ((0, ["u1.cab"]), (1, ["-F", "unknown", "u1.cab"]),
                         (2, ["--nonsense"]), (2, []), (3, ["nothing.cab", "u1.cab"]),
                         (4, ["-o", "no\\such\\out.txt", "u1.cab"]),
                         (4, ["-F", "unknown", "-o", "no\\such\\out", "x", "u1.cab"])):
        same(run(*args, cwd=work)[0], status, args)
    as_native("nothing.cab", "u1.cab", cwd=work)
    as_native("-f", "yaml", "u1.cab", cwd=work)


# ---- bytes ----------------------------------------------------------------------

@test
def output_files_appear_whole(work):
    names(work)
    (work / "out.txt").write_bytes(b"from before")
    same(run("-o", "out.txt", "u1.cab", cwd=work), (0, b"", b""))
    same((work / "out.txt").read_bytes(), native("u1.cab", cwd=work)[1])
    same(list(work.glob("*.part")), [])


@test
def standard_input_is_binary(work):
    for n in (1, 2, 3):
        data = sorted(CASES.glob("*-1.cab"))[n].read_bytes() + b"\x1a\r\n"
        as_native("-f", "json", "-", cwd=work, stdin=data)
    log(work / "x.evtx", "A\r\n\x1a/B")
    as_native("events", "-f", "jsonl", "-", cwd=work,
              stdin=(work / "x.evtx").read_bytes())


@test
def line_ends_of_inputs_do_not_matter(work):
    lines = ["HTTP/1.1 400 Bad Request", '{"Message":"TPM firmware needs update."}', ""]
    found = set()
    for end in ("\n", "\r\n"):
        (work / "CertReq_enrollaik_Output.txt").write_bytes(end.join(lines).encode())
        found.add(as_native("CertReq_enrollaik_Output.txt", cwd=work))
    same(len(found), 1)
    same(b"\r" in found.pop(), False)


@test
def other_letters_are_utf8_when_redirected(work):
    text = "Manufacturer: IFX\nVendorId: Größe 日本語 😀\n".encode()
    cabwrite.write_cab(work / "Ä.cab", [("TpmHliInfo_Output.txt", text),
                                        ("Übersicht 😀.txt", b"x: y\n")])
    for f in ("text", "json", "ndjson", "facts"):
        as_native("-f", f, "Ä.cab", cwd=work)
    same("Übersicht 😀".encode() in run("-f", "json", "Ä.cab", cwd=work)[1], True)


@test
def what_is_known_reads_the_same(work):
    for args in (["--help"], ["--version"], ["batch", "--help"], ["events", "--help"],
                 ["explain", "0x81039001", "-2130472959", "0x8007ffff"],
                 ["explain", "cause", "amd-ftpm"], ["knowledge"],
                 ["knowledge", "--all", "AMD"]):
        wanted = native(*args, cwd=work)
        got = run(*args, cwd=work)
        if args == ["batch", "--help"]:         # names what it was built with
            wanted, got = ((c, re.sub(rb"(ZIP files|Stores): .*", b"", o), e)
                           for c, o, e in (wanted, got))
        same(got, wanted, args)


# ---- many ------------------------------------------------------------------------

def share(work):
    for i, cab in enumerate(sorted(CASES.glob("*-[12].cab"))):
        folder = work / "share" / f"Büro {i % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(cab, folder)
        for side in CASES.glob(cab.stem + ".*"):
            shutil.copy(side, folder)
    (work / "share/Büro 1/broken.cab").write_bytes(b"MSCF" + bytes(200))
    (work / "share/Büro 1/empty.cab").write_bytes(b"")
    cabwrite.write_cab(work / "share/outer.cab", [("logs\\in.cab", UNKNOWN.read_bytes())])
    with zipfile.ZipFile(work / "share/device.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("(1) Ordner ä/in.cab", UNKNOWN.read_bytes())


@test
def batches_are_the_same_bytes(work):
    share(work)
    if b"ZIP files: yes" not in run("batch", "--help", cwd=work)[1]:
        (work / "share/device.zip").unlink()
    for f in ("table", "ndjson", "csv", "junit", "sarif", "markdown"):
        wanted = native("batch", "-q", "-f", f, "-j", "1", "share", cwd=work)
        same(wanted[0], 3)
        for jobs in ("1", "4"):
            got = run("batch", "-q", "-f", f, "-j", jobs, "share", cwd=work)
            same(got, wanted, f"{f}, {jobs} jobs")
    same(wanted[1].count(b"cab") > 40, True)
    as_native("batch", "-q", "-f", "ndjson", "--full", "share", cwd=work)
    (work / "key").write_text("0123456789abcdef" * 4 + "\n")
    as_native("batch", "-q", "-f", "csv", "--redact", "key", "share", cwd=work)


@test
def a_key_is_made(work):
    names(work)
    same(run("batch", "-q", "--redact", "key", "u1.cab", cwd=work)[0], 0)
    same(re.fullmatch(rb"[0-9a-f]{64}\n", (work / "key").read_bytes()) is None, False)
    as_native("batch", "-q", "-f", "ndjson", "--redact", "key", "u1.cab", cwd=work)


def log(path, channel):
    text = ("provider Some-Provider {6d1f0c52-8a3e-4b77-9c10-0a1b2c3d4e5f}\n"
            "channel @\ncomputer PC\ntime 2026-11-20T09:00:00Z\n"
            "event 1 level=2\n  A text Größe 日本語 😀\nevent 2 level=3 +1s\n  B u32 5\n")
    mark = "@" * len(channel)
    evtxwrite.write_evtx(path, parse_events(text.replace("@", mark, 1)))
    path.write_bytes(path.read_bytes().replace(mark.encode("utf-16-le"),
                                               channel.encode("utf-16-le")))


@test
def event_logs_are_the_same_bytes(work):
    for source in sorted((ROOT / "fixtures/events").glob("*.events")):
        evtxwrite.write_evtx(work / (source.stem + ".evtx"),
                             parse_events(source.read_text("utf-8")))
    inputs = [p.name for p in sorted(work.glob("*.evtx"))]
    shutil.copy(CASES / "attested-1.cab", work)
    for f in ("text", "xml", "jsonl", "csv"):
        for options in (["-j", "1"], ["-j", "4"], ["--timeline"]):
            as_native("events", "-f", f, *options, *inputs, "attested-1.cab", cwd=work)


@test
def files_of_logs_have_names_that_windows_takes(work):
    log(work / "x.evtx", "A/B")
    data = (work / "x.evtx").read_bytes()
    members = ["a\\X.evtx", "b\\x.EVTX", "q?u*e\"s<t>|.evtx", "c:d.evtx", "CON.evtx",
               "ä日😀.evtx", "tail. .evtx"]
    cabwrite.write_cab(work / "c.cab", [(m, data) for m in members])
    (work / "sub").mkdir()
    shutil.copy(work / "x.evtx", work / "sub/X.evtx")
    args = ["events", "-q", "-f", "jsonl", "x.evtx", "sub/X.evtx", "c.cab", "-o"]
    same(run(*args, "windows", cwd=work)[0], 0)
    same(native(*args, "linux", cwd=work)[0], 0)
    made = {p.name: p.read_bytes() for p in (work / "windows").iterdir()}
    same(made, {p.name: p.read_bytes() for p in (work / "linux").iterdir()})
    same(len({n.lower() for n in made}), len(members) + 2, sorted(made))
    same([n for n in made if re.search(r'[\\/:*?"<>|]', n)], [])


# ---- the program ------------------------------------------------------------------

@test
def a_console_shows_other_letters(work):
    names(work)
    main_end, console = pty.openpty()
    p = subprocess.Popen([*program.start(CABSCAN), "Gerät 日本語\\😀 X.cab"], cwd=work,
                         stdin=console, stdout=console, stderr=console, env=ENV)
    os.close(console)
    seen = b""
    while True:
        try:
            got = os.read(main_end, 65536)
        except OSError:
            got = b""
        if not got:
            break
        seen += got
    p.wait()
    os.close(main_end)
    text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)", "",
                  seen.decode("utf-8", "replace"))
    for part in ("Gerät", "日本語", "[unknown]"):
        same(part in text, True, f"{part} in {text[:600]!r}")
    same(p.returncode, 0)


@test
def only_libraries_of_the_system_are_imported(work):
    dump = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", CABSCAN], check=True,
                          capture_output=True, text=True).stdout
    used = {line.split()[-1].lower() for line in dump.splitlines() if "DLL Name" in line}
    same(used - {"kernel32.dll", "msvcrt.dll", "advapi32.dll"}, set())
    same("kernel32.dll" in used, True)


def main():
    print(f"1..{len(tests)}")
    failed = 0
    for n, f in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as work:
            try:
                f(Path(work).resolve())
                print(f"ok {n} - {f.__name__}", flush=True)
            except Exception as e:      # every failure is one line of TAP
                failed += 1
                at = [s.lineno for s in traceback.extract_tb(e.__traceback__)
                      if s.filename == __file__]
                print(f"not ok {n} - {f.__name__}\n#   line {at} {type(e).__name__}: "
                      + str(e)[:1500].replace("\n", "\n#   "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
