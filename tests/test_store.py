#!/usr/bin/env python3
"""Stores, diff, history and outcome, as a user meets them:
test_store.py CABSCAN FIXTURES ROOT

FIXTURES is the directory with the built fixture cases, ROOT the source tree.
Prints TAP.  KILLS=N sets how many writers are killed.
"""

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
ROOT = Path(sys.argv[3]).resolve()
sys.path.insert(0, str(ROOT / "fixtures/build"))

import jsonschema  # noqa: E402
import mkcase  # noqa: E402
import program  # noqa: E402

CABSCAN = program.start(Path(sys.argv[1]).resolve())
ON_WINDOWS = program.is_windows(sys.argv[1])
CASES = Path(sys.argv[2]).resolve()
KILLS = int(os.environ.get("KILLS", "40"))
SCHEMAS = {name: json.loads((ROOT / f"cli/cabscan-{name}.schema.json").read_text())
           for name in ("row", "diff", "history", "outcomes")}
SNAPSHOT = "cabscan-snapshot/1"
OUTDATED = CASES / "tpm-firmware-outdated-1.cab"        # serial 5CG8F0031
SUPPORTED = b"Stores: yes" in subprocess.run(
    [*CABSCAN, "batch", "--help"], stdout=subprocess.PIPE, check=True).stdout
DAY = 24 * 3600

tests = []


def test(f):
    if SUPPORTED:
        tests.append(f)
    return f


def native(f):
    """A test whose kills, locks and limits are those of this system."""
    return f if ON_WINDOWS else test(f)


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*args, cwd=None, **options):
    return Result(subprocess.run([*CABSCAN, *map(str, args)], cwd=cwd,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, timeout=170, check=False,
                                 **options))


def good(*args, **options):
    r = run(*args, **options)
    same(r.code, 0, (args, r.err))
    return r


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text[-1500:]!r}")


def sql(db, question, *values):
    with sqlite3.connect(db, timeout=30) as c:
        found = c.execute(question, values).fetchall()
    c.close()
    return found


def digests(db):
    return {d for (d,) in sql(db, "SELECT digest FROM cases")}


def sound(db):
    same(sql(db, "PRAGMA integrity_check"), [("ok",)])
    same(sql(db, "PRAGMA foreign_key_check"), [])


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def make(work, name, base="tpm-firmware-outdated-1", shift=0, edit=(), without=(),
         events=None):
    """A CAB made of a fixture, with other words in it; returns its path."""
    folder = work / "make" / name
    shutil.copytree(ROOT / "fixtures/cases" / base, folder)
    shutil.rmtree(folder / "side", ignore_errors=True)
    for path in (folder / "members").iterdir():
        text = path.read_bytes()
        for old, new in edit:
            text = text.replace(old.encode(), new.encode())
        if events and path.suffix == ".events":
            text = events(text.decode()).encode()
        path.write_bytes(text)
    mkcase.build_case(folder, work, mkcase.options_for(shift=shift,
                                                       without=list(without)))
    shutil.rmtree(work / "make")
    return work / f"{name}.cab"


def device(serial="5CG8F0031", uuid="b4a66b99-31bd-4f50-8c34-db259119d940"):
    """Edits that make the fixture another device."""
    return (("5CG8F0031", serial), ("b4a66b99-31bd-4f50-8c34-db259119d940", uuid))


NO_UUID = ("uuid      b4a66b99-31bd-4f50-8c34-db259119d940\n", "")
def history(db, name, *args, cwd=None):
    r = good("history", "--store", db, "-f", "json", *args, name, cwd=cwd)
    o = json.loads(r.out)
    jsonschema.validate(o, SCHEMAS["history"])
    return o["devices"]


# ---- what a case is ---------------------------------------------------------------

@test
def the_same_cab_twice_is_one_case(work):
    shutil.copy(OUTDATED, work / "a.cab")
    shutil.copy(OUTDATED, work / "another name.cab")
    r = good("batch", "--store", "t.db", "-f", "ndjson", ".", cwd=work)
    same(len(r.rows()), 2)
    contains(r.err, b"2 cases are stored in t.db, 1 of them for the first time")
    good("a.cab", "--store", "t.db", cwd=work)
    same(digests(work / "t.db"), {sha(OUTDATED)})
    shutil.copy(CASES / "amd-ftpm-1.cab", work / "b.cab")
    good("b.cab", "--store", "t.db", cwd=work)
    same(digests(work / "t.db"), {sha(OUTDATED), sha(work / "b.cab")})


@test
def what_is_stored_is_the_row_that_a_batch_writes(work):
    n = 20
    for path in sorted(CASES.glob("*-1.cab"))[:n]:
        shutil.copy(path, work)
    rows = good("batch", "--store", "t.db", "-f", "ndjson", ".", cwd=work).rows()
    stored = [json.loads(row) for (row,) in sql(work / "t.db", "SELECT row FROM cases")]
    by_id = lambda row: row["id"]       # noqa: E731
    same(sorted(stored, key=by_id), sorted(rows, key=by_id))
    sharded = good("batch", "--store", "s.db", "--shard", "1/1", "-f", "ndjson", ".",
                   cwd=work).rows()
    same({r["shards"] for r in sharded}, {1})
    stored = [json.loads(row) for (row,) in sql(work / "s.db", "SELECT row FROM cases")]
    same(sorted(stored, key=by_id), sorted(rows, key=by_id), "no shard")
    for row in stored:
        jsonschema.validate(row, SCHEMAS["row"])
    for (line,) in sql(work / "t.db", "SELECT snapshot FROM cases"):
        same(json.loads(line)["schema"], SNAPSHOT)


@test
def what_cannot_be_read_is_not_stored(work):
    (work / "bad.cab").write_bytes(b"MSCF" + bytes(100))
    shutil.copy(OUTDATED, work / "good.cab")
    r = run("batch", "--store", "t.db", "-f", "ndjson", ".", cwd=work)
    same((r.code, len(r.rows()), len(digests(work / "t.db"))), (3, 2, 1))
    same(run("bad.cab", "--store", "t.db", cwd=work).code, 3)
    same(len(digests(work / "t.db")), 1)


@test
def newer_knowledge_wins_whoever_comes_last(work):
    (work / "k.txt").write_text("off cause tpm-firmware-outdated\n"
                                "source later\n  title later\n  where nowhere\n"
                                "step later-step\n  text Nothing.\n  source later\n"
                                "  checked 2031-01-01\n")
    verdict = lambda: json.loads(       # noqa: E731
        sql(work / "t.db", "SELECT row FROM cases")[0][0])["cause"]
    good(OUTDATED, "--store", "t.db", cwd=work)
    same(verdict(), "tpm-firmware-outdated")
    good(OUTDATED, "--store", "t.db", "-k", "k.txt", cwd=work)
    same(sql(work / "t.db", "SELECT knowledge FROM cases"), [("2031-01-01",)])
    newer = verdict()
    same(newer != "tpm-firmware-outdated", True)
    good(OUTDATED, "--store", "t.db", cwd=work)
    same(verdict(), newer, "older knowledge does not replace newer")


