#!/usr/bin/python3
"""check_evtxwrite.py - another reader reads what the fixture builder writes

    check_evtxwrite.py [FILE.events ...]

Writes every .events file as .evtx, checks its checksums and tables, has
evtxexport print it and compares each System field and each value with the XML
that the builder makes of the same event.  Exit 77: there is no such evtxexport.

What evtxexport 20181227 cannot do is listed in LEFT_OUT (not given to it) and
in shown_by_libevtx() (a value that it prints in its own way).
"""

import copy
import glob
import os
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'fixtures', 'build'))
sys.dont_write_bytecode = True
import evtxexport                                       # noqa: E402
import evtxwrite                                        # noqa: E402

CHUNK = 65536
NS = '{' + evtxwrite.EVENT_NS + '}'
SIGNED = {0x03: 8, 0x05: 16, 0x07: 32, 0x09: 64}
ARRAYS_UNKNOWN = {0x82, 0x8d, 0x90, 0x93}
failures = []


def fail(path, text):
    failures.append(f'{os.path.basename(path)}: {text}')


# ---- an independent walk over the file ---------------------------------

def chain(chunk, table, n, hash_of):
    """Offsets of all entries of a table of chains."""
    for bucket in range(n):
        at, steps = struct.unpack_from('<I', chunk, table + 4 * bucket)[0], 0
        while at:
            assert 512 <= at < CHUNK and steps < 5000, 'a chain has no end'
            assert hash_of(chunk, at) % n == bucket, 'in the wrong chain'
            yield at
            at, steps = struct.unpack_from('<I', chunk, at)[0], steps + 1


def name_hash(chunk, at):
    stored, n = struct.unpack_from('<HH', chunk, at + 4)
    h = 0
    for (unit,) in struct.iter_unpack('<H', chunk[at + 8:at + 8 + 2 * n]):
        h = (h * 65599 + unit) % 65536
    assert h == stored, 'the hash of a name'
    assert chunk[at + 8 + 2 * n:at + 10 + 2 * n] == b'\0\0', 'no end of name'
    return stored


def template_id(chunk, at):
    return struct.unpack_from('<I', chunk, at + 4)[0]


def walk_chunk(chunk):
    """Record ids of a chunk that has to be whole."""
    u32 = struct.Struct('<I').unpack_from
    free, data_crc = struct.unpack_from('<II', chunk, 48)
    assert zlib.crc32(chunk[512:free]) == data_crc, 'checksum of the records'
    assert zlib.crc32(chunk[:120] + chunk[128:512]) == u32(chunk, 124)[0], \
        'checksum of the header'
    names = list(chain(chunk, 128, 64, name_hash))
    templates = list(chain(chunk, 384, 32, template_id))
    assert names and (templates or b'\x0c\x01' not in chunk), 'empty tables'
    at, ids = 512, []
    while at < free:
        assert chunk[at:at + 4] == b'**\0\0' and at % 8 == 0, 'no record'
        size = u32(chunk, at + 4)[0]
        assert u32(chunk, at + size - 4)[0] == size, 'the second size'
        ids.append(struct.unpack_from('<Q', chunk, at + 8)[0])
        last, at = at, at + size
    assert at == free and u32(chunk, 44)[0] == last, 'the last record'
    assert not any(chunk[free:]), 'bytes behind the records'
    first_last = struct.unpack_from('<4Q', chunk, 8)
    assert first_last[1] - first_last[0] + 1 == len(ids), 'record numbers'
    assert first_last[2:] == (min(ids), max(ids)), 'record ids'
    return ids


def walk_file(data):
    assert data[:8] == b'ElfFile\0' and len(data) % CHUNK == 4096
    assert zlib.crc32(data[:120]) == struct.unpack_from('<I', data, 124)[0]
    assert struct.unpack_from('<H', data, 42)[0] == len(data) // CHUNK
    ids = []
    for at in range(4096, len(data), CHUNK):
        chunk = data[at:at + CHUNK]
        if any(chunk):
            assert chunk[:8] == b'ElfChnk\0'
            ids += walk_chunk(chunk)
    return ids


# ---- what evtxexport shows ---------------------------------------------

def left_out(value):
    """Values that make libevtx give up the file or merge with the next."""
    if value.kind in ARRAYS_UNKNOWN or (value.kind >= 0x80 and not value.data
                                        and value.kind != 0x81):
        return 'arrays of some types, and empty ones'
    if value.kind == 0:
        return 'NULL, whose element it drops'
    text = ''.join(value.texts)
    if value.kind & 0x7f in (1, 2) and re.search(
            '[\ud800-\udfff\U00010000-\U0010ffff\ufeff\ufffe\uffff'
            '\x00-\x08\x0b\x0c\x0e-\x1f\r]', text):
        return 'surrogates, which it adds up wrongly, and no XML characters'
    return None


