#!/usr/bin/env python3
"""Adds up what meson's logs of several build directories say, and names what
was skipped: count.py BUILD...

Exits 1 when a test failed, when nothing ran, or, under CI=true, when anything
but what REASONS lists was skipped."""
import json
import os
import pathlib
import sys
import xml.etree.ElementTree as ET

# What a checkout, or another system than CI's, may well lack.
REASONS = ("skipped: no corpus", "skipped: evtxexport is ")

FAILURE_LINES = 60

passed = failed = skipped = 0
unexpected = []


def print_failure(test):
    """Of TAP what failed, with the comments below; of others the end."""
    said = test.get("stdout", "").splitlines()
    shown, is_shown = [], False
    for line in said:
        is_shown = line.startswith("not ok") or (is_shown and line.startswith("#"))
        if is_shown:
            shown.append(line)
    print(f"of {test['name']} in its log:", *(shown or said)[-FAILURE_LINES:]
          or ["nothing"], sep="\n  ")


def count_subtests(root):
    """TAP and cmocka tests have a case for each of their own."""
    global passed, failed, skipped
    for suite in root.iter("testsuite"):
        for case in suite.iter("testcase"):
            name = f'{suite.get("name")}: {case.get("name")}'
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print("failed:", name)
            elif case.find("skipped") is not None:
                skipped += 1
                print("skipped:", name)
                yield name
            else:
                passed += 1


for build in map(pathlib.Path, sys.argv[1:]):
    if (build / "skipped.txt").exists():
        print(f"skipped: all of {build.name}:", (build / "skipped.txt").read_text().strip())
        skipped += 1
        unexpected.append(build.name)
        continue
    logs = build / "meson-logs"
    why = {}
    if not (logs / "testlog.json").exists():
        print("failed: no test was run in", build.name)
        failed += 1
        continue
    for line in (logs / "testlog.json").read_text().splitlines():
        test = json.loads(line)
        why[test["name"].split(" / ")[-1].split(":")[-1]] = test.get("stdout", "")
        if test["result"] in ("FAIL", "ERROR", "TIMEOUT"):
            print_failure(test)
    for name in count_subtests(ET.parse(logs / "testlog.junit.xml").getroot()):
        if not any(key in name and any(r in text for r in REASONS)
                   for key, text in why.items()):
            unexpected.append(name)

if unexpected and os.environ.get("CI") == "true":
    print("skipped without need:", *unexpected, sep="\n  ")
    failed += len(unexpected)
    skipped -= len(unexpected)
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