@test
def a_merge_fills_a_store_as_far_as_rows_say(work):
    outdated = shutil.copy(OUTDATED, work)      # without what lies beside it
    cabs = [outdated, CASES / "amd-ftpm-2.cab", CASES / "attested-2.cab"]
    rows, db, whole = work / "rows", work / "r.db", work / "w.db"
    good("batch", "-q", "-f", "ndjson", "-o", rows, *cabs)
    bad = work / "bad.cab"
    bad.write_bytes(b"MSCF")
    run("batch", "-q", "-f", "ndjson", "-o", work / "failed", bad)
    r = run("merge", "-f", "ndjson", "--store", db, rows, work / "failed")
    same(r.code, 3, r.err)
    contains(r.err, b"3 cases are stored", b"3 of them for the first time")
    same(digests(db), {sha(c)[:16] for c in cabs})
    again = good("merge", "-f", "ndjson", "--store", db, rows, rows)
    contains(again.err, b"0 of them for the first time")
    same(len(digests(db)), 3, "merged again:")
    # The whole case takes the place of its row, and no row that of a case.
    good("outcome", sha(outdated)[:16], "new firmware", "--store", db)
    contains(good("batch", "-q", "-f", "ndjson", "--store", db, outdated).err,
             b"0 of them for the first time")
    same(digests(db), {sha(outdated), *(sha(c)[:16] for c in cabs[1:])})
    before = sql(db, "SELECT * FROM cases WHERE digest = ?", sha(outdated))
    contains(good("merge", "--store", db, rows).err, b"0 of them for the first time")
    same(sql(db, "SELECT * FROM cases WHERE digest = ?", sha(outdated)), before)
    o = history(db, "5CG8F0031")[0]["cases"][0]
    same((o["from"], len(o["outcomes"])), ("case", 1))
    sound(db)
    # A fleet is made of rows: it is the same of both.
    good("batch", "-q", "-f", "ndjson", "--store", whole, *cabs)
    tables = [good("fleet", "-f", "json", "--store", d).out for d in (db, whole)]
    same(*tables)


@test
def what_a_row_does_not_say_is_no_change(work):
    rows, db = work / "rows", work / "r.db"
    cab = CASES / "amd-ftpm-2.cab"
    outdated = shutil.copy(OUTDATED, work)
    good("batch", "-q", "-f", "ndjson", "-o", rows, cab, outdated)
    good("merge", "--store", db, rows)
    for args in ([sha(cab)[:16], cab], [cab, sha(cab)[:16]]):
        o = diff(*args, "--store", db)
        same((o["changes"], o["events"], o["attempts"]), ([], [], []))
        same(sorted([o["before"]["from"], o["after"]["from"]]), ["case", "row"])
    o = diff(sha(outdated)[:16], cab, "--store", db)
    found = {c["what"]: (c["before_why"], c["after_why"]) for c in o["changes"]}
    same(set(found.values()), {(None, None)})
    contains(found, "verdict", "tpm.firmware", "device.serial", "windows.build")
    same("autopilot.tenant" in found, False, "rows do not say")
    contains(good("diff", sha(outdated)[:16], cab, "--store", db).out,
             b"stored as a row")
    contains(good("history", "5CG8F0031", "--store", db).out, b"(stored as a row)")
    same(history(db, "5CG8F0031")[0]["cases"][0]["from"], "row")


@test
def a_merge_of_pseudonyms_fills_a_store_of_them(work):
    rows, db, clear = work / "rows", work / "r.db", work / "c.db"
    good("batch", "-q", "-f", "ndjson", "--redact", "key", "-o", rows, OUTDATED, cwd=work)
    good("merge", "--store", db, rows)
    good("batch", "-q", "-f", "ndjson", "--redact", "key", "--store", db, OUTDATED,
         cwd=work)
    (digest,) = digests(db)
    same(len(digest), 24, "the whole case took its place:")
    contains(good("merge", "--store", db, rows).err, b"0 of them for the first time")
    good("history", "5CG8F0031", "--store", db, "--redact", "key", cwd=work)
    good("batch", "-q", "-f", "ndjson", "--store", clear, OUTDATED)
    r = run("merge", "-f", "ndjson", "--store", clear, rows)
    same((r.code, r.out), (4, b""))
    contains(r.err, b"clear rows")


@test
def a_fleet_of_a_store_is_that_of_its_rows(work):
    rows = good("batch", "-q", "--store", "t.db", "-f", "ndjson", CASES, cwd=work).out
    (work / "rows").write_bytes(rows)
    wanted = good("fleet", "-f", "json", "rows", cwd=work).out
    for args in (("--store", "t.db"), ("t.db",), ("--store", "t.db", "rows")):
        same(good("fleet", "-q", "-f", "json", *args, cwd=work).out == wanted, True, args)
    more = different(work, 1200)        # more than a page
    good("batch", "-q", "--store", "t.db", work / "many", cwd=work)
    (fleet,) = json.loads(good("fleet", "-q", "-f", "json", "--table", "fleet", "--store",
                               "t.db", cwd=work).out)["fleet"]
    same(fleet["cases"], len(digests(work / "t.db")))
    same(len(digests(work / "t.db")) >= len(more), True)
    r = run("fleet", "--store", "nowhere", cwd=work)
    same(r.code, 3)
    sql(work / "t.db", "PRAGMA user_version = 99")
    r = run("fleet", "-q", "t.db", cwd=work)
    same(r.code, 3)
    contains(r.err, b"newer cabscan")


# ---- which device ------------------------------------------------------------------

@test
def one_serial_number_in_any_spelling_is_one_device(work):
    make(work, "a")
    make(work, "b", shift=DAY, edit=device("5cg8f0031"))
    make(work, "c", shift=2 * DAY, edit=device(" 5CG8 F0031 "))
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    for name in ("5CG8F0031", "5cg8f0031", " 5cg8f0031", "5cg8 f0031",
                 "b4a66b99-31bd-4f50-8c34-db259119d940",
                 "{B4A66B99-31BD-4F50-8C34-DB259119D940}",
                 "b4a66b9931bd4f508c34db259119d940", sha(work / "b.cab")[:10]):
        found = history("t.db", name, cwd=work)
        same([len(d["cases"]) for d in found], [3], name)
        same([Path(c["source"]).stem for c in found[0]["cases"]], ["a", "b", "c"])
    r = run("history", "--store", "t.db", "5CG8F0032", cwd=work)
    same(r.code, 3)
    contains(r.err, b"the store has no case of that")


