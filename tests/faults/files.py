#!/usr/bin/env python3
"""Opens and reads that fail: files.py CABSCAN CASES

CABSCAN is linked with files.c.  Each command is run as it is, then once for each
open that fails, each read that fails, and each that ends too soon: it must give
all that it gave without, or end with an exit status and a line, or a row, that
names a file and says what is the matter.  Never half of it taken as the whole.
Prints TAP.
"""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CABSCAN, CASES = (Path(a).resolve() for a in sys.argv[1:3])
CAB = CASES / "tpm-firmware-outdated-1.cab"
KINDS = ("FAULT_OPEN", "FAULT_READ", "FAULT_SHORT")
COMMANDS = [
    ["-f", "json", "share/one.cab"],
    ["-f", "ndjson", "share"],
    ["-f", "json", "extracted"],
    ["-f", "json", "share/one.tpmtool.txt", "extracted/in.evtx"],
    ["-f", "json", "-k", "ours.txt", "--intune", "list.csv", "share/one.cab"],
    ["-f", "json", "--redact", "key", "share/one.cab"],
    ["explain", "-k", "ours.txt", "0x81039001"],
    ["explain", "share/one.cab", "--cause", "amd-ftpm"],
    ["events", "-f", "csv", "share", "extracted"],
    ["events", "-f", "xml", "extracted/in.evtx"],
    ["events", "--redact", "key", "-f", "jsonl", "extracted"],
    ["batch", "-q", "-j", "1", "-f", "ndjson", "share", "extracted", "zips"],
    ["batch", "-q", "-j", "1", "-f", "ndjson", "sh*/*.cab", "**/*.zip"],
    ["batch", "-q", "-j", "1", "-f", "ndjson", "-k", "ours.txt", "--inventory", "list.csv",
     "share"],
    ["merge", "-f", "ndjson", "rows"],
    ["merge", "-f", "ndjson", "shards-1", "shards-2"],
    ["fleet", "-q", "-f", "json", "-t", "devices", "rows"],
    ["fleet", "-q", "-f", "json", "-t", "devices", "-j", "1", "share"],
    ["diff", "-f", "json", "share/one.cab", "share/two.cab"],
]
n_tests = n_failed = 0


def run(args, work, **faults):
    return subprocess.run([CABSCAN, *args], cwd=work, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=False, env={**os.environ, **faults})


def prepare(work):
    for name in ("share", "share/below", "extracted", "extracted/TPM", "zips"):
        (work / name).mkdir()
    shutil.copy(CAB, work / "share/one.cab")
    shutil.copy(CASES / "amd-ftpm-3.cab", work / "share/two.cab")
    shutil.copy(CASES / "amd-ftpm-3.tpmtool.txt", work / "share/two.tpmtool.txt")
    shutil.copy(CASES / "amd-ftpm-3.tpmtool.txt", work / "share/one.tpmtool.txt")
    shutil.copy(CASES / "attested-1.cab", work / "share/without-its-name")
    shutil.copy(CASES / "attested-2.cab", work / "share/below/three.cab")
    subprocess.run(["cabextract", "-q", "-d", work / "all", CAB], check=True)
    for log in (work / "all").glob("*autopilot*.evtx"):
        shutil.copy(log, work / "extracted/in.evtx")
    shutil.copy(CASES / "amd-ftpm-3.tpmtool.txt", work / "extracted/TPM/tpmtool.txt")
    shutil.copy(work / "all/TpmHliInfo_Output.txt", work / "extracted")
    with zipfile.ZipFile(work / "zips/x.zip", "w") as z:
        z.write(CAB, "in.cab")
    (work / "ours.txt").write_text("code 0x80999999 E_OURS\n  says ours\n")
    (work / "list.csv").write_text("Serial number,Model,Manufacturer,BIOS version\n" + "".join(
        f"S{i:05d},M,HP,1\n" for i in range(3000)) + "5CG8F0031,HP EliteBook 830 G5,HP,01.21\n")
    for name, more in (("rows", []), ("shards-1", ["--shard", "1/2"]),
                       ("shards-2", ["--shard", "2/2"])):
        made = run(["batch", "-q", "-f", "ndjson", "-o", name, *more, "share"], work)
        assert made.returncode == 0, made.stderr
    run(["--redact", "key", "share/one.cab"], work)


NAMES = re.compile(rb"(share|extracted|all|zips|rows|shards-|ours\.txt|list\.csv|key|in\.evtx|"
                   rb"\.cab|case-[0-9a-f]{12}|\*\*)")


