#!/usr/bin/env python3
"""The rules that stand above all causes, on random evidence.

    check_rules.py CABSCAN [SEED [COUNT]]

Each case is a random lot of what a device may say.  What the rules demand of
the verdict is worked out here from that lot alone, without the knowledge of
the program: a change of knowledge that breaks a rule is found even where no
fixture shows it.  A case that fails is told with its seed and its evidence.
Prints TAP.
"""
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))
import mkcase  # noqa: E402

CAUSES = [line.split()[1] for line in
          (TOP / "lib/knowledge/causes.txt").read_text("utf-8").splitlines()
          if line.startswith("cause ")]
LEVELS = {"none": 0, "possible": 1, "likely": 2, "certain": 3}
PASSES = {"attested", "recovered"}
LATER = {"registration-stale", "registration-missing", "enrollment-configuration",
         "later-esp-failure"}
NOT_TPM = PASSES | LATER | {"not-attempted", "unknown"}

# ---- what a device may say ----------------------------------------------------

MDD = "Microsoft-Windows-ModernDeployment-Diagnostics-Provider"
MDM = "Microsoft-Windows-DeviceManagement-Enterprise-Diagnostics-Provider"
LOGS = {        # file: (provider, channel)
    "autopilot": (MDD + " {bab3ad92-fb96-5902-450b-b8421bdec7bd}", MDD + "/Autopilot"),
    "mdm": (MDM + " {3da494e4-0fe2-415c-b895-fb5265c5c83b}", MDM + "/Admin"),
    "System": ("Microsoft-Windows-TPM-WMI {7d5387b0-cbe0-11da-a94d-0800200c9a66}",
               "System"),
}

TPMS = {        # name: vendor, firmware
    "ifx-good": ("IFX", (7, 63, 3353, 0)), "ifx-roca": ("IFX", (5, 61, 2785, 0)),
    "ifx-15.22": ("IFX", (15, 22, 16832, 0)), "amd-bad": ("AMD", (3, 58, 0, 5)),
    "amd-3.2": ("AMD", (3, 58, 2, 5)), "amd-6": ("AMD", (6, 8, 0, 5)),
    "stm": ("STM", (1, 512, 0, 0)), "ntc": ("NTC", (7, 2, 3, 1)),
    "intel": ("INTC", (600, 18, 54, 0)), "pluton": ("MSFT", (1, 0, 0, 0)),
}
BUILDS = ["10.0.19044.1200", "10.0.22000.600", "10.0.22631.4460", "10.0.26100.2894"]
CPUS = {"AMD": ["AMD Ryzen 5 PRO 4650U with Radeon Graphics", "AMD Ryzen AI 9 HX 370"],
        "INTC": ["11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz",
                 "Intel(R) Core(TM) Ultra 7 165U"]}
TEXTS = {
    "needs-update": "Attestation statement rejected. TPM firmware needs update.",
    "no-valid-ek": "No valid TPM EK/Platform Certificate provided.",
    "authority": 'The authority \\"%s-keyid-24e2ea6b39a86e3d5d052217f9f93e435ef41d2f'
                 '.microsoftaik.azure.net\\" does not exist',
    "unread": "Failed to parse SCEP request.",
}
FAILURES = ["0x81039001"] * 4 + ["0x80190190", "0x80190194", "0x80070490", "0x80072ee7",
            "0x80072f8f", "0x81039023", "0x81039024", "0x80090016", "0x80280921",
            "0x80180005", "0x801901f7", "0x800705b4", "0x80290405"]
