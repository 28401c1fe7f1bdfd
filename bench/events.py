#!/usr/bin/env python3
"""Event logs, side by side: events.py [--quick] [--json FILE] [BUILD_DIR]

BUILD_DIR is where cabscan is built (default: build-bench, made here).  Three
sets: 30 MB of a Security log, one machine's logs, 3 MB of Autopilot channels;
from ../shared/corpus where that lies beside the source tree, else from the
builder; the table says which.

In one process, as ratios to L, the least that reading costs (bench/events.c):
ids, typed, fields, xml, and cold.  As whole processes, beside evtxexport
(libevtx), evtx_dump (Rust) and python-evtx, each left out by name where it is
absent.  All figures are medians of nine paired runs with their spread; a
spread above 25% is marked.  --quick: three runs of the first set, and exit 1
where a ratio is worse than its bound.
"""
import json
import os
import platform
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))

MODES = ("crc", "ids", "typed", "fields", "xml", "cold")
GOALS = {"ids": 1.5, "typed": 2, "fields": 4, "xml": 6}
# What --quick holds: a build server is noisy, and its caches are others'.
BOUNDS = {"ids": 4, "typed": 9, "fields": 16, "xml": 20}
EVTXEXPORT_TIMES = 20
BLOCK, CHUNK = 4096, 65536


def corpus():
    return sorted((TOP.parent / "shared/corpus").rglob("*.evtx"))


def chunks(paths):
    for path in paths:
        data = path.read_bytes()
        for at in range(BLOCK, len(data) - CHUNK + 1, CHUNK):
            if data[at:at + 8] == b"ElfChnk\0":
                yield data[at:at + CHUNK]


def log(path, some_chunks, size):
    """One log of that size, with a right header."""
    some_chunks = list(some_chunks)
    n = max(1, size // CHUNK)
    head = bytearray(BLOCK)
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0, n - 1, 1, 128, 1, 3,
                     BLOCK, min(n, 0xffff))
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120])))
    with path.open("wb") as f:
        f.write(head)
        for i in range(n):
            f.write(some_chunks[i % len(some_chunks)])
    return path


def built(work):
    """A log of our own builder with many kinds of events."""
    from eventtext import parse_events
    import evtxwrite
    path = work / "many.evtx"
    evtxwrite.write_evtx(path, parse_events(
        (TOP / "fixtures/events/many.events").read_text("utf-8")))
    return path


def sets(work):
    """name, where it is from, files"""
    found = corpus()
    if not found:
        own = [built(work)]
        yield "security", "builder", [log(work / "s.evtx", chunks(own), 31_500_000)]
        yield "machine", "builder", [log(work / f"m{i}.evtx", chunks(own), 1 << 20)
                                     for i in range(20)]
        yield "autopilot", "builder", [log(work / f"a{i}.evtx", chunks(own), 3 << 17)
                                       for i in range(8)]
        return
    security = [p for p in found if p.name.lower() in ("security.evtx",)]
    yield "security", "corpus", [log(work / "s.evtx", chunks(security), 31_500_000)]
    yield "machine", "corpus", found
    small = [p for p in found if p.stat().st_size <= 1 << 20][:12]
    cut = [log(work / f"a{i}.evtx", list(chunks([p]))[:4], 4 * CHUNK)
           for i, p in enumerate(small) if list(chunks([p]))]
    yield "autopilot", "corpus, logs of 256 KiB", cut


def build(directory):
    if not (directory / "build.ninja").exists():
        subprocess.run(["meson", "setup", directory, TOP, "-Ddefault_library=static"],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", directory, "cli/cabscan", "lib/libcabscan.a"],
                   check=True, stdout=subprocess.DEVNULL)
    exe = directory / "bench-events"
    libs = subprocess.run(["pkg-config", "--libs", "libmspack", "expat", "libpcre2-8",
                           "jansson", "libdeflate"], check=True, capture_output=True,
                          text=True).stdout.split()
    subprocess.run(["cc", "-O3", "-I", TOP / "include", TOP / "bench/events.c",
                    directory / "lib/libcabscan.a", *libs, "-o", exe], check=True)
    return exe


