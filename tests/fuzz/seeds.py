#!/usr/bin/env python3
"""Writes the seeds of every fuzz target: seeds.py OUT STAMP

OUT/TARGET/ holds files and index.txt, which lists them.  They are what the
fixtures hold, in the form in which a reader sees it; equal ones stand there
once, and of those that are alike only some.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "fixtures"
sys.path.insert(0, str(FIXTURES / "build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402
import mkcase  # noqa: E402

MOST = 24                               # seeds of one target
MOST_BYTES = 200_000

REPORTS = (b"<MDMEnterpriseDiagnosticsReport", b"<HardwareReport", b"<MsInfo")

out = Path(sys.argv[1])
seeds = {}                              # target -> {digest: bytes}


def add(target, data):
    mine = seeds.setdefault(target, {})
    if len(mine) < MOST and len(data) <= MOST_BYTES:
        mine.setdefault(hashlib.sha256(data).hexdigest()[:16], data)


def target_of(name, data):
    """By name, as far as the fixtures go; None: no reader of its own."""
    low = name.lower()
    if data.startswith(b"ElfFile"):
        return "evtx"
    if low.endswith(".reg"):
        return "registry"
    if low.endswith(".json"):
        return "json"
    if low.startswith("devicehash_"):
        return "hwhash"
    if low.endswith(".html"):
        return "html"
    if low.endswith((".xml", ".nfo")) and any(root in data[:200] for root in REPORTS):
        return "docxml"
    if b"<Event" in data[:4000] or b"<\0E\0v\0e\0n\0t" in data[:4000]:
        return "xmlevents"
    return "lines" if low.endswith(".txt") else None


def chunks(log):
    """What lies behind the header of each chunk, up to its free space."""
    for at in range(4096, len(log) - 511, 65536):
        chunk = log[at:at + 65536]
        if chunk.startswith(b"ElfChnk"):
            yield chunk[512:struct.unpack_from("<I", chunk, 48)[0]]


def template(event):
    """The definition at the front of an event and the values behind it, as
    fuzz_template.c wants them; None: there is none."""
    if event[4:5] != b"\x0c" or struct.unpack_from("<I", event, 10)[0] != 512 + 24 + 14:
        return None
    size, = struct.unpack_from("<I", event, 34)
    body, at = event[38:38 + size], 38 + size
    n, = struct.unpack_from("<I", event, at)
    out, data = struct.pack("<H", size) + body, at + 4 + 4 * n
    for i in range(n):
        length, kind = struct.unpack_from("<HB", event, at + 4 + 4 * i)
        out += bytes([kind, min(length, 255)]) + event[data:data + min(length, 255)]
        data += length
    return out


def add_file(name, data):
    target = target_of(name, data)
    if target:
        add(target, data)
    if target == "evtx":
        for records in chunks(data):
            add("chunk", records)
            size, = struct.unpack_from("<I", records, 4)
            event = records[24:size - 4]
            add("record", event)
            if template(event):
                add("template", template(event))
    else:
        add("scan", name.encode() + b"\n" + data)


def add_logs():
    """Every type, layout and form that the event fixtures hold."""
    for path in sorted((FIXTURES / "events").glob("*.events")):
        if path.name == "many.events":  # large, and alike
            continue
        events = eventtext.Reader().read(path.read_text("utf-8"))
        add_file("x.evtx", evtxwrite.evtx_bytes(events))
        for form in ("saveas", "qe", "qe-rendered", "ps51", "ps7"):
            try:
                add_file("x.xml", evtxwrite.xml_bytes(events, form))
            except (evtxwrite.TooLarge, eventtext.Mistake, ValueError):
                pass                    # not every event has every form


def add_cases():
    cases = [p for p in sorted((FIXTURES / "cases").iterdir()) if mkcase.is_case(p)]
    built = [[mkcase.build_file(*f) for f in mkcase.read_files(case / "members")]
             for case in cases]
    for n in range(0, len(cases), 8):
        small = [(name, data) for name, data in built[n] if len(data) < 20000]
        add("scan", cabwrite.build_cab(small, "stored"))
        if n % 16 == 0:
            add("members", cabwrite.build_cab(small, "mszip"))
    for case in cases:                  # few, and each of its own kind
        for name, data in mkcase.read_files(case / "side"):
            add_file(name, data)
    for name, data in (file for files in built for file in files):
        add_file(name, data)


def add_cabs():
    text = b"".join(b"line %d of a text\r\n" % i for i in range(1500))
    members = [("a.txt", text[:9000]), ("b\\c.bin", bytes(range(256)) * 4),
               ("empty", b""), ("d.txt", text)]
    for how in ("stored", "mszip", "lzx:15", "quantum:10"):
        add("members", cabwrite.build_cab(members, how))
    add("members", cabwrite.build_cab(members, "mszip", reserve=(20, 8, 4)))
    add("members", cabwrite.build_cab(folders=[
        cabwrite.Folder("mszip", members[:2]), cabwrite.Folder("stored", members[2:])]))


def add_values():
    """One of each type, alone and as an array."""
    raw = {0x00: b"", 0x01: "text\0".encode("utf-16-le"), 0x02: b"ansi\0",
           0x0c: struct.pack("<d", 1.5e300), 0x0b: struct.pack("<f", 0.1),
           0x0f: bytes(range(16)), 0x11: struct.pack("<Q", 133700000000000000),
           0x12: struct.pack("<8H", 2026, 11, 5, 20, 9, 30, 15, 250),
           0x13: b"\1\2\0\0\0\0\0\5" + struct.pack("<2I", 32, 544),
           0x7f: b"2026-11-20T09:00:00Z"}
    for kind in (*range(0x16), 0x20, 0x21, 0x23, 0x7f):
        one = raw.get(kind, bytes(range(1, 9)))
        add("value", bytes([kind]) + one)
        add("value", bytes([kind | 0x80]) + one * 3)


def add_texts():
    for text in ("plain", "caf\u00e9 \u30c6\u30b9\u30c8 \U0001f4bb", "a<b>&\"c\"\\\r\n\t\x1b\x9b\u202e",
                 "0123456789" * 20, ""):
        for encoding in ("utf-8", "utf-16-le", "utf-16"):
            add("text", text.encode(encoding))
            add("transcoder", text.encode(encoding))
    add("text", b"\x00\xd8\x41\x00\x00\xdc")
    add("text", b"\xc0\x80\xed\xa0\x80\xf5\xff")


def add_rows():
    row = {"schema": "cabscan-row/1", "state": "scanned", "id": "x", "source": "a/x.cab",
           "cause": "amd-ftpm", "confidence": "likely", "title": "A title",
           "model": "=1", "evidence": ["one \u001b[31m", "two \u202e<b>"], "next": "Do it"}
    bad = {**row, "state": "failed", "problem": "format", "problem_text": "no CAB",
           "deep": {"a": [{"b": ["\u009b"]}]}}
    add("row", json.dumps(row).encode())
    add("row", (json.dumps(row) + "\n" + json.dumps(bad, ensure_ascii=False)).encode())
    add("row", b'{"schema": "cabscan-row/1", "state": "shard", "shard": 0, "shards": 2}')


def add_lists():
    """Those of the cases, asked for their device, and forms that no case has."""
    for case in sorted(p for p in (FIXTURES / "cases").iterdir() if mkcase.is_case(p)):
        lists = mkcase.read_lists(case)
        serial = mkcase.old_serial(mkcase.read_files(case / "members"), {}) or "A1"
        for _, data in lists:
            add("roster", serial.encode() + b"\n" + data)
    rows = (b"sep=;\r\nSerial number;Note\r\nA1;\"a\"\"\r\nb\"\r\n;\r\nB1",
            b"\"serialNumber\",\"id\"\n\"A1\",\"{A1}\"\n\"B1\",\"a1\"\nC1,\"open\n",
            b'{"@odata.count":2,"value":[{"serialNumber":"A1","id":"A1"}],'
            b'"@odata.nextLink":"x"}{"value":[{"serialNumber":"\\u0041\\/1"}]}',
            b'[{"serialNumber":"A1","azureAdDeviceId":"A1","x":[{"y":"}\\""}]},{"a')
    for row in rows:
        add("roster", b"A1\n" + row)
        add("roster", b"A1\n\xff\xfe" + row.decode().encode("utf-16-le"))


def add_found():
    """What a fuzzer has found: TARGET-WHAT."""
    for path in sorted((HERE / "found").iterdir()):
        add(path.name.split("-")[0], path.read_bytes())


def main():
    global MOST
    add_found()
    add_rows()
    add_texts()
    add_logs()
    add_cabs()
    add_cases()
    MOST = 64
    add_lists()
    add("knowledge", (HERE / "knowledge.txt").read_bytes())
    for text in sorted((HERE.parent.parent / "lib/knowledge").glob("*.txt")):
        add("knowledge", b"\n".join(text.read_bytes().split(b"\n")[:120]))
    add_values()
    for target, files in seeds.items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        (folder / "index.txt").write_text("".join(n + "\n" for n in files))
    Path(sys.argv[2]).write_text("".join(t + "\n" for t in sorted(seeds)))


main()
