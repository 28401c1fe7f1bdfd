#!/usr/bin/env python3
"""The limits of the program: below, at and above each of them.
test_edges.py CABSCAN FIXTURES ROOT

Those of one directory and of reading lie in faults/files.py, those of fleets of
too few devices in test_fleet.py, of the store's patience in test_store.py, of
the library in unit/test_limits.c.  Prints TAP.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
ROOT = Path(sys.argv[3]).resolve()
sys.path.insert(0, str(ROOT / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402
import program  # noqa: E402

CABSCAN = program.start(Path(sys.argv[1]).resolve())
CASES = Path(sys.argv[2]).resolve()
CAB = CASES / "amd-ftpm-2.cab"
TOOL = (CASES / "amd-ftpm-3.tpmtool.txt").read_bytes()
HAS_STORE = b"Stores: yes" in subprocess.run([*CABSCAN, "batch", "--help"],
                                             stdout=subprocess.PIPE, check=True).stdout
tests = []


def test(f):
    tests.append(f)
    return f


def store_test(f):
    return test(f) if HAS_STORE else f


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*args, cwd=None):
    return Result(subprocess.run([*CABSCAN, *map(str, args)], cwd=cwd, capture_output=True,
                                 stdin=subprocess.DEVNULL, timeout=170, check=False))


def batch(*args, cwd=None):
    return run("batch", "-q", "-f", "ndjson", *args, cwd=cwd)


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text[-600:]!r}")


def row(n, **more):
    return {"schema": "cabscan-row/1", "id": f"{n + 1:016x}", "source": f"s/{n:05d}.cab",
            "state": "scanned", "cause": "ek-refused", "confidence": "certain", "title": "x",
            "serial": f"SN{n:05d}", "manufacturer": "HP", "model": "HP A1", "vendor": "IFX",
            "firmware": "7.1", "attempts": 1, "first": "2026-02-01T10:00:00Z",
            "tries": ["F0"], "outcome": "failed", "time": "2026-02-01T10:01:00.0000000Z",
            "digest": f"{n + 1:016x}", "evidence": [], "evidence_count": 0,
            "against_count": 0, "notes": 0, **more}


def write(path, rows):
    path.write_text("".join(json.dumps(r, separators=(",", ":")) + "\n" for r in rows))
    return path


def sql(db, question):
    with sqlite3.connect(db) as c:
        found = c.execute(question).fetchall()
    c.close()
    return found


# ---- options ---------------------------------------------------------------------------

@test
def workers(work):
    for command, first in ((("batch", "-q"), 1), (("events", "-q"), 0)):
        for jobs, code in ((first, 0), (1023, 0), (1024, 0), (1025, 2), (-1, 2), ("x", 2)):
            same(run(*command, "-j", jobs, CAB).code, code, (command, jobs))


@test
def shards(work):
    for shard, code in (("1/1", 0), ("0/1", 2), ("2/1", 2), ("99999/100000", 0),
                        ("100000/100000", 0), ("1/100001", 2), ("1/0", 2)):
        same(batch("--shard", shard, CAB).code, code, shard)


@test
def labels(work):
    for n, code in ((3, 0), (4, 0), (5, 2)):
        same(batch(*(f"--label=n{i}=v" for i in range(n)), CAB).code, code, n)
    for name, value, code in ((15, 1, 0), (16, 1, 0), (17, 1, 2), (1, 31, 0), (1, 32, 0),
                              (1, 33, 2), (0, 1, 2), (1, 0, 2)):
        same(batch("--label", "n" * name + "=" + "v" * value, CAB).code, code, (name, value))


@test
def keys(work):
    for digits, code in ((62, 2), (63, 2), (64, 0), (65, 2), (510, 0), (512, 0), (514, 2),
                         (2000, 2)):
        for end in ("", "\n", "\r\n"):
            (work / "key").write_text("5" * digits + end, newline="")
            same(batch("--redact", work / "key", CAB).code, code, (digits, end))
    (work / "key").write_text("5" * 512 + "\n6")
    same(batch("--redact", work / "key", CAB).code, 2, "two lines:")


# ---- what is found ------------------------------------------------------------------------

def sides(case):
    return sum(m["name"].startswith("s") for m in case["members"])


@test
def files_beside_a_cab(work):
    for n, joined in ((1, 1), (15, 15), (16, 16), (17, 0)):
        folder = work / str(n)
        folder.mkdir()
        shutil.copy(CAB, folder / "x.cab")
        for i in range(n):
            (folder / f"s{i:02d}.txt").write_bytes(TOOL.replace(b"AMD", b"AMD", i))
        same(sides(json.loads(run("-f", "json", folder / "x.cab").out)), joined, n)
        same(sides(batch("--full", folder).rows()[0]), joined, ("batch", n))


@test
def levels_of_an_extracted_folder(work):
    for levels, code in ((3, 0), (4, 0), (5, 3)):
        folder = work / str(levels)
        deep = folder.joinpath(*["d"] * levels)
        deep.mkdir(parents=True)
        (folder / "TpmHliInfo_Output.txt").write_bytes(TOOL)
        (deep / "tpmtool.txt").write_bytes(TOOL)
        for args in (["-f", "ndjson"], ["batch", "-q", "-f", "ndjson"]):
            r = run(*args, folder)
            same(r.code, code, (args, levels))
            same(b"lie too deep" in r.err, code == 3, (args, levels))


@test
def levels_of_directories(work):
    for levels, code in ((31, 0), (32, 0), (33, 3)):
        deep = (work / str(levels)).joinpath(*["d"] * levels)
        deep.mkdir(parents=True)
        shutil.copy(CAB, deep / "x.cab")
        (work / str(levels) / "note.md").write_text("x")
        r = batch(work / str(levels))
        same((r.code, b"lie too deep" in r.out), (code, code == 3), levels)
    for levels, code in ((30, 0), (31, 0), (32, 3)):        # and the file's own
        r = run("events", "-q", "-f", "csv", work / "33" / "/".join(["d"] * (33 - levels)))
        same((r.code, b"lie too deep" in r.err), (code, code == 3), ("events", levels))


@test
def a_file_far_above_the_limit(work):
    """It is refused by its size, not by what was read of it."""
    for name in ("X.cab", "X.evtx"):
        with open(work / name, "wb") as f:
            f.write(b"MSCF" if name == "X.cab" else b"none")
            f.truncate(3 << 30)
        p = subprocess.Popen([*CABSCAN, name], cwd=work, stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        why = p.stderr.read()
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        p.stderr.close()
        same(p.returncode, 3, name)
        contains(why, b"is larger than the limit for one input")
        assert used.ru_maxrss < 300 << 10, used.ru_maxrss


def sources(path, work):
    """With the separators that all systems know."""
    return [r["source"].replace("\\", "/") for r in batch(path, cwd=work).rows()]


@test
def separators_and_dots_that_say_nothing(work):
    """A path says the same with them: the file is found, and nothing else."""
    (work / "a" / "b").mkdir(parents=True)
    shutil.copy(CAB, work / "a" / "b" / "x.cab")
    for path in ("a/b//x.cab", "a//b/x.cab", ".//a/b/x.cab", "././/a//", "a/b//"):
        same(sources(path, work), ["a/b/x.cab"], path)
    for path in (".//", "./", ".", ".//./"):
        same(sources(path, work / "a"), ["b/x.cab"], path)


@test
def names_of_files(work):
    for n in (109, 110, 111, 200):
        for k in "ab":
            (work / f"{n}{k}").mkdir()
            shutil.copy(CAB, work / f"{n}{k}" / ("x" * n))
        (work / f"{n}c").mkdir()
        shutil.copy(CAB, work / f"{n}c" / ("x" * n + "other"))
        r = run("events", "-q", "-f", "csv", "-o", work / f"out{n}",
                *(work / f"{n}{k}" for k in "abc"))
        one = run("events", "-q", "-f", "csv", "-o", work / f"one{n}", work / f"{n}a")
        same((r.code, one.code), (0, 0), r.err)
        count = [len(list((work / f"{o}{n}").iterdir())) for o in ("out", "one")]
        same(count[0], 3 * count[1], f"{n}: no file replaces another:")
    # A number makes no name of another input.
    for k, name in enumerate(("l.xml", "l.xml", "l.xml~2", "L.XML")):
        (work / f"n{k}").mkdir()
        (work / f"n{k}" / name).write_text("<Events/>")
        shutil.copy(CAB, work / f"n{k}" / name)
    run("events", "-q", "-f", "csv", "-o", work / "numbers", *(work / f"n{k}" for k in range(4)))
    same(len({p.name.lower() for p in (work / "numbers").iterdir()}), 4)


# ---- rows ------------------------------------------------------------------------------------

@test
def the_length_of_a_row(work):
    for n, code in ((1023, 0), (1024, 0), (1025, 2), (1030, 2), (3000, 2)):
        r = row(0)
        r["title"] = "x" * (n - 1 - len(json.dumps(r, separators=(",", ":"))) + 1)
        path = write(work / "r", [r])
        same(path.stat().st_size, n)
        for command in (["merge"], ["fleet", "-q"]):
            done = run(*command, path)
            same(done.code, code, (command, n))
            same(b"longer than a row" in done.err, code == 2, (command, n))


@test
def the_levels_of_a_row(work):
    for levels, code in ((10, 0), (14, 0), (15, 0), (16, 2), (60, 2)):
        path = write(work / "r", [row(0, more=json.loads("[" * levels + "]" * levels))])
        same(run("merge", path).code, code, levels)


def attempts(n):
    text = ("provider Microsoft-Windows-ModernDeployment-Diagnostics-Provider "
            "{bab3ad92-fb96-5902-450b-b8421bdec7bd}\n"
            "channel Microsoft-Windows-ModernDeployment-Diagnostics-Provider/Autopilot\n"
            "computer PC\nuser S-1-5-18\ntime 2026-03-01T10:00:00Z\n\n")
    for _ in range(n):
        text += "event 171 level=2 +2h\n  HRESULT hex32 0x81039001\n"
    return evtxwrite.evtx_bytes(eventtext.parse_events(text))


@test
def tries_of_a_row(work):
    for n in (1, 11, 12, 13, 30):
        cab = work / f"{n}.cab"
        cabwrite.write_cab(cab, [("microsoft-windows-moderndeployment-diagnostics-provider-"
                                  "autopilot.evtx", attempts(n))])
        r, = batch(cab).rows()
        same((r["attempts"], len(r["tries"])), (n, min(n, 12)))
        seconds = [int(t[1:]) for t in r["tries"]]
        same(seconds[:1] + seconds[-11:], [0, *[7200 * k for k in range(n)][-11:]]
             if n > 12 else seconds[:1] + seconds[-11:], n)


@test
def the_order_of_many_units(work):
    (work / "s").mkdir()
    for i in range(4100):
        (work / f"s/{i:04d}.cab").write_bytes(b"MSCF" + bytes(40))
    one, many = (batch("-j", j, "s", cwd=work) for j in (1, 4))
    same((len(one.rows()), one.out == many.out), (4100, True))
    for i in range(70):
        (work / f"f{i:02d}").mkdir()
        shutil.copy(CAB, work / f"f{i:02d}/x.cab")
    shutil.rmtree(work / "s")
    one, many = (batch("--full", "-j", j, ".", cwd=work) for j in (1, 4))
    same((len(one.rows()), one.out == many.out), (70, True))


@test
def cases_in_a_summary(work):
    for n in (499, 500, 501):
        r = run("merge", "-f", "markdown", write(work / "r", [row(i) for i in range(n)]))
        listed = sum(f"s/{i:05d}".encode() in r.out.replace(b"\\", b"") for i in range(n))
        same(listed, min(n, 500), n)
        same(b"more" in r.out.replace(b"evidence", b""), n > 500, (n, r.out[-200:]))


@test
def what_looks_like_no_serial_number(work):
    """A row shows those as they are; what is longer than any of them it hides."""
    for length, hidden in ((62, False), (63, False), (64, True), (90, True)):
        (work / "x.reg").write_text(
            "Windows Registry Editor Version 5.00\r\n\r\n"
            "[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]\r\n"
            f'"BIOSVersion"="{"a" * length}"\r\n', newline="")
        r = batch("--redact", work / "key", work / "x.reg")
        same(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" not in r.out, hidden, (length, r.out))


# ---- fleets ------------------------------------------------------------------------------------

@test
def causes_of_a_fleet(work):
    for n, code in ((999, 0), (1000, 0), (1001, 2)):
        r = run("fleet", "-q", "-t", "groups", "-f", "csv",
                write(work / "r", [row(i, cause=f"c{i}") for i in range(n)]))
        same(r.code, code, (n, r.err))
        if code:
            contains(r.err, b"more than 1000 different causes")
        else:
            same(len(r.out.splitlines()), n + 1)


@test
def unreadable_inputs_that_are_named(work):
    for n in (9, 10, 11):
        bad = [{"schema": "cabscan-row/1", "id": f"{i + 1:016x}", "source": f"bad{i}",
                "state": "failed", "attempts": 0, "tries": [], "evidence": [],
                "evidence_count": 0, "against_count": 0, "notes": 0,
                "problem": "format", "problem_text": "no"} for i in range(n)]
        r = run("fleet", "-q", write(work / "r", [row(0), *bad]))
        same((r.code, r.err.count(b"cabscan: bad")), (3, min(n, 10)), n)
        contains(r.err, f"{n} inputs could not be read".encode())


@test
def values_in_one_cell(work):
    for n in (11, 12, 13):
        rows = [row(i, cause="attested", tries=["P0"], outcome="passed", firmware=f"7.{i}")
                for i in range(n)]
        r = run("fleet", "-q", "-t", "readiness", "-f", "json", write(work / "r", rows))
        cell = json.loads(r.out)["readiness"][0]["firmware"]
        same((cell.count("7."), "and more" in cell), (min(n, 12), n > 12), cell)


# ---- stores --------------------------------------------------------------------------------------

@store_test
def rows_in_pages(work):
    for n in (255, 256, 257, 500, 501, 1001):
        db = work / f"{n}.db"
        rows = write(work / "r", [row(i) for i in range(n)])
        same(run("merge", "-f", "ndjson", "--store", db, rows).code, 0)
        r = run("fleet", "-q", "-t", "fleet", "-f", "csv", "--store", db)
        same(r.out.splitlines()[1].split(b",")[1], f'"{n}"'.encode())


@store_test
def digits_of_a_digest(work):
    db = work / "s.db"
    same(run("merge", "--store", db, write(work / "r", [row(0xabcdef012345)])).code, 0)
    digest, = sql(db, "SELECT digest FROM cases")[0]
    for n, code in ((5, 3), (6, 0), (7, 0), (16, 0)):
        same(run("history", digest[:n], "--store", db).code, code, n)


@store_test
def devices_that_clash_and_are_named(work):
    for n in (4, 5, 6, 7):
        rows = [row(i, serial="SAME0001", uuid=f"{i + 1:08x}-1111-4222-8333-444444444444")
                for i in range(n + 1)]
        r = run("merge", "-f", "ndjson", "--store", work / f"{n}.db", write(work / "r", rows))
        same(r.err.count(b"is also that of another device"), min(n, 5), n)
        same(b"more devices share" in r.err, n > 5, n)


@store_test
def members_of_a_snapshot(work):
    for n in (399, 400, 401):
        cab, db = work / f"{n}.cab", work / f"{n}.db"
        cabwrite.write_cab(cab, [(f"f{i:03d}.bin", b"x") for i in range(n - 1)] +
                           [("TpmHliInfo_Output.txt", TOOL)])
        same(batch("--store", db, cab).code, 0)
        snapshot = json.loads(sql(db, "SELECT snapshot FROM cases")[0][0])
        same(len(snapshot["members"]), min(n, 400), n)
        same(run("diff", cab, CAB).code, 0, n)


@store_test
def values_of_a_fact_in_a_snapshot(work):
    for n, length in ((7, 10), (8, 10), (9, 10), (1, 299), (1, 300), (1, 301)):
        db, folder = work / f"{n}-{length}.db", work / f"{n}-{length}"
        folder.mkdir()
        values = [f"{i}" + "m" * (length - 1) for i in range(n)]
        for i, v in enumerate(values):
            (folder / f"{i}.reg").write_text(
                "Windows Registry Editor Version 5.00\r\n\r\n"
                "[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]\r\n"
                f'"SystemProductName"="{v}"\r\n', newline="")
        r = batch("--store", db, folder)
        same(r.code, 0, r.out)
        snapshot = json.loads(sql(db, "SELECT snapshot FROM cases")[0][0])
        models = [f["value"] for f in snapshot["facts"] if f["fact"] == "device.model"]
        same(len(models), min(n, 8), (n, models))
        same(max(len(m.encode()) for m in models), min(length, 300), length)


@store_test
def a_value_of_a_store(work):
    db = work / "s.db"
    same(batch("--store", db, CAB).code, 0)
    serial = batch(CAB).rows()[0]["serial"]
    for size, code in ((1 << 20, 0), ((8 << 20) + 100, 3)):
        c = sqlite3.connect(db)
        snapshot = json.loads(c.execute("SELECT snapshot FROM cases").fetchone()[0])
        snapshot["more"] = "x" * (size - 20000)
        snapshot["more"] += "x" * (size - len(json.dumps(snapshot)))
        c.execute("UPDATE cases SET snapshot = ?", (json.dumps(snapshot),))
        c.commit()
        c.close()
        same(run("history", serial, "--store", db).code, code, size)


def main():
    print(f"1..{len(tests)}")
    failed = 0
    only = sys.argv[4:]
    for n, f in enumerate(tests, 1):
        if only and f.__name__ not in only:
            continue
        with tempfile.TemporaryDirectory() as work:
            try:
                f(Path(work).resolve())
                print(f"ok {n} - {f.__name__}")
            except Exception as e:      # every failure is one line of TAP
                failed += 1
                print(f"not ok {n} - {f.__name__}")
                at = traceback.extract_tb(e.__traceback__)
                print(f"#   line {[s.lineno for s in at if s.filename == __file__][-1]}"
                      f" {type(e).__name__}: {e}".replace("\n", "\n#   "))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
