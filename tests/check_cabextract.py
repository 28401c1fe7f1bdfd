#!/usr/bin/env python3
"""cabextract agrees with the builder, and with us.

    check_cabextract.py TEST_CAB DIR

TEST_CAB is the unit test's program (--list, --dump); DIR is what mkcabs.py
wrote.  Each cabinet that its index calls sound must pass `cabextract -t`; what
`cabextract -p` prints, all members in the order of the list, must be what our
reader gives.  Exit code 77: there is no cabextract.
"""

import os
import shutil
import struct
import subprocess
import sys
import zlib


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


def entries(cab):
    """[(folder, offset, size)] of the members, in the order of the list."""
    with open(cab, "rb") as f:
        data = f.read()
    at, = struct.unpack_from("<I", data, 16)
    n, = struct.unpack_from("<H", data, 28)
    found = []
    for _ in range(n):
        size, offset, folder = struct.unpack_from("<IIH", data, at)
        found.append((folder, offset, size))
        at = data.index(b"\0", at + 16) + 1
    return found


def ours(test_cab, cab):
    """(size, crc) of the members in the order of the list."""
    r = run(test_cab, "--list", cab)
    lines = r.stdout.decode("utf-8").splitlines()
    listed = entries(cab)
    if r.returncode != 0 or len(lines) != len(listed):
        raise ValueError(f"test_cab gives {len(lines)} of {len(listed)} members")
    result = [None] * len(listed)
    by_place = sorted(range(len(listed)), key=lambda i: listed[i][:2] + (i,))
    for i, line in zip(by_place, lines):
        state, _, length, crc, _ = line.split(" ", 4)
        if state != "whole":
            raise ValueError(f"member {i + 1} is {state}")
        result[i] = int(length), int(crc, 16)
    return result


def theirs(cab, sizes):
    t = run("cabextract", "-q", "-t", cab)
    if t.returncode != 0:
        raise ValueError("cabextract -t: " + t.stderr.decode(errors="replace"))
    p = run("cabextract", "-q", "-p", cab)
    if p.returncode != 0 or len(p.stdout) != sum(sizes):
        raise ValueError(f"cabextract -p: {len(p.stdout)} of {sum(sizes)} bytes, "
                         + p.stderr.decode(errors="replace"))
    result, at = [], 0
    for size in sizes:
        result.append((size, zlib.crc32(p.stdout[at:at + size])))
        at += size
    return result


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which("cabextract"):
        print("cabextract is not installed")
        return 77
    test_cab, directory = sys.argv[1:]
    with open(os.path.join(directory, "index.txt"), encoding="utf-8") as f:
        names = [line.split()[1] for line in f if line.startswith("sound ")]
    wrong = members = 0
    for name in names:
        cab = os.path.join(directory, name + ".cab")
        try:
            mine = ours(test_cab, cab)
            if mine != theirs(cab, [size for size, _ in mine]):
                raise ValueError("the bytes differ")
            members += len(mine)
        except ValueError as e:
            print(f"{name}: {e}")
            wrong += 1
    print(f"{len(names)} cabinets, {members} members compared, {wrong} wrong")
    return 1 if wrong or len(names) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
