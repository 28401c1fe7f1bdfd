#!/usr/bin/env python3
"""libmspack's own test cabinets: mspack_cabs.py TEST_CAB CABSCAN PLACE...

PLACEs are directories in which the wrap's unpacked source (libmspack-*/) or its
tarball may lie.  What cabextract finds sound must be the same here, member by
member (sets of cabinets aside, which need each other); whatever the others are,
reading them ends soon, with a report or one line that says why not.  Exit code
77: neither is there, or there is no cabextract.
"""

import glob
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True          # the source tree stays as it is
import check_cabextract as cabextract  # noqa: E402

SECONDS = 20                            # for any of them, the sanitizers included
IN_SOURCE = "libmspack-*/test/test_files/cabd"


def find(places, scratch):
    for place in places:
        for folder in glob.glob(os.path.join(place, IN_SOURCE)):
            return folder
        for tarball in sorted(glob.glob(os.path.join(place, "libmspack-*.tar.gz"))):
            with tarfile.open(tarball) as t:
                t.extractall(scratch, [m for m in t.getmembers() if m.isreg() and
                                       "/test_files/cabd/" in m.name and ".." not in m.name])
            for folder in glob.glob(os.path.join(scratch, IN_SOURCE)):
                return folder
    return None


def is_of_a_set(cab):
    with open(cab, "rb") as f:
        head = f.read(36)
    return len(head) == 36 and struct.unpack_from("<H", head, 30)[0] & 3 != 0


def is_sound(cab):
    return not is_of_a_set(cab) and subprocess.run(
        ["cabextract", "-q", "-t", cab], capture_output=True, check=False).returncode == 0


def trouble_of_scan(cabscan, cab):
    """None: it ends as it should."""
    done = subprocess.run([cabscan, "-f", "json", cab], capture_output=True,
                          timeout=SECONDS, check=False)
    if done.returncode not in (0, 3):
        return f"exit status {done.returncode}: {done.stderr[-300:]!r}"
    if done.returncode == 3 and done.stderr.count(b"\n") != 1:
        return f"says {done.stderr[-300:]!r}"
    return None


def compare(test_cab, cab):
    mine = cabextract.ours(test_cab, cab)
    if mine != cabextract.theirs(cab, [size for size, _ in mine]):
        raise ValueError("the bytes differ")
    return len(mine)


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    test_cab, cabscan, *places = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        folder = find(places, scratch)
        if not folder or not shutil.which("cabextract"):
            print("skipped: no source of libmspack, or no cabextract")
            return 77
        cabs = sorted(glob.glob(os.path.join(folder, "*.cab")))
        sound = members = wrong = 0
        for cab in cabs:
            trouble = trouble_of_scan(cabscan, cab)
            try:
                if is_sound(cab):
                    sound += 1
                    members += compare(test_cab, cab)
            except ValueError as e:
                trouble = e
            if trouble:
                print(f"{os.path.basename(cab)}: {trouble}")
                wrong += 1
        print(f"{len(cabs)} cabinets, {sound} sound with {members} members compared, "
              f"{wrong} wrong")
        return 1 if wrong or sound < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
