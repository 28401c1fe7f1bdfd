#!/usr/bin/env python3
"""Output that fails: output.py CABSCAN CASES

Every command that writes is given a full device, a pipe that nobody reads, a
limit on the size of files and, where root runs this, a file system that fills
up.  Each time it must exit 4, say why in one line, and leave nothing behind
that was asked for with -o.  Prints TAP.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CABSCAN, CASES = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
CAB = CASES / "tpm-firmware-outdated-1.cab"
PRINTING = [
    [CAB], ["-f", "json", CAB], ["-f", "ndjson", CAB], ["-f", "facts", CAB],
    ["--help"], ["--version"],
    ["explain", "0x81039001"], ["explain", "--cause", "amd-ftpm", CAB],
    ["explain", "--help"], ["knowledge"], ["knowledge", "--help"],
    *(["events", "-f", f, CAB] for f in ("text", "xml", "jsonl", "csv")),
    *(["events", "--redact", "key", "-f", f, CAB] for f in ("text", "xml", "jsonl", "csv")),
    ["events", "--timeline", CAB], ["events", "-j", "2", CAB], ["events", "--help"],
    *(["batch", "-q", "-f", f, CAB] for f in ("table", "ndjson", "csv", "junit",
                                              "sarif", "markdown")),
    ["batch", "-q", "--full", "-f", "ndjson", CAB], ["batch", "--help"],
    *(["merge", "-f", f, "rows"] for f in ("table", "ndjson", "csv", "junit",
                                           "sarif", "markdown")),
    ["merge", "--help"],
]
TO_FILES = [                            # and what must not be there afterwards
    (["-o", "out", CAB], "out"),
    (["-f", "json", "-o", "out", CAB], "out"),
    (["batch", "-q", "-f", "ndjson", "-o", "out", CAB], "out"),
    (["batch", "-q", "-f", "junit", "-o", "out", CAB], "out"),
    (["batch", "-q", "-f", "table", "-o", os.devnull, "--also", "csv=out", CAB], "out"),
    (["merge", "-f", "sarif", "-o", "out", "rows"], "out"),
    (["merge", "-f", "table", "-o", os.devnull, "--also", "ndjson=out", "rows"], "out"),
    (["events", "-f", "jsonl", "-o", "dir", CAB], "dir/*"),
    (["events", "-f", "xml", "-t", "-o", "dir", CAB], "dir/*"),
    (["batch", "-q", "-f", "ndjson", "-o", os.devnull, "--redact", "key", CAB], "key"),
    (["--redact", "key", CAB], "key"),
]
JOURNAL = "out.journal"                 # what --resume goes on from; no output

n_tests = n_failed = 0


def test(name, trouble):
    global n_tests, n_failed
    n_tests += 1
    n_failed += bool(trouble)
    print(f"{'not ok' if trouble else 'ok'} {n_tests} - {name}")
    if trouble:
        print(f"# {trouble}")


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


def run(args, cwd, stdout=subprocess.PIPE, **more):
    return subprocess.run([CABSCAN, *map(str, args)], cwd=cwd, stdout=stdout,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          timeout=120, check=False, **more)


def trouble_of(done, cwd, pattern=None):
    left = [p.name for p in sorted(cwd.glob(pattern))] if pattern else []
    left += [p.name for p in cwd.rglob("*.part")]
    if done.returncode != 4:
        return f"exit status {done.returncode}, {done.stderr[-300:]!r}"
    if done.stderr.count(b"\n") != 1 or b" be written" not in done.stderr:
        return f"says {done.stderr[-300:]!r}"
    return f"leaves {left}" if left else ""


def name_of(args):
    return " ".join(Path(str(a)).name for a in args)


def nobody_reads(args, cwd):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as pipe:
        return run(args, cwd, stdout=pipe)


def full_device(args, cwd):
    with open("/dev/full", "wb") as full:
        return run(args, cwd, stdout=full)


def print_everywhere(rows, work):
    shutil.copy(rows, work / "rows")
    for args in PRINTING:
        test("a full device: " + name_of(args), trouble_of(full_device(args, work), work))
        test("nobody reads: " + name_of(args), trouble_of(nobody_reads(args, work), work))


def write_files(rows, where, kind, **more):
    for args, pattern in TO_FILES:
        with tempfile.TemporaryDirectory(dir=where) as folder:
            work = Path(folder)
            shutil.copy(rows, work / "rows")
            if "filesystem" in kind:
                fill(work)
            done = run(args, work, **more)
            test(f"{kind}: {name_of(args)}", trouble_of(done, work, pattern))


def fill(work):
    """Leaves no byte: only names can be made."""
    with open(work / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass


def small_filesystem(rows):
    with tempfile.TemporaryDirectory() as mount:
        options = ["mount", "-t", "tmpfs", "-o", "size=256k", "cabscan", mount]
        if os.geteuid() != 0 or subprocess.run(options, capture_output=True,
                                               check=False).returncode != 0:
            print("# skipped: no file system that fills up: only root can mount one")
            return
        try:
            write_files(rows, mount, "a filesystem that is full")
        finally:
            subprocess.run(["umount", mount], check=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = work / "first-rows"
        made = run(["batch", "-q", "-f", "ndjson", "-o", rows, CAB], work)
        test("rows to merge", made.returncode and made.stderr)
        print_everywhere(rows, work)
        write_files(rows, folder, "a limit on files", preexec_fn=limit_files)
        small_filesystem(rows)
    print(f"1..{n_tests}")
    sys.exit(n_failed > 0)


main()
