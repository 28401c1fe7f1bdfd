#!/usr/bin/env python3
"""cabscan fleet, as a user meets it: test_fleet.py CABSCAN CASES ROOT

CASES is the directory with the built fixture cases, ROOT the source tree.
Prints TAP.
"""

import csv
import io
import itertools
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
ROOT = Path(sys.argv[3]).resolve()

import jsonschema  # noqa: E402
import program  # noqa: E402

CABSCAN = program.start(Path(sys.argv[1]).resolve())
CASES = Path(sys.argv[2]).resolve()
SCHEMA = json.loads((ROOT / "cli/cabscan-fleet.schema.json").read_text())
ROWS = json.loads((ROOT / "cli/cabscan-row.schema.json").read_text())
TABLES = ("fleet", "groups", "answers", "changes", "twins", "devices", "readiness",
          "certification")
BEGIN = 1_767_225_600                   # 2026-01-01

tests = []


def test(f):
    tests.append(f)
    return f


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def near(found, wanted, what=""):
    if not math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-15):
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text[-900:]!r}")


# ---- rows -----------------------------------------------------------------------------

def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Maker:
    """Rows as a batch writes them; what is None has no key."""

    def __init__(self):
        self.rows = []

    def add(self, cause="attested", day=0.0, tries=None, life=None, **more):
        n = len(self.rows)
        passed = cause in ("attested", "recovered")
        outcome = "passed" if passed else "failed"
        if cause in ("not-attempted", "later-esp-failure"):
            outcome, tries = None, tries or []
        if tries is None:
            tries = {"recovered": ["F0", "P60"]}.get(cause, ["P0" if passed else "F0"])
        began = int(BEGIN + day * 86400) + n % 7
        row = {"schema": "cabscan-row/1", "id": f"{n + 1:016x}",
               "source": f"share/{n:04d}.cab", "state": "scanned", "cause": cause,
               "confidence": "none" if cause == "unknown" else "certain",
               "title": "What it is", "serial": f"SN{n:05d}X",
               "uuid": f"{n + 1:08x}-1111-4222-8333-{n + 7:012x}",
               "manufacturer": "HP", "model": "HP EliteBook 830 G5",
               "bios": "Q78 Ver. 01.21.00", "vendor": "IFX", "firmware": "7.63.3353.0",
               "spec": "2.0", "build": "10.0.22631.4460", "scenario": "self-deploying",
               "attempts": len(tries), "first": stamp(began) if tries else None,
               "tries": tries, "outcome": outcome,
               "time": stamp(began + 90)[:-1] + ".1234567Z" if tries else None,
               "logs_from": stamp(life if life is not None else began - 30),
               "digest": f"{n + 1:016x}", "evidence": [], "evidence_count": 0,
               "against_count": 0, "notes": 0}
        row.update(more)
        self.rows.append({k: v for k, v in row.items() if v is not None})
        return self.rows[-1]

    def write(self, path, rows=None, **style):
        rows = self.rows if rows is None else rows
        style = {"ensure_ascii": False, "separators": (",", ":"), **style}
        check = jsonschema.Draft7Validator(ROWS)
        for r in rows:
            for e in check.iter_errors(r):
                raise AssertionError(f"a row of this test is none: {e.message[:200]}")
        path.write_text("".join(json.dumps(r, **style) + "\n" for r in rows),
                        encoding="utf-8")
        return path


# ---- running -------------------------------------------------------------------------------

def run(*args, cwd=None):
    return subprocess.run([*CABSCAN, "fleet", "-q", *map(str, args)], cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)


def fleet(*args, code=0, cwd=None):
    r = run("-f", "json", *args, cwd=cwd)
    same(r.returncode, code, r.stderr.decode())
    o = json.loads(r.stdout)
    for e in jsonschema.Draft7Validator(SCHEMA).iter_errors(o):
        raise AssertionError(f"{list(e.absolute_path)}: {e.message[:300]}")
    return o


def table(name, *args, **options):
    return fleet("-t", name, *args, **options)[name]


def refused(*args, part=b"", cwd=None):
    r = run(*args, cwd=cwd)
    same((r.returncode, r.stdout), (2, b""), args)
    contains(r.stderr, part)


def one(rows, **wanted):
    found = [r for r in rows if all(r.get(k) == v for k, v in wanted.items())]
    same(len(found), 1, f"{wanted} in {rows}")
    return found[0]


def all_tables(*paths):
    o = {}
    for name in TABLES:
        o.update(fleet("-t", name, *paths))
    return o