WITHIN = {      # events of the last try: (level, values)
    "205": "event 205 level=4", "208": "event 208 level=4", "209": "event 209 level=4",
    "165": "event 165 level=3", "751": "event 751 level=4",
    "207": "event 207 level=3\n  HRESULT hex32 0x80190190",
    "202-net": "event 202 level=4\n  HRESULT hex32 0x80072ee7",
    "212-bad": "event 212 level=4\n  HRESULT hex32 0x81039024\n"
               "  VulnerabilityDetected i32 1\n  VulnerabilityFlags u64 1",
    "212-good": "event 212 level=4\n  HRESULT hex32 0x0\n"
                "  VulnerabilityDetected i32 0\n  VulnerabilityFlags u64 0",
    "176-temporary": "event 176 level=4\n  ServerState u32 3\n  ClientState u32 5",
    "176-long": "event 176 level=4\n  ServerState u32 3\n  ClientState u32 6",
    "176-no-tpm": "event 176 level=4\n  ServerState u32 0\n  ClientState u32 1",
    "753-hours": "event 753 level=4\n  ServerTime text 2026-11-20T12:00:00Z\n"
                 "  ClientTime text 2026-11-20T09:00:00Z\n"
                 "  AttemptNumber i32 1\n  MaxAttempts i32 3",
    "753-seconds": "event 753 level=4\n  ServerTime text 2026-11-20T09:00:20Z\n"
                   "  ClientTime text 2026-11-20T09:00:00Z\n"
                   "  AttemptNumber i32 1\n  MaxAttempts i32 3",
}
SYSTEM = {
    "1794": "event 1794 level=2",
    "1026": "event 1026 level=4\n  ErrorCode i32 -2144796415\n"
            "  StatusInformation hex32 0x1",
    "tpm14": "event 14 level=2 provider=TPM\n  driverFile hex32 0x1\n"
             "  lineNumber u32 1\n  Data u32 1",
    "1041-absent": "event 1041 level=4\n  Json text " + json.dumps(
        {"Version": 1, "HealthStatus": "Cannot be attested", "Required": [
            {"Field": f, "Value": False, "DesiredValue": True} for f in (
                "TpmPresent", "TpmMeetsMinimumVersion", "TpmIsResponsive",
                "EkCertIsAvailable", "TcgLogFound")]}, separators=(",", ":")),
    "tpm28": "event 28 level=4 provider=TPM\n  SrkSymKeyPolicyValue u32 0\n"
             "  TpmAes256Capability u32 1\n  ActualSymBitsUsed u32 128\n"
             "  SrkAsymKeyPolicyValue u32 0\n  TpmRsa3kCapability u32 1\n"
             "  ActualAsymBitsUsed u32 2048",
}
MDM_EVENTS = {
    "80180014": "event 71 level=2\n  HRESULT hex32 0x80180014",
    "80180018": "event 71 level=2\n  HRESULT hex32 0x80180018",
    "80180022": "event 71 level=2\n  HRESULT hex32 0x80180022",
    "one-time": "event 52 level=2\n  Message1 text DeviceNotSupported\n  Message2 text "
                "Enrollment blocked for AP device by SDM One Time Limit Check",
}
ZTD = {807: "ZtdDeviceIsNotRegistered", 808: "ZtdDeviceAssignedToOtherTenant",
       815: "ZtdDeviceHasNoAssignedProfile", 908: "SerialNumberMismatch"}