@test
def a_serial_number_that_is_none_joins_nobody(work):
    one = "11111111-1111-2222-3333-444444444444"
    two = "22222222-1111-2222-3333-444444444444"
    for i, name in enumerate(("To be filled by O.E.M.", "Default string", "00000000",
                              "System Serial Number", "None", "")):
        make(work, f"x{i}", shift=i * DAY, edit=device(name, one))
        make(work, f"y{i}", shift=i * DAY, edit=device(name, two))
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    for uuid, letter in ((one, "x"), (two, "y")):
        found = history("t.db", uuid, cwd=work)
        same([(d["serial"], d["uuid"]) for d in found], [(None, uuid)])
        same([Path(c["source"]).stem for c in found[0]["cases"]],
             [f"{letter}{i}" for i in range(6)])
    same(run("history", "--store", "t.db", "Default string", cwd=work).code, 3)


@test
def without_any_name_each_case_is_a_device(work):
    for i in range(3):
        make(work, f"n{i}", shift=i * DAY, edit=(*device("Default string", "gone"),
                                                 ("uuid      gone\n", "")))
    make(work, "z", shift=9 * DAY, edit=device(
        "Default string", "00000000-0000-0000-0000-000000000000"))
    make(work, "f", shift=9 * DAY, edit=device(
        "None", "03000200-0400-0500-0006-000700080009"))
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    for name in ("n0", "n1", "n2", "z", "f"):
        found = history("t.db", sha(work / f"{name}.cab")[:12], cwd=work)
        same([(d["serial"], d["uuid"], len(d["cases"])) for d in found],
             [(None, None, 1)], name)


@test
def two_devices_with_one_serial_number_stay_two(work):
    other = "99999999-1111-2222-3333-444444444444"
    make(work, "a")
    make(work, "b", shift=DAY, edit=device(uuid=other))
    make(work, "c", shift=2 * DAY, edit=(NO_UUID,))
    orders = []
    for order in (("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")):
        db = "".join(order) + ".db"
        said = b""
        for name in order:
            said += good(f"{name}.cab", "--store", db, cwd=work).err
        contains(said, b"the serial number 5CG8F0031 is also that of another device",
                 b"kept apart")
        found = history(db, "5CG8F0031", cwd=work)
        orders.append([(d["uuid"], [c["digest"] for c in d["cases"]]) for d in found])
    same(orders[0], [(None, [sha(work / "c.cab")]),
                     (other, [sha(work / "b.cab")]),
                     ("b4a66b99-31bd-4f50-8c34-db259119d940", [sha(work / "a.cab")])])
    same(orders[1:], [orders[0]] * 2, "whatever their order was")
    r = good("history", "--store", db, "5CG8F0031", cwd=work)
    contains(r.out, b"That name is of 3 devices")
    same(len(history(db, other, cwd=work)), 1)
    r = run("outcome", "--store", db, "5CG8F0031", "new board", cwd=work)
    same(r.code, 2)
    contains(r.err, b"is of several devices: give the UUID")
    make(work, "d", edit=device("OTHER77"))
    r = good("d.cab", "--store", db, cwd=work)
    contains(r.err, b"the UUID b4a66b99-31bd-4f50-8c34-db259119d940 is also that of")


@test
def a_case_with_half_a_name_finds_its_device(work):
    make(work, "full")
    make(work, "serial", shift=DAY, edit=(NO_UUID,))
    make(work, "uuid", shift=2 * DAY, edit=device("Default string"))
    for i, order in enumerate((("full", "serial", "uuid"), ("uuid", "serial", "full"))):
        for name in order:
            same(good(f"{name}.cab", "--store", f"{i}.db", cwd=work).err, b"")
        found = history(f"{i}.db", "5CG8F0031", cwd=work)
        same([(d["serial"], d["uuid"], [Path(c["source"]).stem for c in d["cases"]])
              for d in found], [("5CG8F0031", "b4a66b99-31bd-4f50-8c34-db259119d940",
                                 ["full", "serial", "uuid"])])


# ---- history -----------------------------------------------------------------------

def a_life(work):
    """It fails, is updated, passes: three CABs, the second with the first's try."""
    make(work, "1-failed")
    make(work, "2-again", without=["CertUtil_tpminfo_Output.txt"])
    text = next((ROOT / "fixtures/cases/attested-1/members").glob("*.hash")).read_text()
    make(work, "3-passed", base="attested-1", shift=90 * DAY,
         without=["CertReq_enrollaik_Output.txt"], edit=(
             (re.search(r"^serial +(\S+)", text, re.M)[1], "5CG8F0031"),
             (re.search(r"^uuid +(\S+)", text, re.M)[1],
              "b4a66b99-31bd-4f50-8c34-db259119d940")))


@test
def history_tells_a_life(work):
    a_life(work)
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    (device,) = history("t.db", "5CG8F0031", cwd=work)
    same([Path(c["source"]).stem for c in device["cases"]],
         ["1-failed", "2-again", "3-passed"])
    same([c["verdict"]["cause"] for c in device["cases"]],
         ["tpm-firmware-outdated", "tpm-firmware-outdated", "attested"])
    same([a["outcome"] for a in device["attempts"]], ["failed", "passed"],
         "a try that two CABs have is one")
    same(device["attempts"][0]["cases"],
         [sha(work / "1-failed.cab"), sha(work / "2-again.cab")])
    same(device["attempts"][0]["error"], "0x81039001")
    change = {c["what"]: c for c in device["cases"][2]["changes"]}
    same([e["value"] for e in change["tpm.firmware"]["before"]], ["7.63.3353.0"])
    same(len(change["tpm.firmware"]["after"]), 1)
    same(change["tpm.firmware"]["before"][0]["member"], "DeviceHash_DESKTOP-8ABB22E.csv")
    text = good("history", "--store", "t.db", "5cg8f0031", cwd=work).out
    contains(text, b"TPM firmware version", b"before  7.63.3353.0  [DeviceHash",
             b"attested, certain", b"failed with 0x81039001  [", b"and 1 more]",
             b"  passed  [")


