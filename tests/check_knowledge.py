#!/usr/bin/env python3
"""Hygiene of the knowledge that is built in: check_knowledge.py ROOT

What the loader cannot see: that nothing is declared without use, that each
cause is told well and has fixtures, and that the published codes and events
are all there.  The tables that they are compared with lie beside the source
tree; without them that part is skipped.  Prints TAP.
"""

import csv
import difflib
import json
import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
KNOWLEDGE = ROOT / "lib/knowledge"
FACTS = ROOT.parent / "shared/facts"

CAUSES = """attested recovered not-attempted transient-service network-blocked
    clock-skew tpm-firmware-outdated tpm-firmware-vulnerable rsa3072-st-nuvoton
    amd-ftpm windows-update-missing unsupported-hardware tpm-not-ready
    tpm-hardware-fault ek-certificate-missing ek-refused registration-stale
    registration-missing enrollment-configuration later-esp-failure unknown""".split()
N_CODES = 645

# What the ticket block of a report shows whether a cause asks for it or not.
CONTRACT = """device.serial device.uuid device.manufacturer device.model device.bios
    tpm.vendor tpm.firmware tpm.firmware_raw tpm.spec tpm.present tpm.enabled
    tpm.activated tpm.owned tpm.ready tpm.ready_for_storage
    tpm.ready_for_attestation tpm.locked_out autopilot.scenario autopilot.profile
    autopilot.tenant windows.build windows.edition""".split()

# Where the published rule leads the classes of codes; what begins with the word
# follows it.
LEAD = {
    "transient": "transient-service", "network": "network-blocked",
    "clock_skew": "clock-skew", "tpm_state": "tpm-not-ready",
    "tpm_locked_out": "tpm-not-ready", "tpm_hw_fault": "tpm-hardware-fault",
    "tpm_absent": "unsupported-hardware", "unsupported": "unsupported-hardware",
    "firmware_outdated": "tpm-firmware-outdated",
    "tpm_vulnerable": "tpm-firmware-vulnerable",
    "os_bug": "windows-update-missing", "ek_cert_missing": "ek-certificate-missing",
    "ek_cert_not_accepted": "ek-refused", "ek_authority_unknown": "ek-refused",
    "device_reuse": "registration-stale", "entra_object": "registration-stale",
    "stale": "registration-stale", "registration_missing": "registration-missing",
    "mdm_config": "enrollment-configuration", "licence": "enrollment-configuration",
    "edition": "enrollment-configuration", "esp_later": "later-esp-failure",
    "user_cancelled": "later-esp-failure", "generic": "none", "ambiguous": "none",
    "tpm_command": "none", "diagnostics": "none",
}
ZTD = {"stale_registration": (806, 808, 810, 811, 908),
       "registration_missing": (807, 809, 815)}

# ADV170012, exactly.
ROCA = "4.0-4.33 4.40-4.42 5.0-5.61 6.0-6.42 7.0-7.61 133.0-133.32".split()

# What no CAB alone can show: that a version is older than a site allows.
NEEDS_A_SITE = {("tpm-firmware-outdated", "possible")}

# A sentence of ours is no copy of another one: not so many words in a row, and
# not so much of it in the same order.
WORDS_IN_A_ROW = 8
ALIKE = 0.8

failures = 0
n_tests = 0


class Stanza:
    def __init__(self, file, line, kind, name, rest):
        self.place = f"{file}:{line}"
        self.kind, self.name, self.rest = kind, name, rest
        self.entries = []

    def all(self, key):
        return [rest for k, rest in self.entries if k == key]

    def one(self, key):
        found = self.all(key)
        return found[0] if found else ""

    def has(self, key):
        return any(k == key for k, _ in self.entries)


def read_stanzas():
    stanzas = []
    for path in sorted(KNOWLEDGE.glob("*.txt")):
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            first, _, rest = line.strip().partition(" ")
            if line[0] in " \t":
                stanzas[-1].entries.append((first, rest.strip()))
            else:
                name, _, more = rest.strip().partition(" ")
                stanzas.append(Stanza(path.name, n, first, name, more.strip()))
    return stanzas


STANZAS = read_stanzas()


def of_kind(kind):
    return [s for s in STANZAS if s.kind == kind]