def middle(values):
    """Median and spread, half of the runs around the median."""
    values = sorted(values)
    m = statistics.median(values)
    q = values[len(values) // 4], values[-1 - len(values) // 4]
    return m, (q[1] - q[0]) / m if m else 0


def in_process(exe, files, pairs):
    """mode -> (ratio to L, spread, ns of a record)"""
    def one(mode):
        out = subprocess.run([exe, mode, "5", *files], check=True, capture_output=True,
                             text=True).stdout.split()
        return int(out[0]), int(out[1])

    ratios = {m: [] for m in MODES}
    per_record = {}
    for _ in range(pairs):
        for mode in MODES:
            least, records = one("limit")
            took, _ = one(mode)
            ratios[mode].append(took / least)
            per_record[mode] = took / max(records, 1)
    return {m: (*middle(r), per_record[m]) for m, r in ratios.items()}


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def rivals(cabscan):
    """name -> (its command, ours)"""
    ours = [str(cabscan), "events", "-q", "-f"]
    found = {}
    if shutil.which("evtx_dump"):
        for threads, jobs in (("1", "1"), ("0", "0")):
            which = "" if threads == "1" else ", threads"
            found["evtx_dump xml" + which] = (
                ["evtx_dump", "-t", threads, "-o", "xml"], [*ours, "xml", "-j", jobs])
            found["evtx_dump jsonl" + which] = (
                ["evtx_dump", "-t", threads, "-o", "jsonl"], [*ours, "jsonl", "-j", jobs])
    if shutil.which("evtxexport"):
        found["evtxexport xml"] = (["evtxexport", "-f", "xml"], [*ours, "xml"])
    if shutil.which("evtx_dump.py"):
        found["python-evtx xml"] = (["evtx_dump.py"], [*ours, "xml"])
    return found


def as_processes(name, other, ours, files, pairs):
    """How many times as long the other one takes, over all files one by one."""
    ratios = []
    for _ in range(pairs):
        took = sum(seconds([*other, f]) for f in files)
        ratios.append(took / sum(seconds([*ours, f]) for f in files))
    return middle(ratios)


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores"


def main():
    args = sys.argv[1:]
    quick = "--quick" in args
    out = args[args.index("--json") + 1] if "--json" in args else None
    rest = [a for i, a in enumerate(args) if not a.startswith("--") and
            args[i - 1] != "--json"]
    directory = Path(rest[0] if rest else TOP / "build-bench").resolve()
    exe = build(directory)
    pairs = 3 if quick else 9
    table, worse = [], []

    def row(what, figure, spread, more=""):
        mark = "  (noisy)" if spread > 0.25 else ""
        print(f"{what:44} {figure:8.2f}  ±{spread * 50:3.0f}%{mark}{more}", flush=True)
        table.append({"what": what, "ratio": figure, "spread": spread})

    print(machine())
    for lacking in ("evtx_dump", "evtxexport", "evtx_dump.py"):
        if not shutil.which(lacking):
            print(f"skipped: no {lacking}")
    with tempfile.TemporaryDirectory() as t:
        for name, origin, files in sets(Path(t)):
            size = sum(os.path.getsize(f) for f in files)
            print(f"\n{name}: {len(files)} files, {size / 1e6:.1f} MB, {origin}")
            for mode, (ratio, spread, ns) in in_process(exe, files, pairs).items():
                goal = f"  goal {GOALS[mode]}" if mode in GOALS else ""
                row(f"{name} {mode} / L", ratio, spread, f"  {ns:.0f} ns/record{goal}")
                if quick and ratio > BOUNDS.get(mode, 1e9):
                    worse.append(f"{mode}: {ratio:.1f} L, bound {BOUNDS[mode]}")
            for rival, (other, ours) in rivals(directory / "cli/cabscan").items():
                if quick and not rival.startswith("evtxexport"):
                    continue
                n = 1 if "python" in rival or ("evtxexport" in rival) else pairs
                ratio, spread = as_processes(rival, other, ours, files, n)
                row(f"{name} {rival} / cabscan", ratio, spread)
                if quick and ratio < EVTXEXPORT_TIMES:
                    worse.append(f"{rival}: {ratio:.1f} times, bound {EVTXEXPORT_TIMES}")
            if quick:
                break
    if out:
        Path(out).write_text(json.dumps({"machine": machine(), "rows": table}, indent=1))
    for w in worse:
        print("FAILED", w)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
