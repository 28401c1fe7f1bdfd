#!/usr/bin/env python3
"""What people bring along is read whatever it is called and however it was saved.

    test_side_files.py CABSCAN

Each output below is given under a name that says nothing, in the encodings
and with the line ends that consoles, redirections and editors leave, with
other things around it, and cut short.  The facts must be the same each time.
Prints TAP.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True          # the source tree stays as it is
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures/build"))
import cabwrite  # noqa: E402

CABSCAN = Path(sys.argv[1]).resolve()
count = failed = 0

TPMTOOL = """
-TPM Present: True
-TPM Version: 2.0
-TPM Manufacturer ID: STM
-TPM Manufacturer Full Name: STMicroelectronics
-TPM Manufacturer Version: 1.769.0.0
-PPI Version: 1.3
-Is Initialized: True
-Ready For Storage: True
-Ready For Attestation: False
-Is Capable For Attestation: True
-Clear Needed To Recover: False
-Clear Possible: True
-TPM Has Vulnerable Firmware: False
-Maintenance Task Complete: True
-TPM Spec Version: 1.59
-TPM Errata Date: Thursday, 25 July 2024
-Lockout Information:
\t-Is Locked Out: False
\t-Lockout Counter: 0
"""
TPMTOOL_FACTS = {"tpm.present": "true", "tpm.vendor": "STM", "tpm.firmware": "1.769.0.0",
                 "tpm.spec": "2.0", "tpm.ready_for_attestation": "false",
                 "tpm.ready_for_storage": "true", "tpm.capable": "true",
                 "tpm.locked_out": "false", "tpm.vulnerable": "false"}

GET_TPM = """

TpmPresent                : True
TpmReady                  : False
TpmEnabled                : True
TpmActivated              : True
TpmOwned                  : False
RestartPending            : True
ManufacturerId            : 1095582720
ManufacturerIdTxt         : AMD
ManufacturerVersion       : 6.24
ManufacturerVersionFull20 : 6.24.0.6

ManagedAuthLevel          : Full
OwnerAuth                 :
LockedOut                 : False
LockoutCount              : 0
SelfTest                  : {}


"""
GET_TPM_FACTS = {"tpm.present": "true", "tpm.ready": "false", "tpm.owned": "false",
                 "tpm.vendor": "AMD", "tpm.firmware": "6.24.0.6",
                 "tpm.restart_pending": "true"}

WIN32_TPM = """

IsActivated_InitialValue    : True
IsEnabled_InitialValue      : False
IsOwned_InitialValue        : True
ManufacturerId              : 1229346816
ManufacturerIdTxt           : IFX
ManufacturerVersion         : 7.85
ManufacturerVersionFull20   : 7.85.4555.0
ManufacturerVersionInfo     : SLB9670
PhysicalPresenceVersionInfo : 1.3
SpecVersion                 : 2.0, 0, 1.38
PSComputerName              :
"""
WMIC_LIST = """

IsActivated_InitialValue=TRUE
IsEnabled_InitialValue=FALSE
IsOwned_InitialValue=TRUE
ManufacturerId=1229346816
ManufacturerVersion=7.85
ManufacturerVersionInfo=SLB9670
SpecVersion=2.0, 0, 1.38

"""
WMIC_TABLE = """\
IsActivated_InitialValue  IsEnabled_InitialValue  IsOwned_InitialValue  ManufacturerId  ManufacturerVersion  SpecVersion
TRUE                      FALSE                   TRUE                  1229346816      7.85                 2.0, 0, 1.38

"""
WIN32_FACTS = {"tpm.activated": "true", "tpm.enabled": "false", "tpm.owned": "true",
               "tpm.vendor": "IFX", "tpm.spec": "2.0"}

EK_NONE = """

IsPresent                : True
PublicKey                : System.Security.Cryptography.AsnEncodedData
PublicKeyHash            : 0011223344556677889900112233445566778899001122334455667788990011
ManufacturerCertificates : {}
AdditionalCertificates   : {}

"""
EK_MAKER = EK_NONE.replace("ManufacturerCertificates : {}", """\
ManufacturerCertificates : {[Subject]
                             TPMVersion=id:0D0A

                           [Issuer]
                             CN=Maker TPM CA 7

                           }""")
EK_ADDED = EK_NONE.replace("AdditionalCertificates   : {}",
                           "AdditionalCertificates   : {[Subject]\n  CN=x\n}")

DSREGCMD = """
+----------------------------------------------------------------------+
| Device State                                                         |
+----------------------------------------------------------------------+

             AzureAdJoined : NO
          EnterpriseJoined : NO
              DomainJoined : YES
               Device Name : PC-1

