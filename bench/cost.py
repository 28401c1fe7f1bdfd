#!/usr/bin/env python3
"""What ten million CABs cost: cost.py CABSCAN [WORK_DIR]

Measures on this machine, in CPU seconds of one worker: the start of a batch, a
small CAB (the fixtures'), a megabyte of a large one (60 CABs of bench/batch.py's
share), a row in `cabscan fleet` (200,000 of bench/fleet.py's) and its bytes; and
works out of that alone what cli/fleet/README.md says of a cluster.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import batch  # noqa: E402

CABS = 10_000_000
MEAN_MB = (1, 5, 20)                    # of one CAB
CORES = 1_000
SHARE_GB = 10                           # a second that the file system gives
ROWS = 200_000


def cpu(*command):
    return min(batch.run([str(c) for c in command])[1] for _ in range(3))


def measure(cabscan, work):
    share, small = work / "cost-share", Path(cabscan).parent.parent / "fixtures"
    # Other processes make what is scanned: the peak of a child counts what its
    # parent held before.
    if not share.exists():
        subprocess.run([sys.executable, __file__, "--make", share, cabscan], check=True)
    rows = work / f"rows-{ROWS}.ndjson"
    if not rows.exists():
        subprocess.run([sys.executable, Path(__file__).with_name("fleet.py"), "--make",
                        rows, str(ROWS)], check=True)
    scan = [cabscan, "batch", "-q", "-j1", "-f", "ndjson"]
    small = sorted(small.glob("*.cab"))
    large = sorted(share.glob("*.cab"))
    megabytes = sum(p.stat().st_size for p in large) / 1e6
    start = cpu(*scan, small[0])
    of_small = (cpu(*scan, *small) - start) / (len(small) - 1)
    of_megabyte = (cpu(*scan, *large) - start - of_small * len(large)) / megabytes
    peak = max(batch.run([str(c) for c in (*scan, p)])[2] for p in large)
    head = [cabscan, "fleet", "-q", "-f", "csv"]
    of_row = (cpu(*head, rows) - start) / ROWS
    out = subprocess.run([*map(str, scan), *map(str, small)], check=True,
                         capture_output=True).stdout
    of_bytes = len(out) / len(small)
    fleet_peak = batch.run([str(c) for c in (*head, rows)])[2] / ROWS
    return {"start": start, "small": of_small, "megabyte": of_megabyte, "row": of_row,
            "bytes": of_bytes, "peak": peak, "fleet_peak": fleet_peak,
            "large": len(large), "megabytes": megabytes}


def days(seconds):
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * 86400 else f"{seconds / 86400:.1f} d"


def main():
    if sys.argv[1] == "--make":
        batch.make_share(Path(sys.argv[2]), 60, sys.argv[3])
        return
    cabscan = Path(sys.argv[1]).resolve()
    work = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp())
    m = measure(cabscan, work)
    print(json.dumps({k: round(v, 6) for k, v in m.items()}))
    print(f"start {m['start'] * 1e3:.0f} ms; a small CAB {m['small'] * 1e3:.2f} ms; a megabyte "
          f"of {m['large']} large ones {m['megabyte'] * 1e3:.1f} ms; a row {m['row'] * 1e6:.1f} us "
          f"and {m['bytes']:.0f} bytes; peak {m['peak'] / 2**20:.0f} MiB, "
          f"of a row {m['fleet_peak']:.0f} bytes")
    for mb in MEAN_MB:
        seconds = CABS * (m["small"] + m["megabyte"] * mb)
        print(f"{CABS} CABs of {mb} MB: {CABS * mb / 1e6:.0f} TB, {days(seconds)} of CPU, "
              f"{days(seconds / CORES)} on {CORES} cores, {days(CABS * mb / 1e3 / SHARE_GB)} to read "
              f"at {SHARE_GB} GB/s")
    print(f"rows: {CABS * m['bytes'] / 1e9:.1f} GB; fleet: {CABS * m['row']:.0f} s of CPU, "
          f"{CABS * m['fleet_peak'] / 2**30:.1f} GiB")


if __name__ == "__main__":
    main()