def mixed_fleet():
    """Something of everything that can be in a fleet."""
    m = Maker()
    for i in range(9):
        m.add("tpm-firmware-outdated" if i < 8 else "attested", day=i)
    for i in range(30):
        m.add("attested" if i != 4 else "clock-skew", day=i % 11, firmware="7.64.3400.0",
              model="EliteBook 830 G5", bios="Q78 Ver. 01.22.00")
    for i in range(40):
        m.add("attested" if i % 10 else "ek-refused", day=i, manufacturer="Dell Inc.",
              model="Latitude 7440", vendor="STM", firmware="1.769.0.0", bios=None,
              message=None if i % 10 else "no-valid-ek")
    m.add("attested", day=25, serial="SN00002X", uuid=m.rows[2]["uuid"],
          firmware="7.64.3400.0", bios="Q78 Ver. 01.22.00")
    m.add("recovered", day=3, manufacturer="LENOVO", model="21HDFIX01G", vendor="NTC")
    m.add("unknown", outcome=None, tries=[], time=None, first=None,
          manufacturer="LENOVO", model="21HDFIX01G", vendor="NTC")
    m.add("not-attempted", manufacturer="LENOVO", model="21HDFIX01G", vendor="NTC")
    m.add("later-esp-failure", outcome="passed", tries=["P0"], day=4,
          manufacturer="LENOVO", model="21HDFIX01G", vendor="NTC",
          scenario="pre-provisioning", labels={"network": "wifi", "image": "24H2"})
    m.add("unknown", day=5, serial=None, uuid=None, manufacturer="LENOVO",
          model="21HDFIX01G", vendor="NTC")
    return m


# ---- counts ------------------------------------------------------------------------------------

def fisher(hits, of, all_hits, all_):
    total = math.comb(all_, of)
    return Fraction(sum(math.comb(all_hits, x) * math.comb(all_ - all_hits, of - x)
                        for x in range(hits, min(of, all_hits) + 1)), total)


def wilson(hits, of):
    z, p = 1.959963984540054, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


@test
def groups_are_counted_and_tested(work):
    path = mixed_fleet().write(work / "r.ndjson")
    groups = table("groups", path)
    g = one(groups, cause="tpm-firmware-outdated")
    same([g[k] for k in ("cases", "attempts", "failures", "devices", "failed", "finding")],
         [8, 9, 8, 9, 8, "model-wide"])
    known = fleet(path)["fleet"][0]
    known = known["failed"] + known["passed"]
    # 9 devices of the slice, one of which has a case in another slice, too.
    p = float(fisher(8, 9, 8, known))
    near(g["p"], p, "p")
    for k, wanted in zip(("low", "high"), wilson(8, 9)):
        near(g[k], wanted, k)
    near(g["rate"], 8 / 9)
    tested = sorted((x["p"], x["id"]) for x in groups if "p" in x)
    least = 0
    for i, (p, which) in enumerate(tested):
        least = max(least, min(1, p * (len(tested) - i)))
        near(one(groups, id=which)["p_holm"], least, "Holm")
    same(g["first"][:10], "2026-01-01")
    e = one(groups, cause="ek-refused")
    same([e[k] for k in ("failed", "devices", "bios") if k in e], [4, 40])
    same("bios" in e, False, "what is not known has no key")


@test
def results_are_told_apart(work):
    m = mixed_fleet()
    g = table("groups", "--by", "manufacturer,model", m.write(work / "r.ndjson"))
    lenovo = one(g, manufacturer="LENOVO")
    # recovered and "unknown, but it failed" failed; a pass before a later
    # failure passed; unknown and not tried are neither.
    same([lenovo[k] for k in ("devices", "failed", "unknown", "untried", "cases")],
         [3, 2, 1, 1, 2])
    causes = {x.get("cause") for x in table("groups", work / "r.ndjson")}
    same(causes & {"attested", "not-attempted", "later-esp-failure"}, set())


@test
def few_devices_prove_nothing(work):
    m = Maker()
    for _ in range(4):
        m.add("amd-ftpm", model="Box")
    for _ in range(400):
        m.add("attested", model="Crate")
    g = one(table("groups", m.write(work / "r")), cause="amd-ftpm")
    same((g["finding"], "p" in g, "p_holm" in g), ("too few devices", False, False))
    m.add("amd-ftpm", model="Box")
    g = one(table("groups", m.write(work / "r")), cause="amd-ftpm")
    same(g["finding"], "model-wide")
    alone = [r for r in m.rows if r["model"] == "Box"]
    g = one(table("groups", m.write(work / "r", alone)), cause="amd-ftpm")
    same((g["finding"], "p" in g), ("nothing to compare with", False))


@test
def the_test_counts_devices_and_not_tries(work):
    m = Maker()
    for i in range(5):                  # one device, 60 failures
        for k in range(12):
            m.add("amd-ftpm", model="Box", serial="ONE", uuid="1" * 31 + "2",
                  day=i * 12 + k)
    for i in range(5):
        m.add("attested", model="Box")
    for _ in range(40):
        m.add("attested", model="Crate")
    m.add("amd-ftpm", model="Crate")
    g = one(table("groups", m.write(work / "r")), cause="amd-ftpm", model="Box")
    same([g[k] for k in ("cases", "failures", "failed", "devices")], [60, 60, 1, 6])
    near(g["p"], float(fisher(1, 6, 2, 47)))
    same(g["finding"], "not more than elsewhere")


@test
def what_comes_and_goes_is_intermittent(work):
    m = Maker()
    for i in range(6):
        m.add("transient-service", day=i, model="Box", serial=f"D{i}AB", uuid=None)
    for i in range(4):
        m.add("attested", day=20 + i, model="Box", serial=f"D{i}AB", uuid=None)
    for _ in range(30):
        m.add("attested", model="Crate")
    g = one(table("groups", m.write(work / "r")), cause="transient-service")
    same([g[k] for k in ("failed", "retried", "mixed")], [6, 4, 4])
    same("intermittent" in g["finding"], True, g)


