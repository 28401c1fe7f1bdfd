#!/usr/bin/env python3
"""Fails when a file includes what its room may not: check_layers.py ROOT.
The table is the one in lib/README.md."""
import pathlib
import re
import sys

MAY = {  # room: the rooms and libraries it may include
    "base": {"base"},
    "cab": {"base", "cab", "mspack.h"},
    "read": {"base", "read"},
    "know": {"base", "know"},
    "case": {"base", "know", "case", "read/record.h"},
    "judge": {"base", "know", "case", "judge"},
    "report": {"report"},
    "redact": {"base", "redact"},
}
IN_CLI = {  # library: the only files of the program that may include it
    "sqlite3.h": "cli/store/*.[ch]",
}
FOREIGN = {  # library: the only files that may include it
    **IN_CLI,
    "libdeflate.h": "lib/base/crc32.c lib/cab/inflate.c",
    "mspack.h": "lib/cab/*.[ch]",
    "expat.h": "lib/read/*xml.[ch]",
    "jansson.h": "lib/report/json.c",
    "pcre2.h": "lib/know/pattern.c",
}

root = pathlib.Path(sys.argv[1])
bad = 0


def complain(path, n, what):
    global bad
    print(f"{path.relative_to(root)}:{n}: {what}")
    bad += 1


def includes(path):
    for n, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if m:
            yield n, m[1]


checked = 0
for path in sorted(root.glob("lib/**/*.[ch]")):
    rel = path.relative_to(root)
    room = rel.parts[1] if len(rel.parts) == 3 else None
    for n, what in includes(path):
        checked += 1
        if what in FOREIGN and not any(map(rel.match, FOREIGN[what].split())):
            complain(path, n, f"only {FOREIGN[what]} may include {what}")
        if room and what.split("/")[0] in MAY and not (
                {what, what.split("/")[0]} & MAY[room]):
            complain(path, n, f"{room}/ may not include {what}")
for path in sorted(root.glob("cli/**/*.[ch]")):
    rel = path.relative_to(root)
    for n, what in includes(path):
        checked += 1
        if what in IN_CLI and not rel.match(IN_CLI[what]):
            complain(path, n, f"only {IN_CLI[what]} may include {what}")
        # A room of its own sees what is around it; of a store all others see
        # one header.
        seen = what.removeprefix("../") if len(rel.parts) == 3 else what
        if "/" in seen and seen != "store/store.h" and not seen.startswith(
                ("sys/", "fleet/")):
            complain(path, n, f"cli/ uses the public header alone, not {what}")
if checked < 100:
    print(f"only {checked} includes were found under {root}")
    bad += 1
sys.exit(1 if bad else 0)
