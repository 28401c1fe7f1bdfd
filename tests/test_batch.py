#!/usr/bin/env python3
"""cabscan batch and merge, as a user meets them: test_batch.py CABSCAN CASES ROOT

CASES is the directory with the built fixture cases, ROOT the source tree.
Prints TAP.
"""

import csv
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
ROOT = Path(sys.argv[3]).resolve()
sys.path.insert(0, str(ROOT / "fixtures/build"))

import jsonschema  # noqa: E402
import cabwrite  # noqa: E402
import hashwrite  # noqa: E402
import program  # noqa: E402

CABSCAN = Path(sys.argv[1]).resolve()
CASES = Path(sys.argv[2]).resolve()
OUTDATED = CASES / "tpm-firmware-outdated-1.cab"        # certain
ATTESTED = CASES / "attested-1.cab"
FORMATS = ("table", "ndjson", "csv", "junit", "sarif", "markdown")
ROW_SCHEMA = json.loads((ROOT / "cli/cabscan-row.schema.json").read_text())
ENGINES = ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT",
           "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX", "CI_NODE_INDEX",
           "CI_NODE_TOTAL", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE")
HAS_ZIP = b"ZIP files: yes" in subprocess.run(
    [*program.start(CABSCAN), "batch", "--help"], stdout=subprocess.PIPE,
    check=True).stdout

tests = []


def test(f):
    tests.append(f)
    return f


def zip_test(f):
    if HAS_ZIP:
        tests.append(f)
    return f


def posix_test(f):
    """Of links, devices, limits, and names that Windows forbids."""
    if not program.is_windows(CABSCAN):
        tests.append(f)
    return f


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def causes(self):
        return [r["cause"] for r in self.rows()]


def run(*args, cwd=None, env=None):
    clean = {k: v for k, v in os.environ.items() if k not in ENGINES}
    clean.update(env or {})
    return Result(subprocess.run([*program.start(CABSCAN), *map(str, args)], cwd=cwd,
                                 env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, timeout=120, check=False))


def batch(*args, **options):
    return run("batch", "-q", "-f", "ndjson", *args, **options)


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what} {found!r}, not {wanted!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text[-600:]!r}")


class Lacking(Exception):
    """Of this machine: what a test needs, and why it is skipped."""


def share(work, n=12):
    """A tree with several kinds of input; returns how many units it has."""
    names = sorted(p.name for p in CASES.glob("*-1.cab"))[:n]
    for i, name in enumerate(names):
        folder = work / "share" / f"d{i % 3}" / ("x" * (i % 2))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(CASES / name, folder)
    return len(names)