class Lot:
    """The evidence of one case; a rule asks it, never the program."""

    def __init__(self, seed):
        r = random.Random(seed)
        some = lambda table, chance: {k for k in table if r.random() < chance}
        self.tpm = r.choice(list(TPMS))
        self.vendor, self.firmware = TPMS[self.tpm]
        self.build = r.choice(BUILDS)
        self.cpu = r.choice(CPUS.get(self.vendor, ["Intel(R) Core(TM) i5-8350U"]))
        self.virtual = r.random() < 0.1
        self.mode = r.choice(["self-deploying", "self-deploying", "user-driven", None])
        self.tries = [r.choice(["passed", *FAILURES]) if r.random() < 0.7
                      else r.choice(["passed", "0x81039001"])
                      for _ in range(r.choice([0, 1, 1, 1, 2, 3]))]
        self.within = some(WITHIN, 0.1) if self.tries else set()
        if "212-bad" in self.within:
            self.within -= {"212-good"}
        if self.tries and self.tries[-1] == "passed":
            self.within -= {"205"}
        self.system = some(SYSTEM, 0.08)
        self.text = r.choice([None, None, None, *TEXTS])
        self.status = r.choice([None, None, 400, 404, 503]) if not self.text else 200
        self.mdm = r.choice([None, None, None, *MDM_EVENTS])
        self.ztd = r.choice([None, None, None, None, *ZTD])
        self.page = r.choice([None, None, None, "apps"])
        self.bare = r.random() < 0.15           # nothing but the tries
        if self.bare:
            self.within, self.system = set(), set()
            self.text = self.status = self.mdm = self.ztd = self.page = None

    @property
    def last(self):
        return self.tries[-1] if self.tries else None

    @property
    def failed(self):
        return self.last not in (None, "passed")

    def __str__(self):
        return " ".join(f"{k}={v}" for k, v in vars(self).items()
                        if v not in (None, set(), False))

    # -- as files

    def log(self, name, events):
        provider, channel = LOGS[name]
        return (f"provider {provider}\nchannel {channel}\ncomputer DESKTOP-1\n"
                "user S-1-5-18\ntime 2026-11-18T09:00:00Z\n\n" + "\n".join(events) + "\n")

    def autopilot(self):
        events = ["event 161 level=4", "event 170 level=4 +1s"]
        for day, end in enumerate(self.tries):
            events += [f"event 153 level=4 time=2026-11-{18 + day}T09:00:00Z\n"
                       "  InitialState u32 1\n  UpdateState u32 2",
                       "event 150 level=4 +2s"]
            if day == len(self.tries) - 1:
                events += [" +1s\n".join(WITHIN[w].split("\n", 1)) if "\n" in WITHIN[w]
                           else WITHIN[w] + " +1s" for w in sorted(self.within)]
            events += ["event 169 level=4 +60s"] if end == "passed" else \
                ["event 189 level=2 +60s", f"event 171 level=2\n  HRESULT hex32 {end}"]
        return self.log("autopilot", events)

    def identity(self):
        a, b, c, d = self.firmware
        second = c << 8 | d if self.vendor == "IFX" else c << 16 | d
        return (f"TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'{self.vendor:<4}'"
                f"-Firmware:{a << 16 | b}.{second}")

    def registry(self):
        page = '    "DeviceSetupCategory.Status"="{"categoryState":"failed",' \
               '"categoryStatusText":"Apps (0x87d1041c)"}"\n' if self.page else ""
        root = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Provisioning\\"
        bits = 254 if self.mode == "self-deploying" else 0
        return (f"{root}AutopilotSettings]\n{page}\n{root}Diagnostics\\Autopilot]\n"
                '    "CloudAssignedTenantDomain"="contoso.com"\n'
                f'    "CloudAssignedOobeConfig"=DWORD:{bits:08x}\n\n')

    def request(self):
        url = f"https://{self.vendor}-KeyId-24e2ea6b39a86e3d5d052217f9f93e435ef41d2f" \
              ".microsoftaik.azure.net/templates/Aik/scep\n"
        text = TEXTS[self.text].replace("%s", self.vendor) if self.text else None
        return url + (f'{{"Message":"{text}"}}\n' if text else "") \
            + f"HTTP/1.1 {self.status} X\n0x{0x80190000 + self.status:08x}\n"

    def files(self):
        maker, model = ("VMware, Inc.", "VMware20,1") if self.virtual else \
            ("Contoso", "Notebook 1")
        yield "case.txt", "verdict: unknown\n"
        yield "members/DeviceHash_1.hash", (
            f"file DeviceHash_1.csv\ntool 10.0.1.1\nos {self.build}\narch 9\n"
            f"cpumaker X\ncpu {self.cpu}\ntpm {self.identity()}\nserial S1\n"
            f"manufacturer {maker}\nproduct {model}\n")
        yield f"members/{MDD.lower()}-autopilot.events", self.autopilot()
        if self.mode:
            yield "members/MdmDiagReport_RegistryDump.reg", self.registry()
        if self.status:
            yield "members/CertReq_enrollaik_Output.txt", self.request()
        if self.system:
            at = f" time=2026-11-{17 + max(1, len(self.tries))}T08:58:00Z"
            yield "members/System.events", self.log("System", [
                "\n".join([e.split("\n")[0] + at, *e.split("\n")[1:]])
                for e in (SYSTEM[s] for s in sorted(self.system))])
        if self.mdm:
            yield f"members/{MDM.lower()}-admin.events", self.log(
                "mdm", [MDM_EVENTS[self.mdm].replace(
                    "\n", " time=2026-11-22T09:00:00Z\n", 1)])
        if self.ztd:
            yield "members/AutopilotDDSZTDFile.json", json.dumps(
                {"ErrorCode": self.ztd, "ErrorReason": ZTD[self.ztd]})