def check(title, wrong):
    """One line of TAP; 'wrong' is what is not as it should be."""
    global failures, n_tests
    wrong = list(wrong)
    n_tests += 1
    failures += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {n_tests} - {title}")
    for text in wrong[:40]:
        print(f"#   {text}")


def skip(title):
    global n_tests
    n_tests += 1
    print(f"ok {n_tests} - {title} # SKIP skipped: no corpus")
    print("# skipped: no corpus")


# ---- causes and steps --------------------------------------------------------

def causes_are_told(causes):
    for c in causes:
        for key in ("title", "summary", "why", "stage", "do"):
            if not c.one(key):
                yield f"{c.place}: {c.name} has no {key}"
        if c.name != "unknown" and not any(c.has(k) for k in ("certain", "likely",
                                                              "possible")):
            yield f"{c.place}: {c.name} has no rule"


def steps_exist(causes):
    named = {s.name for s in of_kind("step")}
    used = {"collect", "copy-off"}
    for c in causes:
        for word in " ".join(c.all("do")).split():
            used.add(word)
            if word not in named:
                yield f"{c.place}: no step {word}"
    yield from (f"no cause has the step {name}" for name in sorted(named - used))


def steps_are_told():
    for s in of_kind("step"):
        if not s.one("text"):
            yield f"{s.place}: {s.name} has no text"
        if s.name.startswith("not-worth"):      # nothing to do there
            continue
        for key in ("who", "risk", "takes", "ends"):
            if not s.one(key):
                yield f"{s.place}: {s.name} does not say {key}"


def artefacts_are_told():
    for a in of_kind("artefact"):
        for key in ("what", "command", "member"):
            if not a.one(key):
                yield f"{a.place}: {a.name} has no {key}"


def collecting_first(causes):
    """No step that resets anything in a cause that does not collect first."""
    for c in causes:
        words = " ".join(c.all("do")).split()
        if not c.has("collect-first") and any("clear" in w or "register" in w
                                              for w in words):
            yield f"{c.place}: {c.name} resets without collect-first"


def fixtures_exist(causes):
    verdicts, nears = set(), set()
    for path in sorted((ROOT / "fixtures/cases").glob("*/case.txt")):
        head = path.read_text("utf-8").split("\n\n")[0]
        verdict = re.search(r"(?m)^verdict:\s*(\S+)", head)
        near = re.search(r"(?m)^near:\s*(\S+)", head)
        if not verdict:
            yield f"{path.parent.name}: no verdict"
            continue
        if verdict[1] not in CAUSES:
            yield f"{path.parent.name}: no such cause: {verdict[1]}"
        verdicts.add(verdict[1])
        if near:
            nears.add(near[1])
            if near[1] == verdict[1]:
                yield f"{path.parent.name}: near to its own verdict"
    for c in causes:
        if c.name not in verdicts:
            yield f"no fixture gives {c.name}"
        if c.name != "unknown" and c.name not in nears:
            yield f"no near miss of {c.name}"


def fixtures_at_each_level(causes):
    """A verdict of each confidence that the rules of the cause can give."""
    shown = set(NEEDS_A_SITE)
    for path in (ROOT / "fixtures/cases").glob("*/expect.json"):
        verdict = json.loads(path.read_text("utf-8"))["verdict"]
        shown.add((verdict["cause"], verdict["confidence"]))
    for c in causes:
        for level in ("certain", "likely", "possible"):
            if c.has(level) and (c.name, level) not in shown:
                yield f"no fixture gives {c.name} at {level}"


# ---- facts -------------------------------------------------------------------

def conditions():
    for s in STANZAS:
        if s.kind not in ("cause", "derive", "step", "artefact", "remark"):
            continue
        for key, rest in s.entries:
            if key in ("when", "certain", "likely", "possible", "against", "lowers",
                       "excluded") and rest:
                words = rest.split()
                yield s, words[1:] if words[0] == "ever" else words


