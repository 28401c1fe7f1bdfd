#!/usr/bin/env python3
"""Every value that evtxdump reads is the one that evtxexport (libevtx) reads.

usage: diff_evtxexport.py EVTXDUMP CORPUS [--list]

The logs are those of the corpus, where it is, and those that the builder makes
of fixtures/events.  Their events are compared one by one, in order: the fields of System,
then names and values of the data.  What differs must be explained by a known
bug (why() below) and stand in evtxexport-bugs.tsv, by file, bug, field and
records; an entry that differs no longer is a failure as well.  --list prints
the differences in the form of that file.  Exit 77: there is no such evtxexport.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
import evtxexport                                       # noqa: E402

SKIP = 77
HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, 'evtxexport-bugs.tsv')
FIXTURES = os.path.join(os.path.dirname(HERE), 'fixtures')
NS = '{http://schemas.microsoft.com/win/2004/08/events/event}'
NULL, UTF16, ANSI, SIZE = 0x00, 0x01, 0x02, 0x10
SIGNED = {0x03: 8, 0x05: 16, 0x07: 32, 0x09: 64}
FLOATS, TIMES, HEX = (0x0b, 0x0c), (0x11, 0x12), (0x14, 0x15)
GUID = 0x0f
BUGS = """
unreadable          it gives the record up, and the rest of the file with it
sign-magnitude      of a negative integer it prints the low bits behind a minus
size-decimal        size_t in decimal; Windows prints it in hexadecimal
markup              ANSI values and attributes are not escaped
code-page           takes ANSI for Windows-1252, which nothing in the log says
surrogate           an unpaired surrogate takes its neighbour along
pair                surrogate pairs are added up wrongly
blank               a value of nothing but line ends is dropped
mark                a byte order mark that begins a value is dropped
null-element        an optional element without a value is dropped
second-fragment     of a record with two documents it shows the first
"""


# ---- this reader --------------------------------------------------------

def unescape(text):
    text = re.sub(r'\\(\\|x([0-9a-f]{2}))',
                  lambda m: chr(int(m[2], 16)) if m[2] else '\\', text)
    return evtxexport.clean(text)


def ours(evtxdump, path):
    """Live records: (System fields, [(name, type, text)])."""
    out = subprocess.run([evtxdump, path], stdout=subprocess.PIPE, check=True)
    for line in out.stdout.decode('utf-8').split('\n'):
        if not line or line[0] in '=#':
            continue
        cells = line[len(path) + 1:].split('\t')
        if cells[6].rstrip('!') != 'live':
            continue
        system = {'record': cells[1], 'provider': unescape(cells[2]),
                  'id': cells[3], 'level': cells[4], 'time': cells[5]}
        values = []
        for cell in cells[7:]:
            m = re.match(r'(.*?)=([0-9a-f]{2}):(.*)$', cell, re.S)
            if m:
                values.append((unescape(m[1]), int(m[2], 16), unescape(m[3])))
            else:
                name, _, text = cell.partition('=')
                system[name[1:]] = unescape(text)
        yield system, values


# ---- the other one ------------------------------------------------------

ATTRIBUTES = {
    ('Provider', 'Name'): 'provider', ('Provider', 'Guid'): 'guid',
    ('Provider', 'EventSourceName'): 'source',
    ('EventID', 'Qualifiers'): 'qualifiers',
    ('TimeCreated', 'SystemTime'): 'time',
    ('Correlation', 'ActivityID'): 'activity',
    ('Correlation', 'RelatedActivityID'): 'related',
    ('Execution', 'ProcessID'): 'process',
    ('Execution', 'ThreadID'): 'thread', ('Security', 'UserID'): 'user',
}
ELEMENTS = {
    'EventID': 'id', 'Version': 'version', 'Level': 'level', 'Task': 'task',
    'Opcode': 'opcode', 'Keywords': 'keywords', 'EventRecordID': 'record',
    'Channel': 'channel', 'Computer': 'computer',
}
GUIDS = ('guid', 'activity', 'related')
TEXTS = ('provider', 'source', 'channel', 'computer', 'user', 'message')


def tag(element):
    return element.tag.rpartition('}')[2]


def leaves(element, path, name, values):
    """The names of UserData: see lib/read/record.h."""
    for attribute, text in element.attrib.items():
        values.append((path + '@' + attribute.rpartition('}')[2], text))
    for child in element:
        below = path + '/' + tag(child) if path else tag(child)
        leaves(child, below, below, values)
    if len(element) == 0:
        values.append((name, element.text or ''))


def theirs(xml):
    event = ET.fromstring(xml)
    system, values = {}, []
    for part in event:
        name = tag(part)
        for e in part:
            if name == 'System':
                if tag(e) in ELEMENTS:
                    system[ELEMENTS[tag(e)]] = e.text or ''
                for a, text in e.attrib.items():
                    if (tag(e), a) in ATTRIBUTES:
                        system[ATTRIBUTES[tag(e), a]] = text
            elif name == 'EventData':
                own = '' if tag(e) == 'Data' else tag(e)
                values.append((e.get('Name', own), ''.join(e.itertext())))
            elif name == 'RenderingInfo':
                if tag(e) == 'Message':
                    system['message'] = e.text or ''
            else:
                leaves(e, '', tag(e), values)
    return system, values


# ---- equal --------------------------------------------------------------

def number(text):
    """Decimal or 0x; an empty text is 0, as a missing field is."""
    try:
        return int(text or '0', 0)
    except ValueError:
        return text


def seven(text):
    """A time with seven digits of a second."""
    return re.sub(r'(\.\d+)Z$', lambda m: m[1].ljust(8, '0')[:8] + 'Z', text)


def same_field(field, a, b):
    if field in GUIDS:
        return a == b.lower()
    if field == 'time':
        return seven(a) == seven(b)
    return a == b if field in TEXTS else number(a) == number(b)


def same_value(kind, a, b):
    if kind == GUID:
        return a == b.lower()
    if kind in HEX:
        return number(a) == number(b)
    if kind in TIMES:
        return seven(a) == seven(b)
    if kind in FLOATS and re.match(r'-?\d', b) and '#' not in a + b:
        return f'{float(a):.6e}' == f'{float(b):.6e}'
    return a == b


def why(kind, a, b):
    """The bug of libevtx that explains the difference, or '?'."""
    if kind in SIGNED and a.startswith('-') and b.startswith('-') and \
            int(a) == -int(b) - (1 << (SIGNED[kind] - 1)):
        return 'sign-magnitude'
    if kind == SIZE and number(a) == number(b):
        return 'size-decimal'
    if kind == ANSI and a == re.sub('[^\0-\x7f]', '\ufffd', b):
        return 'code-page'
    if kind == UTF16 and a.strip() == '' and b == '':
        return 'blank'
    if kind == UTF16 and a == '\ufeff' + b:
        return 'mark'
    if kind == UTF16 and '\ufffd' in a:
        return 'surrogate'
    if kind == UTF16 and re.search('[\U00010000-\U0010ffff]', a):
        return 'pair'
    return '?'


# ---- the comparison -----------------------------------------------------

class Comparison:
    def __init__(self):
        self.found = []         # (file, bug, field, record, ours, theirs)
        self.values = self.events = 0

    def differ(self, bug, field, a, b):
        self.found.append((self.file, bug, field or '-', self.record, a, b))

    def system(self, a, b):
        for field in sorted(set(a) | set(b)):
            if field == 'written' or (field == 'time' and field not in b):
                continue
            self.values += 1
            x, y = a.get(field, ''), b.get(field, '')
            if not same_field(field, x, y):
                bug = 'second-fragment' if field == 'message' and not y else '?'
                self.differ(bug, '@' + field, x, y)

    def without_dropped(self, a, b):
        """The values of a that b has as well, by name and order."""
        kept = []
        for v in a:
            if len(kept) < len(b) and v[0] == b[len(kept)][0]:
                kept.append(v)
            elif v[1] == NULL:
                self.differ('null-element', v[0], '', '')
            else:
                return []
        return kept

    def data(self, a, b):
        kept = self.without_dropped(a, b)
        if len(kept) != len(b):
            self.differ('?', '*', [v[0] for v in a], [v[0] for v in b])
            return
        a = kept
        for (name, kind, x), (_, y) in zip(a, b):
            self.values += 1
            if not same_value(kind, x, y):
                self.differ(why(kind, x, y), name, x, y)

    def event(self, system, values, xml):
        if xml is None:
            self.differ('unreadable', '*', '', '')
            return
        xml, wrong = evtxexport.mended(xml, [(v[0], v[2]) for v in values])
        for i in wrong:
            self.differ('markup', values[i][0], '', '')
        try:
            their_system, their_values = theirs(xml)
        except ET.ParseError as e:
            self.differ('?', '*', 'not well-formed: ' + str(e), xml)
            return
        self.events += 1
        self.system(system, their_system)
        self.data(values, their_values)

    def log(self, evtxdump, path, file, work):
        self.file, self.record = file, 0
        records = list(ours(evtxdump, path))
        events = evtxexport.export(path, work)
        if len(records) != len(events):
            self.differ('?', '*', f'{len(records)} events',
                        f'{len(events)} events')
        for (system, values), xml in zip(records, events):
            self.record = int(system['record'])
            self.event(system, values, xml)


# ---- the list -----------------------------------------------------------

def ranges(numbers):
    """1 2 3 7 -> "1-3 7" """
    out = []
    for n in sorted(set(numbers)):
        if out and n == out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ' '.join(f'{a}-{b}' if a != b else str(a) for a, b in out)


def grouped(found):
    groups = {}
    for file, bug, field, record, _, _ in found:
        groups.setdefault((file, bug, field), []).append(record)
    return {key: ranges(records) for key, records in groups.items()}


def known(files):
    with open(LIST, encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f
                if line.strip() and line[0] != '#']
    return {tuple(row[:3]): row[3] for row in rows if row[0] in files}


def judge(found, files):
    failures = 0
    for f in found:
        if f[1] == '?':
            failures += 1
            if failures <= 40:
                print('FAILED', *[repr(c)[:200] for c in f])
    have, want = grouped([f for f in found if f[1] != '?']), known(files)
    for key in sorted(set(have) | set(want)):
        if have.get(key) != want.get(key):
            failures += 1
            print('FAILED', *key, 'listed:', want.get(key), 'found:',
                  have.get(key))
    return failures


def built(work):
    """Logs of fixtures/events."""
    writer = os.path.join(FIXTURES, 'build', 'evtxwrite.py')
    for path in sorted(glob.glob(os.path.join(FIXTURES, 'events',
                                              '*.events'))):
        log = os.path.basename(path).replace('.events', '.evtx')
        log = os.path.join(work, log)
        subprocess.run([sys.executable, '-B', writer, '--form', 'evtx', path,
                        log], check=True)
        yield log


def main():
    args = [a for a in sys.argv[1:] if a != '--list']
    evtxdump, corpus = args
    if evtxexport.why_not():
        print(evtxexport.why_not())
        return SKIP
    real = sorted(glob.glob(os.path.join(glob.escape(corpus), '*', '*.evtx')))
    c, files = Comparison(), set()
    with tempfile.TemporaryDirectory() as work:
        for path in list(built(work)) + real:
            file = os.path.relpath(path, corpus if path in real else work)
            files.add(file)
            c.log(evtxdump, path, file, os.path.join(work, 'copy'))
    if '--list' in sys.argv:
        for key, records in sorted(grouped(c.found).items()):
            print(*key, records, sep='\t')
        return 0
    failures = judge(c.found, files)
    if not real:
        print('the corpus is not here: only logs that were built')
    print(f'{len(files)} logs, {c.events} events and {c.values} values '
          f'compared, {len(c.found)} differ by known bugs in '
          f'{len(known(files))} entries, {failures} failures')
    return 1 if failures or c.values == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
