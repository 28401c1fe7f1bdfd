#!/usr/bin/env python3
"""Writes the cabinets that test_cab reads, and what must come out of each.

    mkcabs.py DIR

For each NAME: DIR/NAME.cab, DIR/NAME.txt; DIR/index.txt lists them, "sound"
or "damaged" before the name.  Lines of a .txt:

    member STATE SIZE LEN CRC NAME   in the order in which they are handed out;
                                     STATE: whole, salvaged, lost, limited or
                                     doubtful (salvaged or lost); -: anything,
                                     <N: less than N
    members N                        instead of single ones
    note KIND TEXT                   there is such a note with TEXT in it
    no-notes
    error TEXT                       not read; TEXT is in the message
    limit NAME VALUE                 set before reading
"""

import os
import random
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "fixtures", "build"))
import cabwrite as cw
from cabwrite import Folder, build_cab

BLOCK = cw.BLOCK
rng = random.Random(20261120)


def noise(n):
    return rng.randbytes(n)


def prose(n):
    """Compresses about as well as logs do; has call opcodes for LZX in it."""
    words = [bytes(rng.choices(b"abcdefghijklmnop", k=rng.randint(2, 9)))
             for _ in range(200)] + [b"\xe8\x10\x20\x00\x00", b"\xe8\xf0\xff\xff\xff"]
    text = b""
    while len(text) < n:
        text += b" ".join(rng.choices(words, k=500)) + b"\r\n"
    return text[:n]


def member(state, name, size="-", data=None, length=None):
    crc = "-" if data is None else "0x%08x" % zlib.crc32(data)
    if data is not None and length is None:
        length = len(data)
    return f"member {state} {size} {'-' if length is None else length} {crc} {name}"


def whole(name, data):
    return member("whole", name, len(data), data)


def lost(name, size="-"):
    return member("lost", name, size, length=0)


class Writer:
    def __init__(self, directory):
        self.directory = directory
        self.index = []

    def write(self, name, cab, lines, sound=False):
        with open(os.path.join(self.directory, name + ".cab"), "wb") as f:
            f.write(cab)
        with open(os.path.join(self.directory, name + ".txt"), "w",
                  encoding="utf-8", newline="\n") as f:
            f.writelines(line + "\n" for line in lines)
        self.index.append(f"{'sound' if sound else 'damaged'} {name}")

    def extra(self, name, cab):
        """A cabinet whose test is code, not a list."""
        with open(os.path.join(self.directory, name + ".cab"), "wb") as f:
            f.write(cab)

    def finish(self):
        with open(os.path.join(self.directory, "index.txt"), "w",
                  encoding="utf-8", newline="\n") as f:
            f.writelines(line + "\n" for line in self.index)


# ---- sound cabinets --------------------------------------------------------

CODECS = {
    "stored": dict(compression="stored"),
    "mszip": dict(compression="mszip"),
    "lzx15": dict(compression="lzx:15"),
    "lzx18": dict(compression="lzx:18"),
    "lzx21": dict(compression="lzx:21"),
    "lzx-e8": dict(compression="lzx:16", e8_size=12000000),
    "lzx-uncompressed": dict(compression="lzx:17", lzx_blocks="uncompressed"),
    "lzx-uncompressed-e8": dict(compression="lzx", lzx_blocks="uncompressed",
                                e8_size=200000),
    "quantum10": dict(compression="quantum:10"),
    "quantum15": dict(compression="quantum:15"),
    "quantum21": dict(compression="quantum:21"),
}


