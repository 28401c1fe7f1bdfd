#!/usr/bin/env python3
"""--redact lets nothing out: test_redact.py CABSCAN ROOT

Plants every kind of identifier in every kind of artefact, in the names of
members, files and directories too, and looks for them in every output, in
every encoding.  Prints TAP.
"""

import base64
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(sys.argv[2]).resolve()
sys.path.insert(0, str(ROOT / "fixtures/build"))

import cabwrite  # noqa: E402
import eventtext  # noqa: E402
import evtxwrite  # noqa: E402
import hashwrite  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

CABSCAN = Path(sys.argv[1]).resolve()

PLANTED = {
    "serial": "PF9QZX7K", "serial of digits": "48151623420815",
    "UUID": "7e5c0ffe-1234-4bad-9c0d-c0ffee123456",
    "host": "ZWERG-LT0815", "host of letters": "BRUNNHILDE",
    "user": "gretel.mueller", "user of letters": "rumpelstilz",
    "UPN": "hansel@waldhaus-ag.example", "mail": "hexe.frau@ofen.example",
    "tenant": "Waldhaus Aktiengesellschaft", "tenant domain": "waldhausag.onmicrosoft.com",
    "tenant id": "0badf00d-aaaa-4bbb-8ccc-1234567890ab",
    "SID": "S-1-5-21-1004336348-1177238915-682003330-1107",
    "MAC": "a4:bb:6d:0f:17:2e", "MAC with dashes": "A4-BB-6D-0F-17-2F",
    "IPv4": "192.168.47.11", "IPv6": "fe80::1c2d:3e4f:5a6b:7c8d",
    "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJ1cG4iOiJncmV0ZWwifQ.c2lnbmF0dXJl",
    "key id": "IFX-keyid-5f4dcc3b5aa765d61d8327deb882cf99aabbccdd",
    "street": "Knusperstrasse",
}
# What of a planted value would still tell who it is.
PARTS = ["waldhaus", "gretel", "mueller", "hansel", "hexe.frau", "1004336348",
         "682003330", "ZWERG", "LT0815", "eyJ1cG4iOiJncmV0ZWwifQ", "5f4dcc3b5aa7"]
ALL = " ".join(PLANTED.values())
failures = 0
count = 0


def ok(is_right, what, why=""):
    global count, failures
    count += 1
    failures += not is_right
    print(f"{'ok' if is_right else 'not ok'} {count} - {what}")
    if not is_right:
        print("#   " + str(why)[:1500].replace("\n", "\n#   "))


# ---- planting --------------------------------------------------------------------

def events(provider, channel, body):
    text = (f"provider {provider}\nchannel {channel}\n"
            f"computer {PLANTED['host']}\nuser {PLANTED['SID']}\n"
            f"time 2026-03-01T10:00:00.0000000Z\n\n{body}")
    return eventtext.parse_events(text)


def logs():
    says = "\n".join(f"  {name} text {value}" for name, value in (
        ("UPN", PLANTED["UPN"]), ("TenantId", PLANTED["tenant id"]),
        ("DeviceName", PLANTED["host"]), ("Message", ALL), ("ServerResponse", ALL),
        ("Url", f"https://{PLANTED['tenant domain']}/{PLANTED['user']}"),
        ("DeviceId", PLANTED["UUID"]), ("ErrorMessage", ALL)))
    autopilot = events(
        "Microsoft-Windows-ModernDeployment-Diagnostics-Provider "
        "{bab3ad92-fb96-5902-450b-b8421bdec7bd}",
        "Microsoft-Windows-ModernDeployment-Diagnostics-Provider/Autopilot",
        f"event 171 level=2\n  HRESULT hex32 0x81039001\n{says}\n"
        f"event 172 level=2 +1m\n  HRESULT hex32 0x81039001\n{says}\n"
        f"event 153 level=4 +1m\n{says}\n")
    join = events(
        "Microsoft-Windows-User Device Registration {23b8d46b-67dd-40a3-b636-d43e50552c6d}",
        "Microsoft-Windows-User Device Registration/Admin",
        "\n".join(f"event {i} level=2 +1s\n{says}" for i in
                  (101, 102, 103, 104, 201, 204, 304, 305, 306, 307, 360)) + "\n")
    mdm = events(
        "Microsoft-Windows-DeviceManagement-Enterprise-Diagnostics-Provider "
        "{3da494e4-0fe2-415c-b895-fb5265c5c83b}",
        "Microsoft-Windows-DeviceManagement-Enterprise-Diagnostics-Provider/Admin",
        "\n".join(f"event {i} level=2 +1s\n{says}\n  HRESULT hex32 0x80180014"
                  for i in (52, 59, 71, 72, 75, 76, 404, 454)) + "\n")
    return [
        ("microsoft-windows-moderndeployment-diagnostics-provider-autopilot.evtx",
         evtxwrite.evtx_bytes(autopilot)),
        ("microsoft-windows-user device registration-admin.evtx",
         evtxwrite.evtx_bytes(join)),
        ("microsoft-windows-devicemanagement-enterprise-diagnostics-provider-admin.evtx",
         evtxwrite.evtx_bytes(mdm)),
        (f"System_{PLANTED['host']}.xml", evtxwrite.xml_bytes(mdm, "saveas")),
    ]


