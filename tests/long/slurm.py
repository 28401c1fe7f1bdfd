#!/usr/bin/env python3
"""A job array on a real Slurm: slurm.py CABSCAN CASES [N_CABS]

Starts munge, slurmctld and three slurmd on this machine (as root, Debian's
packages), runs examples/slurm/batch.sh as a user would: an array over a share
with the merge as a dependent job.  One task is killed while it scans and is
run again; the report must be what one machine makes of the share.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = ["slurm-wlm", "munge"]
SHARDS = 6
checks = failures = 0

CONF = """ClusterName=cabscan
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={dir}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool.%n
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.%n.pid
SlurmctldLogFile={dir}/slurmctld.log
SlurmdLogFile={dir}/slurmd.%n.log
SlurmctldPort=17817
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=2
SchedulerParameters=sched_interval=1,sched_min_interval=0
NodeName=n[1-3] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17101-17103] CPUs=1 State=UNKNOWN
PartitionName=scan Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
"""


def expect(what, is_right, seen=""):
    global checks, failures
    checks += 1
    print(f"{'ok' if is_right else 'FAILED'}: {what}")
    if not is_right:
        failures += 1
        print("   ", seen)


def sh(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True,
                          capture_output=True, **options).stdout


def until(what, condition, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.1)
    print("timed out:", what)
    return False


def install():
    lacking = [p for p in PACKAGES if subprocess.run(
        ["dpkg-query", "-W", p], capture_output=True).returncode != 0]
    if lacking:
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends",
                        *lacking], check=True)


def start(d):
    """The daemons, which this script started and stops again."""
    (d / "state").mkdir()
    (d / "key").write_bytes(os.urandom(128))
    (d / "key").chmod(0o400)
    d.chmod(0o755)
    shutil.chown(d / "key", "munge", "munge")
    (d / "munge").mkdir()
    shutil.chown(d / "munge", "munge", "munge")
    conf = CONF.format(host=os.uname().nodename.split(".")[0], dir=d)
    conf = conf.replace(f"{d}/munge.socket", f"{d}/munge/socket")
    (d / "slurm.conf").write_text(conf)
    os.environ["SLURM_CONF"] = str(d / "slurm.conf")
    daemons = [subprocess.Popen(
        ["runuser", "-u", "munge", "--", "munged", "-F", f"--socket={d}/munge/socket",
         f"--key-file={d}/key", f"--pid-file={d}/munge/pid",
         f"--log-file={d}/munge/log", f"--seed-file={d}/munge/seed"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    until("munge", (d / "munge/socket").exists)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    daemons.append(subprocess.Popen(["slurmctld", "-D", "-c"], **quiet))
    for n in ("n1", "n2", "n3"):
        (d / f"spool.{n}").mkdir()
        daemons.append(subprocess.Popen(["slurmd", "-D", "-N", n], **quiet))
    return daemons


def stop(daemons):
    for p in reversed(daemons):
        p.terminate()
    for p in daemons:
        try:
            p.wait(20)
        except subprocess.TimeoutExpired:
            p.kill()


def make_share(where, cases, n):
    """Copies of the fixture cases, with some that cannot be read."""
    cabs = sorted(cases.glob("*.cab"))
    for i in range(n):
        folder = where / f"{i % 20:02}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(cabs[i % len(cabs)], folder / f"{i:05}.cab")
    for i in range(5):
        (where / f"{i:02}" / "broken.cab").write_bytes(b"MSCF" + bytes(200))


def running_task(d, job, index):
    """The process of cabscan in that task; 0: none."""
    for p in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"cabscan" not in (p / "comm").read_bytes():
                continue
            env = (p / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if (f"SLURM_ARRAY_JOB_ID={job}".encode() in env and
                f"SLURM_ARRAY_TASK_ID={index}".encode() in env):
            return int(p.name)
    return 0


def main():
    exe, cases = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 6000
    install()
    with tempfile.TemporaryDirectory() as t:
        work = pathlib.Path(t)
        (work / "slurm").mkdir()
        work.chmod(0o755)
        make_share(work / "share", cases, n)
        os.environ["PATH"] = f"{exe.parent}:{os.environ['PATH']}"
        begun = time.time()
        one = subprocess.run([exe, "batch", "-q", "-j1", "-f", "junit", "share"],
                             cwd=work, capture_output=True)
        alone = time.time() - begun
        expect("one machine: 3, some CABs are broken", one.returncode == 3)
        daemons = start(work / "slurm")
        try:
            expect("three nodes are idle", until("nodes", lambda: subprocess.run(
                ["sinfo", "-h", "-o", "%D %T"], capture_output=True,
                text=True).stdout.strip() == "3 idle"))
            cluster(work, exe, n, one.stdout, alone)
        finally:
            stop(daemons)
    print(f"{checks - failures} passed, {failures} failed")
    return 1 if failures else 0


def cluster(work, exe, n, wanted, alone):
    begun = time.time()
    job = sh("sbatch", "--parsable", f"--array=3-{2 + SHARDS}", "--requeue",
             TOP / "examples/slurm/batch.sh", "share", SHARDS, cwd=work).strip()
    merge = sh("sbatch", "--parsable", f"--dependency=afterany:{job}",
               TOP / "examples/slurm/merge.sh", "report.xml", cwd=work).strip()
    found = []

    def find():
        found[:] = [running_task(work, job, 5)]
        return found[0]

    expect("a task runs", until("task 5", find), work)
    if not found[0]:
        return                              # it ended sooner: N_CABS is too small
    victim = work / "rows-3.ndjson"         # index 5 of 3 to 8 is shard 3
    until("its first rows", lambda: (work / "rows-3.ndjson.resume").exists() and
          (work / "rows-3.ndjson.resume").stat().st_size > 20000)
    os.kill(found[0], signal.SIGKILL)
    done = (work / "rows-3.ndjson.resume").read_bytes().count(b"\n") - 1
    expect("killed, it leaves no cut file", not victim.exists())
    expect("killed in its midst", 0 < done < n / SHARDS, done)
    until("the task has failed", lambda: f"{job}_5" not in sh("squeue", "-h", "-r",
                                                            "-o", "%i %T"))
    # The merge must wait for it: hold it, and run the task again.
    sh("scontrol", "hold", merge)
    sh("scontrol", "requeue", f"{job}_5")
    sh("scontrol", "release", merge)
    ended = until("the merge", lambda: not sh("squeue", "-h"), 300)
    seconds = time.time() - begun
    log = "\n".join(p.read_text() for p in sorted(work.glob("slurm-*.out")))
    expect("all jobs end", ended, log)
    expect("the task that ran again went on where it was",
           "are done already" in log, log[-1500:])
    made = work / "report.xml"
    expect("the report is what one machine makes",
           made.exists() and made.read_bytes() == wanted,
           (made.exists() and len(made.read_bytes()), len(wanted), log[-1500:]))
    rows = sum(1 for k in range(1, SHARDS + 1)
               for _ in (work / f"rows-{k}.ndjson").open())
    expect("each case is in one shard", rows == n + 5 + SHARDS, rows)
    os.remove(work / "rows-2.ndjson")
    r = subprocess.run([exe, "merge", *sorted(work.glob("rows-*.ndjson"))],
                       capture_output=True, text=True)
    expect("a shard that lacks is named", r.returncode == 3 and
           f"shard 2 of {SHARDS}: lacks" in r.stderr, r.stderr)
    r = subprocess.run([exe, "batch", "--shard", f"auto:{SHARDS + 1}", "share"], cwd=work,
                       env={**os.environ, "SLURM_ARRAY_TASK_ID": "3",
                            "SLURM_ARRAY_TASK_MIN": "3",
                            "SLURM_ARRAY_TASK_COUNT": str(SHARDS)}, capture_output=True)
    expect("another N than the array's is refused", r.returncode == 2, r.stderr)
    print(f"{n} CABs, {SHARDS} tasks on 3 nodes: {seconds:.1f} s, of them killed after "
          f"{done} cases and run again: one task; one process alone: {alone:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