@test
def a_try_that_was_cut_in_one_log_is_still_one(work):
    """The later CAB's log lost its beginning; the earlier one was taken before the
    end."""
    def events(text, first, last):
        parts = re.split(r"(?m)^(?=event )", text)
        out, seconds = parts[0], 0.0
        for part in parts[1:]:
            m = re.search(r"\+(?:(\d+)m)?(?:(\d+)s)?", part.splitlines()[0])
            seconds += 60 * int(m[1] or 0) + int(m[2] or 0) if m else 0
            if first <= seconds <= last:
                if out == parts[0]:
                    part = re.sub(r"^(event .*?) \+\S+", rf"\1 +{int(seconds)}s", part,
                                  count=1)
                out += part
        return out
    make(work, "early", events=lambda t: events(t, 0, 200))
    make(work, "late", events=lambda t: events(t, 100, 9999))
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    (device,) = history("t.db", "5CG8F0031", cwd=work)
    alone = json.loads(good("-f", "json", OUTDATED).out)["attempts"]
    each = [json.loads(good("-f", "json", work / f"{n}.cab").out)["attempts"]
            for n in ("early", "late")]
    same(each[0][0]["started"] < each[1][0]["started"] and
         each[0][0]["ended"] < each[1][0]["ended"], True, each)
    same([{k: v for k, v in a.items() if k != "cases"} for a in device["attempts"]],
         alone)


# ---- diff ----------------------------------------------------------------------------

def diff(*args, cwd=None):
    r = good("diff", "-f", "json", *args, cwd=cwd)
    o = json.loads(r.out)
    jsonschema.validate(o, SCHEMAS["diff"])
    return o


@test
def diff_shows_both_sides_with_their_places(work):
    a_life(work)
    o = diff("1-failed.cab", "3-passed.cab", cwd=work)
    same((o["order"], o["same_device"]), ("evidence", True))
    change = {c["what"]: c for c in o["changes"]}
    same(o["changes"][0]["kind"], "verdict")
    contains(change["verdict"]["before"][0]["value"], "tpm-firmware-outdated, certain")
    contains(change["verdict"]["after"][0]["value"], "attested, certain")
    for fact in ("tpm.firmware", "windows.build"):
        same(change[fact]["kind"], "device")
        for side in ("before", "after"):
            contains(change[fact][side][0]["member"], "DeviceHash_")
            same(change[fact][side][0]["line"], 2)
    error = change["attestation.error"]
    same((error["before"][0]["value"], error["after"], error["after_why"]),
         ("0x81039001", [], "not-found"))
    same(error["before"][0]["record"] > 0 and error["before"][0]["time"] is not None, True)
    same((change["aik.http_status"]["after"], change["aik.http_status"]["after_why"]),
         ([], "not-collected"))
    events = {e["event"]: e for e in o["events"]}
    only = events["ModernDeployment-Diagnostics-Provider 171"]
    same((only["before"]["count"] > 0, only["after"]), (True, None))
    same([a["outcome"] for a in o["attempts"]], ["passed"])
    text = good("diff", "1-failed.cab", "3-passed.cab", cwd=work).out
    contains(text, b"before  1-failed.cab", b"after   3-passed.cab",
             b"not found (its file was read)", b"not collected",
             b"ModernDeployment-Diagnostics-Provider 171: ", b" before, 0 after",
             b"Tries that only the newer case has")
    back = diff("3-passed.cab", "1-failed.cab", cwd=work)
    same(back, o, "oldest first whatever the arguments' order")


@test
def diff_takes_stored_cases(work):
    a_life(work)
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    files = diff("1-failed.cab", "3-passed.cab", cwd=work)
    names = [sha(work / f"{n}.cab")[:16] for n in ("1-failed", "3-passed")]
    same(diff("--store", "t.db", *names, cwd=work)["changes"], files["changes"])
    same(diff("--store", "t.db", names[0], "3-passed.cab", cwd=work)["changes"],
         files["changes"])
    r = run("diff", "--store", "t.db", "abcdef01", names[0], cwd=work)
    same(r.code, 3)
    contains(r.err, b"neither a file nor a case in the store")
    r = run("diff", "--store", "t.db", "", names[0], cwd=work)
    same(r.code, 3, "several begin so")
    same(run("diff", names[0], "3-passed.cab", cwd=work).code, 3, "no store was given")
    same(run("diff", "1-failed.cab", cwd=work).code, 2)
    same(run("diff", "-f", "csv", "1-failed.cab", "3-passed.cab", cwd=work).code, 2)
    (work / "bad.cab").write_bytes(b"MSCF")
    same(run("diff", "bad.cab", "3-passed.cab", cwd=work).code, 3)


@test
def diff_of_one_case_with_itself_is_nothing(work):
    o = diff(OUTDATED, OUTDATED, cwd=work)
    same((o["changes"], o["events"], o["attempts"]), ([], [], []))
    contains(good("diff", OUTDATED, OUTDATED).out, b"Nothing changed.")
    contains(good("diff", OUTDATED, CASES / "amd-ftpm-1.cab").out, b"two devices")


@test
def every_fixture_makes_a_valid_diff(work):
    before = OUTDATED
    for path in sorted(CASES.glob("*.cab"))[::9]:
        diff(before, path)
        good("diff", before, path)
        before = path


# ---- outcomes ------------------------------------------------------------------------

def like_lines(text):
    return [line.decode().strip() for line in text.splitlines()
            if line.startswith(b"  + ") and b"[20" in line]