def readable(events, why):
    kept = []
    for event in events:
        e = copy.copy(event)
        if e.layout == 'literal':
            why['events without a template'] = \
                why.get('events without a template', 0) + 1
            continue
        e.values, e.damage = [], set()
        for name, value in event.values:
            reason = left_out(value)
            quoted = '@' in name and '"' in ''.join(value.texts)
            if (quoted or '"' in name or '&' in name or '<' in name):
                reason = 'attributes that need quoting'
            if reason:
                why[reason] = why.get(reason, 0) + 1
            else:
                e.values.append((name, value))
        kept.append(e)
    return kept


def signed(text, bits):
    n = int(text)
    return str(n if n >= 0 else -(n + (1 << bits - 1))) if n != -(
        1 << bits - 1) else text


def shown_by_libevtx(kind, text):
    kind &= 0x7f
    if kind in SIGNED:                  # minus, and the other bits as they are
        return signed(text, SIGNED[kind])
    if kind == 0x0f:
        return text.upper()
    if kind == 0x10:
        return str(int(text, 16))
    if kind == 0x11:
        return text[:-1] + '00Z'
    if kind in (0x14, 0x15):
        return f'0x{int(text, 16):0{8 if kind == 0x14 else 16}x}'
    if kind in (0x0b, 0x0c):
        mantissa, exponent = f'{float(text):.6e}'.split('e')
        return f'{mantissa}e{exponent[0]}{exponent[1:]:0>3}'
    return text


def as_shown(event):
    """The event with its values as evtxexport writes them."""
    def change(value):
        texts = [shown_by_libevtx(value.kind, t) for t in value.texts]
        return evtxwrite.Value(value.declared, value.kind, value.data, texts)

    def walk(element):
        element.attributes = [(n, v if isinstance(v, str) else change(v))
                              for n, v in element.attributes]
        element.children = [
            walk(c) if isinstance(c, evtxwrite.Element) else
            c if isinstance(c, str) else change(c) for c in element.children]
        return element

    root = evtxwrite.system_tree(event)
    root.children.append(evtxwrite.payload_tree(event))
    if event.layout != 'bare':
        return evtxwrite.XmlText().element(walk(root))
    walk(root.children[0])              # bare payloads are literals
    return evtxwrite.XmlText().element(root)


def flat(element):
    """(path, attributes, text) of every element."""
    out = []

    def walk(e, path):
        text = e.text or ''
        children = list(e)
        out.append((path + e.tag, sorted(e.attrib.items()),
                    '' if children else text))
        for child in children:
            walk(child, path + e.tag + '/')

    walk(element, '')
    return out


def exported(path):
    run = subprocess.run(['evtxexport', '-f', 'xml', path],
                         capture_output=True)
    text = run.stdout.decode('utf-8', 'replace')
    if run.returncode or run.stderr:
        raise AssertionError(run.stderr.decode('utf-8', 'replace').strip())
    at = text.find('<Event ')
    return list(ET.fromstring('<all>' + text[at:] + '</all>')) if at >= 0 else []


def compare(path, events, work):
    why = {}
    kept = readable(events, why)
    copy_path = os.path.join(work, 'copy.evtx')
    evtxwrite.write_evtx(copy_path, kept)
    shown = exported(copy_path) if kept else []
    if len(shown) != len(kept):
        fail(path, f'{len(kept)} events, evtxexport shows {len(shown)}')
    for event, element in zip(kept, shown):
        want = flat(ET.fromstring(as_shown(event)))
        have = flat(element)
        for w, h in zip(want, have):
            if w != h:
                fail(path, f'record {event.record}: wrote {w}, it shows {h}')
                break
        if len(want) != len(have):
            fail(path, f'record {event.record}: {len(want)} elements, '
                       f'it shows {len(have)}')
    return sum(len(e.values) for e in kept), len(kept), why


def check(path, work, totals):
    events, _ = evtxwrite.parse_file(path)
    whole = [copy.copy(e) for e in events]
    for e in whole:
        e.damage = set()
    data = evtxwrite.evtx_bytes(whole)
    try:
        if walk_file(data) != [e.record for e in events]:
            fail(path, 'not the records that were written')
    except AssertionError as e:
        fail(path, str(e))
    try:
        values, n, why = compare(path, events, work)
    except (AssertionError, ET.ParseError) as e:
        fail(path, str(e))
        return
    totals['events'] += n
    totals['values'] += values
    for reason, count in why.items():
        totals[reason] = totals.get(reason, 0) + count


def main():
    paths = sys.argv[1:] or sorted(
        glob.glob(os.path.join(ROOT, 'fixtures', '**', '*.events'),
                  recursive=True))
    if evtxexport.why_not():
        print(evtxexport.why_not())
        return 77
    totals = {'events': 0, 'values': 0}
    with tempfile.TemporaryDirectory() as work:
        for path in paths:
            check(path, work, totals)
    for what, n in totals.items():
        print(f'{n:6} {what}' + ('' if what in ('events', 'values')
                                 else ' (left out)'))
    for text in failures[:40]:
        print('FAILED', text)
    if not paths or totals['values'] == 0:
        print('FAILED nothing was compared')
        return 1
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
