#!/usr/bin/env python3
"""A code means the same cause whatever carries it, and alone is no proof.

    check_carriers.py CABSCAN

One try that failed without a reason, and beside it one code in one event or on
the status page: for every class of codes and everything that carries them the
verdict has to be the cause of the class, never more than likely, and on the page
never more than possible.  Prints TAP.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "fixtures/build"))
import mkcase  # noqa: E402

MDD = "Microsoft-Windows-ModernDeployment-Diagnostics-Provider"
NCRYPT = "Microsoft-Windows-Crypto-NCrypt"
HEAD = (f"provider {MDD} {{bab3ad92-fb96-5902-450b-b8421bdec7bd}}\n"
        f"channel {MDD}/Autopilot\ncomputer DESKTOP-1\nuser S-1-5-18\n"
        "time 2026-11-18T09:00:00Z\n")
BEGIN = "event 153 level=4\n  InitialState u32 1\n  UpdateState u32 2\nevent 150 level=4 +2s\n"
END = "event 171 level=2 +40s\n  HRESULT hex32 %s\n"

# ---- what carries a code ------------------------------------------------------

VALUES = {              # further values of an event of the Autopilot log
    "226": "  AttestationPhase u32 2\n  Step text AikCert\n  RetryCount u32 1\n",
    "251": "  UInt1 u64 90012\n  Int1 i32 0\n",
}
EVERY = ["171", "211", "200", "206", "202", "207", "251", "226", "155", "ncrypt",
         "certreq", "page"]
OF_THE_REQUEST = ["202", "207", "251", "certreq"]
CODES = {               # code: (cause, what carries it to more than possible, or to it)
    "0x80280101": ("tpm-hardware-fault", EVERY),
    "0x80290401": ("tpm-not-ready", EVERY),
    "0x80280921": ("tpm-not-ready", EVERY),
    "0x8028400f": ("unsupported-hardware", EVERY),
    "0x8029041f": ("tpm-firmware-vulnerable", EVERY),
    "0x81039024": ("tpm-firmware-vulnerable", EVERY),
    "0x80290603": ("ek-certificate-missing", [c for c in EVERY if c != "155"]),
    "0x80072ee7": ("network-blocked", ["171", *OF_THE_REQUEST, "226", "page"]),
    "0x80072f05": ("clock-skew", ["171", *OF_THE_REQUEST, "226", "page"]),
    "0x801901f7": ("transient-service", ["171", *OF_THE_REQUEST, "226", "page"]),
    "0x80190190": ("ek-refused", ["171", *OF_THE_REQUEST, "226", "page"]),
    "0x80190194": ("ek-refused", ["171", *OF_THE_REQUEST, "226", "page"]),
}
WEAK = {("0x801901f7", "226"), ("0x80190190", "171"), ("0x80190190", "226"),
        ("0x80190194", "171"), ("0x80190194", "226")}      # no request carries them


def files(carrier, code):
    """What a case consists of, below its folder."""
    inside, end = "", "0x81039001"
    if carrier == "171":
        end = code
    elif carrier.isdigit():
        inside = f"event {carrier} level=3 +5s\n  HRESULT hex32 {code}\n" \
            + VALUES.get(carrier, "")
    yield "case.txt", "verdict: unknown\n"
    yield f"members/{MDD.lower()}-autopilot.events", HEAD + BEGIN + inside + END % end
    if carrier == "ncrypt":
        yield "members/ncrypt.events", (
            f"provider {NCRYPT} {{e8ed09dc-100c-45e2-9fc8-b53399ec1f70}}\n"
            f"channel {NCRYPT}/Operational\ncomputer DESKTOP-1\n"
            "time 2026-11-18T09:00:10Z\nevent 3 level=2\n"
            "  ProviderName text Microsoft Platform Crypto Provider\n"
            f"  KeyName text WindowsAIK\n  Status hex32 {code}\n  ProcessName text x\n")
    if carrier == "certreq":
        yield "members/CertReq_enrollaik_Output.txt", (
            "https://INTC-KeyId-24e2ea6b39a86e3d5d052217f9f93e435ef41d2f"
            f".microsoftaik.azure.net/templates/Aik/scep\n{int(code, 16) - (1 << 32)}\n")
    if carrier == "page":
        yield "members/MdmDiagReport_RegistryDump.reg", (
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Provisioning\\AutopilotSettings]\n"
            '    "DevicePreparation.TpmAttestationSubcategory"="'
            f'{{"subcategoryState":"failed","subcategoryStatusText":"({code[2:]})"}}"\n\n')


def mistake(cabscan, folder, carrier, code):
    """What is wrong with the verdict; None: nothing."""
    cause, carriers = CODES[code]
    case = folder / f"{code}-{carrier}"
    for name, text in files(carrier, code):
        path = case / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    mkcase.build_case(case, folder / "built", mkcase.options_for(dir=True))
    done = subprocess.run([cabscan, "--format", "json", folder / "built" / case.name],
                          capture_output=True, timeout=60, check=True)
    verdict = json.loads(done.stdout)["verdict"]
    weak = carrier == "page" or (code, carrier) in WEAK
    wanted = (cause, "possible" if weak else "likely")
    found = (verdict["cause"], verdict["confidence"])
    if carrier in carriers:
        return None if found == wanted else f"{found}, not {wanted}"
    return f"{found} from a code alone" if found[1] == "certain" else None


def main():
    cabscan = Path(sys.argv[1]).resolve()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        for n, code in enumerate(CODES, 1):
            wrong = [f"{c}: {m}" for c in EVERY
                     if (m := mistake(cabscan, Path(temporary), c, code))]
            failed |= bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {n} - {code} is {CODES[code][0]}")
            for text in wrong:
                print(f"#   {text}")
    print(f"1..{len(CODES)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
