#!/usr/bin/env python3
"""Every value of real logs, as the Rust evtx crate reads it.

    evtx_dump.py CABSCAN BUILD_DIR

Compares `cabscan events` with evtx_dump over the logs of ../shared/corpus.
Where no evtx_dump is installed, cargo builds one in BUILD_DIR.  Exits 1 on a
difference that is none of its known ones, which are counted.
"""
import collections
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

VERSION = "0.15.1"
TOP = Path(__file__).resolve().parent.parent.parent
CORPUS = sorted((TOP.parent / "shared/corpus").rglob("*.evtx"))
EVENT = re.compile(r"<Event[ >].*?</Event>", re.S)
CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f]")


def evtx_dump(build):
    """The program; None: it is not here and cannot be built."""
    found = shutil.which("evtx_dump") or build / "bin/evtx_dump"
    if Path(found).exists():
        return found
    if not shutil.which("cargo"):
        return None
    done = subprocess.run(["cargo", "install", "evtx", "--version", VERSION, "--locked",
                           "--root", build], stdin=subprocess.DEVNULL)
    return found if done.returncode == 0 else None


def flat(e, out, path=""):
    path += "/" + e.tag.split("}")[-1]
    out += [(path + "@" + k, v) for k, v in e.attrib.items()]
    if len(e) == 0:
        out.append((path, e.text or ""))
    for child in e:
        flat(child, out, path)
    return out


def canonical(value):
    # What XML cannot hold it writes as "_".
    v = re.sub("\r\n?", "\n", value).strip().replace("\ufffd", "_")
    low = v.lower().strip("{}")
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", low):
        return low
    if re.fullmatch(r"0x[0-9a-f]+", low):
        return "0x" + (low[2:].lstrip("0") or "0")
    m = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ]([\d:]{8})(\.\d+)?( ?UTC|Z)?", v)
    if m:       # it has microseconds
        return m[1] + "T" + m[2] + ((m[3] or ".") + "0000000")[:7]
    return v


def by_record(xml):
    found = {}
    for event in EVENT.findall(xml):
        m = re.search(r"<EventRecordID>(\d+)<", event)
        found.setdefault(m[1] if m else None, event)
    return found


def known(ours, theirs):
    """Which of its defects this difference is; None: it is another."""
    if "\ufffd" in ours and len(ours) == len(theirs) and all(
            x in (y, "\ufffd") for x, y in zip(ours, theirs)):
        return "takes ANSI for Windows-1252, which nothing in a log says"
    if ours == "true" and theirs.isdigit():
        return "a bool that is neither 0 nor 1 is a number"
    return None


def compare(path, ours, theirs, counts):
    """The differences that are not known."""
    for record, event in ours.items():
        if record not in theirs:
            counts["record not read by it: it stops at damage and at what headers count"] += 1
            continue
        a, b = (flat(ET.fromstring(x), []) for x in (event, theirs[record]))
        counts["records compared"] += 1
        if [k for k, _ in a] != [k for k, _ in b]:
            yield f"{path.name} {record}: other elements"
            continue
        for (key, va), (_, vb) in zip(a, b):
            if canonical(va) == canonical(vb):
                continue
            why = known(va, vb)
            counts[why] += 1
            if not why:
                yield f"{path.name} {record} {key}: {va!r}, evtx_dump {vb!r}"


def main():
    cabscan, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    if not CORPUS:
        print("skipped: no corpus")
        return 0
    program = evtx_dump(build)
    if not program:
        print("skipped: no evtx_dump, and no cargo that builds it")
        return 0
    counts, wrong = collections.Counter(), []
    for path in CORPUS:
        other, own = (subprocess.run(command, capture_output=True).stdout.decode(
            "utf-8", "replace") for command in (
                [program, "-t", "1", "-o", "xml", "--dont-show-record-number", "--no-indent",
                 path],
                [cabscan, "events", "-q", "-f", "xml", path]))
        wrong += compare(path, by_record(own), by_record(CONTROLS.sub("\ufffd", other)),
                         counts)
    for what, n in counts.most_common():
        print(f"{n:7} {what}")
    for w in wrong[:40]:
        print("differs:", w)
    return 1 if wrong or counts["records compared"] < 28000 else 0


if __name__ == "__main__":
    sys.exit(main())