@test
def an_outcome_is_shown_at_the_next_like_case(work):
    model = (("HP EliteBook 830 G5", "HP EliteBook 840 G6"),)
    uuids = [f"{i}0000000-1111-2222-3333-444444444444" for i in range(9)]
    cabs = {
        "self": make(work, "self"),
        "like1": make(work, "like1", edit=device("AAA1111", uuids[1])),
        "like2": make(work, "like2", edit=device("AAA2222", uuids[2])),
        "model": make(work, "model", edit=(*device("BBB1111", uuids[3]), *model)),
        "far": CASES / "tpm-firmware-outdated-2.cab",
    }
    for cab in cabs.values():
        good(cab, "--store", "t.db", cwd=work)
    tell = lambda name, *rest: good(    # noqa: E731
        "outcome", "--store", "t.db", sha(cabs[name])[:20], *rest, cwd=work)
    r = tell("like1", "Updated the TPM", "--verdict", "right")
    contains(r.out, b"Stored: outcome of case " + sha(cabs["like1"])[:12].encode(),
             b"tpm-firmware-outdated, certain, which was right")
    tell("like2", "updated the tpm", "--cause", "tpm-firmware-outdated")
    tell("model", "BIOS 01.30", "--verdict", "right")
    tell("far", "Sent to the maker", "--cause", "ek-refused")
    make(work, "new", shift=DAY, edit=device("NEW7777", uuids[7]))
    r = good("new.cab", "--store", "t.db", cwd=work)
    contains(r.out, b"\nWhat fixed like cases\n")
    lines = like_lines(r.out)
    same([re.sub(r" \[20.*", "", line).replace("Updated the TPM", "updated the tpm")
          for line in lines],
         ["+ 2 devices, same model, TPM vendor and firmware: updated the tpm",
          "+ 1 device, same TPM vendor and firmware: BIOS 01.30",
          "+ 1 device, same model or TPM vendor: Sent to the maker"], "the nearest first")
    contains(lines[2], "the verdict was wrong, it was ek-refused")
    contains(r.out, b"This verdict was right in 3 of 4 cases")
    r = good("-f", "ndjson", "new.cab", "--store", "t.db", cwd=work)
    same(len(like_lines(r.err)), 3, "beside JSON they go to standard error")
    jsonschema.validate(json.loads(r.out), json.loads(
        (ROOT / "lib/report/cabscan-case.schema.json").read_text()))
    tell("self", "Cleared the TPM")
    r = good("self.cab", "--store", "t.db", cwd=work)
    contains(like_lines(r.out)[0], "+ this device: Cleared the TPM")
    r = good("batch", "-q", "--store", "t.db", "new.cab", CASES / "attested-1.cab",
             cwd=work)
    contains(r.err, b"What fixed cases like 1 with tpm-firmware-outdated (HP HP EliteBook")
    same(len(like_lines(r.err)), 4)
    r = good(CASES / "amd-ftpm-1.cab", "--store", "t.db", cwd=work)
    same(like_lines(r.out), [], "another cause")
    r = good(CASES / "ek-refused-1.cab", "--store", "t.db", cwd=work)
    same(len(like_lines(r.out)), 1, "what it really was counts, too")


@test
def the_summary_counts_each_case_once(work):
    for name in ("amd-ftpm-1", "amd-ftpm-2", "amd-ftpm-3", "unknown-1", "ek-refused-1",
                 "attested-1"):
        shutil.copy(CASES / f"{name}.cab", work)        # alone
        good(f"{name}.cab", "--store", "t.db", cwd=work)
    digest = lambda name: sha(CASES / f"{name}.cab")[:20]       # noqa: E731
    tell = lambda name, *rest: good(    # noqa: E731
        "outcome", "--store", "t.db", digest(name), *rest, cwd=work)
    contains(good("outcome", "--summary", "--store", "t.db", cwd=work).out, b"No outcome")
    none = json.loads(good("outcome", "--summary", "-f", "json", "--store", "t.db",
                           cwd=work).out)
    same(none, {"schema": "cabscan-outcomes/1", "verdicts": []})
    tell("amd-ftpm-1", "BIOS", "--verdict", "right")
    tell("amd-ftpm-1", "and it stayed so")
    tell("amd-ftpm-2", "no", "--verdict", "right")
    tell("amd-ftpm-2", "it came back", "--cause", "ek-refused")
    tell("amd-ftpm-3", "who knows")
    tell("unknown-1", "a proxy", "--cause", "network-blocked")
    tell("ek-refused-1", "--verdict", "wrong")
    out = good("outcome", "--summary", "--store", "t.db", cwd=work).out.decode()
    same([line.split() for line in out.splitlines()][1:],
         [["amd-ftpm", "1", "1", "1", "ek-refused", "1"],
          ["ek-refused", "0", "1", "0"],
          ["unknown", "0", "0", "1", "network-blocked", "1"]])
    o = json.loads(good("outcome", "--summary", "-f", "json", "--store", "t.db",
                        cwd=work).out)
    jsonschema.validate(o, SCHEMAS["outcomes"])
    same(o["verdicts"], [
        {"verdict": "amd-ftpm", "right": 1, "wrong": 1, "open": 1,
         "really": [{"cause": "ek-refused", "cases": 1}]},
        {"verdict": "ek-refused", "right": 0, "wrong": 1, "open": 0, "really": []},
        {"verdict": "unknown", "right": 0, "wrong": 0, "open": 1,
         "really": [{"cause": "network-blocked", "cases": 1}]}])
    for args in (("--summary", "-f", "csv"), ("5CG8F0031", "x", "-f", "json")):
        same(run("outcome", "--store", "t.db", *args, cwd=work).code, 2, args)
    for bad, why in (
            (("amd-ftpm-1", "x", "--verdict", "perhaps"), b"right or wrong"),
            (("amd-ftpm-1", "x", "--cause", "bad-luck"), b"no such cause"),
            (("amd-ftpm-1", "x", "--cause", "ek-refused", "--verdict", "right"),
             b"contradict"),
            (("amd-ftpm-1", "x", "--cause", "amd-ftpm", "--verdict", "wrong"),
             b"contradict"),
            (("unknown-1", "x", "--verdict", "right"), b"neither right nor wrong"),
            (("amd-ftpm-1",), b"nothing is said")):
        r = run("outcome", "--store", "t.db", digest(bad[0]), *bad[1:], cwd=work)
        same(r.code, 2, bad)
        contains(r.err, why)
    same(good("outcome", "--summary", "--store", "t.db", cwd=work).out.decode(), out)


@test
def an_outcome_is_about_the_failure_and_keeps_its_verdict(work):
    a_life(work)
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    r = good("outcome", "--store", "t.db", "5CG8F0031", "Updated to 7.85", "--verdict",
             "right", cwd=work)
    contains(r.out, b"2-again.cab")
    good("outcome", "--store", "t.db", "5CG8F0031", "as I said", "--case",
         sha(work / "1-failed.cab")[:12], cwd=work)
    (work / "k.txt").write_text("off cause tpm-firmware-outdated\n")
    good("2-again.cab", "--store", "t.db", "-k", "k.txt", cwd=work)
    (device,) = history("t.db", "5CG8F0031", cwd=work)
    same(device["cases"][1]["verdict"]["cause"] != "tpm-firmware-outdated", True)
    (o,) = device["cases"][1]["outcomes"]
    same((o["verdict"], o["confidence"], o["judged"], o["text"]),
         ("tpm-firmware-outdated", "certain", "right", "Updated to 7.85"))
    same([o["text"] for o in device["cases"][0]["outcomes"]], ["as I said"])
    contains(good("history", "--store", "t.db", "5CG8F0031", cwd=work).out,
             b"Updated to 7.85", b"which was right")
    same(run("outcome", "--store", "t.db", "5CG8F0031", "x", "--case", "ffff",
             cwd=work).code, 2)
    same(run("outcome", "--store", "t.db", "NOBODY", "x", cwd=work).code, 3)
    for nothing in ("", " \t"):
        same(run("outcome", "--store", "t.db", "5CG8F0031", nothing, cwd=work).code, 2)
    (device,) = history("t.db", "5CG8F0031", cwd=work)
    same([len(c["outcomes"]) for c in device["cases"]][:2], [1, 1])