def facts_used():
    used = set(CONTRACT)
    for _, words in conditions():
        used.add(words[0])
        if words[1] in ("same-as", "differs", "above-minutes", "before", "near", "after"):
            used.add(words[2])
    for s in STANZAS:
        for key, rest in s.entries:
            if key == "or-fact":
                used.add(rest)
            used.update(re.findall(r"\{([a-z0-9_.]+)\}", rest))
    for f in of_kind("fact"):
        if f.has("role"):               # tells tries to attest apart
            used.add(f.name)
    for path in ROOT.glob("lib/*/*.c"):
        used.update(re.findall(r'"([a-z0-9]+\.[a-z0-9_]+)"', path.read_text("utf-8")))
    return used


def facts_are_used():
    used = facts_used()
    for f in of_kind("fact"):
        if f.name not in used:
            yield f"{f.place}: nobody uses {f.name}"


def facts_have_sources():
    derived = {s.name for s in of_kind("derive")}
    named = {f.name for f in of_kind("fact")}
    for f in of_kind("fact"):
        if not (f.has("from") or f.has("built-in") or f.name in derived):
            yield f"{f.place}: {f.name} comes from nowhere"
        if not f.one("title"):
            yield f"{f.place}: {f.name} has no title"
    yield from (f"the contract has no fact {n}" for n in CONTRACT if n not in named)


def causes_meant_exist():
    for s, words in conditions():
        if words[1] == "means" and words[2] not in CAUSES:
            yield f"{s.place}: means {words[2]}, which is no cause"


# ---- words -------------------------------------------------------------------

def classes_exist():
    classes = {c.name for c in of_kind("class")}
    used = set()
    for s in STANZAS:
        if s.kind in ("code", "service", "message"):
            used.add(s.one("class"))
            if s.one("class") not in classes:
                yield f"{s.place}: no class {s.one('class')!r}"
    yield from (f"nothing is of class {name}" for name in sorted(classes - used))


def classes_lead_to_causes():
    for c in of_kind("class"):
        if c.one("cause") not in CAUSES + ["none"]:
            yield f"{c.place}: no cause {c.one('cause')!r}"


def classes_follow_the_rule():
    for c in of_kind("class"):
        leads = {LEAD[word] for word in LEAD if c.name.startswith(word)}
        if leads != {c.one("cause")}:
            yield f"{c.place}: {c.name} leads to {c.one('cause')}, not {leads}"
    classes = {int(s.name): s.one("class") for s in of_kind("service")}
    for name, numbers in ZTD.items():
        yield from (f"service {n} is of class {classes.get(n)}, not {name}"
                    for n in numbers if classes.get(n) != name)


def published_firmware():
    lines = {s.name: [x.split()[:2] for x in s.all("firmware")] for s in of_kind("vendor")}
    if sorted(r for r, word in lines["IFX"] if word == "vulnerable") != sorted(ROCA):
        yield f"IFX: {lines['IFX']}"
    for vendor in ("STM", "NTC"):           # no version is published
        yield from (f"{vendor} {r} is {word}" for r, word in lines[vendor]
                    if word in ("known-bad", "vulnerable"))


def words_are_told():
    for s in STANZAS:
        if s.kind in ("code", "service", "message") and not s.one("says"):
            yield f"{s.place}: {s.name} says nothing"
        if s.kind == "message" and len(s.one("match")) < 6:
            yield f"{s.place}: {s.name} matches {s.one('match')!r}"


def code_number(text):
    return int(text, 16)


def names_are_declared_once():
    seen = {}
    for s in STANZAS:
        if s.kind in ("derive", "step"):
            continue                    # several are alternatives
        name = code_number(s.name) if s.kind == "code" else s.name.lower()
        key = (s.kind, name, s.rest if s.kind == "event" else "")
        if key in seen:
            yield f"{s.place}: {s.kind} {s.name} stands in {seen[key]}, too"
        seen[key] = s.place


def enough_codes():
    n = len({code_number(c.name) for c in of_kind("code")})
    if n < N_CODES:
        yield f"{n} codes, not {N_CODES}"


# ---- what is published -------------------------------------------------------

def table(name):
    with open(FACTS / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def codes_by_number():
    return {code_number(c.name): c for c in of_kind("code")}


def published_symbol(text):
    """The symbol of a row; None where it only describes that there is none."""
    word = text.split(" ")[0]
    return word if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)+", word) else None


