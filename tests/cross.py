#!/usr/bin/env python3
"""Builds cabscan for another system, as one static program, and tests it there.

    cross.py windows|musl BUILD [NATIVE]

The libraries come from the wraps in subprojects (see sources.py).  The tests
are those that tests/meson.build has for that system; for Windows they run
under wine, and what NATIVE, the program of this system, writes is compared.
Where the compiler, wine or a source cannot be had, BUILD/skipped.txt says so,
and count.py counts it.
"""
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True          # the source tree stays as it is

import sources  # noqa: E402

KINDS = {
    "windows": ("x86_64-w64-mingw32", ["x86_64-w64-mingw32-gcc", "wine"]),
    "musl": ("x86_64-linux-musl", ["musl-gcc"]),
}


def run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run([str(c) for c in command], check=True, **options)


def install(kind):
    try:
        run("sh", sources.TOP / "tests/install", kind)
    except subprocess.CalledProcessError:
        pass
    for program in KINDS[kind][1]:
        if not shutil.which(program):
            raise sources.Lacking(f"{program} cannot be installed here")
    if kind == "windows" and not pathlib.Path("/proc/self").exists():
        raise sources.Lacking("wine needs /proc, which is not mounted")


def wineserver(option):
    for server in ("wineserver", "/usr/lib/wine/wineserver64"):
        if shutil.which(server):
            subprocess.run([server, option], check=False)
            return


def stop_wine(kind):
    if kind == "windows":
        wineserver("-k")


def start_wine(build):
    prefix = build / "wine"
    prefix.mkdir(exist_ok=True)
    again = sources.TOP / "tests/cross/bin"
    os.environ.update(WINEPREFIX=str(prefix), WINEDEBUG="-all",
                      WINEDLLOVERRIDES="mscoree,mshtml=", LC_ALL="C.UTF-8",
                      CABSCAN_WINE=shutil.which("wine"),
                      PATH=f"{again}{os.pathsep}{os.environ['PATH']}")
    wineserver("-p")
    run("wine", "wineboot", "-i")


def tool(kind, name):
    """A program of binutils for that system."""
    return f"{KINDS[kind][0]}-{name}" if kind == "windows" else name


def prepare(kind, build, *targets):
    """Builds all, or the targets; Lacking, where that cannot be."""
    options = sources.fetch_all()       # before what takes a gigabyte is installed
    install(kind)
    build.mkdir(exist_ok=True)
    if kind == "windows":
        start_wine(build)
    if not (build / "build.ninja").exists():
        run("meson", "setup", build, sources.TOP, "--werror", "--buildtype=release",
            "-Ddefault_library=static", *options, "--cross-file",
            sources.TOP / "tests/cross" / f"{KINDS[kind][0]}.ini")
    run("ninja", "-C", build, *targets)


def main():
    kind, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if len(sys.argv) > 3:
        os.environ["CABSCAN_NATIVE"] = str(pathlib.Path(sys.argv[3]).resolve())
    for old in ("skipped.txt", "meson-logs/testlog.json"):
        (build / old).unlink(missing_ok=True)
    try:
        prepare(kind, build)
        run("meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs",
            "--timeout-multiplier", "3")
    except sources.Lacking as e:
        build.mkdir(exist_ok=True)
        (build / "skipped.txt").write_text(f"{e}\n")
        print(f"skipped: {kind}: {e}")
    except subprocess.CalledProcessError as e:
        print(f"{kind}: {e}")
        return 1
    finally:
        stop_wine(kind)
    return 0


if __name__ == "__main__":
    sys.exit(main())
