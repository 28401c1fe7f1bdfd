#!/usr/bin/env python3
"""Exact values for tests/unit/test_statistics.c: fisher_reference.py [FILE]

Prints lines "fisher HITS OF ALL_HITS ALL P" and "wilson HITS OF LOW HIGH".  P is
a sum of exact fractions; nothing here is shared with the code that it tests.
With FILE (tests/unit/statistics.txt) it says instead whether the file has these
values, and, where scipy is installed, whether scipy gives them, too.
"""
import sys
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 40
Z = Decimal("1.959963984540054235524594430520551527955550")

FISHER = [
    # hits, of, all hits, all
    (3, 4, 4, 8), (0, 5, 3, 10), (5, 5, 5, 10), (5, 5, 5, 5), (1, 1, 1, 100),
    (8, 9, 10, 129), (2, 9, 10, 129), (9, 9, 9, 10_000), (5, 20, 100, 400),
    (4, 20, 100, 400), (6, 20, 100, 400), (30, 45, 30, 900_000),
    (15, 45, 3_400, 900_000), (100, 100, 100, 1_000_000),
    (60, 60, 900_000, 1_000_000), (1_000, 1_500, 20_000, 1_000_000),
    (1, 2_000, 100, 1_000_000), (0, 2_000, 100, 1_000_000),
    (200, 200, 200, 900_000), (64, 64, 64, 900_000), (52, 53, 52, 900_000), (55, 60, 60, 900_000),
    (50, 1_000, 50_000, 1_000_000), (80, 1_000, 50_000, 1_000_000),
]
WILSON = [(0, 1), (1, 1), (0, 10), (10, 10), (8, 9), (1, 20), (50, 100),
          (27_826, 900_000), (1, 1_000_000), (999_999, 1_000_000)]


def exactly(x, of, all_hits, all_):
    """The chance of exactly x: drawn one after another, hits first."""
    p = Fraction(1)
    for i in range(x):
        p *= Fraction((all_hits - i) * (of - i), (all_ - i) * (i + 1))
    misses = of - x
    for i in range(misses):
        p *= Fraction(all_ - all_hits - i, all_ - x - i)
    return p


def tail(hits, of, all_hits, all_):
    """At least that many."""
    if of > all_hits:
        of, all_hits = all_hits, of
    least = max(0, of + all_hits - all_)
    if hits <= least:
        return Fraction(1)
    term = exactly(hits, of, all_hits, all_)
    total = term
    for x in range(hits, of):
        term *= Fraction((all_hits - x) * (of - x),
                         (x + 1) * (all_ - all_hits - of + x + 1))
        total += term
        if term * 10**25 < total:
            break
    return total


def digits(p):
    return f"{Decimal(p.numerator) / Decimal(p.denominator):.17e}"


def wilson(hits, of):
    n, share = Decimal(of), Decimal(hits) / of
    middle = share + Z * Z / (2 * n)
    half = Z * (share * (1 - share) / n + Z * Z / (4 * n * n)).sqrt()
    low = (middle - half) / (1 + Z * Z / n) if hits else Decimal(0)
    high = (middle + half) / (1 + Z * Z / n) if hits < of else Decimal(1)
    return low, high


def lines():
    for case in FISHER:
        yield f"fisher {' '.join(map(str, case))} {digits(tail(*case))}"
    for case in WILSON:
        yield f"wilson {case[0]} {case[1]} " + " ".join(f"{x:.17e}" for x in wilson(*case))


def close(a, b, within=1e-7):
    return abs(a - b) <= within * max(abs(a), abs(b))


def with_scipy():
    """What scipy says of the same; its own log-gamma is good to some 1e-9."""
    try:
        from scipy import stats
    except ImportError:
        return "scipy is not installed: not compared with it"
    for hits, of, all_hits, all_ in FISHER:
        table = [[hits, of - hits], [all_hits - hits, all_ - all_hits - of + hits]]
        p = stats.fisher_exact(table, alternative="greater")[1]
        exact = float(Decimal(digits(tail(hits, of, all_hits, all_))))
        if not close(p, exact):
            sys.exit(f"scipy says {p} for {table}, not {exact}")
    for hits, of in WILSON:
        found = stats.binomtest(hits, of).proportion_ci(method="wilson")
        for a, b in zip((found.low, found.high), wilson(hits, of)):
            if abs(a - float(b)) > 1e-12:
                sys.exit(f"scipy says {found} for {hits} of {of}")
    return "scipy says the same"


def main():
    found = list(lines())
    if len(sys.argv) < 2:
        print("\n".join(found))
        return
    with open(sys.argv[1], encoding="ascii") as f:
        if f.read().splitlines() != found:
            sys.exit(f"{sys.argv[1]} is not what this script prints")
    print(with_scipy())


if __name__ == "__main__":
    main()
