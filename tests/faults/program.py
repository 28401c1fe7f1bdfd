#!/usr/bin/env python3
"""Every n-th allocation of the program fails: program.py CABSCAN HOOK CASES MOST

HOOK is hook.c as a library that is loaded before all others, so libzip and the
C library itself are hit, too.  Each command is run once as it is, then with one
allocation that fails, and with that and all behind it: it must end as before,
or with an exit status and a line that says what is the matter; and where the
output is what failed, no file of -o is there.  MOST: points of one command; 0: all.  Prints TAP.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CABSCAN, HOOK, CASES = (Path(a).resolve() for a in sys.argv[1:4])
MOST = int(sys.argv[4])
CAB = CASES / "tpm-firmware-outdated-1.cab"
SAYS = (b"memory", b" be written", b"could not be started", b"be read", b"is no directory")
COMMANDS = [
    ["-f", "json", "-o", "out", CAB],
    ["--redact", "key", "-f", "text", "-o", "out", CAB],
    ["explain", "0x81039001"],
    ["knowledge", "amd"],
    ["events", "-f", "csv", CAB],
    ["events", "-f", "jsonl", "-j", "2", "-o", "dir", CAB],
    ["batch", "-q", "-j", "2", "-f", "sarif", "-o", "out", "--also", "csv=too", "share"],
    ["merge", "-f", "junit", "-o", "out", "rows"],
    ["events", "--redact", "key", "-f", "xml", CAB],
    ["events", "--redact", "key", "-f", "jsonl", "-j", "2", "-o", "dir", "share"],
]

n_tests = n_failed = 0


def run(args, work, **faults):
    return subprocess.run([CABSCAN, *map(str, args)], cwd=work, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=False, env={**os.environ, "LD_PRELOAD": str(HOOK), **faults})


def made(work):
    return {str(p.relative_to(work)): p.read_bytes() for p in sorted(work.rglob("*"))
            if p.is_file() and p.parts[len(work.parts)] in ("out", "too", "dir")}


def clean(work):
    for name in ("out", "too", "out.part", "too.part", "out.resume"):
        (work / name).unlink(missing_ok=True)
    shutil.rmtree(work / "dir", ignore_errors=True)


def points(count):
    if MOST == 0 or count <= MOST:
        return range(1, count + 1)
    first = MOST // 2
    step = (count - first) // (MOST - first) + 1
    return [*range(1, first + 1), *range(first + 1, count + 1, step)]


def trouble(done, whole, files, whole_files):
    """None: it ended well, or badly and said so."""
    if done.returncode < 0:
        return f"signal {-done.returncode}: {done.stderr[-300:]!r}"
    if done.returncode == whole.returncode:
        if done.stdout == whole.stdout and files == whole_files:
            return None
        return f"exit status {done.returncode}, but not all of it: {done.stderr[-300:]!r}"
    # A batch has a row that says it.
    says = done.stderr + (b"".join(files.values()) if done.args[1] == "batch" else b"")
    if not any(s in says for s in SAYS):
        return f"exit status {done.returncode}, says {done.stderr[-300:]!r}"
    if done.returncode == 3:            # it holds what could be read
        return None
    odd = [name for name, data in files.items() if whole_files.get(name) != data]
    return f"exit status {done.returncode}, leaves {odd}" if odd else None


def try_command(args, work):
    global n_tests, n_failed
    run(args, work)                     # keys and the like are made once
    clean(work)
    count_file = work / "count"
    whole = run(args, work, FAULT_COUNT=str(count_file))
    whole_files = made(work)
    count = int(count_file.read_text())
    found = []
    tried = points(count)
    for n in tried:
        for behind in ({}, {"FAULT_ON": "1"}):
            clean(work)
            done = run(args, work, FAULT_AT=str(n), **behind)
            why = trouble(done, whole, made(work), whole_files)
            if why:
                found.append(f"allocation {n}{' and all behind it' if behind else ''}: {why}")
    clean(work)
    n_tests += 1
    n_failed += bool(found)
    print(f"{'not ok' if found else 'ok'} {n_tests} - {' '.join(Path(str(a)).name for a in args)}: "
          f"{count} points, {len(tried)} tried")
    for why in found[:20]:
        print("# " + why)


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "share").mkdir()
        shutil.copy(CAB, work / "share")
        with zipfile.ZipFile(work / "share" / "x.zip", "w") as z:
            z.write(CAB, "in.cab")
        subprocess.run([CABSCAN, "batch", "-q", "-f", "ndjson", "-o", "rows", "share"],
                       cwd=work, check=True)
        for args in COMMANDS:
            try_command(args, work)
    print(f"1..{n_tests}")
    sys.exit(n_failed > 0)


main()