def members():
    name, row = hashwrite.hash_csv("\n".join([
        f"file DeviceHash_{PLANTED['host of letters']}.csv", "tool 10.0.22631.4460",
        "os 10.0.22631.4460", "arch 9", "cpumaker GenuineIntel", "cpu Intel",
        f"uuid {PLANTED['UUID']}", f"serial {PLANTED['serial']}", "manufacturer LENOVO",
        f"product 21NS {PLANTED['host']}", f"sku {PLANTED['serial']}",
        "family ThinkPad", f"pkid {PLANTED['serial of digits']}",
        f"mac {PLANTED['MAC']}", "ekbits 2048",
        "tpm TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'IFX '"
        "-Firmware:458815.858368"]) + "\n")
    PLANTED["hardware hash"] = max(re.findall(rb"[A-Za-z0-9+/=]{100,}", row),
                                   key=len).decode()
    json_file = {"CloudAssignedTenantDomain": PLANTED["tenant domain"],
                 "CloudAssignedTenantId": PLANTED["tenant id"],
                 "TenantMatched": PLANTED["tenant"], "ErrorReason": ALL,
                 "DeploymentProfileName": f"{PLANTED['tenant']} laptops",
                 "CloudAssignedTenantUpn": PLANTED["UPN"], "ErrorCode": 807,
                 "ZtdCorrelationId": PLANTED["UUID"]}
    registry = ("Windows Registry Editor Version 5.00\r\n\r\n"
                "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Provisioning\\Diagnostics"
                "\\Autopilot]\r\n" +
                "".join(f'"{k}"="{v}"\r\n' for k, v in json_file.items()) +
                "[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]\r\n"
                f'"SystemProductName"="Box of {PLANTED["mail"]}"\r\n'
                f'"BIOSVersion"="1.0 {PLANTED["IPv4"]} {PLANTED["serial"]}"\r\n'
                "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n"
                f'"EditionID"="Enterprise {PLANTED["SID"]}"\r\n'
                f'"RegisteredOwner"="{PLANTED["user"]}"\r\n')
    plain = "".join(f"{label}: {value}\r\n" for label in (
        "Host Name", "Registered Owner", "Manufacturer", "TPM Manufacturer ID",
        "ManufacturerIdTxt", "System Model", "OS Name", "BIOS Version", "Ready")
        for value in (ALL, *PLANTED.values()))
    aik = (f"https://{PLANTED['key id']}.microsoftaik.azure.net/ {ALL}\r\n"
           'HTTP/1.1 400 Bad Request\r\n{"Message":"TPM firmware needs update. '
           f'{ALL}"}}\r\n')
    other = [(f"{v}.txt".replace(":", "_"), plain.encode()) for v in PLANTED.values()
             if len(v) < 60]
    return [*logs(), (name, row),
            ("AutopilotDDSZTDFile.json", json.dumps(json_file).encode()),
            ("AutopilotConfigurationFile.json", json.dumps(json_file).encode("utf-16")),
            ("MdmDiagReport_RegistryDump.reg", registry.encode("utf-16")),
            ("TpmHliInfo_Output.txt", plain.encode()),
            ("CertUtil_tpminfo_Output.txt", plain.encode("utf-16")),
            ("CertReq_enrollaik_Output.txt", aik.encode()),
            ("systeminfo.txt", plain.encode()), ("tpmtool.txt", plain.encode()),
            ("MdmDiagLogMetadata.json", json.dumps(json_file).encode()),
            ("MdmLogCollectorFootPrint.txt", plain.encode()), *other]