def codecs(w):
    for name, how in CODECS.items():
        members = [("first.txt", prose(20000)), ("empty", b""),
                   ("noise.bin", noise(13001)), ("last.txt", prose(40000))]
        w.write("codec-" + name, build_cab(folders=[Folder(members=members, **how)]),
                [whole(*m) for m in members] + ["no-notes"], sound=True)
    members = [("exact.bin", prose(BLOCK)), ("twice.bin", prose(2 * BLOCK))]
    for name in ("stored", "mszip", "lzx15", "quantum15"):
        w.write("exact-" + name,
                build_cab(folders=[Folder(members=members, **CODECS[name])]),
                [whole(*m) for m in members] + ["no-notes"], sound=True)
    members = [("a.bin", prose(5000)), ("b.bin", prose(3000))]
    w.write("short-blocks-stored", build_cab(folders=[
        Folder("stored", members, block_size=700)]),
            [whole(*m) for m in members] + ["no-notes"], sound=True)
    w.write("short-blocks-mszip", build_cab(folders=[
        Folder("mszip", [("0", b"0" * 700)] + members, block_size=700)]),
            [whole("0", b"0" * 700)] +
            [member("salvaged", n, len(d), d) for n, d in members] +
            ["note damaged block 2 of 13 (at 125 in the CAB) follows one of less than"])
    w.write("no-checksums", build_cab(folders=[
        Folder("mszip", members, checksums=False)]),
            [whole(*m) for m in members] + ["no-notes"], sound=True)


def folders(w):
    kinds = ["stored", "mszip", "lzx15", "quantum15", "lzx-e8", "mszip"]
    parts = [[(f"f{i}\\a.txt", prose(9000)), (f"f{i}\\b.bin", noise(500))]
             for i in range(len(kinds))]
    cab = build_cab(folders=[Folder(members=p, **CODECS[k])
                             for p, k in zip(parts, kinds)])
    w.write("folders", cab, [whole(*m) for p in parts for m in p] + ["no-notes"],
            sound=True)


def disorder(w):
    """The list is in another order than the data; two ranges overlap."""
    data = prose(70000)
    listed = [("late.txt", 60000, 10000), ("early.txt", 0, 30000),
              ("middle.txt", 30000, 30000)]
    entries = [cw.Member(n, b"", offset=o, size=s) for n, o, s in listed]
    packed = cw.pack_mszip(data, Folder("mszip", []))
    w.write("disorder", build_cab(folders=[Folder("mszip", entries, packed=packed)]),
            [whole(n, data[o:o + s]) for n, o, s in sorted(listed, key=lambda e: e[1])]
            + ["no-notes"], sound=True)
    listed = [("all.txt", 0, 70000), ("inside.txt", 100, 40000),
              ("tail.txt", 69000, 1000), ("again.txt", 0, 70000)]
    entries = [cw.Member(n, b"", offset=o, size=s) for n, o, s in listed]
    w.write("overlap", build_cab(folders=[Folder("mszip", entries, packed=packed)]),
            [whole(n, data[o:o + s]) for n, o, s in sorted(listed, key=lambda e: e[1])]
            + ["no-notes"], sound=True)