@test
def what_others_wrote_does_not_reach_the_terminal(work):
    good(OUTDATED, "--store", "t.db", cwd=work)
    good("outcome", "--store", "t.db", "5CG8F0031", "red \x1b[31m\u202etext\nline",
         cwd=work)
    for r in (good("history", "--store", "t.db", "5CG8F0031", cwd=work),
              good(OUTDATED, "--store", "t.db", cwd=work)):
        same(b"\x1b" in r.out or "\u202e".encode() in r.out, False)
        contains(r.out, b"red ")


@test
def a_store_of_a_stranger_says_nothing_to_the_terminal(work):
    bad = "\x1b]0;x\x07\u202e"
    shutil.copy(CASES / "amd-ftpm-1.cab", work / "a.cab")
    good("a.cab", "--store", "t.db", cwd=work)
    digest = sha(work / "a.cab")
    good("outcome", "--store", "t.db", digest, "fixed", "--verdict", "right", cwd=work)
    sql(work / "t.db", "UPDATE outcomes SET said = said || ?1, text = ?1, "
        "confidence = ?1, cause = ?1, judged = 2", bad)
    for r in (good("history", "--store", "t.db", digest, cwd=work),
              good("a.cab", "--store", "t.db", cwd=work),
              good("outcome", "--summary", "--store", "t.db", cwd=work)):
        same(b"\x1b" in r.out or b"\x07" in r.out or bad[-1].encode() in r.out, False)
    (line,), = sql(work / "t.db", "SELECT snapshot FROM cases")
    for change in (lambda o: o["verdict"].update(cause=bad),
                   lambda o: o["attempts"][0].update(started=bad),
                   lambda o: o.update(schema="cabscan-snapshot/2"),
                   lambda o: o.update(facts=[[[[[["deep"]]]]]])):
        o = json.loads(line)
        change(o)
        sql(work / "t.db", "UPDATE cases SET snapshot = ?", json.dumps(o))
        for args in (("history", digest), ("outcome", digest, "x"),
                     ("diff", digest, "a.cab")):
            r = run(*args, "--store", "t.db", cwd=work)
            same((r.code, r.out, b"\x1b" in r.err), (3, b"", False), args)
            contains(r.err, b"damaged")


# ---- pseudonyms ------------------------------------------------------------------------

@test
def pseudonyms_never_lie_beside_clear_rows(work):
    shutil.copy(OUTDATED, work / "a.cab")
    good("batch", "-q", "--store", "clear.db", "a.cab", cwd=work)
    good("batch", "-q", "--store", "key.db", "--redact", "k1", "a.cab", cwd=work)
    for db, args, why in (("clear.db", ("--redact", "k1"), b"holds clear rows"),
                          ("key.db", (), b"holds rows with pseudonyms"),
                          ("key.db", ("--redact", "k2"), b"of another key")):
        before = (work / db).read_bytes()
        r = run("batch", "-q", "--store", db, *args, "a.cab", cwd=work)
        same(r.code, 4, (db, args))
        contains(r.err, why)
        same((work / db).read_bytes() == before, True)
    r = run("a.cab", "--store", "key.db", cwd=work)
    same((r.code, r.out), (4, b""))
    contains(r.err, b"holds rows with pseudonyms")


@test
def a_store_of_pseudonyms_shows_no_name(work):
    a_life(work)
    good("batch", "-q", "--store", "t.db", "--redact", "k", ".", cwd=work)
    good("outcome", "--store", "t.db", "--redact", "k", "5CG8F0031",
         "called jane.doe@contoso.com, serial 5CG8F0031X99", "--verdict", "right",
         cwd=work)
    found = history("t.db", "5cg8f0031", "--redact", "k", cwd=work)
    same([len(d["cases"]) for d in found], [3])
    same(found, history("t.db", found[0]["serial"], cwd=work), "by its pseudonym")
    same(found, history("t.db", found[0]["uuid"], cwd=work))
    same(found, history("t.db", found[0]["cases"][0]["digest"], cwd=work))
    same(len(found[0]["attempts"]), 2)
    same([e["value"] for c in found[0]["cases"][2]["changes"]
          if c["what"] == "tpm.firmware" for e in c["before"]], ["7.63.3353.0"])
    bytes_ = (work / "t.db").read_bytes().lower()
    for name in ("5cg8f0031", "b4a66b99-31bd-4f50-8c34-db259119d940", "desktop-8abb22e",
                 "fabrikam", "jane", "contoso", sha(work / "1-failed.cab"),
                 sha(work / "1-failed.cab")[:16], "1-failed"):
        same(name.encode() in bytes_, False, name)
    contains(bytes_, b"tpm-firmware-outdated", b"0x81039001")
    for args, why in ((("outcome", "5CG8F0031", "x"), b"give --redact"),
                      (("history", "5CG8F0031"), b"no case of that"),
                      (("history", "--redact", "k2", "5CG8F0031"), b"of another key"),
                      (("diff", "1-failed.cab", "3-passed.cab"), b"give --redact")):
        r = run(args[0], "--store", "t.db", *args[1:], cwd=work)
        same(r.code in (2, 3), True, args)
        contains(r.err, why)
    o = diff("--store", "t.db", "--redact", "k", found[0]["cases"][0]["digest"],
             "3-passed.cab", cwd=work)
    same(o["same_device"], True)


# ---- the file -----------------------------------------------------------------------------

def old_store(work):
    """A store as version 1 of the schema left it, from its text."""
    db = work / "old.db"
    with sqlite3.connect(db) as c:
        c.executescript((ROOT / "tests/store/version-1.sql").read_text())
    c.close()
    same(sql(db, "PRAGMA user_version"), [(1,)])
    return db


def schema_of(db):
    return sorted(sql(db, "SELECT type, name, sql FROM sqlite_master"))


@test
def an_old_store_is_brought_up_to_date(work):
    db = old_store(work)
    rows = sql(db, "SELECT * FROM cases ORDER BY id")
    (device,) = history(db, "5CG8F0031")
    same(len(device["cases"]), 2)
    same(sql(db, "SELECT * FROM cases ORDER BY id"), rows, "nothing is lost")
    good(OUTDATED, "--store", "new.db", cwd=work)
    same(sql(db, "PRAGMA user_version"), sql(work / "new.db", "PRAGMA user_version"))
    same(schema_of(db), schema_of(work / "new.db"), "as a new store")
    good("outcome", "--store", db, "5CG8F0031", "fixed")
    r = good("batch", "-q", "--store", db, OUTDATED)
    contains(r.err, b"1 cases are stored", b"What fixed cases like 1")
    sound(db)