def share(work):
    folder = work / PLANTED["tenant"] / PLANTED["host"]
    folder.mkdir(parents=True)
    all_members = members()
    cabwrite.write_cab(folder / f"{PLANTED['serial']}.cab", all_members)
    cabwrite.write_cab(folder / f"{PLANTED['user']} {PLANTED['UPN']}.cab", all_members[:4])
    cabwrite.write_cab(folder / "outer.cab", [
        (f"{PLANTED['host']}.cab", (folder / f"{PLANTED['serial']}.cab").read_bytes())])
    (folder / f"{PLANTED['host']}-broken.cab").write_bytes(b"MSCF" + bytes(200))
    (folder / f"{PLANTED['mail']}.zip").write_bytes(b"PK\3\4" + bytes(50))
    return PLANTED["tenant"]


def lists(work):
    """Every planted value in every column of the rows of the device, and of
    rows that its registration leads to; their options."""
    columns = ["Manufacturer", "Model", "Group tag", "Profile status", "Assigned profile",
               "Enrollment state", "Last contacted", "Purchase order", "BIOS version",
               "TPM firmware", "deploymentProfile displayName", "Addressable user name",
               "deploymentProfileAssignmentDetailedStatus", "remediationState"]
    options = []
    for option in ("--intune", "--inventory"):
        rows = [["Serial number", "Id", "Tenant id", *columns]]
        for value in (ALL, *PLANTED.values()):
            rows.append([PLANTED["serial"], PLANTED["UUID"], PLANTED["tenant id"],
                         *([value] * len(columns))])
            rows.append([PLANTED["serial of digits"], PLANTED["tenant id"], "",
                         *([value] * len(columns))])
        path = work / f"{PLANTED['tenant']} {PLANTED['user']}{option}.csv"
        path.write_text("".join('"' + '","'.join(v.replace('"', '""') for v in row) + '"\r\n'
                                for row in rows), "utf-8")
        options += [option, path.name]
    deployments = work / f"{PLANTED['host']}.json"
    deployments.write_text(json.dumps({"value": [
        {"deviceSerialNumber": PLANTED["serial"], "deploymentState": v,
         "userPrincipalName": v, "failedPhase": v, "deviceSetupStatus": v}
        for v in (ALL, *PLANTED.values())]}), "utf-8")
    return [*options, "--intune", deployments.name]


def hard_events():
    """Events whose values lie where a writer of records might forget them."""
    number = PLANTED["serial of digits"]
    return events(
        "Waldhaus-Agent {6d1f0c52-8a3e-4b77-9c10-0a1b2c3d4e62}", "Waldhaus-Agent/Admin",
        f"event 30 level=2\n  userdata EventXML\n  @owner text {PLANTED['UPN']}\n"
        f"  Number u64 {number}\n  Small u32 4294967295\n  Signed i64 -{number}\n"
        f"  Id guid {PLANTED['UUID']}\n  Who sid {PLANTED['SID']}\n"
        f"  Error/Text text <b> & '{ALL}'\n  Error/Code hex32 0x80070490\n"
        f"event 31 level=3 +1s\n  Raw binary {PLANTED['host'].encode('utf-16-le').hex()}\n"
        f"  Names text[] {PLANTED['host']} | {PLANTED['user']} | {PLANTED['MAC']}\n"
        f"  Long text {'harmless ' * 32}{number}\n"
        f"event 32 level=4 layout=literal +1s\n  {PLANTED['host of letters']} text x\n"
        f"  Owner text {PLANTED['mail']}\n")


def exported(text):
    """With what an exporter would not write."""
    number = PLANTED["serial of digits"].encode()
    return text.replace(
        b"</Event>", b"<!-- " + ALL.encode() + b" --><?" + PLANTED["user"].encode() +
        b" x?><UserData><a:" + PLANTED["host of letters"].encode() + b" xmlns:a='urn:" +
        PLANTED["user"].encode() + b"' b='&#90;WERG-LT0815'><![CDATA[" + ALL.encode() +
        b"]]></a:" + PLANTED["host of letters"].encode() + b"><n>" + number[:4] + b"<!-- --><![CDATA[" +
        number[4:9] + b"]]>" + number[9:] + b"</n></UserData></Event>")