def names(w):
    away = ["..\\..\\evil.txt", "/etc/x", "C:\\abs.txt", "\\\\server\\share\\x",
            "a/../b"]
    plain = ["a b .txt", " lead", "dir\\sub\\x.txt", "dir/sub/y.txt", "dots...", "..x",
             "Gerät-日本語.evtx", "😀.txt", "x" * 255]
    members = [(n, prose(100 + i)) for i, n in enumerate(plain)]
    w.write("names", build_cab(members), [whole(*m) for m in members] + ["no-notes"],
            sound=True)
    members = [(n, prose(100)) for n in away]
    w.write("names-away", build_cab(members), [whole(*m) for m in members] +
            [f"note cabinet the name of member {i + 1} is a path"
             for i in range(len(away))], sound=True)
    members = [("dup.txt", b"one"), ("DUP.TXT", b"two"), ("other", b"3"),
               ("dup.txt", b"four")]
    w.write("names-twice", build_cab(members), [whole(*m) for m in members] +
            ["note cabinet 3 members have this name"], sound=True)
    raw = [("Gerät".encode(), "Gerät", False), (b"Ger\xe4t.txt", "Ger\ufffdt.txt", False),
           (b"Ger\xe4t.2", "Ger\ufffdt.2", True), (b"\xc0\xae.txt", "\ufffd\ufffd.txt", True),
           (b"\x83\x6c.log", "\ufffdl.log", False)]
    members = [(n, prose(50), {"utf8": flag}) for n, _, flag in raw]
    w.write("names-bytes", build_cab(members),
            [whole(shown, m[1]) for (_, shown, _), m in zip(raw, members)] + [
                "note encoding the name of member 2 is not UTF-8 in 1 of its 9 bytes",
                "note encoding the name of member 3 is not UTF-8 in 1 of its 7 bytes, though marked",
                "note encoding the name of member 4 is not UTF-8 in 2 of its 6 bytes, though",
                "note encoding the name of member 5 is not UTF-8 in 1 of its 6 bytes"], sound=True)
    members = [("a", b"1"), (b"", b"22"), ("c", b"333")]
    w.write("names-empty", build_cab(members), [whole("a", b"1"), whole("", b"22"),
            whole("c", b"333"), "note cabinet member 2 has no name"])
    members = [("a", b"1"), ("y" * 256, b"22"), ("c", b"333")]
    w.write("names-long", build_cab(members), [whole("a", b"1"),
            "note damaged the list of members ends after 1 of 3"])
    members = [(b"\xff" + bytes([65 + i]), b"x") for i in range(20)]
    w.write("names-many", build_cab(members), ["members 20",
            "note encoding 12 more names that are not UTF-8"])


def reserves(w):
    members = [("a.txt", prose(50000)), ("b.txt", prose(100))]
    for bits in range(1, 8):
        sizes = (20 * (bits >> 2 & 1), 8 * (bits >> 1 & 1), 4 * (bits & 1))
        w.write(f"reserve-{bits}", build_cab(members, "mszip", reserve=sizes),
                [whole(*m) for m in members] + ["no-notes"], sound=True)
    cab = build_cab(members, "lzx", reserve=(0, 0, 6))
    for at, data, packed, _ in cw.blocks(cab):      # covers the reserve as well
        total = cw.checksum(cab[at + 4:data], cw.checksum(cab[data:data + packed]))
        cab = cab[:at] + struct.pack("<I", total) + cab[at + 4:]
    w.write("reserve-in-checksum", cab, [whole(*m) for m in members] + ["no-notes"])


def nested(w):
    inner = build_cab([("inner.txt", prose(3000))])
    members = [("LicensingDiag.cab", inner), ("a.txt", b"x")]
    w.write("nested", build_cab(members), [whole(*m) for m in members] + ["no-notes"],
            sound=True)


