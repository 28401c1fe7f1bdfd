#!/usr/bin/env python3
"""The examples for CI and clusters hold: check_examples.py CABSCAN ROOT

Shell scripts pass shellcheck, YAML passes yamllint, and every option that an
example gives to cabscan is one that the command has.  The script for GNU
parallel runs, where that is installed.  A tool that is absent is named.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

cabscan, root = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
examples = sorted(p for p in (root / "examples").rglob("*") if p.is_file())
failed = 0


def complain(what):
    global failed
    failed += 1
    print("FAILED", what)


def lint(tool, *args, files):
    if not shutil.which(tool):
        print(f"skipped: no {tool}")
        return
    for f in files:
        done = subprocess.run([tool, *args, f], capture_output=True, text=True)
        if done.returncode:
            complain(f"{tool} {f}: {done.stdout}{done.stderr}")


def options_of(command):
    done = subprocess.run([cabscan, command, "--help"], capture_output=True, text=True)
    return set(re.findall(r"--[a-z][a-z-]*", done.stdout))


def check_options(path):
    """Returns how many options were looked at."""
    text = re.sub(r"\\\n|\n\s+(?=--)", " ", path.read_text())
    n = 0
    for command, rest in re.findall(r"cabscan (batch|merge)([^\n]*)", text):
        for option in re.findall(r"--[a-z][a-z-]*", rest):
            n += 1
            if option not in options_of(command):
                complain(f"{path}: cabscan {command} has no {option}")
    return n


def run_parallel():
    if not shutil.which("parallel"):
        print("skipped: no parallel")
        return
    with tempfile.TemporaryDirectory() as t:
        work = pathlib.Path(t)
        (work / "hosts").write_text(":\n")
        (work / "a share").mkdir()
        for i in range(5):
            (work / "a share" / f"{i}.cab").write_bytes(b"MSCF")
        done = subprocess.run(
            ["sh", root / "examples/parallel/batch.sh", "hosts", work / "a share", "r.xml"],
            cwd=work, capture_output=True, text=True,
            env={**os.environ, "SHARDS": "3", "PATH": f"{cabscan.parent}:{os.environ['PATH']}"})
        report = work / "r.xml"
        if not report.exists() or report.read_text().count("<testcase") != 5:
            complain(f"batch.sh of parallel: {done.returncode} {done.stderr[-500:]}")


lint("shellcheck", files=[p for p in examples if p.suffix == ".sh"])
lint("yamllint", "-d", "relaxed", files=[p for p in examples if p.suffix == ".yml"])
looked_at = sum(check_options(p) for p in examples)
if looked_at < 20:
    complain(f"only {looked_at} options were found in {len(examples)} examples")
run_parallel()
print(f"{len(examples)} examples, {looked_at} options")
sys.exit(1 if failed else 0)
