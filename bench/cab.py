#!/usr/bin/env python3
"""A whole CAB, side by side with unpacking it: cab.py CABSCAN [WORK_DIR]

One MSZIP folder, about 20 MB, more than 60 MB unpacked, four fifths of it event
logs: those of ../shared/corpus where that lies beside the source tree, else
copies of the fixtures' largest log.  The rest does not compress, as traces do.
cabscan and `cabextract -p` run in pairs; the table gives the median ratio of
nine pairs, their spread, and the largest memory of cabscan.  CPU seconds stand
beside the clock's: they say more on a machine that is busy.
"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402

PAIRS = 9
LOG_BYTES = 58_000_000
TRACE_BYTES = 14_500_000


def logs():
    """Names and bytes, until there are enough."""
    corpus = sorted((TOP.parent / "shared/corpus").rglob("*.evtx"))
    if corpus:
        found = [p.read_bytes() for p in corpus]
    else:
        text = (TOP / "fixtures/events/many.events").read_text("utf-8")
        found = [evtxwrite.evtx_bytes(eventtext.Reader().read(text))]
    total = n = 0
    while total < LOG_BYTES:
        data = found[n % len(found)]
        yield f"log{n:03d}.evtx", data
        total += len(data)
        n += 1


def make_cab(path):
    members = list(logs())
    noise = random.Random(20260101)
    members.append(("trace.etl", noise.randbytes(TRACE_BYTES)))
    cabwrite.write_cab(path, members, compression="mszip")
    return sum(len(data) for _, data in members)


def run(command):
    """Seconds by the clock, CPU seconds and peak bytes of one run.  The peak of
    a child counts what its parent held before: so this process stays small, and
    another one makes the CAB."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} ends with {child.returncode}")
    return (time.perf_counter() - begin, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024)


def main():
    if sys.argv[1] == "--make":
        print(make_cab(Path(sys.argv[2])))
        return
    cabscan = Path(sys.argv[1]).resolve()
    work = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp())
    cab = work / "bench.cab"
    made = subprocess.run([sys.executable, __file__, "--make", cab], check=True,
                          capture_output=True, text=True)
    unpacked = int(made.stdout)
    extract = shutil.which("cabextract")
    if not extract:
        sys.exit("skipped: cabextract is not installed")
    scan = [cabscan, "--format", "ndjson", cab]
    unpack = [extract, "-q", "-p", cab]
    run(scan), run(unpack)
    pairs = [(run(scan), run(unpack)) for _ in range(PAIRS)]
    print(f"{cab.stat().st_size / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unpacked, "
          f"logs of {'shared/corpus' if (TOP.parent / 'shared/corpus').is_dir() else 'fixtures'}")
    for at, what in ((0, "clock"), (1, "CPU")):
        ratios = sorted(s[at] / u[at] for s, u in pairs)
        print(f"{what}: cabscan {statistics.median(s[at] for s, _ in pairs):.3f} s, "
              f"cabextract {statistics.median(u[at] for _, u in pairs):.3f} s, ratio "
              f"{statistics.median(ratios):.2f} "
              f"({ratios[0]:.2f} to {ratios[-1]:.2f} over {PAIRS} pairs)")
    print(f"peak memory: {max(s[2] for s, _ in pairs) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