def sets(w):
    members = [("here.txt", prose(1000)), cw.Member("split.txt", prose(90000),
                                                    folder=cw.TO_NEXT)]
    w.write("set-first", build_cab(members, next=("two.cab", "disk 2")), [
        whole("here.txt", members[0][1]), lost("split.txt", 90000),
        "note cabinet cabinet 1 of a set (0x1234); the next one is \"two.cab\" on \"disk 2\"",
        "note cabinet goes on in the next cabinet of the set, \"two.cab\""])
    one = [cw.Member("split.txt", prose(5000), folder=cw.FROM_PREVIOUS),
           ("behind.txt", prose(500))]
    two = [("own.txt", prose(700))]
    w.write("set-last", build_cab(folders=[Folder("mszip", one), Folder("lzx", two)],
                                  previous=("one.cab", "disk 1"), set_index=1), [
        lost("split.txt"), lost("behind.txt"), whole("own.txt", two[0][1]),
        "note cabinet cabinet 2 of a set (0x1234); the one before it is \"one.cab\"",
        "note cabinet begins in the previous cabinet of the set, \"one.cab\"",
        "note cabinet its folder begins in the previous cabinet of the set, \"one.cab\""])
    w.write("set-middle", build_cab(
        [cw.Member("long.txt", prose(5000), folder=cw.FROM_PREVIOUS_TO_NEXT)],
        previous=("one.cab", ""), next=("three.cab", "")), [
        lost("long.txt"), "note cabinet begins in the previous cabinet"])
    w.write("set-unnamed", build_cab([("a", b"1"), cw.Member("b", b"22", folder=cw.TO_NEXT)]), [
        whole("a", b"1"), lost("b"),
        "note cabinet goes on in the next cabinet of the set, which is not named"])
    one, two = [("a", b"1")], [("b", b"22"), cw.Member("c", b"333", folder=cw.TO_NEXT)]
    w.write("set-last-folder", build_cab(folders=[Folder("stored", one), Folder("mszip", two)],
                                         next=("two.cab", "")), [
        whole("a", b"1"), whole("b", b"22"), lost("c", 3)])
    # The last block goes on in the next cabinet: it unpacks to 0 bytes here.
    data = prose(40000)
    packed = cw.pack_mszip(data, Folder("mszip", []))
    packed[1] = (packed[1][0][:50], 0)
    w.write("set-split-block", build_cab(folders=[Folder("mszip", [
        cw.Member("a", data[:30000]), cw.Member("b", data[30000:], folder=cw.TO_NEXT)],
        packed=packed)], next=("two.cab", "d")), [
        whole("a", data[:30000]), lost("b"), "note cabinet goes on in the next"])


# ---- damage in blocks ------------------------------------------------------

ENDS = [0, 10000, BLOCK, 50000, 120000, 4 * BLOCK, 150000]


def damage_content():
    data = prose(4 * BLOCK) + noise(ENDS[-1] - 4 * BLOCK)
    spans = list(zip(ENDS, ENDS[1:]))
    return data, spans, [(f"m{i}.bin", data[a:b]) for i, (a, b) in enumerate(spans)]


