#!/usr/bin/env python3
"""Every live record of the corpus of real logs comes out.

usage: corpus_evtx.py EVTXDUMP CORPUS

The figures were counted by a walk over chunks and records that shares nothing
with the reader: records reached in order, those found behind damage on the
8-byte grid, and those in chunks without a header.  Exit 77: no corpus.
"""
import glob
import os
import subprocess
import sys

SKIP = 77
LOGS = 35
LIVE, RESYNCED, HEADERLESS = 28356, 234, 82
# Logs in which something else than (all live, 0, 0) comes out.
DAMAGED = {
    'omerbenamram+evtx/2-vss_0-Microsoft-Windows-RemoteDesktopServices-'
    'RdpCoreTS%4Operational.evtx': (1910, 65, 0),
    'omerbenamram+evtx/2-vss_0-Microsoft-Windows-TerminalServices-'
    'RemoteConnectionManager%4Operational.evtx': (1774, 21, 0),
    'omerbenamram+evtx/Microsoft-Windows-LanguagePackSetup%4Operational.evtx':
        (16, 1, 0),
    'omerbenamram+evtx/sample-with-zero-data-size-event.evtx': (335, 114, 0),
    'omerbenamram+evtx/sample_with_a_bad_chunk_magic.evtx': (267, 33, 82),
}


def dump(evtxdump, paths):
    """Lines of records and of summaries."""
    run = subprocess.run([evtxdump] + paths, stdout=subprocess.PIPE,
                         check=True)
    lines = run.stdout.decode('utf-8').split('\n')
    return ([x.split('\t') for x in lines if x and x[0] not in '=#'],
            [x.split(' ') for x in lines if x.startswith('= ')])


def main():
    evtxdump, corpus = sys.argv[1], sys.argv[2]
    paths = sorted(glob.glob(os.path.join(glob.escape(corpus), '*', '*.evtx')))
    if not paths:
        print('skipped: no corpus')
        return SKIP
    failures, sums = [], [0, 0, 0]

    def check(what, found, expected):
        if found != expected:
            failures.append(f'{what}: {found}, expected {expected}')

    records, summaries = dump(evtxdump, paths)
    check('logs', len(summaries), LOGS)
    for path, line in zip(paths, summaries):
        counts = tuple(int(n) for n in line[-5:-2])
        sums = [a + b for a, b in zip(sums, counts)]
        check(path, counts,
              DAMAGED.get(os.path.relpath(path, corpus), (counts[0], 0, 0)))
    check('live', sums[0], LIVE)
    check('resynchronised', sums[1], RESYNCED)
    check('in headerless chunks', sums[2], HEADERLESS)
    check('lines', len(records), LIVE + RESYNCED + HEADERLESS)
    check('places', len({(r[0], r[1]) for r in records}), len(records))
    check('without provider or time',
          sum(1 for r in records if not r[3] or r[6].startswith('1601')), 0)
    check('recovered and not doubtful',
          sum(1 for r in records if r[7] in ('resynced', 'headerless')), 0)
    for text in failures:
        print('FAILED', text)
    print(f'{len(paths)} logs: {sums[0]} live records, {sums[1]} '
          f'resynchronised, {sums[2]} in headerless chunks, '
          f'{sum(len(r) for r in records)} fields')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
