#!/usr/bin/env python3
"""A million rows into groups: fleet.py CABSCAN [ROWS [WORK_DIR]]

Rows of ROWS cases (default 1,000,000) of nine tenths as many devices, in
20,000 combinations of model, TPM, firmware, BIOS and build, as a batch writes
them: about 800 bytes each, one in ten of a device seen before, one in a
hundred a row twice.  Then `cabscan fleet` over them; user CPU and the peak of
its memory.

    fleet.py --make FILE ROWS   writes the rows alone
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIGS = 20_000
MAKERS = ("HP", "Dell Inc.", "LENOVO", "Microsoft Corporation", "Acer")
VENDORS = ("IFX", "STM", "NTC", "INTC", "AMD")
CAUSES = ("tpm-firmware-outdated", "ek-refused", "amd-ftpm", "network-blocked",
          "transient-service", "unknown", "tpm-not-ready", "clock-skew")
ANSWERS = (None, "firmware-needs-update", "no-valid-ek", "authority-unknown")


def configs(random_):
    """What devices share; a few fail much more often than the others."""
    for i in range(CONFIGS):
        maker = MAKERS[i % len(MAKERS)]
        yield {"manufacturer": maker, "model": f"{maker.split()[0]} Model {i // 40}",
               "bios": f"N{i % 7}.{10 + i % 4}",
               "vendor": VENDORS[(i // 40) % len(VENDORS)],
               "firmware": f"7.{i % 10}.{3000 + i % 40}.0", "spec": "2.0",
               "build": f"10.0.{22631 + i % 3}.4460"}, (
            0.9 if random_.random() < 0.01 else 0.02)


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def row(random_, i, device, config, rate):
    failed = random_.random() < rate
    began = 1_767_225_600 + random_.randrange(86400 * 200)
    cause = random_.choice(CAUSES) if failed else "attested"
    o = {"schema": "cabscan-row/1", "id": f"{i * 2654435761 % 2**64:016x}",
         "source": f"share/{device % 1000:03d}/{device:07d}-{i:07d}.cab",
         "state": "scanned", "cause": cause,
         "confidence": "none" if cause == "unknown" else "certain",
         "title": "What was found, in about as many words as there are in a title",
         "serial": f"5CG{device:07d}",
         "uuid": f"{device:08x}-0000-4000-8000-{device * 7919 % 2**48:012x}", **config,
         "scenario": random_.choice(("self-deploying", "pre-provisioning")),
         "profile": "Shared devices", "attempts": 1, "first": stamp(began),
         "tries": ["F0" if failed else "P0"],
         "outcome": "failed" if failed else "passed",
         "time": stamp(began + 200)[:-1] + ".1234567Z",
         "logs_from": stamp(began - 30), "digest": f"{i * 11400714819323198485 % 2**64:016x}",
         "evidence": ["Attestation failed with: 0x81039001 […-autopilot.evtx, record 28]"],
         "evidence_count": 4, "against_count": 0,
         "next": "What to do next, in a sentence of about the length that it has in rows",
         "notes": 0}
    answer = random_.choice(ANSWERS) if failed else None
    if answer:
        o["message"] = answer
        o["authority"] = f"IFX-KeyId-{device % 97:024x}"
    if failed:
        o["error"] = "0x81039001"
    return json.dumps(o, separators=(",", ":"), ensure_ascii=False)


def make(path, n):
    random_ = random.Random(20260101)
    shared = list(configs(random_))
    devices = n * 9 // 10
    with open(path, "w", encoding="utf-8") as to:
        for i in range(n):
            device = i if i < devices else random_.randrange(devices)
            config, rate = shared[device % CONFIGS]
            line = row(random_, i, device, config, rate)
            to.write(line + "\n")
            if i % 100 == 0:
                to.write(line + "\n")


def measure(command):
    """Seconds of user CPU and of the clock, peak bytes."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command} ends with {child.returncode}")
    return usage.ru_utime, time.perf_counter() - begin, usage.ru_maxrss * 1024


def main():
    if sys.argv[1] == "--make":
        make(sys.argv[2], int(sys.argv[3]))
        return
    cabscan = Path(sys.argv[1]).resolve()
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    work = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp())
    rows = work / f"rows-{n}.ndjson"
    if not rows.exists():
        # Another process, so that the peak of cabscan is its own.
        subprocess.run([sys.executable, __file__, "--make", rows, str(n)], check=True)
    size = rows.stat().st_size
    print(f"{n} cases, {size / 1e6:.0f} MB of rows ({size / n:.0f} bytes a case)")
    for name, options in (("overview", []), ("groups as CSV", ["-f", "csv"]),
                          ("devices as CSV", ["-t", "devices", "-f", "csv"]),
                          ("readiness", ["-t", "readiness"])):
        user, clock, peak = measure([cabscan, "fleet", "-q", *options, rows])
        print(f"{name:16} {user:6.1f} s user CPU, {clock:6.1f} s, "
              f"peak {peak / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