# ---- the rules ------------------------------------------------------------------

class Found:
    def __init__(self, report):
        self.cause = report["verdict"]["cause"]
        self.sure = report["verdict"]["confidence"] or "none"
        self.findings = report["findings"]
        self.levels = {f["cause"]: f["confidence"] for f in report["findings"]}
        self.why_not = report["why_not"]

    def above(self, cause, level):
        return LEVELS[self.levels.get(cause, "none")] > LEVELS[level]


def codes_need_carriers(e, f):
    """1: an HTTP status is the AIK service's only where its request carries it."""
    if not e.status and not e.within & {"207"}:
        if f.above("ek-refused", "possible"):
            yield "ek-refused without an AIK request"
    if e.mdm == "80180022" and f.above("enrollment-configuration", "possible"):
        yield "0x80180022 alone as proof of an edition"
    if e.mdm == "80180014" and not e.ztd and f.above("registration-stale", "possible"):
        yield "0x80180014 alone as proof of reuse"
    if e.bare and not e.virtual and f.sure == "certain" and e.failed \
            and not (e.tpm == "amd-bad" and e.last == "0x80070490") \
            and not (e.build == "10.0.22000.600" and e.last == "0x81039023"):
        yield "certain from a code alone"


def a_later_pass_wins(e, f):
    """2: a pass newer than the last failure; then confidence."""
    passed = e.last == "passed"
    if passed and f.cause not in PASSES | LATER:
        yield "not a pass, though the last try passed"
    if not passed and f.cause in PASSES:
        yield "a pass, though the last try did not pass"
    if passed and f.cause in PASSES:
        if (f.cause == "recovered") != any(t != "passed" for t in e.tries):
            yield "recovered and attested are mixed up"
    if e.failed and f.cause != "unknown" and \
            LEVELS[f.sure] < max(LEVELS[v] for v in f.levels.values()):
        yield "a surer finding stands beside the verdict"


def no_try_is_no_pass(e, f):
    """3: who never tried is no pass; who needs none is not ill."""
    if not e.tries and f.levels.keys() & PASSES:
        yield "a pass without a try"
    if not e.tries and e.mode == "user-driven" and f.cause not in NOT_TPM:
        yield "a TPM cause where no attestation is asked for"
    if e.tries and "not-attempted" in f.levels:
        yield "not attempted, though it was"


def retries_say_nothing(e, f):
    """4: 0x81039001 with nothing else; what is temporary."""
    if e.bare and e.last == "0x81039001" and not e.virtual and e.tpm in (
            "ifx-good", "amd-6", "intel", "pluton") and e.build != BUILDS[0]:
        if f.cause != "unknown" and (f.cause, f.sure) != ("transient-service",
                                                          "possible"):
            yield "a cause from 0x81039001 alone"
    if f.above("transient-service", "possible") and e.status != 503 \
            and e.last != "0x801901f7" and "176-temporary" not in e.within:
        yield "temporary without a temporary state or a 5xx"


def numbers_of_states(e, f):
    """5: the numbers of event 176 alone; a TPM that is not seen may be off."""
    if not e.virtual and f.above("unsupported-hardware", "likely"):
        yield "certain that physical hardware has no TPM"
    if "1041-absent" in e.system and not e.text and (
            f.above("ek-certificate-missing", "possible") and "209" not in e.within):
        yield "no EK certificate, said by a check that found no TPM"


def server_text_first(e, f):
    """6: the words of the attestation service."""
    if not e.failed:
        return
    weak = "1794" in e.system or "212-bad" in e.within or e.tpm == "ifx-roca"
    if e.text == "needs-update":
        if f.cause != ("tpm-firmware-vulnerable" if weak else "tpm-firmware-outdated") \
                and f.sure != "certain":
            yield "another cause than the one the service named"
        if f.cause == "tpm-firmware-outdated" and "212-bad" in e.within:
            yield "outdated, though Windows found a vulnerability"
        if f.above("ek-refused", "possible"):
            yield "ek-refused, though the service asked for firmware"
    if e.text == "no-valid-ek":
        fit = {"ek-refused"}
        if e.vendor in ("STM", "NTC") and "tpm28" in e.system:
            fit = {"rsa3072-st-nuvoton"}
        if "209" in e.within and "208" not in e.within:
            fit |= {"ek-certificate-missing"}
        if f.cause not in fit and f.sure != "certain" and LEVELS[f.sure] \
                <= max(LEVELS[f.levels.get(c, "none")] for c in fit):
            yield f"not {fit}, though the service refused the EK"
        if not f.levels.keys() & fit:
            yield f"none of {fit} was found"