def logs_of_events(work):
    """A folder of what lies on a technician's stick: whose it is says the file
    beside the logs alone, or the computer's name in one of them."""
    folder = work / "stick" / PLANTED["tenant"]
    folder.mkdir(parents=True)
    some = members()
    hard = hard_events()
    for name, data in some[:3]:
        (folder / name).write_bytes(data)
    (folder / f"{PLANTED['host']}.evtx").write_bytes(evtxwrite.evtx_bytes(hard))
    (folder / f"{PLANTED['user']}.xml").write_bytes(
        exported(evtxwrite.xml_bytes(hard, "qe-rendered")))
    (folder / f"{PLANTED['serial']}.broken.evtx").write_bytes(
        evtxwrite.evtx_bytes(hard)[:4600])
    (folder / "AutopilotDDSZTDFile.json").write_bytes(dict(some)["AutopilotDDSZTDFile.json"])
    return "stick"


def check_events(work, where):
    """events --redact: every format, every way in and every way out."""
    stick = logs_of_events(work)
    cab = f"{where}/{PLANTED['host']}/{PLANTED['serial']}.cab"
    plain = run(work, "events", "-f", "jsonl", stick, cab)
    seen = {kind for kind in PLANTED if any(
        s in plain.stdout.lower() for s in spellings(PLANTED[kind]))}
    missing = set(PLANTED) - seen - {"hardware hash"}
    ok(not missing, "events: without --redact they are shown", missing)
    n = len(plain.stdout.splitlines())
    for f in ("text", "xml", "jsonl", "csv"):
        for more in ([], ["-j", "3"], ["--timeline"], ["--recovered"]):
            r = run(work, "events", "--redact", "key", "-f", f, *more, stick, cab)
            what = f"events {' '.join(['-f', f, *more])}"
            ok(r.returncode == 0 and (b"HRESULT" in r.stdout or f == "text"),
               f"{what} has something in it", (r.returncode, r.stderr))
            if not more:
                whole = {"text": n, "jsonl": n, "csv": n + 1}.get(f)
                ok(whole is None or len(r.stdout.splitlines()) == whole,
                   f"{what} has all of them", len(r.stdout.splitlines()))
            found = list(leaks(r.stdout + r.stderr))
            ok(not found, f"{what} shows none", "\n".join(found))
            ok(b"0x81039001" in r.stdout and b"2026-03-01T10:0" in r.stdout,
               f"{what}: codes and times stay", r.stdout[-500:])
            if f == "xml":
                ok(well_formed(r.stdout) == n if not more else well_formed(r.stdout),
                   f"{what} is well-formed", r.stdout[:500])
        r = run(work, "events", "--redact", "key", "-f", f, "-o", f"out {f}", stick, cab)
        names = sorted(p.name for p in (work / f"out {f}").iterdir())
        found = list(leaks("\n".join(names).encode() + r.stdout + r.stderr))
        ok(r.returncode == 0 and len(names) >= 9 and not found,
           f"events -f {f} -o: no name of a file shows any", (names, found, r.stderr))
        found = [x for p in (work / f"out {f}").iterdir() for x in leaks(p.read_bytes())]
        ok(not found, f"events -f {f} -o: neither does a file", found)
    check_event_values(work, stick, cab)
    check_complaints(work)


def check_complaints(work):
    """What is said of paths before anything is scanned."""
    deep = work / "stick" / PLANTED["tenant"] / "1/2/3/4" / PLANTED["host"] / "5/6"
    deep.mkdir(parents=True)
    (deep / "AutopilotDDSZTDFile.json").write_text("{}")
    empty = work / "empty" / PLANTED["tenant"]
    empty.mkdir(parents=True)
    folder = f"stick/{PLANTED['tenant']}"
    for command, path in ((["events"], "stick"), (["batch"], "stick"), ([], folder),
                          (["diff", folder], folder), (["batch"], f"empty/{empty.name}"),
                          (["diff", folder], f"empty/{empty.name}"), ([], f"empty/{empty.name}"),
                          (["fleet"], f"empty/{empty.name}"),
                          (["events"], f"no/{PLANTED['tenant']}")):
        r = run(work, *command, "--redact", "key", path)
        found = list(leaks(r.stdout + r.stderr))
        ok(b"cabscan: " in r.stderr and not found,
           f"{command[:1]}: what it says of {path.split('/')[0]} shows none",
           (found, r.returncode, r.stderr))


