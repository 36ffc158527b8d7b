-- Verification: what is stored compared with what was sealed. Tables that are not append-only are changed by hand here;
-- changes of the others need more than SQL, and are in tests/both/tamper.c.

-- nothing is sealed
SELECT * FROM stead_audit_verify();

INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)
  VALUES
  (1000001, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000001Z', 'app.install', true, 0, 0),
  (1000002, '2026-03-01T10:30:00.000000Z', '2026-03-01T11:00:00.000000Z', 'app.install', false, 0, 0),
  (1000003, '2026-03-01T11:00:00.000000Z', '2026-03-01T11:00:00.000000Z', 'app.remove', true, 0, 0);
SELECT detail FROM stead_audit_verify();
SELECT stead_audit_seal(2);
SELECT stead_audit_seal(2);
SELECT status FROM stead_audit_verify();
-- some blocks alone
SELECT status, detail FROM stead_audit_verify(1, 1) WHERE block IS NOT NULL;
SELECT status FROM stead_audit_verify(2);
SELECT status FROM stead_audit_verify(2, 2);
SELECT detail FROM stead_audit_verify(100, 100);

-- what is asked for wrongly
SELECT * FROM stead_audit_verify(0);
SELECT * FROM stead_audit_verify(1, -1);

-- rollups that were changed, added or deleted are named; verification changes nothing
BEGIN;
UPDATE stead_audit_rollup SET events = events + 1 WHERE action = 'app.install' AND period = 'hour';
SELECT coalesce(CAST(block AS text), 'none'), status, detail FROM stead_audit_verify() WHERE status <> 'broken';
SELECT status FROM stead_audit_verify() WHERE status IN ('ok', 'broken');
ROLLBACK;
BEGIN;
INSERT INTO stead_audit_rollup (period, bucket_start, action, events, failures, first_event_at, last_event_at)
  VALUES ('day', '2026-03-01T00:00:00.000000Z', 'app.forged', 1, 0, '2026-03-01T01:00:00.000000Z', '2026-03-01T01:00:00.000000Z');
SELECT coalesce(CAST(block AS text), 'none'), status, detail FROM stead_audit_verify() WHERE status <> 'broken';
ROLLBACK;
BEGIN;
DELETE FROM stead_audit_rollup WHERE action = 'app.remove' AND period = 'day';
SELECT coalesce(CAST(block AS text), 'none'), status, detail FROM stead_audit_verify() WHERE status <> 'broken';
-- some blocks alone say nothing of rollups
SELECT status FROM stead_audit_verify(1);
ROLLBACK;
SELECT status FROM stead_audit_verify();

-- samples and seeds: see tests/support/samples
-- sample: SELECT block, status, event_id FROM stead_audit_verify();
