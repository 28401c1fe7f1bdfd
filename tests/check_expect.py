#!/usr/bin/env python3
"""What sample artefacts say is read as it should be.

    check_expect.py CABSCAN SAMPLES

SAMPLES/EXPECT.tsv has lines of sample, fact, value, and so has expect.tsv beside
this script.  Each sample is given to cabscan under the name that the artefact
has in a CAB, which is the name of its folder; what is known by its content is
also given under a name that says nothing.  Exit 77: there are no samples.
"""

import csv
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

# Folders that are named after a command, and what its output is called.
NAMED = {"AutopilotPolicyCache": "PolicyJsonCache.json"}


# What only its name tells from other text or JSON.
BY_NAME = {"AutopilotPolicyCache", "AutopilotDDSZTDFile.json", "CertReq_enrollaik_Output.txt",
           "CertUtil_tpminfo_Output.txt"}


def names_of(sample):
    yield artefact_name(sample)
    if Path(sample).parts[0] not in BY_NAME:
        yield "x.any"


def artefact_name(sample):
    folder = Path(sample).parts[0]
    if folder in NAMED:
        return NAMED[folder]
    return folder if Path(folder).suffix else f"{folder}.txt"


def facts_of(cabscan, path):
    """{fact: the value that counts}: the first line of each."""
    run = subprocess.run([cabscan, "--format", "facts", path], capture_output=True,
                         timeout=60, check=False)
    if run.returncode != 0:
        raise ValueError(f"exit {run.returncode}: {run.stderr.decode(errors='replace')}")
    found = {}
    for line in run.stdout.decode("utf-8").splitlines()[1:]:
        fact, value = line.split("\t")[:2]
        found.setdefault(fact, value)
    return found


def main():
    cabscan, samples = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    if not (samples / "EXPECT.tsv").is_file():
        print("skipped: no corpus")
        return 77
    wanted = defaultdict(list)
    for table in (samples / "EXPECT.tsv", Path(__file__).with_name("expect.tsv")):
        with open(table, encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f, delimiter="\t"):
                wanted[row["sample"]].append((row["fact"], row["value"]))
    right = wrong = 0
    for sample, name in ((s, n) for s in wanted for n in names_of(s)):
        facts = wanted[sample]
        with tempfile.TemporaryDirectory() as work:
            path = Path(work) / name
            shutil.copyfile(samples / sample, path)
            try:
                found = facts_of(cabscan, path)
            except (ValueError, subprocess.TimeoutExpired) as e:
                print(f"{sample} as {name}: {e}")
                wrong += len(facts)
                continue
        for fact, value in facts:
            if found.get(fact) == value:
                right += 1
            else:
                print(f"{sample} as {name}: {fact} is {found.get(fact)}, not {value}")
                wrong += 1
    print(f"{right} facts right, {wrong} wrong")
    return 1 if wrong or not right else 0


if __name__ == "__main__":
    sys.exit(main())