def well_formed(text):
    """How many events it has; 0: it is no XML."""
    try:
        return len(list(xml.etree.ElementTree.fromstring(text)))
    except xml.etree.ElementTree.ParseError:
        return 0


def check_event_values(work, stick, cab):
    r = run(work, "events", "--redact", "key", "-f", "jsonl", stick)
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    schema = json.loads((ROOT / "cli/cabscan-event.schema.json").read_text())
    if jsonschema:
        bad = [e.message for line in lines for e in
               jsonschema.Draft7Validator(schema).iter_errors(line)]
        ok(not bad, "events: the lines keep to their schema", bad[:3])
    hard = [line for line in lines if line["System"]["EventID"] == 30]
    ok([4294967295 in h["Data"].values() for h in hard] == [True, False],
       "small numbers stay, where they are numbers", hard)
    ok(all("HRESULT" in h["Data"] for h in lines
           if h["System"]["EventID"] == 171), "the names of Windows' values stay")
    ok({h["System"]["Computer"] for h in lines} ==
       {hmac_name(work, PLANTED["host"])}, "the computer is one pseudonym",
       {h["System"]["Computer"] for h in lines})
    one = run(work, "--redact", "key", "-f", "json", cab)
    tenant = re.search(rb'"tenant": "(id-[0-9a-f]{12})"', one.stdout)
    ok(tenant is None or tenant[1] in r.stdout, "it is that of other outputs", tenant)
    other = run(work, "events", "--redact", "key2", "-f", "jsonl", stick)
    ok(not {json.loads(x)["System"]["Computer"] for x in other.stdout.splitlines()} &
       {h["System"]["Computer"] for h in lines}, "another key makes others")
    data = (work / stick / PLANTED["tenant"] / f"{PLANTED['host']}.evtx").read_bytes()
    piped = subprocess.run([CABSCAN, "events", "--redact", "key", "-f", "jsonl", "-"],
                           cwd=work, input=data, capture_output=True, check=False)
    ok(piped.returncode == 0 and len(piped.stdout.splitlines()) == 3 and
       not list(leaks(piped.stdout + piped.stderr)), "events: standard input, too", piped)
    r = run(work, "events", "--redact", "key", f"stick/no {PLANTED['host']}.evtx")
    ok(r.returncode == 3 and not list(leaks(r.stderr)) and b"cannot be" in r.stderr,
       "events: nor does an error", r.stderr)
    (work / "short").write_text("00112233\n")
    r = run(work, "events", "--redact", "short", stick)
    ok(r.returncode == 2 and r.stdout == b"", "events: a short key is refused", r)


def hmac_name(work, value):
    key = bytes.fromhex((work / "key").read_text())
    return "id-" + hmac.new(key, value.lower().encode(), "sha256").hexdigest()[:12]


# ---- looking -----------------------------------------------------------------------