def damage(w):
    data, spans, members = damage_content()
    other = [("other.txt", prose(3000))]

    def expect(block, beyond):
        lines = []
        for (name, bytes_), (a, b) in zip(members, spans):
            sound = b <= block * BLOCK
            lines.append(whole(name, bytes_) if sound else beyond(name, a, b))
        return lines + [whole(*other[0]), "note damaged folder 1 of 2 is damaged: "
                        f"block {block + 1} of 5"]

    for codec in ("stored", "mszip", "lzx-uncompressed", "lzx15", "quantum15"):
        cab = build_cab(folders=[Folder(members=members, **CODECS[codec]),
                                 Folder("mszip", other)])
        for block in (0, 1, 2, 4):
            bad = cw.flip_in_block(cab, 0, block)
            found = data
            if codec in ("stored", "lzx-uncompressed"):
                spot = cw.blocks(cab)[block][2] // 2
                spot += block * BLOCK - (16 if codec != "stored" else 0)
                found = cw.flip(data, spot)

            def beyond(name, a, b):
                if codec in ("stored", "lzx-uncompressed"):
                    return member("salvaged", name, b - a, found[a:b])
                if codec == "mszip" and a >= 4 * BLOCK and block < 4:
                    # Random bytes refer to nothing: right, though not trusted.
                    return member("salvaged", name, b - a, data[a:b])
                if codec == "mszip":
                    return member("salvaged", name, b - a, length=b - a)
                return member("doubtful", name, b - a)
            w.write(f"damage-{codec}-{block}", bad, expect(block, beyond))

            if codec not in ("mszip", "lzx15", "quantum15"):
                continue

            def behind(name, a, b):
                if codec == "mszip" and a >= block * BLOCK and b <= (block + 1) * BLOCK:
                    return lost(name, b - a)        # only the zeros of the block
                if codec == "mszip":
                    return beyond(name, a, b)
                if codec == "quantum15":
                    return member("doubtful", name, b - a)
                kept = data[a:block * BLOCK]        # nothing after it unpacks
                return (member("salvaged", name, b - a, kept) if kept
                        else lost(name, b - a))
            for fixed in (True, False):
                # Quantum unpacks anything: only its checksum can tell.
                if codec == "quantum15":
                    continue
                w.write(f"wipe-{codec}-{block}-{int(fixed)}",
                        cw.wipe_block(cab, 0, block, fixed), expect(block, behind))
        # A header that cannot be: stored and MSZIP find the blocks after it.
        at = cw.blocks(cab)[2][0]
        for what, bad in (("packed", struct.pack("<HH", 0xFFFF, BLOCK)),
                          ("unpacked", struct.pack("<HH", 100, BLOCK + 1)),
                          ("zero", struct.pack("<HH", 0, BLOCK)),
                          ("nothing", struct.pack("<HH", 100, 0))):
            def cut(name, a, b):
                kept = data[a:2 * BLOCK]
                if codec == "stored":       # block 3 is zeros, the rest is found
                    kept = (data[:2 * BLOCK] + bytes(BLOCK) + data[3 * BLOCK:])[a:b]
                    return member("salvaged", name, b - a, kept)
                if codec == "mszip" and a >= 4 * BLOCK:
                    return member("salvaged", name, b - a, data[a:b])
                if codec == "mszip":
                    return member("salvaged", name, b - a, length=b - a)
                return (member("salvaged", name, b - a, kept) if kept
                        else lost(name, b - a))
            w.write(f"header-{codec}-{what}", cab[:at + 4] + bad + cab[at + 8:],
                    expect(2, cut))

        # A sector of 4 KiB is gone, and with it the header of block 3.
        if codec in ("stored", "mszip"):
            gap = at - 1000
            hole = cab[:gap] + bytes(4096) + cab[gap + 4096:]
            gone = data[:2 * BLOCK - 1000] + bytes(1000 + BLOCK) + data[3 * BLOCK:]
            w.write(f"hole-{codec}", hole, [
                whole(*members[0]), whole(*members[1])] + [
                member("salvaged", n, b - a,
                       gone[a:b] if codec == "stored" or a >= 4 * BLOCK else None, b - a)
                for (n, _), (a, b) in list(zip(members, spans))[2:]] + [
                whole(*other[0]), "note damaged folder 1 of 2 is damaged: block 2 of 5"])


def odd_blocks(w):
    """Blocks that do not unpack to what they state."""
    data = prose(4 * BLOCK)
    members = [("a", data[:BLOCK]), ("b", data[BLOCK:3 * BLOCK]), ("c", data[3 * BLOCK:])]
    good = cw.pack_mszip(data, Folder("mszip", []))
    short = zlib.compressobj(9, zlib.DEFLATED, -15)
    short = b"CK" + short.compress(data[:1000]) + short.flush()
    packed = [good[0], (short, BLOCK)] + good[2:]
    w.write("mszip-ends-early", build_cab(folders=[Folder("mszip", members, packed=packed)]), [
        whole("a", data[:BLOCK]), member("salvaged", "b", 2 * BLOCK, length=2 * BLOCK),
        member("salvaged", "c", BLOCK, length=BLOCK),
        "note damaged block 2 of 4"])
    packed = [good[0], (b"XX" + good[1][0][2:], BLOCK)] + good[2:]
    w.write("mszip-no-signature", build_cab(folders=[Folder("mszip", members, packed=packed)]), [
        whole("a", data[:BLOCK]), member("salvaged", "b", 2 * BLOCK, length=2 * BLOCK),
        member("salvaged", "c", BLOCK, length=BLOCK),
        "note damaged does not begin as MSZIP data"])
    # Only libmspack takes these two: from the first block on, and from a later
    # one, which goes on in the one behind it.
    blank = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY,
                             bytes(BLOCK))
    begin = bytes(500) + data[500:BLOCK]
    packed = [(b"CK" + blank.compress(begin) + blank.flush(), BLOCK)] + \
        cw.pack_mszip(begin + data[BLOCK:], Folder("mszip", []))[1:]
    w.write("mszip-before-folder", build_cab(folders=[Folder("mszip", members, packed=packed)]), [
        whole("a", begin), *(whole(*m) for m in members[1:]), "no-notes"])
    packed = [good[0], (good[1][0][:-4], BLOCK),
              (good[1][0][-4:] + good[2][0], BLOCK), good[3]]
    singly = [(f"m{i}", data[i * BLOCK:(i + 1) * BLOCK]) for i in range(4)]
    w.write("mszip-runs-on", build_cab(folders=[Folder("mszip", singly, packed=packed)]), [
        *(whole(*m) for m in singly[:2]),
        *(member("salvaged", n, BLOCK, d) for n, d in singly[2:]),
        "note damaged block 3 of 4"])
    good = cw.pack_lzx(data[:BLOCK + 1000], Folder("lzx", []))
    packed = good + [good[0]] * 2
    w.write("lzx-short-block", build_cab(folders=[Folder("lzx", members, packed=packed)]), [
        whole("a", data[:BLOCK]), member("salvaged", "b", 2 * BLOCK, data[BLOCK:BLOCK + 1000]),
        lost("c"), "note damaged block 2 of 4 is short"])
    packed = [(data[:100], 90), (data[100:200], 100)]
    w.write("stored-odd-sizes", build_cab(folders=[Folder("stored", [
        ("a", data[:50]), ("b", data[50:200])], packed=packed)]), [
        member("salvaged", "a", 50, data[:50]), member("salvaged", "b", 150, data[50:200]),
        "note damaged though it is not compressed"])


