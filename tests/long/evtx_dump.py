#!/usr/bin/env python3
"""Every value of real logs, as the Rust evtx crate reads it.

    evtx_dump.py CABSCAN BUILD_DIR [--list]

Compares `cabscan events` with evtx_dump over the logs of ../shared/corpus.
Where no evtx_dump is installed, cargo builds one in BUILD_DIR.  Exits 1 on a
difference that evtx_dump-bugs.tsv does not name by log, bug, field and
records, and on an entry of it that is no difference; --list prints what it
would have to be.

    not-read     the record is not in its output: it stops at damage, and at
                 what headers count
    bool         a bool that is neither 0 nor 1 is a number
    code-page    ANSI is taken for Windows-1252, which nothing in a log says
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
BUGS = Path(__file__).resolve().with_name("evtx_dump-bugs.tsv")
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


def bug_of(ours, theirs):
    if "\ufffd" in ours and len(ours) == len(theirs) and all(
            x in (y, "\ufffd") for x, y in zip(ours, theirs)):
        return "code-page"
    if ours == "true" and theirs.isdigit():
        return "bool"
    return "UNKNOWN"


def compare(ours, theirs):
    """(bug, field, record, what is seen) of each difference."""
    for record, event in ours.items():
        if record not in theirs:
            yield "not-read", "*", record, ""
            continue
        a, b = (flat(ET.fromstring(x), []) for x in (event, theirs[record]))
        if [k for k, _ in a] != [k for k, _ in b]:
            yield "UNKNOWN", "*", record, "other elements"
            continue
        for (key, va), (_, vb) in zip(a, b):
            if canonical(va) != canonical(vb):
                yield bug_of(va, vb), key, record, f"{va!r}, evtx_dump {vb!r}"


def ranges(numbers):
    """1,2,3,7 as 1-3,7"""
    out = []
    for n in sorted(numbers):
        if out and n == out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def outputs(program, cabscan, path):
    for command in ([cabscan, "events", "-q", "-f", "xml", path],
                    [program, "-t", "1", "-o", "xml", "--dont-show-record-number",
                     "--no-indent", path]):
        out = subprocess.run(command, capture_output=True).stdout
        yield by_record(CONTROLS.sub("\ufffd", out.decode("utf-8", "replace")))


def main():
    args = [a for a in sys.argv[1:] if a != "--list"]
    cabscan, build = (Path(a).resolve() for a in args)
    if not CORPUS:
        print("skipped: no corpus")
        return 0
    program = evtx_dump(build)
    if not program:
        print("skipped: no evtx_dump, and no cargo that builds it")
        return 0
    found, n, wrong = collections.defaultdict(set), 0, []
    for path in CORPUS:
        log = f"{path.parent.name}/{path.name}"
        ours, theirs = outputs(program, cabscan, path)
        n += len(set(ours) & set(theirs))
        for bug, field, record, seen in compare(ours, theirs):
            found[log, bug, field].add(int(record or 0))
            if bug == "UNKNOWN":
                wrong.append(f"{log} {record} {field}: {seen}")
    rows = {"\t".join((*key, ranges(records))) for key, records in found.items()}
    if "--list" in sys.argv:
        print("\n".join(sorted(rows)))
        return 0
    listed = {r for r in BUGS.read_text().splitlines() if r and not r.startswith("#")}
    wrong += [f"not listed: {r}" for r in sorted(rows - listed)]
    wrong += [f"listed, and no difference: {r}" for r in sorted(listed - rows)]
    print(f"{n} records compared; {len(listed)} entries of known bugs, "
          f"{sum(map(len, found.values()))} records in them")
    for w in wrong[:40]:
        print("FAILED", w)
    return 1 if wrong or n < 28000 else 0


if __name__ == "__main__":
    sys.exit(main())