def spellings(value):
    """The value as bytes, in small letters where letters stay letters."""
    for text in {value, json.dumps(value)[1:-1], urllib.parse.quote(value),
                 urllib.parse.quote(value, safe=""), value.replace("-", ""),
                 "".join("\\" + c if c in ".-@:" else c for c in value)}:
        yield text.lower().encode()
        yield text.lower().encode("utf-16-le")
        yield text.lower().encode("utf-16-be")
    for raw in (value.encode(), value.encode("utf-16-le")):
        for shift in range(3):          # base64 of it, wherever it stands
            packed = base64.b64encode(bytes(shift) + raw + bytes(3))
            first = -(-shift * 8 // 6) if shift else 0
            last = (shift + len(raw)) * 8 // 6
            part = packed[first:last]
            if len(part) >= 8:
                yield part.lower()


def leaks(output):
    low = output.lower()
    for kind, value in [*PLANTED.items(), *((p, p) for p in PARTS)]:
        for spelling in spellings(value):
            if spelling in low:
                at = low.index(spelling)
                yield f"{kind}: {output[max(0, at - 80):at + 80]!r}"
                break


def run(work, *args):
    return subprocess.run([CABSCAN, *args], cwd=work, stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)


def main():
    with tempfile.TemporaryDirectory() as t:
        work = Path(t)
        where = share(work)
        with_lists = lists(work)
        for v in ("hello " + PLANTED["host"], urllib.parse.quote(PLANTED["UPN"]),
                  base64.b64encode(b"x" + PLANTED["host"].encode()).decode(),
                  PLANTED["tenant"].upper()):
            ok(list(leaks(v.encode())) != [], "this test finds " + v[:30])
        plain = run(work, "batch", "-q", "-f", "ndjson", "--full",
                    *with_lists, where)
        seen = {kind for kind in PLANTED if any(
            s in plain.stdout.lower() for s in spellings(PLANTED[kind]))}
        ok(len(seen) > len(PLANTED) - 4, "without --redact they are shown",
           set(PLANTED) - seen)
        outputs = {}
        formats = [["table"], ["csv"], ["junit"], ["sarif"], ["markdown"], ["ndjson"],
                   ["ndjson", "--full"]]
        for f in formats:
            r = run(work, "batch", "-q", "--redact", "key", "-f", *f, *with_lists,
                    where)
            outputs[" ".join(f)] = r.stdout
            ok(r.returncode == 3 and len(r.stdout) > 500, f"{f} has something in it",
               (r.returncode, r.stderr))
            found = list(leaks(r.stdout))
            ok(not found, f"{f} shows none", "\n".join(found))
            err = list(leaks(r.stderr))
            ok(not err, f"{f}: neither on standard error", err)
        cab = f"{where}/{PLANTED['host']}/{PLANTED['serial']}.cab"
        for f in ("text", "json", "ndjson", "facts"):
            r = run(work, "--redact", "key", "-f", f, *with_lists, cab)
            outputs["one " + f] = r.stdout
            ok(r.returncode == 0 and b"0x81039001" in r.stdout,
               f"one case as {f} has something in it", (r.returncode, r.stderr))
            found = list(leaks(r.stdout + r.stderr))
            ok(not found, f"one case as {f} shows none", "\n".join(found))
        ok(json.loads(outputs["one json"]) == json.loads(outputs["one ndjson"]),
           "both forms of one case are the same")
        r = run(work, "--redact", "key", f"{where}/{PLANTED['host']}/"
                f"{PLANTED['host']}-broken.cab")
        ok(r.returncode == 3 and len(r.stderr) > 20 and not list(leaks(r.stderr)),
           "neither does an error of one case", r.stderr)
        ok(b"Intune" in outputs["one text"] and b"inventory" in outputs["one text"],
           "the lists were asked", outputs["one text"][-1500:])
        rows = [json.loads(line) for line in outputs["ndjson"].splitlines()]
        full = [json.loads(line) for line in outputs["ndjson --full"].splitlines()]
        scanned = [r for r in rows if r["state"] == "scanned"]
        ok(len(scanned) == 3 and len(rows) == 5, "all cases are there", rows)
        ok(all(r["cause"] and r["vendor"] and r["error"] == "0x81039001"
               for r in scanned if r.get("serial")), "codes stay", scanned)
        serials = {r["serial"] for r in scanned if r.get("serial")}
        ok(len(serials) == 1 and next(iter(serials)).startswith("id-"),
           "one device has one pseudonym", serials)
        ok({c["device"]["serial"] for c in full if c.get("device", {}).get("serial")}
           == serials, "the same in whole cases")
        ok({json.loads(outputs["one json"])["device"]["serial"]} == serials,
           "the same in one case alone")
        again = run(work, "batch", "-q", "--redact", "key", "-f", "ndjson",
                    *with_lists, where)
        ok(again.stdout == outputs["ndjson"], "the same in the next run")
        other = run(work, "batch", "-q", "--redact", "key2", "-f", "ndjson", where)
        theirs = [json.loads(line) for line in other.stdout.splitlines()]
        ok(not {r["id"] for r in theirs} & {r["id"] for r in rows} and
           not {r["source"] for r in theirs} & {r["source"] for r in rows} and
           not {r.get("serial") for r in theirs} & serials,
           "another key has other pseudonyms")
        (work / "short").write_text("00112233\n")
        r = run(work, "batch", "--redact", "short", where)
        ok(r.returncode == 2 and b"no key" in r.stderr, "a short key is refused", r)
        ok(re.fullmatch(r"[0-9a-f]{64}\n", (work / "key").read_text()) is not None,
           "the key has 256 bits")
        ok((work / "key").stat().st_mode & 0o77 == 0, "and is its owner's alone")
        check_events(work, where)
        run(work, "batch", "-q", "--redact", "key", "-f", "ndjson", "-o", "rows",
            "--also", "junit=no/such/file", where)
        ok(not list(leaks((work / "rows.resume").read_bytes())),
           "what --resume keeps shows none")
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