+----------------------------------------------------------------------+
| Device Details                                                       |
+----------------------------------------------------------------------+

                  DeviceId : 5f0e1d2c-0000-4000-8000-00000000abcd
                 KeyProvider : Microsoft Software Key Storage Provider
              TpmProtected : NO
          DeviceAuthStatus : FAILED. Device is either disabled or deleted

+----------------------------------------------------------------------+
| Tenant Details                                                       |
+----------------------------------------------------------------------+

                TenantName : Contoso
                  TenantId : 11111111-2222-4333-8444-555555555555

+----------------------------------------------------------------------+
| Diagnostic Data                                                      |
+----------------------------------------------------------------------+

              User Context : SYSTEM
               Client Time : 2026-01-14 09:25:31.000 UTC
     Previous Registration : 2026-01-14 09:16:43.000 UTC
         Registration Type : sync
               Error Phase : join
          Client ErrorCode : 0x801c03f3
          Server ErrorCode : DirectoryError
            Server Message : The object was not there.
              Https Status : 400

+----------------------------------------------------------------------+
"""
DSREG_FACTS = {"join.joined": "false", "join.tpm_protected": "false",
               "join.key_provider": "Microsoft Software Key Storage Provider",
               "join.device_auth": "gone", "join.tenant": "Contoso",
               "join.tenant_id": "11111111-2222-4333-8444-555555555555",
               "join.phase": "join", "join.error": "0x801c03f3",
               "join.object_gone": "0x801c03f3", "join.http_status": "400"}

# Labels of systeminfo and msinfo32 in four languages, in their order: host, OS,
# OS version, OS maker, OS configuration, owner, maker, model, type, processor,
# BIOS, folder.
LANGUAGES = {
    "English": ("utf-8", "Host Name|OS Name|OS Version|OS Manufacturer|OS Configuration|"
                "Registered Owner|System Manufacturer|System Model|System Type|"
                "Processor(s)|BIOS Version|Windows Directory"),
    "German": ("cp850", "Hostname|Betriebssystemname|Betriebssystemversion|"
               "Betriebssystemhersteller|Betriebssystemkonfiguration|"
               "Registrierter Benutzer|Systemhersteller|Systemmodell|Systemtyp|"
               "Prozessor(en)|BIOS-Version|Windows-Verzeichnis"),
    "French": ("cp850", "Nom de l'hôte|Nom du système d'exploitation|Version du système|"
               "Fabricant du système d'exploitation|Configuration du système d'exploitation|"
               "Propriétaire enregistré|Fabricant du système|Modèle du système|"
               "Type du système|Processeur(s)|Version du BIOS|Répertoire Windows"),
    "French, as Windows 11 writes it": (
        "cp850", "Nom de l’hôte|Nom du système d’exploitation|Version du système|"
        "Fabricant du système d’exploitation|Configuration du système d’exploitation|"
        "Propriétaire enregistré|Fabricant du système|Modèle du système|"
        "Type du système|Processeur(s)|Version du BIOS|Répertoire Windows"),
    "Japanese": ("cp932", "ホスト名|OS 名|OS バージョン|OS 製造元|OS 構成|登録されている所有者|"
                 "システム製造元|システム モデル|システムの種類|プロセッサ|BIOS バージョン|"
                 "Windows ディレクトリ"),
}
VALUES = ("PC-1|Microsoft Windows 11 Pro|10.0.26100 N/A Build 26100|Microsoft Corporation|"
          "Standalone|user|LENOVO|21CB00BAGE|x64-based PC|1 installed|"
          "LENOVO N3AET80W (1.45 ), 5/7/2025|C:\\Windows").split("|")
SYSTEM_FACTS = {"device.manufacturer": "LENOVO", "device.model": "21CB00BAGE",
                "device.bios": "LENOVO N3AET80W (1.45 ), 5/7/2025",
                "windows.edition": "Professional", "windows.build": "10.0.26100"}


def systeminfo(labels):
    return "\n" + "".join(f"{label + ':':<30} {value}\n"
                          for label, value in zip(labels, VALUES))


def systeminfo_csv(labels):
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in (labels, VALUES))


MSINFO_LABELS = {
    "English": "OS Name|Version|OS Manufacturer|System Name|System Manufacturer|System Model|"
               "System Type|Processor|BIOS Version/Date|SMBIOS Version|BIOS Mode|Time Zone",
    "German": "Betriebssystemname|Version|Betriebssystemhersteller|Systemname|"
              "Systemhersteller|Systemmodell|Systemtyp|Prozessor|BIOS-Version/-Datum|"
              "SMBIOS-Version|BIOS-Modus|Zeitzone",
    "French": "Nom du système d'exploitation|Version|Fabricant du système d'exploitation|"
              "Nom du système|Fabricant du système|Modèle du système|Type du système|"
              "Processeur|Version du BIOS/Date|Version SMBIOS|Mode BIOS|Fuseau horaire",
    "Japanese": "OS 名|バージョン|OS 製造元|システム名|システム製造元|システム モデル|"
                "システムの種類|プロセッサ|BIOS バージョン/日付|SMBIOS バージョン|"
                "BIOS モード|タイム ゾーン",
}
MSINFO_VALUES = ("Microsoft Windows 11 Enterprise|10.0.22631 Build 22631|Microsoft Corporation|"
                 "PC-1|HP|HP EliteBook 840 14 inch G9|x64-based PC|"
                 "12th Gen Intel(R) Core(TM) i5-1245U, 1600 Mhz, 10 Core(s)|"
                 "HP U70 Ver. 01.09.00, 14.03.2025|3.4|UEFI|CET").split("|")
MSINFO_FACTS = {"device.manufacturer": "HP", "device.model": "HP EliteBook 840 14 inch G9",
                "device.bios": "HP U70 Ver. 01.09.00, 14.03.2025",
                "windows.edition": "Enterprise", "windows.build": "10.0.22631",
                "device.cpu": "12th Gen Intel(R) Core(TM) i5-1245U", "firmware.uefi": "true"}


def msinfo(labels):
    return ("System Information report written at: 11/22/26 10:00:00\nSystem Name: PC-1\n"
            "[System Summary]\n\nItem\tValue\t\n"
            + "".join(f"{label}\t{value}\t\n" for label, value in zip(labels, MSINFO_VALUES))
            + "[Hardware Resources]\n\n[Conflicts/Sharing]\n")


WIN32_BIOS = """

