-- A store as version 1 of the schema has it, with two cases.

CREATE TABLE settings(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE cases(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  serial TEXT,
  uuid TEXT,
  time TEXT,
  knowledge TEXT NOT NULL,
  row TEXT NOT NULL,
  snapshot TEXT NOT NULL
);
CREATE INDEX cases_by_serial ON cases(serial, uuid);
CREATE INDEX cases_by_uuid ON cases(uuid, serial);
CREATE VIEW devices AS SELECT c.id AS id,
  coalesce(c.serial, (SELECT CASE WHEN min(o.serial) = max(o.serial)
    THEN min(o.serial) END FROM cases o WHERE o.uuid = c.uuid)) AS serial,
  coalesce(c.uuid, (SELECT CASE WHEN min(o.uuid) = max(o.uuid)
    THEN min(o.uuid) END FROM cases o WHERE o.serial = c.serial)) AS uuid
FROM cases c;

INSERT INTO settings VALUES('redacted', '');
INSERT INTO cases VALUES(1, '1111111111111111111111111111111111111111111111111111111111111111', '5CG8F0031',
  'b4a66b99-31bd-4f50-8c34-db259119d940', '2025-11-03T08:04:00.0000000Z', '2026-11-22',
  '{"schema":"cabscan-row/1","id":"0000000000000001","source":"share/1.cab","state":"scanned","cause":"tpm-firmware-outdated","confidence":"certain","title":"The TPM firmware is too old for attestation","serial":"5CG8F0031","uuid":"b4a66b99-31bd-4f50-8c34-db259119d940","manufacturer":"HP","model":"HP EliteBook 830 G5","vendor":"IFX","firmware":"7.61.2785.0","attempts":1,"first":"2025-11-03T08:04:00Z","tries":["F0"],"outcome":"failed","error":"0x81039001","time":"2025-11-03T08:04:00.0000000Z","digest":"1111111111111111","evidence":[],"evidence_count":0,"against_count":0,"notes":0}',
  '{"schema":"cabscan-snapshot/1","source":"share/1.cab","digest":"1111111111111111111111111111111111111111111111111111111111111111","time":"2025-11-03T08:04:00.0000000Z","knowledge":"2026-11-22","facts":[{"fact":"tpm.firmware","title":"TPM firmware version","value":"7.61.2785.0","member":0,"line":2}],"attempts":[{"started":"2025-11-03T08:00:00.0000000Z","ended":"2025-11-03T08:04:00.0000000Z","outcome":"failed","error":"0x81039001"}],"events":[],"members":[{"member":"DeviceHash_DESKTOP-8ABB22E.csv","state":"read"}],"verdict":{"cause":"tpm-firmware-outdated","confidence":"certain","title":"The TPM firmware is too old for attestation"},"device":{"serial":"5CG8F0031","uuid":"b4a66b99-31bd-4f50-8c34-db259119d940"}}');
INSERT INTO cases VALUES(2, '2222222222222222222222222222222222222222222222222222222222222222', '5CG8F0031',
  'b4a66b99-31bd-4f50-8c34-db259119d940', '2025-12-01T08:05:00.0000000Z', '2026-11-22',
  '{"schema":"cabscan-row/1","id":"0000000000000002","source":"share/2.cab","state":"scanned","cause":"tpm-firmware-outdated","confidence":"certain","title":"The TPM firmware is too old for attestation","serial":"5CG8F0031","uuid":"b4a66b99-31bd-4f50-8c34-db259119d940","manufacturer":"HP","model":"HP EliteBook 830 G5","vendor":"IFX","firmware":"7.63.3353.0","attempts":1,"first":"2025-12-01T08:05:00Z","tries":["F0"],"outcome":"failed","error":"0x81039001","time":"2025-12-01T08:05:00.0000000Z","digest":"2222222222222222","evidence":[],"evidence_count":0,"against_count":0,"notes":0}',
  '{"schema":"cabscan-snapshot/1","source":"share/2.cab","digest":"2222222222222222222222222222222222222222222222222222222222222222","time":"2025-12-01T08:05:00.0000000Z","knowledge":"2026-11-22","facts":[{"fact":"tpm.firmware","title":"TPM firmware version","value":"7.63.3353.0","member":0,"line":2}],"attempts":[{"started":"2025-12-01T08:00:00.0000000Z","ended":"2025-12-01T08:05:00.0000000Z","outcome":"failed","error":"0x81039001"}],"events":[],"members":[{"member":"DeviceHash_DESKTOP-8ABB22E.csv","state":"read"}],"verdict":{"cause":"tpm-firmware-outdated","confidence":"certain","title":"The TPM firmware is too old for attestation"},"device":{"serial":"5CG8F0031","uuid":"b4a66b99-31bd-4f50-8c34-db259119d940"}}');
PRAGMA application_id = 1667326579;
PRAGMA user_version = 1;
