#!/usr/bin/env python3
"""The library as others use it: check_library.py BUILD HEADER CAB

Installs a build into a temporary prefix; the header alone compiles as C11 and
C++11; what the shared library exports is what the header declares; the examples
are built through pkg-config, shared and static, and say what they should of a
CAB.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

build, header, cab = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
# Each example, and how its output for the CAB begins.
EXAMPLES = {"verdict": r"tpm-firmware-outdated \(certain\)",
            "providers": r" +[1-9][0-9]*  Microsoft-Windows-"}


def output(*command, **options):
    done = subprocess.run([str(c) for c in command], text=True,
                          capture_output=True, **options)
    if done.returncode:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def compiles_alone(work):
    for compiler, standard, name in (("cc", "c11", "x.c"), ("c++", "c++11", "x.cpp")):
        if not shutil.which(compiler):
            sys.exit(f"there is no {compiler}")
        (work / name).write_text('#include <cabscan.h>\n')
        output(compiler, "-std=" + standard, "-Wall", "-Wextra", "-Wpedantic",
               "-Werror", "-I", header.parent, "-c", work / name, "-o",
               work / "x.o")


def exports(library):
    lines = output("nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def declared():
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    return set(re.findall(r"CABSCAN_API[^;{]*?\b(cabscan_\w+)\s*\(", text))


def main():
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        compiles_alone(work)
        output("meson", "install", "-C", build, "--no-rebuild", "--destdir",
               work / "root")
        pc = next((work / "root").rglob("cabscan.pc"))
        prefix = pc.parent.parent.parent
        while not (prefix / "include").is_dir():
            prefix = prefix.parent
        shared = pc.parent.parent / "libcabscan.so.0"
        if exports(shared) != declared():
            sys.exit(f"exported and declared differ: {exports(shared) ^ declared()}")
        os.environ["PKG_CONFIG_PATH"] = str(pc.parent)
        for static in ((), ("--static",)):
            flags = shlex.split(output(
                "pkg-config", "--define-variable=prefix=" + str(prefix).replace(" ", "\\ "),
                "--cflags", "--libs", *static, "cabscan"))
            if static:
                flags = [str(pc.parent.parent / "libcabscan.a")
                         if f == "-lcabscan" else f for f in flags]
            for example, wanted in EXAMPLES.items():
                source = pathlib.Path(__file__).resolve().parent / "example"
                output("cc", "-std=c11", "-Wall", "-Wextra", "-Werror",
                       source / (example + ".c"), *flags, "-o", work / example)
                said = output(work / example, cab, env=dict(
                    os.environ, LD_LIBRARY_PATH=str(pc.parent.parent)))
                if not re.match(wanted, said):
                    sys.exit(f"the example {example} says {said}")
        print(f"{len(declared())} functions, C11 and C++11, shared and static")


main()