def all_codes():
    ours = codes_by_number()
    for row in table("errors.tsv"):
        code = ours.get(code_number(row["code"]))
        if not code:
            yield f"no code {row['code']} {row['symbol']}"
            continue
        symbols = [code.rest] + " ".join(code.all("also")).split()
        symbol = published_symbol(row["symbol"])
        if symbol and symbol not in symbols:
            yield f"{code.place}: {row['code']} is {symbols}, not {symbol}"


def events_by_name():
    full = {p.name: p.rest for p in of_kind("provider")}
    return {(full[e.name], e.rest): e for e in of_kind("event")}


def all_events():
    ours = events_by_name()
    for provider, number in sorted({(r["provider"], r["event_id"])
                                    for r in table("events.tsv")}):
        if (provider, number) not in ours:
            yield f"no event {provider} {number}"


def entries_have_sources():
    """By themselves, or by what an "about" before them in the file says."""
    about, used = {}, set()
    declared = {s.name: s for s in of_kind("source")}
    for s in STANZAS:
        file = s.place.partition(":")[0]
        if s.kind == "about":
            about[file] = s
        named = s.one("source") or about.get(file, s).one("source")
        used.update(named.split())
        if s.kind not in ("about", "source") and not named:
            yield f"{s.place}: {s.name} has no source"
        if not (s.one("checked") or about.get(file, s).one("checked")):
            yield f"{s.place}: {s.name} was never checked"
    for name, source in declared.items():
        if name not in used:
            yield f"{source.place}: nothing comes from {name}"
        if not source.one("title") or not source.one("where"):
            yield f"{source.place}: {name} has no title or is nowhere"


def all_classes():
    ours = {c.name for c in of_kind("class")}
    theirs = {r["root_cause_class"] for r in table("errors.tsv")}
    for row in table("service_messages.tsv"):
        theirs.update(re.findall(r"\b[a-z]+_[a-z_]+\b", row["class"]))
    yield from (f"no class {name}" for name in sorted(theirs - ours))


def words_of(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def is_copy(ours, theirs):
    a, b = words_of(ours), words_of(theirs)
    if len(a) < 4 or len(b) < 4:
        return False
    m = difflib.SequenceMatcher(None, a, b, autojunk=False)
    longest = m.find_longest_match(0, len(a), 0, len(b)).size
    return longest >= WORDS_IN_A_ROW or m.ratio() >= ALIKE


def no_copies():
    codes, events = codes_by_number(), events_by_name()
    for row in table("errors.tsv"):
        code = codes.get(code_number(row["code"]))
        if code and is_copy(code.one("says"), row["meaning"]):
            yield f"{code.place}: {code.one('says')} | {row['meaning']}"
    for row in table("events.tsv"):
        event = events.get((row["provider"], row["event_id"]))
        for key in ("message_template", "meaning"):
            if event and is_copy(event.one("says"), row[key]):
                yield f"{event.place}: {event.one('says')} | {row[key]}"


def main():
    causes = of_kind("cause")
    check("the causes are those of the contract",
          sorted(set(CAUSES) ^ {c.name for c in causes}))
    check("each cause is told", causes_are_told(causes))
    check("each step that a cause asks for exists", steps_exist(causes))
    check("each step is told", steps_are_told())
    check("each artefact is told", artefacts_are_told())
    check("what resets collects first", collecting_first(causes))
    check("each cause has a fixture and a near miss", fixtures_exist(causes))
    check("each cause has a fixture at each confidence",
          fixtures_at_each_level(causes))
    check("each fact is used", facts_are_used())
    check("each fact comes from somewhere", facts_have_sources())
    check("what codes are said to mean are causes", causes_meant_exist())
    check("each class that is used is declared", classes_exist())
    check("classes lead to causes", classes_lead_to_causes())
    check("classes follow the rule", classes_follow_the_rule())
    check("firmware is bad where that is published", published_firmware())
    check("each word is told", words_are_told())
    check("each name is declared once", names_are_declared_once())
    check("each entry has a source and a date", entries_have_sources())
    check(f"there are {N_CODES} codes", enough_codes())
    published = {"each published code with its symbol": all_codes,
                 "each published class of codes": all_classes,
                 "each published event": all_events,
                 "no sentence is a copy": no_copies}
    for title, wrong in published.items():
        if FACTS.is_dir():
            check(title, wrong())
        else:
            skip(title)
    print(f"1..{n_tests}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
