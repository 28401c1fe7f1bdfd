"""evtxexport's view of an event log, mended where it is known to be broken.

evtxexport 20181227 ends at the first record it cannot read, and it writes
ANSI values and attributes as they are, markup and all.  So: a record it cannot
read is blanked in a copy and named, and markup that came from a value is
escaped before the XML is parsed.
"""
import re
import shutil
import struct
import subprocess
import zlib

VERSION = '20181227'
CHUNK = 65536
MAGIC = 0x2a2a
ILLEGAL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]')


def why_not():
    """Why it cannot be a judge here, or None.

    What it does wrong is listed for one version (Debian 12's); others do other
    things wrong: 20240504 leaves out records with some types of values.
    """
    if not shutil.which('evtxexport'):
        return 'skipped: there is no evtxexport'
    said = subprocess.run(['evtxexport', '-V'], capture_output=True, text=True)
    found = re.search(r'\d{8}', said.stdout)
    if not found or found[0] != VERSION:
        return (f'skipped: evtxexport is {found[0] if found else "unknown"}, '
                f'and its defects are listed for {VERSION}')
    return None


def clean(text):
    """What XML cannot hold, as U+FFFD; line ends as an XML parser has them."""
    return ILLEGAL.sub('\ufffd', text.replace('\r\n', '\n').replace('\r', '\n'))


def live_records(data):
    """(chunk, offset) of the records that a plain walk reaches."""
    for chunk in range(4096, len(data), CHUNK):
        if data[chunk:chunk + 8] != b'ElfChnk\0':
            continue
        free = struct.unpack_from('<I', data, chunk + 48)[0]
        at, end = chunk + 512, min(chunk + free, len(data))
        while at + 28 <= end:
            magic, size = struct.unpack_from('<II', data, at)
            if magic != MAGIC or size < 28 or at + size > end:
                break
            yield chunk, at
            at += size


def set_checksums(data, chunk):
    free = struct.unpack_from('<I', data, chunk + 48)[0]
    struct.pack_into('<I', data, chunk + 52,
                     zlib.crc32(bytes(data[chunk + 512:chunk + free])))
    header = data[chunk:chunk + 120] + data[chunk + 128:chunk + 512]
    struct.pack_into('<I', data, chunk + 124, zlib.crc32(bytes(header)))


def whole_chunks(data):
    """It ignores a last chunk that is cut short; give it a whole one."""
    if len(data) < 4096 or (len(data) - 4096) % CHUNK == 0:
        return
    last = [at for chunk, at in live_records(data)]
    chunk = 4096 + (len(data) - 4096) // CHUNK * CHUNK
    if data[chunk:chunk + 8] != b'ElfChnk\0' or not last or last[-1] < chunk:
        return
    end = last[-1] + struct.unpack_from('<I', data, last[-1] + 4)[0]
    del data[end:]
    data.extend(bytes(chunk + CHUNK - len(data)))
    struct.pack_into('<II', data, chunk + 44, last[-1] - chunk, end - chunk)
    set_checksums(data, chunk)


def export(path, work):
    """XML texts in the order of the live records; None: not readable."""
    with open(path, 'rb') as f:
        data = bytearray(f.read())
    whole_chunks(data)
    records = list(live_records(data))
    unread = set()
    while True:
        with open(work, 'wb') as f:
            f.write(data)
        run = subprocess.run(['evtxexport', '-f', 'xml', work],
                             capture_output=True)
        m = re.search(rb'unable to retrieve record: (\d+)', run.stderr)
        if not m or int(m[1]) in unread or int(m[1]) >= len(records):
            break
        chunk, at = records[int(m[1])]
        unread.add(int(m[1]))
        data[at + 24] = 0               # binary XML that ends at once
        set_checksums(data, chunk)
    text = clean(run.stdout.decode('utf-8', 'replace'))
    events = re.findall(r'<Event xmlns=.*?\n</Event>\n', text, re.S)
    for i in sorted(unread):
        events.insert(i, None)
    return events


def escape(text):
    for a, b in ('&', '&amp;'), ('<', '&lt;'), ('>', '&gt;'), ('"', '&quot;'):
        text = text.replace(a, b)
    return text


def mended(xml, values):
    """Markup that is text of a value or its name, escaped.  'values' are pairs
    of both.  Returns the XML and the indexes of the values it was wrong for."""
    wrong, at = [], xml.find('</System>')
    for i, (name, text) in enumerate(values):
        for markup, raw in (('[&<"]', f'Name="{name}"'),
                            ('[&<"]', f'="{text}"'),
                            ('[&<]', f'>{text}<')):
            inner = raw[raw.index('"') + 1:-1] if '"' == raw[-1] else text
            found = xml.find(raw, at) if re.search(markup, inner) else -1
            if found >= 0:
                good = raw.replace(inner, escape(inner))
                xml = xml[:found] + good + xml[found + len(raw):]
                wrong.append(i)
                at = found + 1
    return xml, wrong