def all_at_once(db, n, *args):
    """Runs n that have all looked at the file before any can write it."""
    c = sqlite3.connect(db, isolation_level=None)
    c.execute("BEGIN IMMEDIATE")
    processes = [subprocess.Popen([*CABSCAN, *args, "--store", db],
                                  stdout=subprocess.DEVNULL) for _ in range(n)]
    time.sleep(1)
    c.execute("ROLLBACK")
    c.close()
    same([p.wait() for p in processes], [0] * n)
    sound(db)


@native
def many_may_bring_it_up_to_date_at_once(work):
    all_at_once(old_store(work), 6, "history", "5CG8F0031")


@native
def many_may_make_it_at_once(work):
    all_at_once(work / "t.db", 6, OUTDATED)
    same(len(digests(work / "t.db")), 1)


@test
def a_newer_store_is_left_alone(work):
    good(OUTDATED, "--store", "t.db", cwd=work)
    sql(work / "t.db", "PRAGMA user_version = 99")
    before = (work / "t.db").read_bytes()
    for args in (("batch", "-q", OUTDATED), (OUTDATED,), ("history", "5CG8F0031"),
                 ("outcome", "5CG8F0031", "x"), ("diff", OUTDATED, OUTDATED)):
        r = run(*args, "--store", "t.db", cwd=work)
        same(r.code, 4 if args[0] in ("batch", OUTDATED) else 3, args)
        contains(r.err, b"t.db: this store is of a newer cabscan (schema 99, this program "
                 b"knows ")
    same((work / "t.db").read_bytes() == before, True)


@test
def what_is_no_store_is_left_alone(work):
    (work / "text").write_text("This is a letter, and no store at all.\n" * 50)
    with sqlite3.connect(work / "other") as c:
        c.execute("CREATE TABLE mails(id)")
    c.close()
    (work / "empty").touch()
    (work / "folder").mkdir()
    for name, why in (("text", b"text: this file is no store"),
                      ("other", b"other: this is an SQLite file, but no store of cabscan"),
                      ("folder", b"folder: it cannot be opened")):
        before = (work / name).read_bytes() if name != "folder" else b""
        for args in (("batch", "-q", OUTDATED), ("history", "X123")):
            r = run(*args, "--store", name, cwd=work)
            same(r.code, 4 if args[0] == "batch" else 3, (name, args))
            contains(r.err, why)
        if name != "folder":
            same((work / name).read_bytes() == before, True, name)
    r = run("history", "--store", "nowhere", "X123", cwd=work)
    same((r.code, (work / "nowhere").exists()), (3, False))
    contains(r.err, b"nowhere: there is no such store")
    contains(run("history", "--store", "empty", "X123", cwd=work).err, b"nothing was stored")
    same(run("batch", "-q", "--store", "no/such/folder/t.db", OUTDATED, cwd=work).code, 4)
    same(run("batch", "-q", "--store", ":memory:", OUTDATED, cwd=work).code, 4)
    good("batch", "-q", "--store", "empty", OUTDATED, cwd=work)
    same(len(digests(work / "empty")), 1)


@test
def a_damaged_store_says_so(work):
    for path in sorted(CASES.glob("*-1.cab"))[:20]:
        shutil.copy(path, work)
    good("batch", "-q", "--store", "t.db", ".", cwd=work)
    data = bytearray((work / "t.db").read_bytes())
    for at in range(4096, len(data), 4096):
        data[at:at + 100] = b"\xff" * 100
    (work / "t.db").write_bytes(data)
    for args in (("history", "5CG8F0031"), ("batch", "-q", OUTDATED)):
        r = run(*args, "--store", "t.db", cwd=work)
        same(r.code in (3, 4), True, r.code)
        contains(r.err, b"t.db: ", b"damaged")


# ---- many writers ---------------------------------------------------------------------------

def different(work, n):
    """CABs of n devices: a member that nobody reads makes each another file."""
    import cabwrite
    folder = work / "many"
    folder.mkdir()
    members = mkcase.read_files(ROOT / "fixtures/cases/amd-ftpm-2/members")
    members = [mkcase.build_file(name, data) for name, data in members]
    for i in range(n):
        cabwrite.write_cab(folder / f"{i:03}.cab", [*members, (f"n{i}.txt", b"%d" % i)],
                           compression="stored")
    return sorted(folder.iterdir())


