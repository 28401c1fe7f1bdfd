#!/usr/bin/env python3
"""Packs the program of a cross build for those who only want to run it.

    release.py windows|musl [BUILD [OUT]]

builds it where BUILD (build-KIND) lacks it and writes a zip or a tarball to OUT
(dist): the program, README, licences of all that is linked, and what the LGPL
asks for libmspack, its source and a way to link the program with another.
"""
import gzip
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))

import cross  # noqa: E402
import sources  # noqa: E402

DOC = pathlib.Path("/usr/share/doc")
KINDS = {
    "windows": {
        "system": "windows-x86_64", "program": "cabscan.exe",
        "cc": "x86_64-w64-mingw32-gcc", "package": "gcc-mingw-w64-x86-64-posix",
        "libraries": "-municode -ladvapi32",
        "runtime": {"mingw-w64": "mingw-w64-x86-64-dev", "gcc": "gcc-mingw-w64-base"},
    },
    "musl": {
        "system": "linux-x86_64", "program": "cabscan", "cc": "musl-gcc",
        "package": "musl-tools", "libraries": "-lm",
        "runtime": {"musl": "musl-dev", "gcc": "gcc-[0-9]*-base"},
    },
}
LICENCES = {"libmspack": "COPYING.LIB", "expat": "expat/COPYING", "pcre2": "LICENCE.md",
            "jansson": "LICENSE", "libzip": "LICENSE", "zlib": "LICENSE",
            "libdeflate": "COPYING", "sqlite3": None}
MSPACK = ("system", "cabd", "lzxd", "mszipd", "qtmd")
PUBLIC_DOMAIN = """SQLite is in the public domain, see https://www.sqlite.org/copyright.html
"""


def version():
    project = (TOP / "meson.build").read_text()
    return project.split("version: '")[1].split("'")[0]


def made_of(kind, build):
    """Its own objects, and those of each directory in subprojects."""
    own, others = [], {}
    inputs = subprocess.run(
        ["ninja", "-C", build, "--quiet", "-t", "inputs", f"cli/{KINDS[kind]['program']}"],
        check=True, capture_output=True, text=True).stdout.split()
    for name in inputs:
        path = pathlib.PurePath(name)
        if path.suffix not in (".o", ".obj"):
            continue
        if path.parts[0] == "subprojects":
            others.setdefault(path.parts[1], []).append(name)
        else:
            own.append(name)
    return own, others


def one_object(kind, build, objects, to):
    subprocess.run([KINDS[kind]["cc"], "-r", "-nostdlib", "-o", to, *objects],
                   cwd=build, check=True)
    subprocess.run([cross.tool(kind, "strip"), "-S", to], check=True)


def fill_in(template, kind, to):
    k, wrap = KINDS[kind], sources.read_wrap("libmspack")
    text = (TOP / "packaging" / template).read_text()
    for key, value in {
            "CC": k["cc"], "PROGRAM": k["program"], "PACKAGE": k["package"],
            "LIBRARIES": k["libraries"], "SOURCES": " ".join(MSPACK),
            "TARBALL": wrap["source_filename"], "DIRECTORY": wrap["directory"]}.items():
        text = text.replace(f"@{key}@", value)
    to.write_text(text)


def relink_kit(kind, build, folder):
    wrap = sources.read_wrap("libmspack")
    shutil.copy(sources.CACHE / wrap["source_filename"], folder)
    shutil.copy(build / "subprojects" / wrap["directory"] / "config.h", folder)
    own, others = made_of(kind, build)
    one_object(kind, build, own, folder / "program.o")
    for name, objects in others.items():
        if name != wrap["directory"]:
            subprocess.run([cross.tool(kind, "ar"), "crsD", folder / f"{name}.a",
                            *objects], cwd=build, check=True)
    fill_in("relink.sh", kind, folder / "relink.sh")
    fill_in("relink.txt", kind, folder / "README.txt")


def licences(kind, build, folder):
    linked = made_of(kind, build)[1]
    for name, file in LICENCES.items():
        directory = sources.read_wrap(name)["directory"]
        if linked.pop(directory, None) is None:
            continue
        if file is None:
            (folder / f"{name}.txt").write_text(PUBLIC_DOMAIN)
            continue
        shutil.copy(sources.SUBPROJECTS / directory / file, folder / f"{name}.txt")
    if linked:
        raise SystemExit(f"release: no licence is known for {', '.join(linked)}")
    for name, package in KINDS[kind]["runtime"].items():
        text = sorted(DOC.glob(f"{package}/copyright"))[-1]
        shutil.copy(text, folder / f"{name}.txt")


def fill(kind, build, folder):
    """Everything, as it is unpacked."""
    k = KINDS[kind]
    for sub in ("licences", "relink"):
        (folder / sub).mkdir(parents=True)
    shutil.copy(build / "cli" / k["program"], folder)
    subprocess.run([cross.tool(kind, "strip"), folder / k["program"]], check=True)
    for name in ("README.md", "COPYING"):
        shutil.copy(TOP / name, folder)
    licences(kind, build, folder / "licences")
    relink_kit(kind, build, folder / "relink")


def when():
    """Of the last commit: the same source gives the same archive.  Without git,
    or outside a clone, of the file that has the version."""
    got = ""
    if shutil.which("git"):
        got = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=TOP,
                             capture_output=True, text=True, check=False).stdout.strip()
    return int(os.environ.get("SOURCE_DATE_EPOCH") or got
               or (TOP / "meson.build").stat().st_mtime)


def pack_zip(folder, to, at):
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as z:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder.parent)),
                                    time.gmtime(at)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            z.writestr(entry, path.read_bytes())


def pack_tar(folder, to, at):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as t:
        for path in sorted(folder.rglob("*")):
            entry = t.gettarinfo(path, str(path.relative_to(folder.parent)))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = at
            entry.mode = 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644
            if path.is_file():
                with path.open("rb") as f:
                    t.addfile(entry, f)
            else:
                t.addfile(entry)
    to.write_bytes(gzip.compress(raw.getvalue(), mtime=at))


def release(kind, build, out):
    """Packs what is built there; returns the archive."""
    name = f"cabscan-{version()}-{KINDS[kind]['system']}"
    at = when()
    os.environ["SOURCE_DATE_EPOCH"] = str(at)       # for binutils, too
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        fill(kind, build, pathlib.Path(work) / name)
        pack, ending = (pack_zip, ".zip") if kind == "windows" else (pack_tar, ".tar.gz")
        pack(pathlib.Path(work) / name, out / (name + ending), at)
    return out / (name + ending)


def main():
    if len(sys.argv) not in (2, 3, 4) or sys.argv[1] not in KINDS:
        print(__doc__, file=sys.stderr)
        return 2
    kind = sys.argv[1]
    build = pathlib.Path(sys.argv[2] if len(sys.argv) > 2
                         else TOP / f"build-{kind}").resolve()
    out = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else TOP / "dist").resolve()
    try:
        cross.prepare(kind, build, f"cli/{KINDS[kind]['program']}")
    except sources.Lacking as e:
        print(f"release: {e}", file=sys.stderr)
        return 1
    finally:
        cross.stop_wine(kind)
    print(release(kind, build, out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
