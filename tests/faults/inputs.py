#!/usr/bin/env python3
"""Writes what the fault test works on: inputs.py OUT STAMP

One small case in every codec, damaged too, with files beside it; every form of
exported events; a log; knowledge.  OUT/index.txt lists the works.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402
import mkcase  # noqa: E402

out = Path(sys.argv[1])
works = []

LEARNT = """code 0x80999999 E_OURS
  says ours
  transient yes
off step copy-off
"""

MENDED = (b'{"a": [1, 2.5, -9223372036854775807, true, null, "text\\u00e9", {}],,'
          b' "in": "{\\"deep\\": [{\\"b\\": \\"c\\"}]}", "bad": "a "quote" in it",'
          b' "half": "\\ud800", "large": 123456789012345678901234567890')


def put(name, data):
    (out / name).write_bytes(data)
    return name


def case_files(name):
    case = TOP / "fixtures/cases" / name
    return [[mkcase.build_file(*f) for f in mkcase.read_files(case / part)]
            for part in ("members", "side")]


def add_cases():
    members, side = case_files("tpm-firmware-outdated-1")
    sides = [put(name, data) for name, data in side]
    for how in ("stored", "mszip", "lzx:15", "quantum:10"):
        cab = put(how.replace(":", "") + ".cab", cabwrite.build_cab(members, how))
        works.append(" ".join(["scan", cab, *sides]))
    whole = cabwrite.build_cab(members, "mszip")
    works.append("scan " + put("damaged.cab", cabwrite.flip_in_block(whole, 0, 0)))
    works.append("scan " + put("cut.cab", whole[:len(whole) // 2]))
    works.append("file mszip.cab")
    works.append("redact mszip.cab")
    works.append("events mszip.cab")
    members, side = case_files("attested-4")
    sides = [put("s" + name, data) for name, data in side]
    works.append(" ".join(["scan", put("attested.cab",
                                       cabwrite.build_cab(members, "mszip")), *sides]))


TABLE = b"""IsActivated_InitialValue  ManufacturerId  SpecVersion
TRUE                      1229346816      2.0, 0, 1.38
"""


def add_reports():
    """Whole, and with a character that has to be mended."""
    for name in ("later-esp-failure-5", "registration-stale-8", "tpm-firmware-outdated-5"):
        members, side = case_files(name)
        for file, data in members + side:
            if file.endswith((".xml", ".html", ".nfo", "dsregcmd.txt")):
                works.append("scan " + put(file, data))
                works.append("scan " + put("mended." + file,
                                           data.replace(b"</", b"\xff\x01</", 1)))
    works.append("scan " + put("table.txt", TABLE))


def add_lists():
    """A table with doubled quotes, JSON with escapes; both in UTF-16, too."""
    device = put("DeviceHash_L.csv", b"Device Serial Number,Windows Product ID,Hardware Hash\n"
                                     b"A/1,,\n")
    table = 'Serial number,Profile status,Id\n"A/1","Assi""gned",\nB1,"x ""y""",\n'
    objects = ('{"value": [{"serialNumber": "A\\/1", "model": "\\u00e9"},\n'
               '{"serialNumber": "B\\/1"}]}')
    for name, text in (("list.csv", table), ("list.json", objects)):
        for encoding in ("utf-8", "utf-16"):
            works.append(f"list {put(encoding + '.' + name, text.encode(encoding))} {device}")


def add_events():
    text = (TOP / "fixtures/events/all-types.events").read_text("utf-8")
    events = eventtext.Reader().read(text)
    works.append("log " + put("types.evtx", evtxwrite.evtx_bytes(events)))
    works.append("events " + put("types.xml", evtxwrite.xml_bytes(events, "saveas")))


def main():
    out.mkdir(parents=True, exist_ok=True)
    add_cases()
    add_reports()
    add_lists()
    add_events()
    works.append("scan " + put("mended.json", MENDED))
    works.append("knowledge")
    works.append("knowledge " + put("ours.txt", LEARNT.encode()))
    (out / "index.txt").write_text("".join(w + "\n" for w in works))
    Path(sys.argv[2]).write_text("")


main()
