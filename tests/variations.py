#!/usr/bin/env python3
"""What does not matter must not matter.

    variations.py CABSCAN [CASE ...]

Each fixture case with another serial number, at another time, with its
members in another order and with 200 events that sound devices log too gives
the verdict of the case as it is: the same cause, the same confidence.  Where
the four together change it, each is tried alone and named.  So do cases with
texts that commands printed, in other languages and code pages, and event logs
that were exported as XML.  Prints TAP.
"""
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is

import golden  # noqa: E402
import localise  # noqa: E402
import mkcase  # noqa: E402

VARIATIONS = {
    "another serial": {"serial": "QQ9ZVARY07"},
    "other times": {"shift": 47 * 86400 + 5 * 3600 + 11 * 60 + 13},
    "members shuffled": {"shuffle": 20260101},
    "200 noise events": {"noise": 200},
}


def verdict(case_dir, cabscan, folder, options):
    inputs = mkcase.build_case(case_dir, folder, mkcase.options_for(**options))
    found = golden.read_json(golden.run(cabscan, folder, inputs, "json"))
    return golden.shown(found["verdict"])


def check_languages(case_dir, cabscan, folder, plain):
    texts = [p for part in ("members", "side") for p in (case_dir / part).glob("*")]
    if not any(localise.is_localised(p.name) for p in texts):
        return
    for number, language in enumerate(localise.LANGUAGES):
        found = verdict(case_dir, cabscan, folder / f"language-{number}",
                        {"language": language})
        if found != plain:
            raise golden.Wrong(f"{plain} becomes {found} in {language}")


def check_forms(case_dir, cabscan, folder, plain):
    for form in ("qe", "qe-rendered"):
        found = verdict(case_dir, cabscan, folder / form, {"form": form})
        if found != plain:
            raise golden.Wrong(f"{plain} becomes {found} as {form}")


def check_case(case_dir, cabscan):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        plain = verdict(case_dir, cabscan, folder / "plain", {})
        together = {k: v for one in VARIATIONS.values() for k, v in one.items()}
        varied = verdict(case_dir, cabscan, folder / "all", together)
        check_languages(case_dir, cabscan, folder, plain)
        check_forms(case_dir, cabscan, folder, plain)
        if varied == plain:
            return
        lines = [f"{plain} becomes {varied} with all variations"]
        for number, (name, options) in enumerate(VARIATIONS.items()):
            alone = verdict(case_dir, cabscan, folder / str(number), options)
            if alone != plain:
                lines.append(f"{alone} with {name} alone")
        raise golden.Wrong("\n".join(lines))


def main():
    args = golden.arguments("Varies the fixture cases.").parse_args()
    cabscan = args.cabscan.resolve()
    return golden.report(golden.chosen_cases(args.cases, args.case),
                         lambda case_dir: check_case(case_dir, cabscan))


if __name__ == "__main__":
    sys.exit(main())