def classes_lead_home(e, f):
    """7: codes of the deployment service, texts of MDM."""
    if e.ztd in (808, 908) and not f.above("registration-stale", "likely"):
        yield "no stale registration"
    if e.ztd in (807, 815) and e.last != "passed" \
            and not f.above("registration-missing", "likely"):
        yield "no missing registration"
    if e.mdm == "one-time" and not f.above("registration-stale", "likely"):
        yield "the limit of one enrolment is not seen"


def an_answer_is_no_profile(e, f):
    """8: 161 and 170 are logged without a registration, too."""
    if any(x["fact"] == "profile.downloaded" for x in f.why_not.values()
           if x["found"] == "true"):
        yield "161 and 170 taken for a profile"


def excluded_is_excluded(e, f):
    """No finding above possible for a cause that the evidence excludes."""
    excluded = {
        "amd-ftpm": e.vendor != "AMD" or e.tpm in ("amd-3.2", "amd-6"),
        "rsa3072-st-nuvoton": e.vendor not in ("STM", "NTC"),
        "windows-update-missing": e.build in BUILDS[2:],
        "ek-certificate-missing": "208" in e.within and "209" not in e.within,
        "clock-skew": not e.within & {"753-hours"} and "0x80072f8f" not in e.tries,
        "tpm-hardware-fault": "tpm14" not in e.system,
        "later-esp-failure": not (e.page or e.mdm),
    }
    for cause, is_excluded in excluded.items():
        if is_excluded and f.above(cause, "possible"):
            yield f"{cause} ({f.levels[cause]}), which the evidence excludes"


def each_side_is_told(e, f):
    """Every cause is found or not, once, and says why; no finding lacks evidence."""
    told = sorted([*f.levels, *f.why_not, "unknown"])
    if told != sorted(CAUSES):
        yield f"told are {told}"
    for x in f.findings:
        if not x["evidence"]:
            yield f"{x['cause']} without evidence"
        if x["cause"] != f.cause and x["surer"] and not x["against"]:
            yield f"{x['cause']} with nothing against it"
    for cause, x in f.why_not.items():
        if not x["fact"] or not x["needed"]:
            yield f"{cause} does not say what is needed"


RULES = [codes_need_carriers, a_later_pass_wins, no_try_is_no_pass, retries_say_nothing,
         numbers_of_states, server_text_first, classes_lead_home,
         an_answer_is_no_profile, excluded_is_excluded, each_side_is_told]

# ---- running --------------------------------------------------------------------


def build(seed, folder):
    case = folder / f"case-{seed}"
    lot = Lot(seed)
    for name, text in lot.files():
        path = case / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    mkcase.build_case(case, folder / "built", mkcase.options_for(dir=True))
    return lot


def main():
    cabscan = Path(sys.argv[1]).resolve()
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    wrong = {rule: [] for rule in RULES}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lots = {f"case-{s}": build(s, folder) for s in range(first, first + count)}
        for name, lot in lots.items():
            done = subprocess.run([cabscan, "--format", "json", folder / "built" / name],
                                  capture_output=True, timeout=60, check=True)
            found = Found(json.loads(done.stdout))
            for rule in RULES:
                wrong[rule] += [f"{name}: {found.cause} ({found.sure}): {text}; of "
                                f"{found.levels}; {lot}" for text in rule(lot, found)]
    for n, rule in enumerate(RULES, 1):
        print(f"{'not ok' if wrong[rule] else 'ok'} {n} - {rule.__name__}")
        for text in wrong[rule][:10]:
            print(f"#   {text}")
        if len(wrong[rule]) > 10:
            print(f"#   ... and {len(wrong[rule]) - 10} more")
    print(f"1..{len(RULES)}")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