def bad_lists(w):
    data = prose(1000)
    w.write("beyond-folder", build_cab([
        ("a", data), cw.Member("b", data, size=5000), cw.Member("c", b"", offset=9000, size=10),
        cw.Member("zero", b"", offset=9000, size=0)]), [
        whole("a", data), member("salvaged", "b", 5000, data), lost("c", 10),
        whole("zero", b""),
        "note damaged its list entry states bytes 1000 to 6000 of a folder of 2000 bytes"])
    w.write("no-such-folder", build_cab([("a", data), cw.Member("b", data, folder=7)]), [
        whole("a", data), lost("b", 1000),
        "note damaged member 2 lies in folder 8 of 1, which does not exist"])
    for number, text in ((0x0004, "0x0004"), (0x0003, "0x0003"), (0x1603, "0x1603"),
                         (0x0902, "0x0902"), (0x000F, "0x000f")):
        cab = build_cab(folders=[Folder("stored", [("a", data)]), Folder("mszip", [("b", data)])])
        w.write(f"method-{number:04x}", cab[:42] + struct.pack("<H", number) + cab[44:], [
            lost("a", 1000), whole("b", data),
            f"note damaged nothing unpacks compression {text}"])
    cab = build_cab(folders=[Folder("stored", [("a", data)]), Folder("stored", [("b", data)])])
    w.write("no-blocks", cab[:40] + b"\0\0" + cab[42:], [
        lost("a", 1000), whole("b", data), "note damaged of a folder of 0 bytes"])
    w.write("wrong-list-offset", cab[:16] + b"\xff\xff\0\0" + cab[20:], [
        whole("a", data), whole("b", data),
        "note damaged the list of members should be at 65535, but is read at 52"])
    w.write("wrong-header-end", cab[:30] + b"\x04\0" + cab[32:], [
        whole("a", data), whole("b", data), "note damaged the one at 52 is used"])
    w.write("trailing", cab + b"12345", [
        whole("a", data), whole("b", data),
        f"note cabinet 5 bytes follow the end of the cabinet, which states {len(cab)}"])
    w.write("version", cab[:24] + b"\x05\x02" + cab[26:], [
        whole("a", data), whole("b", data), "note cabinet cabinet format 2.5"])


