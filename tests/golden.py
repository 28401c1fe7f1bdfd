#!/usr/bin/env python3
"""The fixture cases from CAB to report.

    golden.py [--update] CABSCAN [CASE ...]

For each case: the verdict is the one that case.txt asks for; the text and
JSON outputs are those in expect.txt and expect.json, byte for byte; without
what case.txt calls decisive the verdict is weaker.  --update rewrites the
expected outputs of the cases named (all, if none), but not where the verdict
is wrong.  Prints TAP.
"""
import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))
import mkcase  # noqa: E402
import program  # noqa: E402

# Reports say so when the knowledge is old; these are of the day it is from.
TODAY = {"SOURCE_DATE_EPOCH": "1795305600"}
LEVELS = ["none", "possible", "likely", "certain"]
DIFF_LINES = 60


class Wrong(Exception):
    """Something is not as it should be; the text may have several lines."""


def run(cabscan, folder, inputs, output_format):
    """Runs in the folder with the bare name of the CAB, so that no output has a
    path; what lies beside the CAB is named after it and joins by itself."""
    options = mkcase.list_options(folder)
    options += [] if output_format == "text" else ["--format", output_format]
    done = subprocess.run([*program.start(cabscan), *options, inputs[0]], cwd=folder,
                          capture_output=True, timeout=120,
                          env={**os.environ, **TODAY})
    if done.returncode != 0:
        raise Wrong(f"{' '.join([*options, inputs[0]])} ends with {done.returncode}\n"
                    + done.stderr.decode("utf-8", "replace"))
    return done.stdout


def read_json(output):
    try:
        found = json.loads(output)
    except ValueError as e:
        raise Wrong(f"the JSON output cannot be read: {e}") from e
    if not isinstance(found, dict):
        raise Wrong("the JSON output is not one object")
    return found


def check_against(found):
    """Beside the verdict, what could be surer has something against it."""
    for finding in found["findings"]:
        if finding["cause"] != found["verdict"]["cause"] and finding["surer"] \
                and not finding["against"]:
            raise Wrong(f"nothing speaks against {shown(finding)}")


def allowed_levels(case):
    """'certain', or a range 'likely..certain'."""
    first, _, last = case["confidence"][0].partition("..")
    return LEVELS[LEVELS.index(first):LEVELS.index(last or first) + 1]


def shown(verdict):
    return f"{verdict['cause']} ({verdict['confidence']})"


def check_verdict(case, found):
    verdict = found["verdict"]
    if verdict["cause"] != case["verdict"][0] \
            or verdict["confidence"] not in allowed_levels(case):
        lines = [f"the verdict is {shown(verdict)}, and should be "
                 f"{case['verdict'][0]} ({case['confidence'][0]})"]
        for finding in found["findings"]:
            lines.append(f"  finding {shown(finding)}")
            for side in ("evidence", "against"):
                lines += [f"    {side}: {e['fact']} = {e['value']}"
                          f" [{e['member']} {e['record'] or e['line'] or ''}]"
                          for e in finding[side]]
        wanted = found["why_not"].get(case["verdict"][0])
        if wanted:
            lines.append(f"  why not {case['verdict'][0]}: {wanted}")
        raise Wrong("\n".join(lines))
    if not verdict["title"].strip() or not verdict["summary"].strip():
        raise Wrong("the verdict has no explanation")


def check_near(case, found):
    """The near cause is weaker than the verdict, and the report says why."""
    for near in case.get("near", []):
        missed = next((f for f in found["findings"] if f["cause"] == near),
                      found["why_not"].get(near))
        if near == "unknown" or found["verdict"]["cause"] == near:
            continue
        if not missed or not missed["against"]:
            raise Wrong(f"nothing says why it is not {near}")
        for fact in case.get("against", []):
            if fact not in [e["fact"] for e in missed["against"]]:
                raise Wrong(f"{fact} does not stand against {near}")


def check_golden(path, found, update):
    if update:
        path.write_bytes(found)
        return
    if not path.is_file():
        raise Wrong(f"there is no {path.name}: write it with --update, and read it")
    expected = path.read_bytes()
    if expected == found:
        return
    diff = list(difflib.unified_diff(
        expected.decode("utf-8", "replace").splitlines(),
        found.decode("utf-8", "replace").splitlines(),
        f"{path.parent.name}/{path.name}", "found", lineterm=""))
    if len(diff) > DIFF_LINES:
        diff[DIFF_LINES:] = [f"... and {len(diff) - DIFF_LINES} lines more"]
    raise Wrong("\n".join(diff) or "only the ends of lines differ")


def check_weaker(case_dir, case, verdict, cabscan, folder):
    """A decisive member or record, left out, takes the verdict down."""
    for number, wanted in enumerate(case.get("without", [])):
        less = folder / f"without-{number}"
        inputs = mkcase.build_case(case_dir, less,
                                   mkcase.options_for(without=[wanted]))
        left = read_json(run(cabscan, less, inputs, "json"))["verdict"]
        if left["cause"] == verdict["cause"] and \
                LEVELS.index(left["confidence"]) >= LEVELS.index(verdict["confidence"]):
            raise Wrong(f"without {wanted} it is still {shown(left)}")


def check_case(case_dir, cabscan, update):
    case = mkcase.read_case(case_dir)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        inputs = mkcase.build_case(case_dir, folder, mkcase.options_for())
        output = run(cabscan, folder, inputs, "json")
        found = read_json(output)
        check_verdict(case, found)
        check_near(case, found)
        check_against(found)
        check_golden(case_dir / "expect.json", output, update)
        check_golden(case_dir / "expect.txt",
                     run(cabscan, folder, inputs, "text"), update)
        check_weaker(case_dir, case, found["verdict"], cabscan, folder)


def chosen_cases(folder, names):
    cases = [p for p in sorted(folder.iterdir()) if mkcase.is_case(p)]
    unknown = set(names) - {p.name for p in cases}
    if unknown:
        sys.exit(f"there is no case {' or '.join(sorted(unknown))}")
    return [p for p in cases if not names or p.name in names]


def report(cases, check):
    """One TAP line a case; what is wrong as comment lines below it."""
    print(f"1..{len(cases)}")
    failed = 0
    for number, case_dir in enumerate(cases, 1):
        wrong = ""
        try:
            check(case_dir)
        except (Wrong, subprocess.TimeoutExpired) as e:
            wrong = str(e)
            failed += 1
        print(f"{'not ok' if wrong else 'ok'} {number} - {case_dir.name}")
        for line in wrong.splitlines():
            print(f"#   {line}")
        sys.stdout.flush()
    return 1 if failed else 0


def arguments(about):
    p = argparse.ArgumentParser(description=about)
    p.add_argument("cabscan", type=Path)
    p.add_argument("case", nargs="*")
    p.add_argument("--cases", type=Path, default=TOP / "fixtures/cases",
                   help="where the cases are")
    return p


def main():
    p = arguments("Compares the fixture cases with what should come out.")
    p.add_argument("--update", action="store_true",
                   help="rewrite the expected outputs")
    args = p.parse_args()
    cabscan = args.cabscan.resolve()
    return report(chosen_cases(args.cases, args.case),
                  lambda case_dir: check_case(case_dir, cabscan, args.update))


if __name__ == "__main__":
    sys.exit(main())
