#!/usr/bin/env python3
"""kill -9 at random moments: kill.py CABSCAN CASES [RUNS]

Each of RUNS (default 200) starts a batch with several outputs over a share of
the fixture cases, kills it after a random part of its time, and looks at what
it left: every output is the one from before or a whole one, and nothing else
is there but the file of --resume.  Every third state is resumed, after some
more kills: its outputs must be those of a run that nobody killed.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CABSCAN, CASES = (Path(p).resolve() for p in sys.argv[1:3])
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 200
OUTPUTS = ("r.ndjson", "r.xml", "r.csv", "r.sarif")
COMMAND = [CABSCAN, "batch", "-q", "-f", "ndjson", "-o", "r.ndjson", "--also",
           "junit=r.xml", "--also", "csv=r.csv", "--also", "sarif=r.sarif"]
BEFORE = b"from before\n"


def run(work, *more):
    subprocess.run([*COMMAND, *more, "share"], cwd=work, check=True)
    return {name: (work / name).read_bytes() for name in OUTPUTS}


def killed(work, after, *more):
    """True: it was still running."""
    child = subprocess.Popen([*COMMAND, *more, "share"], cwd=work)
    time.sleep(after)
    running = child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait()
    return running


def check(work, whole):
    """Outputs are whole; returns how many of them are new."""
    new = 0
    for name in OUTPUTS:
        data = (work / name).read_bytes()
        if data not in (BEFORE, whole[name]):
            sys.exit(f"FAILED: {name} is neither the old one nor a whole one")
        new += data != BEFORE
    # A half-written output is named .part, and written anew by the next run.
    left = [p.name for p in work.iterdir() if p.name not in (*OUTPUTS, "share") and
            p.name != "r.ndjson.resume" and not p.name.endswith(".part")]
    if left:
        sys.exit(f"FAILED: {left} were left behind")
    journal = work / "r.ndjson.resume"
    if journal.exists():
        lines = journal.read_bytes().split(b"\n")[1:-1]
        for line in lines:
            json.loads(line)
    return new


def main():
    chance = random.Random(9)
    n_killed = n_resumed = n_late = 0
    with tempfile.TemporaryDirectory() as d:
        work = Path(d)
        shutil.copytree(CASES, work / "share", ignore=lambda _, names: [
            n for n in names if not n.endswith(".cab")])
        begun = time.time()
        whole = run(work)
        length = time.time() - begun
        for i in range(RUNS):
            for name in OUTPUTS:
                (work / name).write_bytes(BEFORE)
            # The end is short, and most can go wrong there.
            part = chance.random() if i % 2 else 0.8 + 0.3 * chance.random()
            n_killed += killed(work, part * length)
            n_late += check(work, whole) > 0
            if i % 3 == 0:
                while chance.random() < 0.5:
                    n_killed += killed(work, chance.random() * length / 2, "--resume")
                    check(work, whole)
                if run(work, "--resume") != whole:
                    sys.exit("FAILED: a resumed run gives other reports")
                n_resumed += 1
            for p in work.iterdir():
                if p.is_file():
                    p.unlink()
    print(f"ok: {n_killed} kills in {RUNS} runs, {n_late} of them with an output "
          f"that was new already, {n_resumed} resumed to the same bytes")


if __name__ == "__main__":
    main()