SMBIOSBIOSVersion : 1.21.0
Manufacturer      : Dell Inc.
Name              : 1.21.0
SerialNumber      : 7QX0SYN
Version           : DELL   - 1072009

"""
WMIC_BIOS = "SMBIOSBIOSVersion  \n1.21.0             \n\n"
COMPUTER_INFO = """

WindowsBuildLabEx                                       : 26100.1.amd64fre.ge_release.240331-1435
WindowsCurrentVersion                                   : 6.3
WindowsEditionId                                        : Professional
WindowsProductName                                      : Windows 10 Pro
BiosBIOSVersion                                         : {DELL   - 1072009, 1.21.0}
BiosManufacturer                                        : Dell Inc.
BiosSMBIOSBIOSVersion                                   : 1.21.0
CsManufacturer                                          : Dell Inc.
CsModel                                                 : Latitude 7440
OsName                                                  : Microsoft Windows 11 Pro
OsVersion                                               : 10.0.26100
"""
ITEM_PROPERTY = """

BIOSVendor         : Dell Inc.
BIOSVersion        : 1.21.0
SystemManufacturer : Dell Inc.
SystemProductName  : Latitude 7440
PSPath             : Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE
"""
REG_QUERY = """
HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS
    BIOSVendor    REG_SZ    Dell Inc.
    BIOSVersion    REG_SZ    1.21.0
    SystemManufacturer    REG_SZ    Dell Inc.
    SystemProductName    REG_SZ    Latitude 7440

