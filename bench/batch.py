#!/usr/bin/env python3
"""A share full of CABs, beside unpacking it: batch.py CABSCAN [WORK_DIR] [N]

N (default 500) MSZIP CABs whose sizes are log-uniform from 100 KB to 30 MB: a
fixture's members, event logs (of ../shared/corpus where that lies beside the
source tree, else copies of the fixtures' largest log) to four fifths, and bytes
that do not compress, as traces do.  WORK_DIR keeps the share for the next run.

    one worker   cabscan batch -j1 beside cabextract -p over the same files, in
                 alternating slices of the share
    two workers  -j2 beside -j1, five pairs
    3 MB of logs what they cost a scan after unpacking, warm (bench/logs.c)

CPU seconds stand beside the clock's: they say more on a machine that is busy.
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

SMALLEST, LARGEST = 100_000, 30_000_000
SLICES = 10
PAIRS = 5
NOISE = 512 << 10
LOGS = 3_000_000


def corpus():
    return sorted((TOP.parent / "shared/corpus").rglob("*.evtx"))


def logs():
    found = [p.read_bytes() for p in corpus()]
    if not found:
        text = (TOP / "fixtures/events/many.events").read_text("utf-8")
        found = [evtxwrite.evtx_bytes(eventtext.Reader().read(text))]
    return found


def fixture(cabscan):
    """The members of a case that fails, small ones first."""
    cab = Path(cabscan).parent.parent / "fixtures/tpm-firmware-outdated-1.cab"
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["cabextract", "-q", "-d", d, cab], check=True)
        return [(p.name, p.read_bytes()) for p in sorted(Path(d).iterdir())]


def folder(members):
    """A folder that is packed once and goes into many CABs."""
    f = cabwrite.Folder("mszip", members)
    f.packed = cabwrite.pack_folder(f)[1]
    return f, sum(len(b) + 8 for b, _ in f.packed), sum(n for _, n in f.packed)


def make_share(share, n, cabscan):
    pick = random.Random(20261125)
    packed_logs = [folder([(f"log{i:03d}.evtx", data)])
                   for i, data in enumerate(logs())]
    noise = [folder([(f"trace{i}.etl", pick.randbytes(NOISE))]) for i in range(8)]
    case = folder(fixture(cabscan))
    share.mkdir(parents=True)
    for i in range(n):
        size = SMALLEST * (LARGEST / SMALLEST) ** pick.random()
        folders, packed, of_logs, of_noise = [case[0]], case[1], 1, 0
        while packed < size and len(folders) < 4000:
            if of_noise * 4 < of_logs and size - packed > NOISE / 2:
                f, more, plain = noise[pick.randrange(len(noise))]
                of_noise += plain
            else:
                f, more, plain = packed_logs[pick.randrange(len(packed_logs))]
                of_logs += plain
            folders.append(f)
            packed += more
        (share / f"{i:03d}.cab").write_bytes(cabwrite.build_cab(folders=folders))


def run(command):
    """Seconds by the clock, CPU seconds, peak bytes of one run."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[:4]} ends with {child.returncode}")
    return (time.perf_counter() - begun, usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024)


def one_worker(cabscan, extract, cabs):
    ours, theirs = [], []
    for i in range(SLICES):
        some = cabs[i::SLICES]
        if not some:
            continue
        ours.append(run([cabscan, "batch", "-q", "-j1", "-f", "ndjson", *some]))
        theirs.append(run([extract, "-q", "-p", *some]))
    for at, what in ((0, "clock"), (1, "CPU")):
        a, b = sum(x[at] for x in ours), sum(x[at] for x in theirs)
        ratios = sorted(x[at] / y[at] for x, y in zip(ours, theirs))
        print(f"one worker, {what}: cabscan {a:.1f} s, cabextract {b:.1f} s, ratio "
              f"{a / b:.2f} (slices {ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"peak memory, one worker: {max(x[2] for x in ours) / 2**20:.0f} MiB")


def two_workers(cabscan, share):
    times = []
    for _ in range(PAIRS):
        one = run([cabscan, "batch", "-q", "-j1", "-f", "ndjson", share])
        two = run([cabscan, "batch", "-q", "-j2", "-f", "ndjson", share])
        times.append((one[0] / two[0], one[0], two[0], two[2]))
    best = max(times)
    print(f"two workers: {best[0]:.2f} times one (best of {PAIRS}; median "
          f"{statistics.median(t[0] for t in times):.2f}), "
          f"peak memory {max(t[3] for t in times) / 2**20:.0f} MiB")


def warm_logs(cabscan, work):
    build = Path(cabscan).parent.parent
    program = work / "logs"
    flags = subprocess.run(
        ["pkg-config", "--libs", "libmspack", "expat", "libpcre2-8", "jansson"],
        check=True, capture_output=True, text=True).stdout.split()
    if subprocess.run(["pkg-config", "--exists", "libdeflate"]).returncode == 0:
        flags.append("-ldeflate")
    subprocess.run(["cc", "-O2", "-I", TOP / "include", TOP / "bench/logs.c",
                    build / "lib/libcabscan.a", *flags, "-o", program], check=True)
    total, files = 0, []
    for i, data in enumerate(sorted(logs(), key=len)):
        if len(data) > LOGS // 2 or total >= LOGS:
            continue
        path = work / f"warm{i:03d}.evtx"
        path.write_bytes(data)
        files.append(path)
        total += len(data)
    out = subprocess.run([program, "51", *files], check=True, capture_output=True,
                         text=True).stdout.split()
    print(f"{int(out[1]) / 1e6:.1f} MB of logs in {len(files)} files, unpacked, warm: "
          f"{int(out[0]) / 1000:.2f} ms")


def main():
    if sys.argv[1] == "--make":
        make_share(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
        return
    cabscan = Path(sys.argv[1]).resolve()
    work = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()).resolve()
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    share = work / f"share-{n}"
    extract = shutil.which("cabextract")
    if not extract:
        sys.exit("skipped: cabextract is not installed")
    if not share.is_dir():
        # Another process: the peak of a child counts what its parent held.
        subprocess.run([sys.executable, __file__, "--make", share, str(n), cabscan],
                       check=True)
    cabs = sorted(share.iterdir())
    print(f"{len(cabs)} CABs, {sum(p.stat().st_size for p in cabs) / 1e6:.0f} MB, "
          f"logs of {'shared/corpus' if corpus() else 'fixtures'}")
    warm_logs(cabscan, work)
    one_worker(cabscan, extract, cabs)
    two_workers(cabscan, share)


if __name__ == "__main__":
    main()
