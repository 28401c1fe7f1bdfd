#!/usr/bin/env python3
"""Builds one static program for another system and proves it there.

    cross.py windows|musl BUILD_DIR

The libraries come from the wraps in subprojects; their tarballs are taken from
subprojects/packagecache, else from ../shared/packagecache, else downloaded.
Every fixture case must give the golden text and JSON byte for byte; for
Windows (under wine) also names, paths, wildcards, exit codes and imports.
"""
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests"))
import golden  # noqa: E402

KINDS = {
    "windows": (["gcc-mingw-w64-x86-64-posix", "wine", "wine64"],
                "x86_64-w64-mingw32.ini", "cabscan.exe"),
    "musl": (["musl-tools"], "x86_64-linux-musl.ini", "cabscan"),
}
kind, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
packages, cross_file, program = KINDS[kind]
checks = failures = 0


def run(*command, **options):
    subprocess.run([str(c) for c in command], check=True, **options)


def expect(what, is_right, seen=""):
    global checks, failures
    checks += 1
    if not is_right:
        failures += 1
        print("FAILED:", what, seen)


def install():
    lacking = [p for p in packages if subprocess.run(
        ["dpkg-query", "-W", p], capture_output=True).returncode != 0]
    if lacking:
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-q", "-y", "--no-install-recommends", *lacking)


def tarballs():
    cache = TOP / "subprojects" / "packagecache"
    spare = TOP.parent / "shared" / "packagecache"
    if not cache.is_dir() and spare.is_dir():
        shutil.copytree(spare, cache)


def compile_program():
    if not (build / "build.ninja").exists():
        run("meson", "setup", build, TOP, "--cross-file",
            TOP / "tests" / "cross" / cross_file, "--buildtype=release",
            "-Ddefault_library=static", "--force-fallback-for="
            "libmspack,expat,libpcre2-8,jansson")
    run("ninja", "-C", build, f"cli/{program}", "fixtures/cases.stamp")
    return build / "cli" / program


def start_wine():
    os.environ.update(WINEPREFIX=str(build / "wine"), WINEDEBUG="-all",
                      WINEDLLOVERRIDES="mscoree,mshtml=", LC_ALL="C.UTF-8")
    wineserver("-p")
    run("wineboot", "-i")


def wineserver(option):
    for server in ("wineserver", "/usr/lib/wine/wineserver64"):
        if shutil.which(server):
            subprocess.run([server, option])
            return


def call(*arguments, cwd, stdin=b""):
    start = ["wine"] if kind == "windows" else []
    return subprocess.run([*start, str(exe), *arguments], cwd=cwd, input=stdin,
                          capture_output=True, env={**os.environ, **golden.TODAY})


def goldens(folder):
    for case in sorted((TOP / "fixtures" / "cases").iterdir()):
        name = case.name + ".cab"
        if not (folder / name).exists():
            name = case.name
        for form, file in (("text", "expect.txt"), ("json", "expect.json")):
            got = call("--format", form, name, cwd=folder)
            expect(f"{case.name} {form}", got.returncode == 0 and
                   got.stdout == (case / file).read_bytes(),
                   got.stderr.decode("utf-8", "replace")[:200])


def windows_only(folder):
    there = build / "names"
    strange = there / "Gerät 日本語"
    shutil.rmtree(there, ignore_errors=True)
    strange.mkdir(parents=True)
    shutil.copy(folder / "unknown-1.cab", strange / "😀 X.cab")
    for n in (1, 2):
        shutil.copy(folder / f"unknown-{n}.cab", there / f"u{n}.cab")
    drive = "Z:" + str(there).replace("/", "\\")
    for path in ("Gerät 日本語\\😀 X.cab", "Gerät 日本語/😀 X.cab",
                 drive + "\\u1.cab", "\\\\?\\" + drive + "\\u1.cab"):
        got = call(path, cwd=there)
        expect(path, got.stdout.startswith(path.encode() + b"\n\n"), got.stderr)
        expect(path + ": no CR", b"\r" not in got.stdout)
    got = call("--format", "ndjson", drive + "\\u*.cab", cwd=there)
    expect("wildcard", got.stdout.count(b"\n") == 2, got.stdout[:80])
    data = (there / "u1.cab").read_bytes()
    got = call("-", cwd=there, stdin=data)
    expect("standard input", b"[unknown]" in got.stdout, got.stderr)
    for status, arguments in ((0, ["u1.cab"]), (1, ["-F", "unknown", "u1.cab"]),
                              (2, ["--nonsense"]), (3, ["nothing.cab", "u1.cab"]),
                              (3, ["\\\\no\\share\\x.cab"]),
                              (4, ["-o", "no\\such\\out.txt", "u1.cab"])):
        got = call(*arguments, cwd=there)
        expect(f"exit status of {arguments}", got.returncode == status,
               got.returncode)
    call("-o", "out.txt", "u1.cab", cwd=there)
    expect("-o", (there / "out.txt").read_bytes().startswith(b"u1.cab\n\n"))
    expect("no .part left", not list(there.glob("*.part")))
    dump = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", str(exe)],
                          capture_output=True, text=True, check=True).stdout
    used = {line.split()[-1].lower() for line in dump.splitlines()
            if "DLL Name" in line}
    expect("imports", used <= {"kernel32.dll", "msvcrt.dll"}, used)


install()
tarballs()
exe = compile_program()
if kind == "windows":
    start_wine()
try:
    goldens(build / "fixtures")
    if kind == "windows":
        windows_only(build / "fixtures")
    else:
        dynamic = subprocess.run(["file", str(exe)], capture_output=True, text=True)
        expect("static", "statically linked" in dynamic.stdout or
               not shutil.which("file"), dynamic.stdout)
finally:
    if kind == "windows":
        wineserver("-k")
print(f"{kind}: {exe.stat().st_size} bytes")
print(f"{checks - failures} passed, {failures} failed")
sys.exit(1 if failures or checks < 200 else 0)