@test
def the_same_try_in_two_collections_is_one(work):
    m = Maker()
    a = m.add("unknown", day=1, serial="SAME", uuid=None, tries=["F0", "I300"],
              outcome="incomplete")
    b = m.add("tpm-not-ready", serial="SAME", uuid=None, tries=["F0", "F300", "F900"])
    b.update(first=a["first"], time=stamp(BEGIN + 86400 + 1000)[:-1] + ".0000000Z")
    d, = table("devices", m.write(work / "r"))
    same([d[k] for k in ("cases", "attempts", "failures")], [2, 3, 3])


# ---- devices and names -------------------------------------------------------------------------

@test
def spellings_of_a_serial_number_are_one_device(work):
    m = Maker()
    for s in ("5CG8F0031", "5cg8f0031", " 5CG8F0031 ", "5CG8-F0031", "5CG8 F0031"):
        m.add("amd-ftpm", serial=s, uuid=None, day=len(m.rows))
    m.add("amd-ftpm", serial="5CG8F0032", uuid=None)
    same(len(table("devices", m.write(work / "r"))), 2)


@test
def a_version_of_one_digit_is_known(work):
    m = Maker()
    versions = ("1.1.1", "1.1", "2.2.2", "7.7.7.7")
    for v in versions:
        m.add("ek-refused", bios=v, firmware=v)
    m.add("ek-refused", bios="Default string", firmware="0.0.0.0")
    found = table("devices", m.write(work / "r"))
    same(sorted((d.get("bios"), d.get("firmware")) for d in found if d.get("bios")),
         sorted((v, v) for v in versions))
    same(len(found), 5)