def cpu_seconds(*args, cwd):
    """User and system time of a run that must end well, or with bad CABs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = run(*args, cwd=cwd)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    same(r.code in (0, 3), True, r.err[-300:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# ---- what is found -------------------------------------------------------------

@posix_test
def a_large_directory_takes_seconds(work):
    """Looking each file up among all CABs took a hundred times as long."""
    n = 15000
    (work / "share").mkdir()
    for i in range(n):
        (work / f"share/f{i:05d}.cab").write_bytes(b"MSCF" + bytes(40))
        (work / f"share/f{i:05d}.txt").write_bytes(b"x")
    few = ["share/f00001.cab", "share/f00002.txt"]
    for args in (["batch", "-q", "share"], ["batch", "-q", "share/*.cab"], ["share"],
                 ["batch", "-q", *few], ["events", "-q", "-o", "out", "share"]):
        took = cpu_seconds(*args, cwd=work)
        same(took < 15, True, (args, took))


@test
def directories_are_walked_down(work):
    n = share(work)
    r = batch("share", cwd=work)
    same((r.code, len(r.rows()), r.err), (0, n, b""))
    sources = [row["source"] for row in r.rows()]
    same(sources, sorted(sources), "order")


@test
def jobs_do_not_change_a_byte(work):
    share(work)
    outputs = {jobs: {f: run("batch", "-q", "-f", f, "-j", jobs, "share", cwd=work).out
                      for f in FORMATS} for jobs in (1, 2, 7)}
    same(outputs[2] == outputs[1] and outputs[7] == outputs[1], True)


@test
def patterns_are_expanded(work):
    n = share(work)
    for pattern, wanted in (("share/**/*.cab", n), ("share/d?/*.cab", None),
                            ("share/d[0-1]", None)):
        r = batch(pattern, cwd=work)
        same(r.code, 0, pattern)
        same(len(r.rows()) == wanted if wanted else 0 < len(r.rows()) < n, True,
             pattern)
    r = batch("share/*.nothing", cwd=work)
    same((r.code, r.rows()[0]["problem"]), (3, "unreadable"))


@test
def paths_that_overlap_count_once(work):
    n = share(work)
    r = batch("share", "share/d0", "./share//", "share/**/*.cab", cwd=work)
    same(len({row["id"] for row in r.rows()}), n)


@test
def files_beside_a_cab_join_it(work):
    folder = work / "s"
    folder.mkdir()
    shutil.copy(CASES / "amd-ftpm-3.cab", folder / "a.cab")
    shutil.copy(CASES / "amd-ftpm-3.tpmtool.txt", folder / "a.tpmtool.txt")
    shutil.copy(ATTESTED, folder / "b.cab")
    alone = run("-f", "json", CASES / "amd-ftpm-3.cab")
    verdict = json.loads(alone.out)["verdict"]
    for paths in (["s"], ["s/a.cab", "s/a.tpmtool.txt", "s/b.cab"], ["s/*.cab"]):
        rows = batch(*paths, cwd=work).rows()
        same([(r["source"], r["cause"], r["confidence"]) for r in rows],
             [("s/a.cab", verdict["cause"], verdict["confidence"]),
              ("s/b.cab", "attested", "certain")], paths)


@test
def extracted_folders_are_cases(work):
    for name in ("one", "two"):
        subprocess.run(["cabextract", "-q", "-d", work / "s" / name, OUTDATED],
                       check=True)
    (work / "s/two/licensingdiag.cab").write_bytes(OUTDATED.read_bytes())
    r = batch("s", cwd=work)
    same([(x["source"], x["cause"]) for x in r.rows()],
         [("s/one", "tpm-firmware-outdated"), ("s/two", "tpm-firmware-outdated")])


@posix_test
def loops_of_links_end(work):
    share(work)
    (work / "share/again").symlink_to(work / "share")
    same(len({r["id"] for r in batch("share", cwd=work).rows()}), 12)


@test
def nothing_found_is_3(work):
    (work / "empty").mkdir()
    r = batch("empty", cwd=work)
    same((r.code, r.out), (3, b""))
    contains(r.err, b"no CAB, ZIP or extracted folder")
    same(run("batch", cwd=work).code, 2)
    same(run("batch", "-", cwd=work).code, 2)


# ---- failures ------------------------------------------------------------------

@posix_test
def one_bad_file_stops_and_alters_nothing(work):
    share(work)
    good = {r["id"]: r for r in batch("share", cwd=work).rows()}
    (work / "share/d0/a-broken.cab").write_bytes(b"MSCF" + bytes(300))
    (work / "share/d1/empty.cab").write_bytes(b"")
    (work / "share/d1/text.cab").write_bytes(b"nothing " * 99)
    (work / "share/d2/gone.cab").symlink_to(work / "nowhere")
    data = OUTDATED.read_bytes()
    (work / "share/d2/cut.cab").write_bytes(data[:len(data) // 2])
    cabwrite.write_cab(work / "share/d2/other.cab", [("photo.jpg", b"\xff\xd8" * 99)])
    r = batch("-j", "3", "share", cwd=work)
    same(r.code, 3)
    rows = {row["id"]: row for row in r.rows()}
    same({i: rows[i] for i in good}, good, "the good ones")
    bad = {Path(row["source"]).name: row["problem"] for row in r.rows()
           if row["state"] == "failed"}
    same(bad, {"a-broken.cab": "format", "empty.cab": "format", "text.cab": "format",
               "gone.cab": "unreadable", "other.cab": "format"})


@test
def exit_codes_are_those_of_one_cab(work):
    shutil.copy(OUTDATED, work / "x.cab")
    for wanted, args in ((0, ["x.cab"]), (1, ["-F", "likely", "x.cab"]),
                         (1, ["-F", "tpm-firmware-outdated", "x.cab"]),
                         (0, ["-F", "amd-ftpm", "x.cab"]),
                         (2, ["-F", "nonsense", "x.cab"]), (2, ["--nonsense", "x.cab"]),
                         (2, ["-f", "yaml", "x.cab"]), (2, ["-j", "0", "x.cab"]),
                         (2, ["--also", "junit", "x.cab"]), (2, ["--resume", "x.cab"]),
                         (2, ["--full", "-f", "csv", "x.cab"]),
                         (2, ["--shard", "3/2", "x.cab"]),
                         (3, ["-F", "likely", "x.cab", "missing.cab"]),
                         (4, ["-o", "no/such/file", "x.cab"]),
                         (4, ["--also", "junit=no/such/file", "x.cab"])):
        r = run("batch", "-q", *args, cwd=work)
        same(r.code, wanted, f"{args} {r.err}")


@posix_test
def a_full_device_is_4(work):
    shutil.copy(OUTDATED, work / "x.cab")
    for f in FORMATS:
        same(run("batch", "-q", "-f", f, "-o", "/dev/full", "x.cab", cwd=work).code, 4, f)


# ---- rows ------------------------------------------------------------------------

@test
def rows_keep_to_their_schema_and_length(work):
    r = batch(CASES)
    check = jsonschema.Draft7Validator(ROW_SCHEMA)
    same(len(r.rows()) > 100, True)
    for line in r.out.splitlines(True):
        same(len(line) <= 1024, True, line)
        row = json.loads(line)
        for e in check.iter_errors(row):
            raise AssertionError(f"{row['source']}: {e.message[:300]}")
    for wrong in ({"cause": None}, {"problem": "format"}, {"tries": ["X1"]},
                  {"labels": {}}, {"shard": 1}, {"nonsense": 1}):
        same(check.is_valid(dict(r.rows()[0], **wrong)), False, wrong)


def cab_of(path, serial, name="x"):
    csv_name, row = hashwrite.hash_csv(
        f"os 10.0.22631.4460\ncpumaker GenuineIntel\ncpu Intel\nserial {serial}\n"
        "manufacturer ACME\nproduct Box 3\n"
        "tpm TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'IFX '"
        f"-Firmware:458815.858368\nfile DeviceHash_{name}.csv\n")
    cabwrite.write_cab(path, [(csv_name, row)])


@test
def a_row_has_what_a_fleet_is_grouped_by(work):
    shutil.copy(OUTDATED, work / "a.cab")
    for side in CASES.glob("tpm-firmware-outdated-1.*.reg"):
        shutil.copy(side, work / side.name.replace("tpm-firmware-outdated-1", "a"))
    row, = batch("a.cab", *[p.name for p in work.glob("a.*.reg")], cwd=work).rows()
    wanted = {"serial": "5CG8F0031", "uuid": "b4a66b99-31bd-4f50-8c34-db259119d940",
              "model": "HP EliteBook 830 G5", "bios": "Q78 Ver. 01.21.00",
              "vendor": "IFX", "firmware": "7.63.3353.0", "spec": "2.0",
              "build": "10.0.22631.4460", "scenario": "self-deploying",
              "profile": "Shared devices", "message": "firmware-needs-update",
              "authority": "IFX-KeyId-24e2ea6b39a86e3d5d0522", "attempts": 1,
              "first": "2026-03-15T10:27:16Z", "tries": ["F0"], "outcome": "failed",
              "time": "2026-03-15T10:30:50.8271577Z",
              "logs_from": "2026-03-15T10:27:00Z"}
    same({k: row.get(k) for k in wanted}, wanted)
    row, = batch(CASES / "recovered-1.cab").rows()
    same((row["attempts"], [t[0] for t in row["tries"]], row["outcome"]),
         (2, ["F", "P"], "passed"))


@test
def the_digest_is_that_of_the_bytes(work):
    shutil.copy(OUTDATED, work / "a.cab")
    shutil.copy(OUTDATED, work / "b.cab")
    shutil.copy(ATTESTED, work / "c.cab")
    a, b, c = batch(work).rows()
    same(a["digest"], hashlib.sha256(OUTDATED.read_bytes()).hexdigest()[:16])
    same((a["digest"] == b["digest"], a["digest"] == c["digest"]), (True, False))
    for name in ("one", "two"):
        subprocess.run(["cabextract", "-q", "-d", work / name, OUTDATED], check=True)
    one, two = batch(work / "one", work / "two").rows()
    same(one["digest"] == two["digest"] != a["digest"], True, "of extracted files")
    hidden = batch("--redact", work / "key", work / "a.cab", work / "b.cab").rows()
    same(len({r["digest"] for r in hidden}), 1)
    same(hidden[0]["digest"] in a["digest"] or a["digest"] in hidden[0]["digest"],
         False, "a digest tells who has the same CAB")


@test
def serial_numbers_of_nobody_get_no_pseudonym(work):
    for i, serial in enumerate(("Default string", "To be filled by O.E.M.", "PF9QZX7K")):
        cab_of(work / f"{i}.cab", serial)
    rows = batch("--redact", work / "key", work / "0.cab", work / "1.cab",
                 work / "2.cab").rows()
    same([r["serial"] for r in rows][:2], ["Default string", "To be filled by O.E.M."])
    same(rows[2]["serial"].startswith("id-"), True, rows[2])


@test
def labels_stand_in_every_row(work):
    shutil.copy(OUTDATED, work / "a.cab")
    (work / "bad.cab").write_bytes(b"MSCF" + bytes(99))
    both = ("-l", "network=wifi", "--label=image=24H2 v5")
    wanted = {"image": "24H2 v5", "network": "wifi"}
    same([r["labels"] for r in batch(*both, "a.cab", "bad.cab", cwd=work).rows()],
         [wanted, wanted])
    same("labels" in batch("a.cab", cwd=work).rows()[0], False)
    for bad in ("wifi", "=wifi", "network=", "Net=wifi", "bios=7", "a=" + "x" * 33,
                "a=\x1b[31m", "a=\u202e"):
        r = batch("--label", bad, "a.cab", cwd=work)
        same((r.code, r.out), (2, b""), bad)
        contains(r.err, b"--label")
    same(batch("-l", "a=1", "-l", "a=2", "a.cab", cwd=work).code, 2)
    same(batch("--redact", "key", *both, "a.cab", cwd=work).rows()[0]["labels"], wanted)


@posix_test
def long_names_fit_into_a_row(work):
    deep = work / "share"
    for i in range(12):
        deep = deep / ("ä\"\\" * 20 + str(i))
    deep.mkdir(parents=True)
    for i in range(3):
        shutil.copy(OUTDATED, deep / ("\x01\x02\x1b[31m" * 20 + f"{i}.cab"))
    r = batch("share", cwd=work)
    same(r.code, 0)
    for line in r.out.splitlines(True):
        same(len(line) <= 1024, True, len(line))
        row = json.loads(line)
        same((row["cause"], row["source"][0]), ("tpm-firmware-outdated", "…"))
    same(len({row["id"] for row in r.rows()}), 3)
    for f in FORMATS:
        out = run("batch", "-q", "-f", f, "share", cwd=work).out
        same(b"\x1b" in out or b"\x01" in out, False, f)


@test
def full_gives_whole_cases(work):
    shutil.copy(OUTDATED, work / "x.cab")
    one = run("-f", "ndjson", "x.cab", cwd=work)
    same(batch("--full", "x.cab", cwd=work).out, one.out)


@test
def rows_come_while_the_batch_runs(work):
    fifo = work / "s/z.cab"
    fifo.parent.mkdir()
    shutil.copy(OUTDATED, work / "s/a.cab")
    big = [(f"m{i}.evtx", os.urandom(16 << 20)) for i in range(3)]
    cabwrite.write_cab(fifo, big, compression="stored")
    p = subprocess.Popen([*program.start(CABSCAN), "batch", "-q", "-j1", "-f",
                          "ndjson", "s"],
                         cwd=work, stdout=subprocess.PIPE)
    first = p.stdout.readline()
    running = p.poll() is None
    p.stdout.read()
    p.wait()
    contains(first, b"tpm-firmware-outdated")
    same(running, True, "the row came before the end")


# ---- formats ---------------------------------------------------------------------

def strange_share(work):
    """Names and values that each format must not take for its own."""
    names = ["=cmd|' -C calc'!A0.cab", "+1.cab", "@x.cab", "-1.cab", "a,b\"c.cab",
             "<b>&amp;.cab", "[x](http:y)|`z`.cab", "%41.cab"]
    for i, name in enumerate(names):
        (work / "s").mkdir(exist_ok=True)
        shutil.copy(sorted(CASES.glob("*-2.cab"))[i], work / "s" / name)
    (work / "s/bad & <worse>.cab").write_bytes(b"")
    shutil.copy(OUTDATED, work / "s/outdated.cab")
    shutil.copy(CASES / "unknown-1.cab", work / "s/unknown.cab")
    return batch("--", *sorted(n for n in os.listdir(work / "s")), cwd=work / "s")


def report(work, f, *options):
    r = run("batch", "-q", "-f", f, *options, "--",
            *sorted(os.listdir(work / "s")), cwd=work / "s")
    same(r.code, 3, r.err)
    return r.out


@posix_test
def csv_has_no_formula(work):
    rows = strange_share(work).rows()
    text = report(work, "csv").decode()
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    same(len(table), len(rows))
    for line in csv.reader(io.StringIO(text, newline="")):
        for cell in line:
            same(cell[:1] in tuple("=+-@\t\r"), False, cell)
    same([t["id"] for t in table], [r["id"] for r in rows])
    same({t["source"].lstrip("'") for t in table}, {r["source"] for r in rows})


@posix_test
def junit_is_what_readers_expect(work):
    from junitparser import Error, Failure, JUnitXml, Skipped
    from lxml import etree

    rows = {r["source"]: r for r in strange_share(work).rows()}
    out = report(work, "junit")
    schema = etree.XMLSchema(etree.parse(str(ROOT / "tests/junit.xsd")))
    schema.assertValid(etree.fromstring(out))
    broken = out.replace(b" tests=", b" number=")
    same(schema.validate(etree.fromstring(broken)), False, "the XSD refuses nonsense")
    (work / "j.xml").write_bytes(out)
    suite, = JUnitXml.fromfile(str(work / "j.xml"))
    same((suite.tests, suite.errors), (len(rows), 1))
    kinds = {}
    for c in suite:
        row = rows[c.name]
        kinds[c.name] = [type(x) for x in c.result]
        if row["state"] == "scanned":
            same(c.classname, row.get("cause"))
    same(kinds["bad & <worse>.cab"], [Error])
    same(kinds["outdated.cab"], [Failure])
    same(kinds["unknown.cab"], [Skipped])
    same(suite.failures, sum(k == [Failure] for k in kinds.values()))
    failure = next(c for c in suite if c.name == "outdated.cab").result[0]
    same(failure.type, "tpm-firmware-outdated")
    for part in rows["outdated.cab"]["evidence"] + [rows["outdated.cab"]["next"]]:
        contains(failure.text, part)
    (work / "j2.xml").write_bytes(report(work, "junit", "-F", "amd-ftpm"))
    suite, = JUnitXml.fromfile(str(work / "j2.xml"))
    same(suite.failures, sum(r.get("cause") == "amd-ftpm" for r in rows.values()))


@posix_test
def sarif_keeps_to_its_schema(work):
    rows = strange_share(work).rows()
    log = json.loads(report(work, "sarif"))
    schema = json.loads((ROOT / "tests/sarif.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(log)
    wrong = json.loads(json.dumps(log))
    wrong["runs"][0]["results"][0]["level"] = "bad"
    same(jsonschema.Draft7Validator(schema).is_valid(wrong), False)
    sarif, = log["runs"]
    scanned = [r for r in rows if r["state"] == "scanned"]
    same([x["ruleId"] for x in sarif["results"]], [r["cause"] for r in scanned])
    ids = {x["id"] for x in sarif["tool"]["driver"]["rules"]}
    same(ids, {r["cause"] for r in scanned})
    from urllib.parse import unquote
    uris = [x["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for x in sarif["results"]]
    same([unquote(u) for u in uris], [r["source"] for r in scanned])
    same(all(re.fullmatch(r"[A-Za-z0-9%._~/-]+", u) for u in uris), True, uris)
    same(sarif["invocations"][0]["executionSuccessful"], False)
    same(len(sarif["invocations"][0]["toolExecutionNotifications"]), 1)
    for x, r in zip(sarif["results"], scanned):
        fails = r["cause"] not in ("attested", "recovered", "not-attempted",
                                   "later-esp-failure", "unknown")
        same((x["kind"] == "fail", x["level"] == "none"), (fails, not fails), r["source"])


@posix_test
def markdown_is_only_text(work):
    strange_share(work)
    text = report(work, "markdown").decode()
    for raw in ("[x](", "<b>", "<worse>", "`z`", " @x"):
        same(raw in text.replace("\\", "\\\\") and raw in text, False, raw)
    for line in text.splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line)
            same(len(cells) in (4, 5), True, line)
    contains(text, "### Failed")
    contains(text, "### Not scanned")


@test
def a_table_has_every_input_and_the_sums(work):
    n = share(work)
    text = run("batch", "-q", "share", cwd=work).out.decode()
    same(len(re.findall(r"share/\S+\.cab$", text, re.M)), n)
    contains(text, f"{n}  in all")


# ---- files that appear whole -----------------------------------------------------

@test
def several_reports_of_one_run(work):
    share(work)
    r = run("batch", "-q", "-f", "ndjson", "-o", "r.ndjson", "--also", "junit=r.xml",
            "--also", "sarif=r.sarif", "share", cwd=work)
    same((r.code, r.out), (0, b""))
    same(sorted(p.name for p in work.glob("r.*")), ["r.ndjson", "r.sarif", "r.xml"])
    for f, name in (("junit", "r.xml"), ("sarif", "r.sarif")):
        same(run("merge", "-f", f, "r.ndjson", cwd=work).out, (work / name).read_bytes())


@test
def a_killed_run_leaves_nothing_cut_and_resumes(work):
    share(work)
    for i in range(150):
        shutil.copy(OUTDATED, work / f"share/d0/copy{i:03}.cab")
    whole = batch("share", cwd=work).out
    (work / "r.ndjson").write_bytes(b"from before\n")
    p = subprocess.Popen([*program.start_to_kill(CABSCAN), "batch", "-q", "-j1", "-f",
                          "ndjson", "-o", "r.ndjson", "share"], cwd=work)
    journal = work / "r.ndjson.resume"
    until = time.time() + 60
    while time.time() < until and not (journal.exists() and
                                       journal.read_bytes().count(b"\n") > 20):
        pass
    p.send_signal(signal.SIGKILL)
    p.wait()
    same((work / "r.ndjson").read_bytes(), b"from before\n")
    with journal.open("ab") as f:
        f.write(b'{"unit":"0123')          # as if cut in the middle of a line
    r = run("batch", "-f", "ndjson", "-o", "r.ndjson", "--resume", "share", cwd=work)
    same(r.code, 0, r.err)
    done = int(re.search(rb"cabscan: (\d+) of \d+ are done already", r.err)[1])
    same(20 <= done < 163, True, done)
    contains(r.err, b"cabscan: 162 of 162")
    same((work / "r.ndjson").read_bytes(), whole)
    same(sorted(x.name for x in work.glob("r.*")), ["r.ndjson"])


@test
def resume_scans_again_what_has_changed(work):
    shutil.copy(OUTDATED, work / "a.cab")
    shutil.copy(OUTDATED, work / "b.cab")
    options = ["-o", "r.ndjson", "--resume", "a.cab", "b.cab"]
    r = batch(*options, "--also", "junit=no/such", cwd=work)      # fails, at its end
    same(r.code, 4)
    same((work / "r.ndjson.resume").exists(), True)
    shutil.copy(ATTESTED, work / "b.cab")
    r = run("batch", "-f", "ndjson", *options, cwd=work)
    contains(r.err, b"1 of 2 are done already")
    rows = [json.loads(x) for x in (work / "r.ndjson").read_text().splitlines()]
    same([x["cause"] for x in rows], ["tpm-firmware-outdated", "attested"])


@test
def resume_with_other_options_is_2(work):
    shutil.copy(OUTDATED, work / "a.cab")
    same(batch("-o", "r", "--also", "junit=no/such", "a.cab", cwd=work).code, 4)
    r = batch("-o", "r", "--resume", "--full", "a.cab", cwd=work)
    same(r.code, 2)
    contains(r.err, b"other options")


# ---- lists of devices -------------------------------------------------------------

@test
def lists_are_asked_for_each_case(work):
    columns = "Device serial number;Profile status;BIOS\n"
    (work / "devices.csv").write_text(
        columns + "".join(f"ZZ8OTH{i:03};Assigned;\n" for i in range(12)))
    for n in (5, 6):
        shutil.copy(CASES / f"registration-missing-2{n}.cab", work / f"{n}.cab")
    same([r["confidence"] for r in batch("5.cab", "6.cab", cwd=work).rows()],
         ["possible"] * 2)
    r = batch("--intune", "devices.csv", "-j", "2", "5.cab", "6.cab", cwd=work)
    same([(x["cause"], x["confidence"]) for x in r.rows()],
         [("registration-missing", "likely")] * 2)
    for row in r.rows():
        same(any("[devices.csv, line 1]" in e for e in row["evidence"]), True, row)
    full = batch("--full", "--inventory", "devices.csv", "5.cab", cwd=work).rows()[0]
    same([m["kind"] for m in full["members"] if m["name"] == "devices.csv"], ["inventory"])
    r = batch("--intune", "no.csv", "5.cab", cwd=work)
    same((r.code, r.out), (2, b""))


@zip_test
def a_list_costs_nothing_of_what_archives_may_unpack(work):
    rows = "".join(f"{i:07};{'x' * 240}\n" for i in range(100001))
    (work / "devices.csv").write_text("Serial number;Note\n" + rows)
    with zipfile.ZipFile(work / "a.zip", "w") as z:
        for i in range(50):
            z.write(OUTDATED, f"{i}.cab")
    r = batch("--intune", "devices.csv", "a.zip", cwd=work)
    same({row["state"] for row in r.rows()}, {"scanned"})
    same(len(r.rows()), 50)


@test
def resume_with_another_list_is_2(work):
    shutil.copy(OUTDATED, work / "a.cab")
    for name in ("one.csv", "two.csv"):
        (work / name).write_text("Serial number\nA1\n")
    again = ["-o", "r", "--also", "junit=no/such", "a.cab"]
    same(batch("--intune", "one.csv", *again, cwd=work).code, 4)
    for options in ([], ["--intune", "two.csv"], ["--inventory", "one.csv"]):
        r = batch("--resume", *options, *again, cwd=work)
        same(r.code, 2, options)
        contains(r.err, b"other options")
    same(batch("--resume", "--intune", "one.csv", *again, cwd=work).code, 4)


# ---- shards ------------------------------------------------------------------------

@test
def shards_merge_into_what_one_run_gives(work):
    share(work)
    (work / "share/d0" / ("long" * 55)).mkdir()
    for p in sorted(CASES.glob("registration-*.cab")):
        shutil.copy(p, work / "share/d0" / ("long" * 55))
    (work / "share/d0/bad.cab").write_bytes(b"")
    files = []
    for k in range(1, 6):
        r = batch("--shard", f"{k}/5", "-o", f"{k}.rows", "share", cwd=work)
        same(r.code in (0, 3), True)
        files.append(f"{k}.rows")
    rows = [[json.loads(x) for x in (work / f).read_text().splitlines()] for f in files]
    same({r["shards"] for f in rows for r in f}, {5})
    check = jsonschema.Draft7Validator(ROW_SCHEMA)
    same(all(check.is_valid(r) for f in rows for r in f), True)
    ids = [r["id"] for f in rows for r in f if r["state"] != "shard"]
    n = 13 + len(list(CASES.glob("registration-*.cab")))
    same((len(ids), len(set(ids))), (n, n))
    for f in ("table", "csv", "junit", "sarif", "markdown"):
        whole = run("batch", "-q", "-f", f, "share", cwd=work)
        merged = run("merge", "-f", f, *files, cwd=work)
        same((merged.out, merged.code), (whole.out, whole.code), f)
    r = run("merge", *files[:2], *files[3:], cwd=work)
    same(r.code, 3)
    contains(r.err, b"shard 3 of 5: lacks")


@test
def a_re_run_counts_once(work):
    share(work)
    for k in (1, 2):
        batch("--shard", f"{k}/2", "-o", f"{k}.rows", "share", cwd=work)
    once = run("merge", "-f", "csv", "1.rows", "2.rows", cwd=work)
    shutil.copy(work / "1.rows", work / "again.rows")
    twice = run("merge", "-f", "csv", "again.rows", "1.rows", "2.rows", cwd=work)
    same((twice.code, twice.out), (0, once.out))
    contains(twice.err, b"counted once")
    lines = (work / "1.rows").read_bytes().splitlines(True)
    (work / "1.rows").write_bytes(b"".join(lines[:2]))
    r = run("merge", "1.rows", "2.rows", cwd=work)
    same(r.code, 3)
    contains(r.err, b"shard 1 of 2: has not ended")
    (work / "1.rows").write_bytes(b"".join(lines[:1] + lines[-1:]))
    r = run("merge", "1.rows", "2.rows", cwd=work)
    contains(r.err, b"shard 1 of 2: has 1 of its")
    (work / "1.rows").write_bytes(b"".join(lines[:2]) + lines[2][:50])
    r = run("merge", "1.rows", "2.rows", "again.rows", cwd=work)
    same((r.code, r.out), (0, run("merge", "2.rows", "again.rows", cwd=work).out))


@test
def rows_that_powershell_wrote(work):
    share(work, 3)
    batch("-o", "rows", "share", cwd=work)
    rows = (work / "rows").read_bytes()
    plain = run("merge", "-f", "csv", "rows", cwd=work)
    (work / "bom").write_bytes(b"\xef\xbb\xbf" + rows.replace(b"\n", b"\r\n"))
    same(run("merge", "-f", "csv", "bom", cwd=work).out, plain.out)
    for encoding in ("utf-16", "utf-16-be"):
        (work / "wide").write_bytes(b"\xfe\xff" * (encoding != "utf-16") +
                                    rows.decode().encode(encoding))
        r = run("merge", "-f", "csv", "wide", cwd=work)
        same((r.code, r.out), (2, b""), encoding)
        contains(r.err, b"UTF-16")


@test
def rows_that_are_not_whole_are_told(work):
    share(work, 3)
    batch("-o", "rows", "share", cwd=work)
    (work / "cut").write_bytes((work / "rows").read_bytes()[:-40])
    (work / "none").write_bytes(b"")
    for files, n, why in ((["cut"], 2, b"its last row is cut"),
                          (["rows", "cut"], 3, b"its last row is cut"),
                          (["none"], 0, b"no row is in it")):
        r = run("merge", "-f", "ndjson", *files, cwd=work)
        same((r.code, len(r.rows())), (3, n), (files, r.err))
        contains(r.err, why)
    same(run("merge", "-f", "ndjson", "none", "rows", cwd=work).code, 0)


@test
def what_does_not_belong_together_is_refused(work):
    share(work, 4)
    for k, n in ((1, 2), (2, 2), (1, 3)):
        batch("--shard", f"{k}/{n}", "-o", f"{k}of{n}", "share", cwd=work)
    batch("-o", "whole", "share", cwd=work)
    batch("--redact", "key", "-o", "hidden", "share", cwd=work)
    batch("--redact", "key2", "-o", "hidden2", "share", cwd=work)
    batch("--full", "-o", "full", "share", cwd=work)
    for files, why in ((["1of2", "1of3"], b"different batches"),
                       (["whole", "1of2"], b"different batches"),
                       (["hidden", "hidden2"], b"another key"),
                       (["whole", "hidden"], b"pseudonyms"),
                       (["full"], b"whole case"), (["missing"], b"cannot be read")):
        r = run("merge", *files, cwd=work)
        same((r.code, r.out), (2, b""), files)
        contains(r.err, why)
    (work / "text").write_text("hello\n")
    same(run("merge", "text", cwd=work).code, 2)


@test
def engines_say_which_shard(work):
    share(work, 4)
    slurm = {"SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "4",
             "SLURM_ARRAY_TASK_STEP": "1"}
    for env, wanted in (
            ({"SLURM_ARRAY_TASK_ID": "5", **slurm}, 1),
            ({"SLURM_ARRAY_TASK_ID": "8", **slurm}, 4),
            ({"JOB_COMPLETION_INDEX": "0"}, 1), ({"JOB_COMPLETION_INDEX": "3"}, 4),
            ({"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}, 1),
            ({"SYSTEM_JOBPOSITIONINPHASE": "4", "SYSTEM_TOTALJOBSINPHASE": "4"}, 4),
            ({"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4", "JOB_COMPLETION_INDEX": "1"}, 2)):
        r = batch("--shard", "auto:4", "share", cwd=work, env=env)
        same((r.code, r.rows()[-1]["shard"]), (0, wanted), env)
        same(r.out, batch("--shard", f"{wanted}/4", "share", cwd=work).out)
    for env in ({}, {"SLURM_ARRAY_TASK_ID": "9", **slurm},
                {"SLURM_ARRAY_TASK_ID": "5", **slurm, "SLURM_ARRAY_TASK_COUNT": "3"},
                {"SLURM_ARRAY_TASK_ID": "5", **slurm, "SLURM_ARRAY_TASK_STEP": "2"},
                {"SLURM_ARRAY_TASK_ID": "5"}, {"SLURM_ARRAY_TASK_ID": "x", **slurm},
                {"JOB_COMPLETION_INDEX": "4"}, {"JOB_COMPLETION_INDEX": "-1"},
                {"CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "4"},
                {"CI_NODE_INDEX": "5", "CI_NODE_TOTAL": "4"},
                {"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "5"},
                {"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4", "JOB_COMPLETION_INDEX": "1"}):
        same(batch("--shard", "auto:4", "share", cwd=work, env=env).code, 2, env)


@test
def an_empty_shard_is_no_failure(work):
    shutil.copy(OUTDATED, work / "x.cab")
    codes = [batch("--shard", f"{k}/3", "-o", f"{k}.rows", "x.cab", cwd=work).code
             for k in (1, 2, 3)]
    same(codes, [0, 0, 0])
    r = run("merge", "-f", "ndjson", "1.rows", "2.rows", "3.rows", cwd=work)
    same((r.code, r.causes()), (0, ["tpm-firmware-outdated"]))


# ---- archives ------------------------------------------------------------------------

@test
def cabs_in_cabs(work):
    cabwrite.write_cab(work / "outer.cab", [
        ("logs\\a.cab", OUTDATED.read_bytes()), ("b.cab", ATTESTED.read_bytes()),
        ("licensingdiag.cab", ATTESTED.read_bytes()), ("junk.cab", b"MSCF" + bytes(60))])
    rows = batch("outer.cab", cwd=work).rows()
    same([(r["source"], r["cause"]) for r in rows],
         [("outer.cab/logs/a.cab", "tpm-firmware-outdated"),
          ("outer.cab/b.cab", "attested")])
    cabwrite.write_cab(work / "only-junk.cab", [("x.cab", b"MSCF" + bytes(60))])
    rows = batch("only-junk.cab", cwd=work).rows()
    same([(r["source"], r["problem"]) for r in rows], [("only-junk.cab", "format")])


@test
def nesting_has_an_end(work):
    data = OUTDATED.read_bytes()
    for level in range(12):
        data = cabwrite.build_cab([(f"{level}.cab", data)])
    (work / "deep.cab").write_bytes(data)
    rows = batch("deep.cab", cwd=work).rows()
    same([r["problem"] for r in rows], ["limit"])


def make_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as z:
        for name, data in members:
            z.writestr(name, data)


@zip_test
def zips_with_cabs(work):
    tpmtool = (CASES / "amd-ftpm-3.tpmtool.txt").read_bytes()
    make_zip(work / "device.zip", [
        ("(1) FoldersFiles/mdmlogs-2026.cab", (CASES / "amd-ftpm-3.cab").read_bytes()),
        ("tpmtool.txt", tpmtool), ("photo.jpg", b"\xff\xd8" * 50)])
    make_zip(work / "many.zip", [("a.cab", OUTDATED.read_bytes()),
                                 ("x/b.cab", ATTESTED.read_bytes())])
    make_zip(work / "nested.zip", [("inner.zip", (work / "many.zip").read_bytes())])
    make_zip(work / "none.zip", [("photo.jpg", b"\xff\xd8" * 50)])
    r = batch(work.name, cwd=work.parent)
    same([(x["source"].split("/", 1)[1], x.get("cause"), x.get("problem")) for x in r.rows()],
         [("device.zip/(1) FoldersFiles/mdmlogs-2026.cab", "amd-ftpm", None),
          ("many.zip/a.cab", "tpm-firmware-outdated", None),
          ("many.zip/x/b.cab", "attested", None),
          ("nested.zip/inner.zip/a.cab", "tpm-firmware-outdated", None),
          ("nested.zip/inner.zip/x/b.cab", "attested", None),
          ("none.zip", None, "format")])


@zip_test
def a_zip_of_loose_files_is_one_case(work):
    subprocess.run(["cabextract", "-q", "-d", work / "x", OUTDATED], check=True)
    make_zip(work / "x.zip", [(p.name, p.read_bytes())
                              for p in sorted((work / "x").iterdir())])
    rows = batch("x.zip", cwd=work).rows()
    same([(r["source"], r["cause"], r["confidence"]) for r in rows],
         [("x.zip", "tpm-firmware-outdated", "certain")])


@zip_test
def encrypted_zips_say_so(work):
    make_zip(work / "e.zip", [("mdmlogs.cab", OUTDATED.read_bytes())])
    data = bytearray((work / "e.zip").read_bytes())
    for magic, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(magic) + at] |= 1
    (work / "e.zip").write_bytes(data)
    r = batch("e.zip", cwd=work)
    same((r.code, [x["problem"] for x in r.rows()]), (3, ["encrypted"]))
    contains(r.rows()[0]["problem_text"], "password")


# The sanitizers and wine reserve more address space than any limit.
LIMITED = ("" if "ASAN_OPTIONS" in os.environ or program.is_windows(CABSCAN)
           else "ulimit -v 1500000; ") + 'exec "$@"'


@zip_test
def zip_bombs_are_bounded(work):
    bomb = bytes(64 << 20)
    make_zip(work / "bomb.zip", [(f"{i:03}.cab", b"MSCF" + bomb) for i in range(18)])
    with zipfile.ZipFile(work / "large.zip", "w", zipfile.ZIP_DEFLATED) as z:
        with z.open("x.cab", "w") as f:
            for _ in range(5):
                f.write(bomb)
    make_zip(work / "many.zip", [(f"{i}.txt", b"") for i in range(5000)])
    data = (work / "many.zip").read_bytes()
    (work / "cut.zip").write_bytes(data[:len(data) // 2])
    begun = time.time()
    for name, wanted in (("bomb.zip", "limit"), ("large.zip", "limit"),
                         ("many.zip", "limit"), ("cut.zip", "damaged")):
        p = subprocess.run(["sh", "-c", LIMITED, "sh", *program.start(CABSCAN),
                            "batch", "-q", "-j1", "-f", "ndjson", name], cwd=work,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        problems = {json.loads(x)["problem"] for x in p.stdout.splitlines()}
        same((p.returncode, wanted in problems, None in problems), (3, True, False),
             f"{name} {problems} {p.stderr[:300]}")
    same(time.time() - begun < 60, True, "time")


@test
def without_zip_it_says_so(work):
    if HAS_ZIP:
        return
    make_zip(work / "x.zip", [("a.cab", OUTDATED.read_bytes())])
    r = batch("x.zip", cwd=work)
    same((r.code, r.rows()[0]["problem"]), (3, "unsupported"))
    contains(r.rows()[0]["problem_text"], "without libzip")


# ---- progress -----------------------------------------------------------------------

@posix_test
def progress_is_one_line_on_a_terminal(work):
    import pty
    share(work)
    try:
        master, slave = pty.openpty()
    except OSError as e:                # /dev/pts is not mounted, as in a bare chroot
        raise Lacking(str(e)) from e
    subprocess.run([CABSCAN, "batch", "-f", "ndjson", "share"], cwd=work, stderr=slave,
                   stdout=subprocess.DEVNULL, check=True)
    os.close(slave)
    seen = os.read(master, 65536)
    os.close(master)
    contains(seen, b"\r")
    contains(seen, b"12 of 12")
    contains(seen, b"a second")
    r = run("batch", "-f", "ndjson", "share", cwd=work)
    same(b"\r" in r.err, False)
    same(re.fullmatch(rb"cabscan: 12 of 12, [0-9.]+ a second, in \d+ s\n", r.err) is None,
         False, r.err)


def main():
    print(f"1..{len(tests)}")
    failed = 0
    for n, f in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as work:
            try:
                f(Path(work).resolve())
                print(f"ok {n} - {f.__name__}")
            except Lacking as e:
                print(f"ok {n} - {f.__name__} # SKIP {e}")
            except Exception as e:      # every failure is one line of TAP
                failed += 1
                print(f"not ok {n} - {f.__name__}")
                at = traceback.extract_tb(e.__traceback__)
                print(f"#   line {[s.lineno for s in at if s.filename == __file__][-1]}"
                      f" {type(e).__name__}: {e}".replace("\n", "\n#   "))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    # Wine takes arguments and names in the encoding of the locale.
    os.environ["LC_ALL"] = "C.UTF-8" if program.is_windows(CABSCAN) else "C"
    sys.exit(main())