def cuts(w):
    data, spans, members = damage_content()
    for codec in ("stored", "mszip", "lzx15"):
        cab = build_cab(folders=[Folder(members=members, **CODECS[codec])])
        at, start, packed, _ = cw.blocks(cab)[3]
        end = start + packed // 2
        lines = []
        for (name, bytes_), (a, b) in zip(members, spans):
            if b <= 3 * BLOCK:
                lines.append(whole(name, bytes_))
            elif codec == "stored":
                kept = data[a:3 * BLOCK + packed // 2]
                lines.append(member("salvaged", name, b - a, kept) if kept
                             else lost(name, b - a))
            elif a < 3 * BLOCK:
                lines.append(member("salvaged", name, b - a, length=f"<{b - a}"))
            else:
                lines.append(member("doubtful", name, b - a))
        w.write("cut-" + codec, cab[:end], lines + [
            f"note damaged the CAB is cut: {end} bytes found, its header states {len(cab)}",
            f"note damaged block 4 of 5 (at {at} in the CAB) is cut: "
            f"{packed // 2} of its {packed} bytes"])
    # Only prose: what MSZIP gives of half a block is right as far as it goes.
    cab = build_cab([("a", data[:BLOCK])])
    w.write("cut-first-block", cab[:-500], [
        member("salvaged", "a", BLOCK, length=f"<{BLOCK}"), "note damaged block 1 of 1"])
    cab = build_cab([("a", b"1"), ("b", b"2"), ("c", b"3")], "stored")
    w.write("cut-list", cab[:36 + 8 + 2 * 18 + 5], [
        lost("a"), lost("b"),
        "note damaged the list of members ends after 2 of 3",
        "note damaged block 1 of 1 should be at 98, the CAB ends at 85"])
    w.write("cut-before-list", cab[:46], ["error cut or damaged before its first member"])
    w.write("cut-header", cab[:20], ["error cut or damaged in its header: only 20 bytes"])
    w.write("no-members", build_cab([]), ["error a CAB without members"])
    w.write("empty", b"", ["error X.cab is empty"])
    w.write("text", b"This is a text.\r\n",
            ["error X.cab is not a CAB: it begins with the bytes 54 68 69 73"])
    w.write("one-byte", b"M", ["error it begins with the bytes 4d,"])
    w.write("zip", b"PK\3\4" + bytes(100), ["error it begins with the bytes 50 4b 03 04"])


def costs(w):
    """Quantum counts 32 times: it is that slow."""
    data = prose(3000)
    cab = build_cab([("a", data)], "quantum:15")
    w.write("quantum-cost-at", cab, [f"limit decode-bytes {32 * 3000}", whole("a", data)])
    w.write("quantum-cost-above", cab, [
        f"limit decode-bytes {32 * 3000 - 1}", member("limited", "a", 3000, length=0),
        f"note limit more than {32 * 3000 - 1} bytes to decompress"])


# ---- for tests that are code -----------------------------------------------

def small(w):
    """Several blocks, and yet so small that it can be cut at every byte."""
    line = prose(60)

    def two(compression, size):
        members = [(f"m{i}.txt", bytes([65 + i]) + (line * 1000)[:n * size])
                   for i, n in enumerate((30, 0, 20, 50))]
        return [Folder(compression, members, block_size=450 if size == 10 else BLOCK),
                Folder(compression, [("other.txt", line * 7)])]
    w.extra("small-stored", build_cab(folders=two("stored", 10)))
    w.extra("small-mszip", build_cab(folders=two("mszip", 700)))
    w.extra("small-lzx", build_cab(folders=two("lzx", 700)))
    w.extra("small-quantum", build_cab(folders=two("quantum:10", 10)))
    w.extra("small-reserve", build_cab(folders=two("mszip", 700), reserve=(12, 4, 2)))
    w.extra("limits", build_cab([("a", prose(1000)), ("b", prose(70000)),
                                 ("c", prose(3000))]))


def zeros(n):
    """n blocks of zeros as MSZIP: what compresses best."""
    blank = bytes(BLOCK)
    first = cw.pack_mszip(blank, Folder("mszip", []))
    more = cw.pack_mszip(blank * 2, Folder("mszip", []))[1]
    return first + [more] * (n - 1)


def bombs(w):
    n = 65535
    each = 40
    data = prose(n * each)
    packed = cw.pack_mszip(data, Folder("mszip", []))
    entries = [cw.Member(f"{i:05d}", b"", size=each, offset=i * each) for i in range(n)]

    def with_entries(list_, blocks=packed):
        return build_cab(folders=[Folder("mszip", list_, packed=blocks)])
    w.extra("bomb-reverse", with_entries(entries[::-1]))
    w.extra("bomb-shuffle", with_entries(rng.sample(entries, n)))
    w.extra("bomb-overlap", with_entries(
        [cw.Member(f"{i:05d}", b"", size=1 << 20, offset=i) for i in range(n)][::-1]))
    w.extra("bomb-sizes", with_entries(
        [cw.Member(f"{i:05d}", b"", size=200 << 20, offset=i) for i in range(n)],
        packed[:1]))
    w.extra("bomb-zeros", with_entries([
        cw.Member("huge", b"", size=(1 << 30) - 100, offset=0),
        cw.Member("last", b"", size=100, offset=(1 << 30) - 100)], zeros(1 << 15)))
    # Each block must be repaired, for members that touch the last one.
    cab = with_entries([cw.Member(f"{i:05d}", b"", size=30000, offset=(40000 - 2) * BLOCK + i)
                        for i in range(4096)], zeros(40000))
    w.extra("bomb-repair", cw.flip_in_block(cab, 0, 0))
    # Members that overlap in 100 MiB of salvaged zeros.
    cab = with_entries([cw.Member(f"{i:05d}", b"", size=3100 * BLOCK, offset=BLOCK + i)
                        for i in range(4096)], zeros(3200))
    w.extra("bomb-blank", cw.flip_in_block(cab, 0, 0))
    # Two blocks, the first damaged, where 65,535 are stated.
    cab = build_cab([("a", noise(BLOCK)), ("b", noise(BLOCK))], "stored")
    at = cw.blocks(cab)[0][0]
    w.extra("bomb-skip", cab[:40] + b"\xff\xff" + cab[42:at + 4] + bytes(4) + cab[at + 8:])
    # Damaged folders, and behind each what looks like blocks to the first glance.
    fake = (b"\xff" * 4 + struct.pack("<HH", BLOCK, BLOCK)) * (1 << 18)
    cab = build_cab(folders=[Folder("stored", [cw.Member(f"{i:05d}", b"", size=100)],
                                    packed=[]) for i in range(4096)])
    row = struct.pack("<IHH", len(cab), 2, 0)
    cab = cab[:36] + row * 4096 + cab[36 + 8 * 4096:] + bytes(8) + fake
    w.extra("bomb-search", cab[:8] + struct.pack("<I", len(cab)) + cab[12:])
    # 65,535 folders, all with the same data blocks.
    cab = build_cab(folders=[Folder("mszip", [cw.Member(f"{i:05d}", b"", size=100, offset=60000)],
                                    packed=[]) for i in range(n)])
    row = struct.pack("<IHH", len(cab), 2, 1)
    tail = b"".join(struct.pack("<IHH", 0, len(b), s) + b for b, s in packed[:2])
    size = struct.pack("<I", len(cab) + len(tail))
    w.extra("bomb-folders", cab[:8] + size + cab[12:36] + row * n + cab[36 + 8 * n:] + tail)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    os.makedirs(sys.argv[1], exist_ok=True)
    w = Writer(sys.argv[1])
    for part in (codecs, folders, disorder, names, reserves, nested, sets, damage,
                 odd_blocks, bad_lists, cuts, costs, small, bombs):
        part(w)
    w.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