@test
def writers_at_the_same_time_lose_nothing(work):
    cabs = different(work, 60)
    db = work / "t.db"
    # Each is scanned by two processes, in different orders.
    scans = [subprocess.Popen([*CABSCAN, "--store", db, "-f", "ndjson", *part],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
             for part in (cabs[:30], cabs[30:], cabs[::-1][:30], cabs[::-1][30:])]
    batch = subprocess.Popen([*CABSCAN, "batch", "-q", "--store", db, CASES],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for p in scans:
        out, err = p.communicate(timeout=120)
        same((p.returncode, err, len(out.splitlines())), (0, b"", 30))
    same((batch.communicate(timeout=120)[1].count(b"cases are stored"),
          batch.returncode), (1, 0))
    found = digests(db)
    same({sha(c) for c in cabs} - found, set())
    same({sha(c) for c in CASES.glob("tpm-*.cab")
          if not list(CASES.glob(c.stem + ".*.*"))} - found, set())
    sound(db)


@test
def outcomes_told_at_the_same_time_are_all_there(work):
    good(OUTDATED, "--store", "t.db", cwd=work)
    processes = [subprocess.Popen(
        [*CABSCAN, "outcome", "--store", work / "t.db", "5CG8F0031", f"said by {i}"],
        stdout=subprocess.DEVNULL) for i in range(12)]
    same([p.wait() for p in processes], [0] * 12)
    (device,) = history("t.db", "5CG8F0031", cwd=work)
    same({o["text"] for o in device["cases"][0]["outcomes"]},
         {f"said by {i}" for i in range(12)})


@native
def a_writer_waits_for_another(work):
    good(CASES / "amd-ftpm-1.cab", "--store", "t.db", cwd=work)
    c = sqlite3.connect(work / "t.db", isolation_level=None, check_same_thread=False)
    c.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(2, lambda: c.execute("COMMIT"))
    timer.start()
    begun = time.monotonic()
    good(OUTDATED, "--store", "t.db", cwd=work)
    same(time.monotonic() - begun > 1, True)
    timer.join()
    c.close()
    same(len(digests(work / "t.db")), 2)


@test
def a_reader_does_not_keep_a_writer_out(work):
    """One that reads page by page lets go in between: a history beside a batch."""
    cabs = different(work, 40)
    p = subprocess.Popen([*CABSCAN, "--store", work / "t.db", "-f", "ndjson", *cabs],
                         stdout=subprocess.PIPE)
    p.stdout.readline()
    while p.poll() is None:
        r = run("history", "--store", work / "t.db", sha(cabs[0])[:20])
        same((r.code, r.err), (0, b""))
        if not p.stdout.readline():
            break
    p.communicate()
    same(p.returncode, 0)
    same(len(digests(work / "t.db")), 40)


@native
def who_waits_too_long_says_so_and_stores_nothing(work):
    same(WAITED["code"], 4)
    contains(WAITED["err"], b"another process has kept it to itself for 30 seconds")
    same(WAITED["out"], b"", "what is not stored is not shown")
    same(WAITED["n"], 1)


# ---- kills ------------------------------------------------------------------------------------

def whole_lines(data):
    return data[:data.rfind(b"\n") + 1].splitlines()


@native
def what_was_said_to_be_stored_survives_a_kill(work):
    cabs = different(work, 300)
    pick = random.Random(7)
    killed = told = 0
    for i in range(KILLS):
        db = work / f"t{i % 8}.db"      # some begin anew, some go on
        known = digests(db) if db.exists() and db.stat().st_size else set()
        p = subprocess.Popen([*CABSCAN, "batch", "-q", "-j", "2", "-f", "ndjson",
                              "--store", db, work / "many"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # From the first opening of the file to after the last commit.
        time.sleep(pick.uniform(0.01, 0.9))
        p.send_signal(signal.SIGKILL)
        out = p.communicate()[0]
        killed += p.returncode == -signal.SIGKILL
        said = [json.loads(line) for line in whole_lines(out)]
        told += len(said)
        if not db.exists() or not db.stat().st_size:
            same(said, [])
            continue
        sound(db)
        found = digests(db) if sql(db, "SELECT 1 FROM sqlite_master LIMIT 1") else set()
        same(known - found, set(), "what was stored before")
        same({row["digest"] for row in said} - {d[:16] for d in found}, set(),
             "what this run said")
    print(f"# {killed} of {KILLS} killed, after {told} rows")
    same(killed > KILLS / 2 and told > 0, True, "kills hit a run at work")
    good("batch", "-q", "--store", db, work / "many")
    same(digests(db), {sha(c) for c in cabs})
    sound(db)


@native
def an_interrupted_batch_goes_on_and_misses_nothing(work):
    cabs = different(work, 300)
    args = ["batch", "-q", "-j", "2", "-f", "ndjson", "-o", "rows", "--store", "t.db",
            "many"]
    for i in range(6):
        p = subprocess.Popen([*CABSCAN, *args, "--resume"], cwd=work,
                             stderr=subprocess.DEVNULL)
        time.sleep(0.1 + 0.05 * i)
        p.kill()
        p.wait()
    good(*args, "--resume", cwd=work)
    same(len((work / "rows").read_text().splitlines()), 300)
    same(digests(work / "t.db"), {sha(c) for c in cabs})


# ---- a full disk --------------------------------------------------------------------------------

REFUSED = b"the system refused to write more of it"


def fills_up(db, folder, why, **options):
    """Cases go in until there is no room: what was told is there."""
    told = set()
    r = None
    for part in range(40):
        cabs = sorted(folder.iterdir())[part * 10:part * 10 + 10]
        r = run("batch", "-q", "-f", "ndjson", "--store", db, *cabs, **options)
        told |= {row["digest"] for row in r.rows()}
        if r.code != 0:
            break
    same(r.code, 4, r.err)
    contains(r.err, why + b": what was stored before is safe, this was not stored")
    same(len(told) >= 10, True, told)
    same(told - {d[:16] for d in digests(db)}, set())
    sound(db)
    return told


@native
def a_file_that_may_not_grow_loses_nothing(work):
    different(work, 400)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    db = work / "t.db"
    told = fills_up(db, work / "many", REFUSED, preexec_fn=limit, restore_signals=False)
    good("batch", "-q", "--store", db, work / "many")
    same(len(digests(db)), 400)
    digest = sha(work / "many/000.cab")[:20]
    for n in range(100):
        r = run("outcome", "--store", db, digest, f"{n} " + "x" * 2000,
                preexec_fn=limit, restore_signals=False)
        if r.code != 0:
            break
    same(r.code, 4)
    contains(r.err, REFUSED)
    same(r.out, b"")
    same(sql(db, "SELECT count(*) FROM outcomes"), [(n,)], "what was told is there")
    same(told - {d[:16] for d in digests(db)}, set())


@native
def a_full_disk_loses_nothing(work):
    different(work, 400)
    disk = work / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk],
                      stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("# no tmpfs can be mounted here: the test of a file that may not grow stands "
              "in for it")
        return
    try:
        fills_up(disk / "t.db", work / "many",
                 b"there is no room left on the disk")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


# ---- without SQLite ---------------------------------------------------------------------------------

def without_stores_it_says_so(work):
    for args in (("batch", "-q", OUTDATED), (OUTDATED,), ("history", "5CG8F0031"),
                 ("outcome", "5CG8F0031", "x")):
        r = run(*args, "--store", "t.db", cwd=work)
        same((r.code in (3, 4), r.out), (True, b""))
        contains(r.err, b"t.db: this cabscan was built without stores (SQLite)")
    diff(OUTDATED, CASES / "amd-ftpm-1.cab")


if not SUPPORTED:
    tests.append(without_stores_it_says_so)

WAITED = {}


def wait_too_long():
    """Half a minute, beside the other tests."""
    with tempfile.TemporaryDirectory() as work:
        db = Path(work) / "t.db"
        good(CASES / "amd-ftpm-1.cab", "--store", db)
        c = sqlite3.connect(db, isolation_level=None)
        c.execute("BEGIN IMMEDIATE")
        r = run("batch", "-q", "-f", "ndjson", "--store", db, OUTDATED)
        c.execute("COMMIT")
        c.close()
        WAITED.update(code=r.code, err=r.err, out=r.out, n=len(digests(db)))


def main():
    print(f"1..{len(tests)}")
    failed = 0
    only = sys.argv[4:]
    waiting = threading.Thread(target=wait_too_long)
    if who_waits_too_long_says_so_and_stores_nothing in tests:
        waiting.start()
    for n, f in enumerate(tests, 1):
        if only and f.__name__ not in only:
            continue
        if f is who_waits_too_long_says_so_and_stores_nothing:
            waiting.join()
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
    if waiting.ident:
        waiting.join()
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