"""
REG_EXPORT = """Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]
"BIOSVendor"="Dell Inc."
"BIOSVersion"="1.21.0"
"SystemManufacturer"="Dell Inc."
"SystemProductName"="Latitude 7440"
"""
DELL = {"device.bios": "1.21.0"}
DELL_MODEL = DELL | {"device.manufacturer": "Dell Inc.", "device.model": "Latitude 7440"}
UEFI = """2026-11-22 9:14:07
UEFI is supported.
Namespace: {616E2EA6-AF89-7EB3-F2EF-4E47368A657B}, variable name: FORCED_NETWORK_FLAG
Error: 0x800700CB
Namespace: {616E2EA6-AF89-7EB3-F2EF-4E47368A657B}, variable name: AUTOPILOT_MARKER
01 00 00 00
UEFI query complete.
"""
UEFI_FACTS = {"firmware.uefi": "true", "firmware.forced_network": "absent",
              "firmware.autopilot_marker": "present"}

MDM_XML = """<?xml version="1.0" encoding="utf-8"?>
<MDMEnterpriseDiagnosticsReport>
  <Version>1.0</Version>
  <DeviceManagementAccount>
    <Enrollment>
      <EnrollmentId>0A0B0C0D-0000-4000-8000-00000000FE01</EnrollmentId>
      <ProtectedInformation>
        <MDMServerName>Server &amp; Söhne</MDMServerName>
        <ConnectionInformation>
          <ServerLastFailureTime>20260327T185500Z</ServerLastFailureTime>
          <ServerLastSuccessTime>20260320T190000Z</ServerLastSuccessTime>
        </ConnectionInformation>
      </ProtectedInformation>
    </Enrollment>
  </DeviceManagementAccount>
  <EnterpriseDesktopAppManagementinfo><MsiInstallations><TargetedUser>
    <Package><Type>MSI</Type><Details><PackageId>{1}</PackageId><Status>70</Status></Details></Package>
    <Package><Type>MSI</Type><Details><Status>30</Status><PackageId>{2}</PackageId></Details></Package>
  </TargetedUser></MsiInstallations></EnterpriseDesktopAppManagementinfo>
</MDMEnterpriseDiagnosticsReport>
"""
MDM_FACTS = {"mdm.enrolled": "true", "mdm.server": "Server & Söhne",
             "mdm.last_success": "2026-03-20T19:00:00.0000000Z",
             "mdm.last_failure": "2026-03-27T18:55:00.0000000Z",
             "mdm.sync": "failing", "mdm.app_failed": "{2}", "mdm.apps_done": "{1}"}
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>x</title></head><body>
<TABLE id='DeviceInfoTable'><tr><td>Computername<td>PC-1
<tr><td>Betriebssystem<td>Windows&nbsp;10 Pro Education
<tr><td>Betriebssystembuild<td>10.0.22631.4460
<table id=ConnectionInfoTable><tr><td>Managed by</td><td>B&uuml;ro</td></tr>
<tr><td>Last sync</td><td>0x80072ee7</td></tr></table>
</body></html>
"""
PAGE_FACTS = {"windows.edition": "ProfessionalEducation", "windows.build": "10.0.22631.4460",
              "mdm.server": "Büro", "mdm.last_sync": "0x80072ee7"}
OA3 = """<?xml version="1.0" encoding="utf-8"?>
<HardwareReport>
  <HardwareInventory>
    <p n="OsBuild" v="10.0.22631.4460" />
    <p n="SmbiosSystemManufacturer" v="HP" />
    <p v="HP EliteBook 840 14 inch G9" n="SmbiosSystemProductName" />
    <p n="SmbiosSystemSerialNumber" v="5CG2SYN01" />
    <p n="SmbiosUuid" v="01234567-89ab-4cde-8f01-23456789abcd" />
    <p n="TPMVersion" v="TPM-Version:2.0 -Level:0-Revision:1.59-VendorID:'IFX '-Firmware:983062.1114112" />
  </HardwareInventory>
</HardwareReport>
"""
OA3_FACTS = {"device.manufacturer": "HP", "device.model": "HP EliteBook 840 14 inch G9",
             "device.serial": "5CG2SYN01", "windows.build": "10.0.22631.4460",
             "device.uuid": "01234567-89ab-4cde-8f01-23456789abcd", "tpm.vendor": "IFX",
             "tpm.spec": "2.0"}


def nfo(labels, item="Item", value="Value"):
    return ("<?xml version=\"1.0\"?>\n<MsInfo>\n<Category name=\"Summary\">\n"
            + "".join(f"<Data>\n<{item}><![CDATA[{a}]]></{item}>\n"
                      f"<{value}><![CDATA[{b}]]></{value}>\n</Data>\n"
                      for a, b in zip(labels, MSINFO_VALUES))
            + "</Category>\n</MsInfo>\n")