@test
def serial_numbers_of_nobody_do_not_collapse(work):
    m = Maker()
    for s in ("To be filled by O.E.M.", "Default string", "System Serial Number", "None",
              "to be filled by o.e.m.", "0", "00000000", "N/A", "Not Specified", ".", "",
              "123456789", "XXXXXXXX", None):
        for u in (None, "03000200-0400-0500-0006-000700080009",
                  "00000000-0000-0000-0000-000000000000",
                  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"):
            m.add("amd-ftpm", serial=s or None, uuid=u)
    same(len(table("devices", m.write(work / "r"))), len(m.rows))


@test
def one_half_of_a_name_completes_the_other(work):
    uuid, turned = "b4a66b99-31bd-4f50-8c34-db259119d940", "996ba6b4-bd31-504f-8c34-db259119d940"
    m = Maker()
    for s, u in (("ONE123", uuid), ("ONE123", None), (None, uuid), (None, uuid.upper()),
                 (None, turned), ("ONE123", "{" + uuid + "}")):
        m.add("amd-ftpm", serial=s, uuid=u, day=len(m.rows))
    same(len(table("devices", m.write(work / "r"))), 1)
    m.add("amd-ftpm", serial="ONE123", uuid=uuid[:-1] + "1")    # another board
    same(len(table("devices", m.write(work / "r"))) >= 2, True)
    # The same number from two makers.
    m = Maker()
    m.add("amd-ftpm", serial="12345AB", uuid=None)
    m.add("amd-ftpm", serial="12345AB", uuid=None, manufacturer="Dell Inc.", model="X")
    same(len(table("devices", m.write(work / "r"))), 2)


@test
def models_are_known_with_and_without_their_maker(work):
    m = Maker()
    for maker, model in (("HP", "HP EliteBook 830 G5"), ("HP", "EliteBook 830 G5"),
                         ("Hewlett-Packard", "hp elitebook 830 g5"),
                         (None, "HP EliteBook 830 G5"), (None, "EliteBook 830 G5"),
                         ("HP Inc.", "HP  EliteBook 830 G5 "),
                         ("hp", "Hewlett-Packard HP EliteBook 830 G5")):
        m.add("amd-ftpm", manufacturer=maker, model=model)
    g, = table("groups", "--by", "manufacturer,model", m.write(work / "r"))
    same(g["failed"], 7)
    for maker, model in (("Dell Inc.", "Latitude 7440"), ("Dell", "Dell Latitude 7440"),
                         (None, "Dell Inc. Latitude 7440")):
        m.add("amd-ftpm", manufacturer=maker, model=model)
    m.add("amd-ftpm", manufacturer="Acer", model="Latitude 7440")
    m.add("amd-ftpm", manufacturer="ACME", model="To be filled by O.E.M.")
    found = table("groups", "--by", "model", m.write(work / "r"))
    same(sorted(g["failed"] for g in found), [1, 1, 3, 7])
    same(sum("model" not in g for g in found), 1)


@test
def the_order_of_rows_changes_nothing(work):
    m = mixed_fleet()
    before = all_tables(m.write(work / "a"))
    rows = list(m.rows)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        half = len(rows) // 2
        m.write(work / "b", rows[:half])
        m.write(work / "c", rows[half:])
        same(all_tables(work / "b", work / "c") == before, True, seed)


# ---- inputs --------------------------------------------------------------------------------------

def batch(*args, cwd=None):
    return subprocess.run([*CABSCAN, "batch", "-q", "-f", "ndjson", *map(str, args)], cwd=cwd,
                          capture_output=True, check=False)


@test
def cabs_and_their_rows_are_equal(work):
    for p in sorted(CASES.glob("*-1.cab")):
        shutil.copy(p, work)
    shutil.copy(CASES / "attested-1.cab", work / "again.cab")
    rows = work / "rows.ndjson"
    rows.write_bytes(batch(".", "-l", "network=wifi", cwd=work).stdout)
    for name in TABLES:
        a = run("-t", name, ".", "-l", "network=wifi", cwd=work)
        b = run("-t", name, "rows.ndjson", cwd=work)
        both = run("-t", name, "rows.ndjson", ".", "-l", "network=wifi", cwd=work)
        same((a.returncode, a.stdout == b.stdout, both.stdout == b.stdout),
             (0, True, True), name)
        contains(a.stderr, b"counted once")
    n = len(list(work.glob("*.cab")))
    same(table("fleet", rows)[0]["cases"], n - 1, "the same bytes twice are one case")


@test
def pseudonyms_count_as_names_do(work):
    for p in sorted(CASES.glob("*-1.cab")):
        shutil.copy(p, work)
    clear, hidden = work / "c", work / "h"
    clear.write_bytes(batch(".", cwd=work).stdout)
    hidden.write_bytes(batch(".", "--redact", "key", cwd=work).stdout)
    same(table("fleet", clear), table("fleet", hidden))
    counts = [sorted((g.get("model", ""), g.get("cause", ""), g["failed"], g["devices"])
                     for g in table("groups", p)) for p in (clear, hidden)]
    same(counts[0], counts[1])
    refused(clear, hidden, part=b"one device would be two")
    (work / "h2").write_bytes(batch(".", "--redact", "key2", cwd=work).stdout)
    refused(hidden, work / "h2", part=b"another key")
    out = run("-t", "devices", "--redact", "key", ".", cwd=work).stdout
    same(b"5CG8F0031" in out or b"id-" not in out, False)
    refused("--redact", work / "key", clear, part=b"--redact cannot hide")
    batch("--store", "clear.db", ".", cwd=work)
    if (work / "clear.db").exists():            # built with SQLite
        refused("--redact", work / "key", work / "clear.db", part=b"--redact cannot hide")
    same(table("fleet", "--redact", work / "key", hidden), table("fleet", hidden))


@test
def shards_are_summed_and_missed(work):
    for p in sorted(CASES.glob("*-1.cab")):
        shutil.copy(p, work)
    names = []
    for k in (1, 2, 3):
        (work / f"{k}.rows").write_bytes(batch(".", "--shard", f"{k}/3", cwd=work).stdout)
        names.append(work / f"{k}.rows")
    whole = fleet(".", cwd=work)
    same(fleet(*names) == whole, True)
    same(fleet(*names, names[0]) == whole, True, "a shard twice")
    r = run(*names[:2])
    same(r.returncode, 3)
    contains(r.stderr, b"some lack")
    names[2].write_bytes(b"".join(names[2].read_bytes().splitlines(True)[:-1]))
    r = run(*names)
    same(r.returncode, 3)
    contains(r.stderr, b"shard 3 of 3: has not ended")


@test
def inputs_that_cannot_be_read_are_told(work):
    m = Maker()
    m.add()
    bad = {"schema": "cabscan-row/1", "id": "f" * 16, "source": "x.cab", "state": "failed",
           "attempts": 0, "tries": [], "evidence": [], "evidence_count": 0,
           "against_count": 0, "notes": 0, "problem": "format", "problem_text": "no"}
    m.rows.append(bad)
    same(table("fleet", m.write(work / "r"), code=3)[0]["cases"], 1)
    (work / "bad.cab").write_bytes(b"MSCF" + bytes(99))
    same(table("fleet", work / "bad.cab", code=3)[0]["cases"], 0)
    whole = (work / "r").read_bytes()
    (work / "r").write_bytes(whole[:-5])
    same(table("fleet", work / "r", code=3)[0]["cases"], 1)
    for i, text in enumerate((b'{"schema":"cabscan-row/1",]\n', b'{"schema":"cabscan-row/2"}\n',
                              b'{"schema":"cabscan-row/1","x":"' + b"y" * 2000 + b'"}\n',
                              b'{"schema":"cabscan-case/1"}\n')):
        (work / "r").write_bytes(whole[:whole.index(b"\n") + 1] + text)
        refused(work / "r", part=b"r: row 2")
    refused(part=b"no PATH")
    refused("--by", "colour", work / "r", part=b"--by takes")
    refused("-t", "chairs", work / "r", part=b"no such table")
    refused("-f", "yaml", work / "r", part=b"--format takes")
    m.write(work / "r", m.rows[:1])
    refused("--trace", "g000000000000", work / "r", part=b"no row of any table")
    refused("--trace", "fleet.chairs", work / "r", part=b"no number of that name")
    refused("--explain", "nobody", work / "r", part=b"no case has that")
    r = run("-o", work / "no" / "x", work / "r")
    same(r.returncode, 4)
    r = run(work / "nowhere")
    same(r.returncode, 3)
    contains(r.stderr, b"nowhere: ")


@test
def rows_say_the_same_in_any_json(work):
    m = mixed_fleet()
    m.add("ek-refused", model="Zenbook \u00e4\u20ac\U0001f600", message="a \"b\" \\ c",
          labels={"image": "x\"y", "network": "\u00fc"}, problem_text=None)
    wanted = all_tables(m.write(work / "a"))
    for style in ({"separators": (" ,", " : ")}, {"ensure_ascii": True},
                  {"sort_keys": True}, {"separators": (",\t", ":"), "sort_keys": True}):
        same(all_tables(m.write(work / "b", **style)) == wanted, True, style)
    lines = (work / "a").read_bytes()
    (work / "c").write_bytes(lines.replace(b"\n", b"\r\n\r\n"))
    same(all_tables(work / "c") == wanted, True)


@test
def rows_that_are_damaged_are_refused_or_read(work):
    line = (json.dumps(mixed_fleet().rows[-5], separators=(",", ":"))).encode()
    damage = random.Random(7)
    codes = set()
    for _ in range(150):
        data = bytearray(line)
        for _ in range(damage.randrange(1, 4)):
            at = damage.randrange(len(data))
            data[at:at + damage.randrange(3)] = damage.choice(
                (b"", b'"', b"\\", b"{", b"]", b",", b"\xff", b"9" * 30, b"null", b"\x00"))
        (work / "r").write_bytes(bytes(data) + b"\n")
        r = run("-f", "json", "-t", "devices", work / "r")
        codes.add(r.returncode)
        good = True
        try:
            o = json.loads(data)
        except ValueError:
            good = False
        same(r.returncode in (0, 2, 3), True, (r.returncode, r.stderr, bytes(data)))
        if not good:
            same(r.returncode != 0, True, bytes(data))
        elif r.returncode == 0:
            same(json.loads(r.stdout)["devices"][0]["cases"], 1, o)
    same(codes >= {0, 2}, True, codes)


# ---- formats -----------------------------------------------------------------------------------------

@test
def formats_say_the_same(work):
    m = mixed_fleet()
    m.add("amd-ftpm", model="=cmd|' /C calc'!A0", serial="+1+2", bios="@SUM(1)",
          manufacturer="-x")
    m.add("amd-ftpm", model="a|b <i>*x*</i> [l](http://x)", serial="\u202eX1",
          manufacturer="ACME")
    path = m.write(work / "r")
    for name in TABLES:
        rows = table(name, path)
        out = run("-t", name, "-f", "csv", path).stdout.decode()
        found = list(csv.DictReader(io.StringIO(out, newline="")))
        same(len(found), len(rows), name)
        for a, b in zip(rows, found):
            for k, v in b.items():
                text = v[1:] if v.startswith("'") else v
                if k in a and isinstance(a[k], str):
                    same(text, a[k], k)
                elif k in a:
                    same(math.isclose(float(v), a[k], rel_tol=1e-5), True, (k, v, a[k]))
                else:
                    same(v, "", k)
                same(v.lstrip()[:1] in ("=", "+", "@", "-", "|", "%"), False, v)
        text, mark = run("-t", name, path).stdout, run("-t", name, "-f", "markdown", path).stdout
        same(len(text.splitlines()), len(rows) + 2 if rows else 2, name)
        same(b"\x1b" in text + mark or b"\xe2\x80\xae" in text, False, name)
        same(b"<i>" in mark or b"[l](" in mark, False, name)
        same(sum(line.startswith(b"| ") for line in mark.splitlines()),
             len(rows) + 1 if rows else 0, name)
    whole = run("-f", "csv", path).stdout
    same(whole, run("-f", "csv", "-t", "groups", path).stdout)


@test
def every_number_is_traced_to_its_cases(work):
    m = mixed_fleet()
    for i in range(6):                  # so that there are answers
        m.add("unknown", day=30, model=f"M{i % 4}", manufacturer=("ACME", "Acer")[i % 2],
              vendor="STM", message="strange-new-answer")
    path = m.write(work / "r")
    numbers = []
    for name, by in [(n, ()) for n in TABLES] + [
            ("groups", ("--by", "model,cause")), ("groups", ("--by", "vendor,message")),
            ("groups", ("--by", "labels")), ("groups", ("--by", "")),
            ("groups", ("--by", "manufacturer,model,vendor,firmware,bios,build,"
                                "scenario,message,authority,labels,cause"))]:
        rows = table(name, *by, path)
        same(bool(rows), True, f"{name} has rows")
        for r in rows:
            numbers += [(name, by, r["id"], k, v) for k, v in r.items()
                        if isinstance(v, (int, float))]
    same(len(numbers) > 300, True, len(numbers))
    # Starting a program takes wine as long as all of this takes here.
    if program.is_windows(sys.argv[1]):
        numbers = numbers[::29]

    def check(number):
        name, by, which, key, value = number
        items = fleet("--trace", f"{which}.{key}", *by, path)["trace"]
        if isinstance(value, int):
            if len(items) != value:
                return f"{number}: {len(items)} are listed"
            if key == "devices" and len({i["device_id"] for i in items}) != value:
                return f"{number}: a device is listed twice"
        elif not items and value:
            return f"{number}: nothing is listed"
        return None

    with ThreadPoolExecutor(4) as pool:
        wrong = [w for w in pool.map(check, numbers) if w]
    same(wrong, [])


# ---- what follows ----------------------------------------------------------------------------------------

@test
def a_pass_after_new_firmware_is_a_change(work):
    m = Maker()
    u = "0b0b0b0b-0000-4000-8000-0123456789ab"
    m.add("tpm-firmware-outdated", day=1, serial="UPD1", uuid=u)
    m.add("attested", day=2, serial="UPD1", uuid=u, firmware="7.64.3400.0")
    m.add("tpm-firmware-outdated", day=1, serial="UPD2", uuid=None)     # nothing changed
    m.add("attested", day=2, serial="UPD2", uuid=None)
    m.add("attested", day=1, serial="UPD3", uuid=None)                  # the wrong way round
    m.add("tpm-firmware-outdated", day=2, serial="UPD3", uuid=None, firmware="7.64.3400.0")
    m.add("ek-refused", day=1, serial="UPD4", uuid=None)                # the BIOS, and Windows
    m.add("attested", day=3, serial="UPD4", uuid=None, bios="Q78 Ver. 01.22.00",
          build="10.0.26100.1")
    m.add("ek-refused", day=1, serial="UPD5", uuid=None, bios=None)     # nobody knows
    m.add("attested", day=3, serial="UPD5", uuid=None)
    c = table("changes", m.write(work / "r"))
    same(sorted(x["device"] for x in c), ["UPD1", "UPD4"])
    a, b = one(c, device="UPD1"), one(c, device="UPD4")
    same((a["firmware_before"], a["firmware_after"], "also" in a),
         ("7.63.3353.0", "7.64.3400.0", False))
    same((b["bios_before"], b["bios_after"], "also" in b),
         ("Q78 Ver. 01.21.00", "Q78 Ver. 01.22.00", True))
    out = fleet("--explain", "UPD1", work / "r")["evidence"]
    same(any(x["side"] == "for" and "other firmware" in x["text"] for x in out), True, out)


@test
def the_nearest_passing_twin_is_found(work):
    m = Maker()
    m.add("tpm-firmware-outdated", serial="BAD", uuid=None)
    m.add("attested", serial="FAR", uuid=None, model="Other", firmware="7.63.3353.0")
    m.add("attested", serial="NEAR", uuid=None, firmware="7.64.3400.0")
    m.add("attested", serial="LESS", uuid=None, firmware="7.64.3400.0", bios="Q78 Ver. 02")
    t, = table("twins", m.write(work / "r"))
    same((t["device"], t["twin"]), ("BAD", "NEAR"))
    same(t["differences"], "firmware 7.63.3353.0, there 7.64.3400.0")
    m.add("attested", serial="TWIN", uuid=None)
    t, = table("twins", m.write(work / "r"))
    same((t["twin"], t["differences"]), ("TWIN", "nothing that the logs show"))
    out = fleet("--explain", "bad", work / "r")["evidence"]
    same(any(x["side"] == "against" and "TWIN" in x["text"] for x in out), True, out)
    t, = table("twins", m.write(work / "r", m.rows[:1]))
    same("twin" in t, False)


def incident(days, other_days, **more):
    m = Maker()
    makers = itertools.cycle((("HP", "HP A1"), ("Dell Inc.", "B2"), ("LENOVO", "C3"),
                             ("Acer", "D4")))
    for i in range(12):
        maker, model = next(makers)
        m.add(more.get("cause", "ek-refused"), day=40 + i % days, manufacturer=maker,
              model=model, **{k: v for k, v in more.items() if k != "cause"})
    for i in range(160 if other_days else 0):
        maker, model = next(makers)
        m.add("attested", day=i % 80, manufacturer=maker, model=model)
    return m


@test
def one_answer_over_unrelated_models_is_the_service(work):
    for what in ({"message": "no-valid-ek"}, {"authority": "IFX-KeyId-24e2ea6b39a86e3d"},
                 {"message": "firmware-needs-update", "cause": "tpm-firmware-outdated"},
                 {"message": "Identity 8F3A is not known"}):
        m = incident(2, True, **what)
        a, = table("answers", m.write(work / "r"))
        same((a["devices"], a["models"], a["manufacturers"]), (12, 4, 4))
        contains(a["finding"], "stop flashing firmware")
        same((a["from"], a["to"]), ("2026-02-10", "2026-02-11"))
        out = fleet("--explain", m.rows[0]["id"], work / "r")["evidence"]
        same(any(x["side"] == "against" and "stop flashing" in x["text"] for x in out),
             True, out)


@test
def what_is_no_incident_is_not_called_one(work):
    # Spread over the whole time; one model; too few devices.
    m = incident(80, True, message="no-valid-ek")
    same(table("answers", m.write(work / "r")), [])
    m = incident(2, True, message="no-valid-ek")
    for r in m.rows[:12]:
        r.update(model="HP A1", manufacturer="HP")
    same(table("answers", m.write(work / "r")), [])
    m = incident(2, True, message="no-valid-ek")
    same(table("answers", m.write(work / "r", m.rows[8:])), [])
    # Nothing to compare with: perhaps; and not where the answer is firmware.
    m = incident(2, False, message="no-valid-ek")
    a, = table("answers", m.write(work / "r"))
    contains(a["finding"], "perhaps")
    same("p" in a, False)
    m = incident(2, False, message="firmware-needs-update", cause="tpm-firmware-outdated")
    same(table("answers", m.write(work / "r")), [])


@test
def rows_that_powershell_wrote(work):
    m = mixed_fleet()
    rows = m.write(work / "r").read_bytes()
    (work / "bom").write_bytes(b"\xef\xbb\xbf" + rows.replace(b"\n", b"\r\n"))
    same(all_tables(work / "bom"), all_tables(work / "r"))
    (work / "wide").write_bytes(rows.decode().encode("utf-16"))
    refused(work / "wide", part=b"UTF-16")


@test
def a_shard_that_makes_no_sense_is_refused(work):
    m = Maker()
    row = m.add("ek-refused", shard=1, shards=2)
    for shard, shards in ((3, 2), (0, 2), (1, 100001), (-1, 2), (1, 0)):
        row.update(shard=shard, shards=shards)
        (work / "r").write_text(json.dumps(row) + "\n")
        refused(work / "r", part=b"its shard makes no sense")
    row.update(shard=100000, shards=100000)
    (work / "r").write_text(json.dumps(row) + "\n")
    same(run(work / "r").returncode, 3, "the others lack:")


@test
def however_many_texts_there_are_each_is_looked_at(work):
    m = Maker()
    n = 260
    for i in range(n):
        for k in range(5):
            m.add("ek-refused", k / 10, model=f"Model {i}-{k}", bios="1.0",
                  manufacturer=("HP", "LENOVO")[k % 2], message=f"answer {i:03d}")
    found = table("answers", m.write(work / "r"))
    same(sorted(a["text"] for a in found), [f"answer {i:03d}" for i in range(n)])
    same({(a["cases"], a["devices"], a["models"], a["manufacturers"]) for a in found},
         {(5, 5, 5, 2)})
    r = run("-f", "csv", "-t", "answers", "--trace", found[-1]["id"] + ".models",
            work / "r")
    same(len(r.stdout.splitlines()), 6, r.stderr)


@test
def group_evidence_reaches_each_case(work):
    m = mixed_fleet()
    path = m.write(work / "r")
    group = one(table("groups", path), cause="tpm-firmware-outdated")
    by_id = fleet("--explain", m.rows[0]["id"], path)["evidence"]
    same(fleet("--explain", m.rows[0]["source"], path)["evidence"], by_id)
    same(fleet("--explain", " sn00000x", path)["evidence"], by_id)
    line = one(by_id, side="for", trace=group["id"])
    contains(line["text"], "8 of 9 devices")
    contains(line["text"], "model-wide")
    # 4 of 40 with the EK refused, in one model alone: no sign of the model.
    ek = next(r for r in m.rows if r["cause"] == "ek-refused")
    out = fleet("--explain", ek["id"], path)["evidence"]
    same(any("4 of 40" in x["text"] for x in out), True, out)
    text = run("--explain", m.rows[0]["id"], path).stdout
    contains(text, b"model-wide")


@test
def readiness_says_what_is_proved(work):
    rows = table("readiness", mixed_fleet().write(work / "r"))
    hp = one(rows, manufacturer="HP")
    same((hp["bios"], hp["vendor"], hp["modes"]), ("Q78 Ver. 01.22.00", "IFX", "self-deploying"))
    same(sorted(hp["firmware"].split(", ")), ["7.63.3353.0", "7.64.3400.0"])
    contains(hp["exceptions"], "tpm-firmware-outdated with firmware 7.63.3353.0")
    same((hp["devices"], hp["failed"], hp["failures"]), (39, 9, 9))
    # A model with the TPMs of two makers has two rows.
    m = Maker()
    m.add(vendor="IFX")
    m.add("ek-refused", vendor="NTC")
    rows = table("readiness", m.write(work / "r"))
    same([r["vendor"] for r in rows], ["IFX", "NTC"])
    same(["modes" in r for r in rows], [True, False])


# ---- certification --------------------------------------------------------------------------------------------

def cells(m, work, **wanted):
    return [c for c in table("certification", m.write(work / "r"))
            if all(c.get(k) == v for k, v in wanted.items())]


def lives(*causes, gap=10, **more):
    """One device, reset before each case."""
    m = Maker()
    for i, cause in enumerate(causes):
        m.add(cause, day=i * gap, serial="CERT1", uuid=None, scenario="pre-provisioning",
              life=int(BEGIN + i * gap * 86400 - 60), **more)
    return m


def state(m, work):
    c, = cells(m, work, scenario="pre-provisioning", bios_age="current")
    return c["passes"], c["state"]


@test
def two_passes_from_a_clean_reset_certify(work):
    same(state(lives("attested", "attested"), work), (2, "certified"))
    same(state(lives("attested"), work)[0], 1)
    same(state(lives("attested", "ek-refused"), work)[0], 1)
    same(state(lives("ek-refused", "attested", "attested"), work), (2, "certified"))
    same(state(lives("recovered", "attested"), work)[0], 1, "no pass at the first try")
    m = lives("attested", "attested")           # the second in the same logs
    m.rows[1]["logs_from"] = m.rows[0]["logs_from"]
    same(state(m, work)[0], 1)
    m.rows[1]["logs_from"] = stamp(BEGIN - 86400)       # logs of before the first
    same(state(m, work)[0], 1)
    m.rows[1]["logs_from"] = stamp(BEGIN + 20)          # begins amid the first
    same(state(m, work)[0], 1)
    del m.rows[1]["logs_from"]                          # overwritten: nobody knows
    same(state(m, work)[0], 1)
    m = lives("attested", "attested")                   # two devices, once each
    m.rows[1]["serial"] = "CERT2"
    same(state(m, work)[0], 1)
    m = lives("attested", "attested")
    for r in m.rows:
        r["scenario"] = "self-deploying"
    c, = cells(m, work, scenario="self-deploying", bios_age="current")
    same(c["state"], "passed twice")


@test
def the_matrix_shows_its_empty_cells(work):
    m = lives("attested", "attested", bios="F.9", labels={"network": "wifi", "image": "A"})
    m.add("attested", day=50, serial="CERT1", uuid=None, scenario="user-driven", bios="F.10",
          labels={"network": "lan", "image": "A"})
    m.add("attested", day=55, serial="OLD", uuid=None, bios="F.2",
          labels={"network": "lan", "image": "B"})
    found = cells(m, work)
    versions = {c["bios_age"]: c.get("bios") for c in found}
    same(versions, {"current": "F.10", "previous": "F.9", "older": None})
    spots = {(c["scenario"], c["bios_age"], c["network"], c["image"]) for c in found}
    wanted = set(itertools.product(("pre-provisioning", "self-deploying", "user-driven"),
                                   ("current", "previous"), ("wifi", "lan"), ("A", "B")))
    same(wanted - spots, set())
    same(spots - wanted, {("self-deploying", "older", "lan", "B")})
    c = one(found, scenario="pre-provisioning", bios_age="previous", network="wifi", image="A")
    same(c["state"], "certified")
    same(sum(c["state"] == "not tested" for c in found), len(found) - 3)


@test
def labels_come_from_the_command_line(work):
    shutil.copy(CASES / "attested-1.cab", work)
    found = table("certification", "-l", "network=wifi", "-l", "image=24H2",
                  work / "attested-1.cab")
    same({(c["network"], c["image"]) for c in found}, {("wifi", "24H2")})
    same(sum(c["passes"] for c in found), 1)
    refused("-l", "scenario=x", work / "attested-1.cab", part=b"--label")
    rows = Maker()
    rows.add()
    refused("-l", "network=wifi", rows.write(work / "r"), part=b"rows have theirs")


@test
def lists_of_devices_say_what_scans_lack(work):
    shutil.copy(CASES / "ek-refused-1.cab", work / "x.cab")
    scanned = subprocess.run([*CABSCAN, "-f", "json", work / "x.cab"], check=True,
                             stdout=subprocess.PIPE)
    serial = json.loads(scanned.stdout)["device"]["serial"]
    (work / "list.csv").write_text(f"Serial,BIOS\n{serial},Z99 Ver. 9\n")
    same([d["bios"] for d in table("devices", "--inventory", work / "list.csv",
                                   work / "x.cab")], ["Z99 Ver. 9"])
    rows = Maker()
    rows.add()
    refused("--inventory", work / "list.csv", rows.write(work / "r"),
            part=b"rows have theirs")


@test
def rows_come_by_pattern_and_from_standard_input(work):
    m = mixed_fleet()
    wanted = fleet(m.write(work / "all"))
    m.write(work / "rows-1.ndjson", m.rows[::2])
    m.write(work / "rows-2.ndjson", m.rows[1::2])
    same(fleet("rows-*.ndjson", cwd=work) == wanted, True)
    r = subprocess.run([*CABSCAN, "fleet", "-q", "-f", "json", "-"], cwd=work,
                       input=(work / "all").read_bytes(), capture_output=True, check=False)
    same((r.returncode, json.loads(r.stdout) == wanted), (0, True))
    same(run("nothing-*.ndjson", cwd=work).returncode, 3)


# ---- the end ------------------------------------------------------------------------------------------------------

def main():
    failed = 0
    for number, t in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as name:
            try:
                t(Path(name))
                print(f"ok {number} - {t.__name__}")
            except Exception as e:      # noqa: BLE001
                failed += 1
                where = traceback.extract_tb(e.__traceback__)
                lines = " ".join(str(f.lineno) for f in where)
                print(f"not ok {number} - {t.__name__}")
                print(f"#   lines {lines} {type(e).__name__}: {e}".replace("\n", "\n#   "))
        sys.stdout.flush()
    print(f"1..{len(tests)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
