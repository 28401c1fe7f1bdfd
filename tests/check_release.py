#!/usr/bin/env python3
"""What people are handed: check_release.py BUILD ROOT

Packs the program of a cross build as packaging/release.py does, and does what
its receivers may: run it, and link it with a libmspack of their own.  Prints
TAP.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
BUILD, ROOT = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
sys.path.insert(0, str(ROOT / "packaging"))
sys.path.insert(0, str(ROOT / "fixtures/build"))

import cabwrite  # noqa: E402
import golden  # noqa: E402
import program  # noqa: E402
import release  # noqa: E402
import sources  # noqa: E402

KIND = next(k for k in release.KINDS
            if (BUILD / "cli" / release.KINDS[k]["program"]).is_file())
CASE = "tpm-firmware-outdated-1"
count = failures = 0


def ok(is_right, what, why=""):
    global count, failures
    count += 1
    failures += not is_right
    print(f"{'ok' if is_right else 'not ok'} {count} - {what}", flush=True)
    if not is_right:
        print("#   " + str(why)[:1500].replace("\n", "\n#   "))


def scan(exe, folder=BUILD / "fixtures"):
    done = subprocess.run([*program.start(exe), f"{CASE}.cab"], cwd=folder,
                          env={**os.environ, **golden.TODAY}, capture_output=True,
                          check=False)
    return done.stdout


def without_checksums(folder):
    """The case as libmspack and nothing else unpacks it."""
    folder.mkdir()
    for path in (BUILD / "fixtures").glob(f"{CASE}.*"):
        shutil.copy(path, folder)
    cab = bytearray((folder / f"{CASE}.cab").read_bytes())
    for at, *_ in cabwrite.blocks(bytes(cab)):
        cab[at:at + 4] = bytes(4)
    (folder / f"{CASE}.cab").write_bytes(cab)
    return folder


def relink(folder, source, name):
    exe = folder / (name + pathlib.Path(release.KINDS[KIND]["program"]).suffix)
    done = subprocess.run(["sh", folder / "relink/relink.sh", source, exe],
                          capture_output=True, text=True, check=False)
    ok(done.returncode == 0, f"relink.sh links it with {name} libmspack", done.stderr)
    return exe


def check_files(folder):
    kit = {p.name for p in (folder / "relink").iterdir()}
    linked = {p.removesuffix(".a") for p in kit if p.endswith(".a")}
    known = {sources.read_wrap(n)["directory"]: n for n in release.LICENCES}
    texts = {p.name for p in (folder / "licences").iterdir()}
    ok(linked and {f"{known[d]}.txt" for d in linked} | {"libmspack.txt"} <= texts,
       "each library has its licence", (linked, texts))
    ok("GNU LESSER GENERAL PUBLIC LICENSE" in
       (folder / "licences/libmspack.txt").read_text(), "the LGPL is there")
    ok((folder / "README.md").read_bytes() == (ROOT / "README.md").read_bytes() and
       (folder / "COPYING").read_bytes() == (ROOT / "COPYING").read_bytes(),
       "README and COPYING are there")
    wrap = sources.read_wrap("libmspack")
    tarball = folder / "relink" / wrap["source_filename"]
    ok(hashlib.sha256(tarball.read_bytes()).hexdigest() == wrap["source_hash"],
       "the source of libmspack is upstream's")
    return tarball, wrap["directory"]


def changed_source(tarball, directory, work):
    """A libmspack that finds no block of MSZIP."""
    shutil.unpack_archive(tarball, work)
    decoder = work / directory / "mspack/mszipd.c"
    text = decoder.read_text()
    assert text.count("if (i == 'C')") == 1
    decoder.write_text(text.replace("if (i == 'C')", "if (i == 'c')"))
    return work / directory


def main():
    with tempfile.TemporaryDirectory() as t:
        work = pathlib.Path(t)
        archive = release.release(KIND, BUILD, work / "one")
        again = release.release(KIND, BUILD, work / "two")
        ok(archive.read_bytes() == again.read_bytes(), "packed twice it is the same")
        shutil.unpack_archive(archive, work)
        folder, = (p for p in work.glob("cabscan-*") if p.is_dir())
        tarball, directory = check_files(folder)
        golden_text = (ROOT / "fixtures/cases" / CASE / "expect.txt").read_bytes()
        shipped = scan(folder / release.KINDS[KIND]["program"])
        ok(shipped == golden_text, "the program runs as it is unpacked", shipped)
        if KIND == "musl":              # of the one for Windows test_windows.py asks
            needs = subprocess.run(
                ["readelf", "-l", folder / release.KINDS[KIND]["program"]], check=True,
                capture_output=True, text=True).stdout
            ok("LOAD" in needs and "INTERP" not in needs and "DYNAMIC" not in needs,
               "the program needs no library", needs)
        exe = relink(folder, "", "the same")
        unchecked = without_checksums(work / "unchecked")
        ok(scan(exe, unchecked) == golden_text, "and answers the same")
        exe = relink(folder, changed_source(tarball, directory, work), "a changed")
        changed = scan(exe, unchecked)
        ok(b"[unknown]" in changed or not changed, "and shows the change", changed)
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