# what, text, facts, code page, and what else must hold: "order": its lines may
# stand in any order, "pure": nothing else is in such a file.
OUTPUTS = [
    ("tpmtool", TPMTOOL, TPMTOOL_FACTS, "cp850", "order"),
    ("Get-Tpm", GET_TPM, GET_TPM_FACTS, "cp850", "order"),
    ("Win32_Tpm", WIN32_TPM, WIN32_FACTS | {"tpm.firmware": "7.85.4555.0"}, "cp850", "order"),
    ("wmic list", WMIC_LIST, WIN32_FACTS | {"tpm.firmware": "7.85"}, "cp850", "order"),
    ("wmic table", WMIC_TABLE, WIN32_FACTS | {"tpm.firmware": "7.85"}, "cp850"),
    ("EK without certificate", EK_NONE, {"tpm.ek_certificate": "false"}, "cp850"),
    ("EK with the maker's", EK_MAKER, {"tpm.ek_certificate": "true"}, "cp850"),
    ("EK with another", EK_ADDED, {"tpm.ek_certificate": "true"}, "cp850"),
    ("dsregcmd", DSREGCMD, DSREG_FACTS, "cp850"),
    ("UEFI variables", UEFI, UEFI_FACTS, "cp850"),
    ("Win32_BIOS", WIN32_BIOS, DELL | {"device.serial": "7QX0SYN"}, "cp850"),
    ("wmic bios", WMIC_BIOS, DELL, "cp850"),
    ("reg query", REG_QUERY, DELL_MODEL, "cp850"),
    ("Get-ComputerInfo", COMPUTER_INFO, DELL_MODEL | {
        "windows.edition": "Professional", "windows.build": "10.0.26100"}, "cp850", "order"),
    ("MDM report", MDM_XML, MDM_FACTS, "utf-8", "pure"),
    ("MDM report as a page", PAGE, PAGE_FACTS, "utf-8", "pure"),
    ("OA3Tool", OA3, OA3_FACTS, "utf-8", "pure"),
    ("nfo, English", nfo(MSINFO_LABELS["English"].split("|")), MSINFO_FACTS, "utf-8", "pure"),
    ("nfo, German", nfo(MSINFO_LABELS["German"].split("|"), "Element", "Wert"), MSINFO_FACTS,
     "utf-8", "pure"),
    ("nfo, Japanese", nfo(MSINFO_LABELS["Japanese"].split("|"), "項目", "値"), MSINFO_FACTS,
     "utf-8", "pure"),
    ("reg export", REG_EXPORT, DELL_MODEL, "cp850", "pure"),
]
for name, (page, labels) in LANGUAGES.items():
    OUTPUTS += [
        (f"systeminfo, {name}", systeminfo(labels.split("|")), SYSTEM_FACTS, page),
        (f"systeminfo /fo csv, {name}", systeminfo_csv(labels.split("|")), SYSTEM_FACTS, page),
    ]
for name, labels in MSINFO_LABELS.items():
    OUTPUTS.append((f"msinfo32, {name}", msinfo(labels.split("|")), MSINFO_FACTS,
                    LANGUAGES[name][0]))


def encodings(text, page):
    """How such a file gets to disk: (what, bytes)."""
    crlf = text.replace("\n", "\r\n")
    yield "UTF-8", text.encode()
    yield "UTF-8, BOM, CRLF", b"\xef\xbb\xbf" + crlf.encode()
    yield "UTF-16LE, BOM (PowerShell 5.1)", crlf.encode("utf-16")
    yield "UTF-16BE, BOM", b"\xfe\xff" + crlf.encode("utf-16-be")
    yield "CR CR LF (wmic, redirected)", text.replace("\n", "\r\r\n").encode("utf-16")
    yield "CR alone", text.replace("\n", "\r").encode()
    yield f"{page} (cmd, redirected)", crlf.encode(page, "replace")
    if page == "cp850":
        yield "letters lost on the way", crlf.encode("ascii", "ignore")
    # Without a mark only plain text shows that it is UTF-16.
    if text.isascii():
        yield "UTF-16LE, no mark", crlf.encode("utf-16-le")


