#!/usr/bin/env python3
"""Every fixture event in both forms: side_by_side.py TEST_SIDE_BY_SIDE

Writes each .events file of the fixtures as .evtx and in all XML forms, and has
the unit test's program compare them.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
sys.path.insert(0, str(FIXTURES / "build"))

import evtxwrite  # noqa: E402

FORMS = ["saveas", "qe", "qe-rendered", "ps51", "ps7"]


def write_forms(source, folder):
    """Paths of the .evtx file and of what it is compared with."""
    stem = "_".join(source.relative_to(FIXTURES).with_suffix("").parts[-3:])
    paths = [folder / f"{stem}.evtx"]
    events, _ = evtxwrite.parse_file(str(source))
    evtxwrite.write_evtx(str(paths[0]), events)
    for form in FORMS:
        paths.append(folder / f"{stem}.{form}.xml")
        evtxwrite.write_xml(str(paths[-1]), events, form)
    return [str(p) for p in paths]


def main():
    with tempfile.TemporaryDirectory() as work:
        paths = []
        for source in sorted(FIXTURES.rglob("*.events")):
            paths += write_forms(source, Path(work))
        return subprocess.run([sys.argv[1], *paths], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
