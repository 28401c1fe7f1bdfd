#!/usr/bin/env python3
"""Event logs, side by side: events.py [--quick] [--built] [--json FILE] [BUILD_DIR]

BUILD_DIR is where cabscan is built (default: build-bench, made here).  Three
sets: 31.5 MB of a Security log, one machine's logs, logs of 256 KiB; from
../shared/corpus where that lies beside the source tree, else (or with --built)
of chunks that our own builder makes; the table says which.

In one process, as ratios to L, the least that reading costs (bench/events.c).
As whole processes, beside evtx_dump (the Rust crate evtx), evtxexport (libevtx)
and python-evtx, each left out by name where it is not installed; "net" is
without what an empty run of either program takes, of medians.  All but the rows
with threads are processor time, which a busy machine disturbs least.  Figures
are medians of nine paired runs; a spread (half of the runs lie in it) above 25%
is marked.  --quick: three runs of the builder's Security set, and exit 1 where a
ratio is worse than its bound in each of three tries.
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

MODES = ("crc", "ids", "typed", "fields", "xml", "json", "cold")
GOALS = {"ids": 1.5, "typed": 2, "fields": 4, "xml": 6}
# What --quick holds, of the builder's set: what was measured and a quarter more.
# Other versions of the rivals than Debian 12's take less: libdeflate 1.23 for the
# CRC-32 that is most of L, libevtx 20240504 for a log; there the second bound holds.
BOUNDS = {"ids": (2.0, 2.0), "typed": (3.5, 4.8), "fields": (5.5, 5.5),
          "xml": (6.5, 6.8), "json": (6.5, 9.4)}
EVTXEXPORT_TIMES = 60, 45
TRIES = 3                       # a busy machine only makes ratios worse
BLOCK, CHUNK = 4096, 65536


# ---- the logs --------------------------------------------------------------------

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


def sets(work, own=False):
    """name, where it is from, files"""
    found = [] if own else sorted((TOP.parent / "shared/corpus").rglob("*.evtx"))
    if not found:
        made = [built(work)]
        yield "Security", "builder", [log(work / "s.evtx", chunks(made), 31_500_000)]
        yield "machine", "builder", [log(work / f"m{i}.evtx", chunks(made), 1 << 20)
                                     for i in range(20)]
        yield "small logs", "builder", [log(work / f"a{i}.evtx", chunks(made), 3 << 17)
                                        for i in range(8)]
        return
    security = [p for p in found if p.name.lower() == "security.evtx"]
    yield "Security", "corpus", [log(work / "s.evtx", chunks(security), 31_500_000)]
    yield "machine", "corpus", found
    small = [p for p in found if p.stat().st_size <= 1 << 20][:12]
    cut = [log(work / f"a{i}.evtx", list(chunks([p]))[:4], 4 * CHUNK)
           for i, p in enumerate(small) if list(chunks([p]))]
    yield "small logs", "corpus, 256 KiB each", cut


def templates(files):
    """Definitions that differ, file by file: what a cold run compiles."""
    n = 0
    for path in files:
        seen = set()
        for c in chunks([Path(path)]):
            for m in re.finditer(rb"\x0c\x01", c[:-34]):
                at = m.start()
                ident, offset = struct.unpack_from("<II", c, at + 2)
                if offset == at + 10 and c[at + 14:at + 18] == c[at + 2:at + 6]:
                    seen.add(c[at + 14:at + 34])
        n += len(seen)
    return n


# ---- measuring -------------------------------------------------------------------

def build(directory):
    if not (directory / "build.ninja").exists():
        subprocess.run(["meson", "setup", directory, TOP], check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", directory, "cli/cabscan", "tests/bench-events"],
                   check=True, stdout=subprocess.DEVNULL)


def middle(values):
    """Median and spread, half of the runs around the median."""
    values = sorted(values)
    m = statistics.median(values)
    q = values[len(values) // 4], values[-1 - len(values) // 4]
    return m, (q[1] - q[0]) / m if m else 0


def in_process(exe, files, pairs):
    """mode -> (ratio to L, spread, ns of a record); what a cold template costs"""
    def one(mode):
        out = subprocess.run([exe, mode, "5", *files], check=True, capture_output=True,
                             text=True).stdout.split()
        return int(out[0]), int(out[1])

    ratios, took = {m: [] for m in MODES}, {m: [] for m in MODES}
    records = 1
    for _ in range(pairs):
        for mode in MODES:
            least, records = one("limit")
            t = one(mode)[0]
            ratios[mode].append(t / least)
            took[mode].append(t)
    rows = {m: (*middle(r), statistics.median(took[m]) / records)
            for m, r in ratios.items()}
    cold = statistics.median(a - b for a, b in zip(took["cold"], took["typed"]))
    return rows, cold / max(templates(files), 1)


def run(command):
    """Processor seconds, wall seconds."""
    begin = time.perf_counter()
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(p.pid, 0)
    p.returncode = 0
    return used.ru_utime + used.ru_stime, time.perf_counter() - begin


def peak(command):
    """MiB of memory at most.  What the system says when it has ended counts this
    program's own, from before the command's began; so it is asked all along."""
    most = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        while p.stdout.read1(1 << 16):
            status = Path(f"/proc/{p.pid}/status").read_text()
            most = max([most] + [int(m) for m in re.findall(r"VmHWM:\s*(\d+)", status)])
    return most / 1024


class Rival:
    """A command beside ours; 'empty' does nothing but start."""

    def __init__(self, name, command, empty, ours, which=0):
        self.name, self.command, self.empty, self.ours = name, command, empty, ours
        self.which = which              # of run(): 0 processor, 1 wall

    def ratios(self, files, pairs):
        """How many times as long the other one takes, and the same net of starts:
        of medians, since small differences of single runs say nothing."""
        sums = []
        for _ in range(pairs):
            took = [0.0] * 4
            for f in files:
                for i, command in enumerate((
                        [*self.command, f], [*self.ours, f], self.empty,
                        [self.ours[0], "--version"])):
                    took[i] += run(command)[self.which]
            sums.append(took)
        a, b, start_a, start_b = (statistics.median(t) for t in zip(*sums))
        net = (a - start_a) / (b - start_b) if b > start_b else 0
        return middle([s[0] / s[1] for s in sums]), net


def rivals(cabscan):
    def ours(f, jobs="1"):
        return [str(cabscan), "events", "-q", "-f", f, "-j", jobs]

    if shutil.which("evtx_dump"):
        for f in ("xml", "jsonl"):
            yield Rival(f"evtx_dump {f}", ["evtx_dump", "-t", "1", "-o", f],
                        ["evtx_dump", "--version"], ours(f))
        for f in ("xml", "jsonl"):
            yield Rival(f"evtx_dump {f}, both threaded, wall", ["evtx_dump", "-o", f],
                        ["evtx_dump", "--version"], ours(f, "0"), 1)
    if shutil.which("evtxexport"):
        yield Rival("evtxexport xml", ["evtxexport", "-f", "xml"], ["evtxexport", "-V"],
                    ours("xml"))
    if shutil.which("evtx_dump.py"):
        yield Rival("python-evtx xml", ["evtx_dump.py"], ["evtx_dump.py", "--help"],
                    ours("xml"))


def said(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def bound(pair, command, version):
    """The first, beside the version that it was measured with."""
    return pair[version not in said(*command)]


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores"


# ---- the table -------------------------------------------------------------------

class Table:
    def __init__(self):
        self.rows, self.worse = [], []

    def add(self, what, figure, spread=0.0, more="", bound=None, least=None):
        mark = "  (noisy)" if spread > 0.25 else ""
        print(f"{what:52} {figure:8.2f}  ±{spread * 50:3.0f}%{mark}{more}", flush=True)
        self.rows.append({"what": what, "figure": figure, "spread": spread})
        if bound is not None and figure > bound:
            self.worse.append(f"{what}: {figure:.2f}, at most {bound}")
        if least is not None and figure < least:
            self.worse.append(f"{what}: {figure:.2f}, at least {least}")


def one_set(table, directory, name, files, pairs, quick):
    rows, template = in_process(directory / "tests/bench-events", files, pairs)
    for mode, (ratio, spread, ns) in rows.items():
        goal = f", goal {GOALS[mode]}" if mode in GOALS else ""
        table.add(f"{name}: {mode} / L", ratio, spread, f"  {ns:.0f} ns a record{goal}",
                  bound=bound(BOUNDS[mode], ("pkg-config", "--modversion", "libdeflate"),
                              "1.14") if quick and mode in BOUNDS else None,
                  least=0.7 if mode == "crc" else None)
    cabscan = directory / "cli/cabscan"
    if quick:
        rival = [r for r in rivals(cabscan) if r.name.startswith("evtxexport")]
        for r in rival:
            whole, _ = r.ratios(files, 1)
            table.add(f"{name}: {r.name} / cabscan", *whole,
                      least=bound(EVTXEXPORT_TIMES, ("evtxexport", "-V"), "20181227"))
        return
    table.add(f"{name}: microseconds a cold template", template / 1000)
    for r in rivals(cabscan):
        n = 1 if "python" in r.name else 3 if "evtxexport" in r.name else pairs
        whole, net = r.ratios(files, n)
        table.add(f"{name}: {r.name} / cabscan", *whole, f"  net {net:.2f}")
    for f in ("xml", "jsonl"):
        most = max(peak([cabscan, "events", "-q", "-f", f, p]) for p in files)
        table.add(f"{name}: peak MiB, {f}", most, bound=16)


def main():
    args = sys.argv[1:]
    quick = "--quick" in args
    out = args[args.index("--json") + 1] if "--json" in args else None
    rest = [a for i, a in enumerate(args) if not a.startswith("--") and
            args[i - 1] != "--json"]
    directory = Path(rest[0] if rest else TOP / "build-bench").resolve()
    if not quick:
        build(directory)
    table = Table()
    print(machine())
    for lacking in ("evtx_dump", "evtxexport", "evtx_dump.py"):
        if not quick and not shutil.which(lacking):
            print(f"skipped: no {lacking}")
    with tempfile.TemporaryDirectory() as t:
        for name, origin, files in sets(Path(t), quick or "--built" in args):
            size = sum(os.path.getsize(f) for f in files)
            print(f"\n{name}: {len(files)} files, {size / 1e6:.1f} MB, {origin}")
            one_set(table, directory, name, files, 3 if quick else 9, quick)
            if quick:
                for _ in range(TRIES - 1):
                    if table.worse:
                        print("again, since", *table.worse, sep="\n  ")
                        table = Table()
                        one_set(table, directory, name, files, 3, quick)
                break
    if out:
        Path(out).write_text(json.dumps({"machine": machine(), "rows": table.rows},
                                        indent=1))
    for w in table.worse:
        print("FAILED", w)
    return 1 if table.worse else 0


if __name__ == "__main__":
    sys.exit(main())