def facts_of(name, data, cab=None):
    """Alone, or beside a CAB after which it is named and that finds it."""
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / name
        path.write_bytes(data)
        if cab:
            path = Path(work) / (name.partition(".")[0] + ".cab")
            path.write_bytes(cab)
        run = subprocess.run([CABSCAN, "--format", "facts", path], capture_output=True,
                             timeout=60, check=False)
        if run.returncode != 0:
            return {"exit": f"{run.returncode}: {run.stderr.decode(errors='replace')}"}
    found = {}
    for line in run.stdout.decode("utf-8").splitlines()[1:]:
        fact, value = line.split("\t")[:2]
        found.setdefault(fact, value)
    return found


CAB = cabwrite.build_cab([("MdmDiagLogMetadata.json",
                           b'{\r\n  "AreaName" : "Autopilot;TPM;"\r\n}\r\n')], "stored")


def ok(good, what, *why):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    for line in () if good else why:
        print(f"#   {line}")


def wrong(found, wanted, how):
    return [f"{how}: {fact} is {found.get(fact, found.get('exit'))}, not {value}"
            for fact, value in wanted.items() if found.get(fact) != value]


def check_output(what, text, facts, page, more=""):
    why = []
    for how, data in encodings(text, page):
        if more != "pure" or how != "CR alone":
            why += wrong(facts_of("anything.dat", data), facts, how)
    why += wrong(facts_of("x.anything.dat", text.replace("\n", "\r\n").encode("utf-16"), CAB),
                 facts, "beside a CAB")
    if more == "pure":
        ok(not why, what, *why)
        return
    why += wrong(facts_of("notes.txt", ("taken by hand\n\n" + text).encode()), facts,
                 "behind other lines")
    why += wrong(facts_of("notes.txt", text.replace("\n", "\n\n").encode()), facts,
                 "with empty lines")
    if more == "order":
        lines = text.strip("\n").split("\n")
        why += wrong(facts_of("notes.txt", "\n".join(lines[::-1]).encode()), facts,
                     "from its end to its beginning")
    ok(not why, what, *why)


def check_together():
    """One file with several of them."""
    text = "\n".join([TPMTOOL, systeminfo(LANGUAGES["English"][1].split("|")), DSREGCMD])
    why = wrong(facts_of("all.txt", text.encode("utf-16")),
                TPMTOOL_FACTS | SYSTEM_FACTS | DSREG_FACTS, "together")
    ok(not why, "several outputs in one file", *why)


def check_item_property():
    """No line of it is a mark of its own: it has to be a text by its name."""
    why = wrong(facts_of("bios.txt", ITEM_PROPERTY.encode("utf-16")), DELL_MODEL, "bios.txt")
    ok(not why, "Get-ItemProperty", *why)


def check_traps():
    """Labels of one output say nothing in another one."""
    found = facts_of("x.txt", b"IsPresent : False\r\nName : y\r\nBIOS: none\r\n")
    ok("tpm.ek_known" not in found and "device.bios" not in found,
       "lines of nobody's output are no facts", str(found))
    found = facts_of("x.txt", systeminfo(LANGUAGES["French"][1].split("|")).encode())
    ok(found.get("device.virtual") is None, "the maker of Windows is not that of the device",
       str(found))


def check_flood():
    """The same line a million times is no more than a few of them."""
    found = facts_of("x.txt", b"TPM Present: True\n" * 990_000 + b"TPM Version: 2.0\n")
    why = wrong(found, {"tpm.present": "true", "tpm.spec": "2.0"}, "flood")
    ok(not why, "a flood of one line", *why)


def check_cuts():
    """However short it is, there is an answer, and no fact that is not in it."""
    whole = facts_of("x.dat", DSREGCMD.encode("utf-16"))
    bad = []
    data = DSREGCMD.encode("utf-16")
    for end in range(0, len(data), 97):
        found = facts_of("x.txt", data[:end])
        if "exit" in found:
            if not found["exit"].startswith("3"):
                bad.append(f"{end}: {found['exit']}")
            continue
        whole["join.device_auth"] = "FAILED. Device is either disabled or deleted"
        bad += [f"{end}: {k} = {v}" for k, v in found.items()
                if k.startswith("join.") and not whole.get(k, "").startswith(v)
                and v != "gone"]
    ok(not bad, "a file that is cut short", *bad)


def main():
    for output in OUTPUTS:
        check_output(*output)
    check_together()
    check_item_property()
    check_traps()
    check_flood()
    check_cuts()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