def trouble(done, whole):
    """None: it ended well, or badly and said so."""
    if done.returncode < 0 or b"Sanitizer" in done.stderr:
        return f"signal {-done.returncode}: {done.stderr[-300:]!r}"
    if (done.returncode, done.stdout) == (whole.returncode, whole.stdout):
        return None
    if done.returncode not in (2, 3, 4):
        return f"exit status {done.returncode}, but not all of it: {done.stderr[-300:]!r}"
    rows = b"".join(re.findall(rb'"problem_text":"[^"]*"', done.stdout))
    if NAMES.search(done.stderr) or rows:
        return None
    return f"exit status {done.returncode}, says {done.stderr[-300:]!r}"


def try_command(args, work):
    global n_tests, n_failed
    count = work / "count"
    whole = run(args, work, FAULT_COUNT=str(count))
    opens, reads = map(int, count.read_text().split())
    found = [] if whole.returncode == 0 else [f"without a fault: {whole.stderr[-300:]!r}"]
    for kind in KINDS:
        n = opens if kind == "FAULT_OPEN" else reads
        # All of them, or as many spread over them.
        for i in range(1, n + 1, max(1, n // 150)):
            why = trouble(run(args, work, **{kind: str(i)}), whole)
            if why:
                found.append(f"{kind}={i}: {why}")
    n_tests += 1
    n_failed += bool(found)
    print(f"{'not ok' if found else 'ok'} {n_tests} - {' '.join(args)}: "
          f"{opens} opens, {reads} reads")
    for why in found[:20]:
        print("# " + why)


def test(what, trouble):
    global n_tests, n_failed
    n_tests += 1
    n_failed += bool(trouble)
    print(f"{'not ok' if trouble else 'ok'} {n_tests} - {what}")
    if trouble:
        print(f"# {trouble}")


def try_resume(work):
    """What could not be read is read when the run is resumed."""
    args = ["batch", "-q", "-j", "1", "-f", "ndjson", "-o", "out", "share"]
    count = work / "count"
    run(args, work, FAULT_COUNT=str(count))
    whole = (work / "out").read_bytes()
    found = []
    for i in range(1, int(count.read_text().split()[0]) + 1):
        run([*args, "--also", "junit=no/such/file"], work, FAULT_OPEN=str(i))
        done = run([*args, "--resume"], work)
        if done.returncode != 0 or (work / "out").read_bytes() != whole:
            found.append(f"FAULT_OPEN={i}: {done.returncode} {done.stderr[-200:]!r}")
    test("--resume tries again what could not be read", "; ".join(found[:5]))


def try_large_directories(work):
    """CABSCAN takes a hundred entries of a directory."""
    for n, code in ((99, 0), (100, 0), (101, 3)):
        folder = work / f"of {n}"
        folder.mkdir()
        for i in range(n - 1):
            (folder / f"{i}.note").write_bytes(b"x")
        shutil.copy(CAB, folder / "x.cab")
        for args in (["batch", "-q", "-f", "ndjson"], ["-f", "ndjson"], ["events", "-f", "csv"]):
            done = run([*args, str(folder)], work)
            says = done.stdout + done.stderr
            test(f"{n} entries: {args[0]}",
                 (done.returncode != code or (b"more than 100 entries" in says) != (code == 3))
                 and f"{done.returncode} {says[-300:]!r}")


def hurt(chunk):
    """Each definition of a template has another id: its users look elsewhere."""
    chunk = bytearray(chunk)
    for k in range(32):
        at, = struct.unpack_from("<I", chunk, 384 + 4 * k)
        while 0 < at < len(chunk) - 24:
            following, = struct.unpack_from("<I", chunk, at)
            chunk[at + 4:at + 8] = b"lost"
            at = following
    return chunk


def try_damaged_log(work):
    """In pieces, a damaged log is searched for templates once a thread."""
    log = (work / "extracted/in.evtx").read_bytes()
    head, chunk, n = log[:4096], log[4096:4096 + 65536], 24 * 16
    (work / "big.evtx").write_bytes(head + b"".join(
        hurt(chunk) if i % 16 == 3 else chunk for i in range(n)))
    outputs, reads = [], []
    for jobs in ("1", "2"):
        count = work / "count"
        done = run(["events", "-q", "-f", "jsonl", "-j", jobs, "big.evtx"], work,
                   FAULT_COUNT=str(count))
        outputs.append(done.stdout)
        reads.append(int(count.read_text().split()[1]))
    test("pieces of a damaged log give the same", outputs[0] != outputs[1] or
         outputs[0].count(b'"doubtful":true') < 24)
    test("and read it about as often", (reads[1] > 3 * reads[0] or reads[0] > 3 * n)
         and f"{reads} reads of {n} chunks")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        prepare(work)
        for args in COMMANDS:
            try_command(args, work)
        try_resume(work)
        try_damaged_log(work)
        try_large_directories(work)
    print(f"1..{n_tests}")
    sys.exit(n_failed > 0)


main()
