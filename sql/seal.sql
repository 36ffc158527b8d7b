-- Sealing: blocks, verification, redaction. Rows put in by hand have a fixed era, transaction, time and nonce, so that hashes
-- are known, and are the same on both databases.

-- nothing yet
SELECT stead_audit_seal();
SELECT count(*) FROM stead_audit_blocks();
SELECT * FROM stead_audit_verify();
SELECT status, detail FROM stead_doctor() WHERE check_name = 'audit_sealing';

INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success,
    details, error, ip_address, user_agent, era, transaction_id, nonce)
  VALUES
  (1000001, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000001Z', 'user.login', NULL, NULL, 'u1', 'Alice', true,
      NULL, NULL, '192.0.2.1', 'curl', 0, 0, NULL),
  (1000002, '2026-03-01T10:59:59.999999Z', '2026-03-01T11:00:00.000000Z', 'user.login', 'user', '', 'u2', 'Bób 😀', false,
      '{"b": 1, "a": [ 2 ]}', 'wrong password', '192.0.2.2', 'curl', 0, 0, NULL),
  (1000003, '2026-03-01T11:00:00.000000Z', '2026-03-01T11:00:00.000000Z', 'app.install', 'app', 'sonarr', 'u1', 'Alice', true,
      '{}', NULL, NULL, NULL, 0, 0, NULL),
  (1000004, '0001-01-01T00:00:00.000000Z', '2026-03-02T00:00:00.000000Z', 'app.install', 'app', 'radarr', 'u1', 'Alice', true,
      NULL, NULL, NULL, NULL, 0, 0, NULL),
  (1000005, '2026-03-02T00:00:00.000000Z', '2026-03-02T00:00:00.000000Z', 'app.remove', 'app', 'radarr', NULL, NULL, true,
      NULL, NULL, NULL, NULL, 0, 0, NULL);

-- one block a call, of at most so many events
SELECT stead_audit_seal(2);
SELECT stead_audit_seal(2);
SELECT stead_audit_seal(100000);
SELECT stead_audit_seal();
SELECT block, first_leaf, events, root, coalesce(CAST(pruned_at AS text), 'not pruned') FROM stead_audit_blocks();
SELECT block, events FROM stead_audit_blocks(1, 1);
SELECT count(*) FROM stead_audit_block WHERE block = 2 AND first_event_at < last_event_at AND sealed_at > last_event_at;
SELECT * FROM stead_audit_verify();
SELECT * FROM stead_audit_verify(2);
SELECT * FROM stead_audit_verify(2, 2);
SELECT * FROM stead_audit_verify(4, 9);

-- the rollups
SELECT period, action, events, failures FROM stead_audit_rollup ORDER BY period, bucket_start, action;

-- what is asked for wrongly
SELECT stead_audit_seal(0);
SELECT stead_audit_seal(100001);
SELECT * FROM stead_audit_blocks(0, 0);
SELECT * FROM stead_audit_blocks(0, 10001);
SELECT * FROM stead_audit_verify(0);
SELECT * FROM stead_audit_verify(1, -1);
SELECT count(*) FROM stead_audit_blocks(NULL, NULL);

-- a seal that is rolled back never was
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)
  VALUES (1000006, '2026-03-02T05:00:00.000000Z', '2026-03-02T05:00:00.000000Z', 'app.remove', true, 0, 0);
BEGIN;
SELECT stead_audit_seal();
SELECT count(*) FROM stead_audit_blocks();
ROLLBACK;
SELECT count(*) FROM stead_audit_blocks();
SELECT detail FROM stead_audit_verify();
SELECT total_events, failed_events FROM stead_audit_stats();

-- nobody changes what was sealed
UPDATE stead_audit_block SET events = 7;
DELETE FROM stead_audit_block;
DELETE FROM stead_audit_leaf;
UPDATE stead_audit_event SET action = 'x' WHERE id = 1000001;

-- Redaction
SELECT CASE WHEN stead_audit_redact(1000002, 'asked for by the person') THEN 'redacted' ELSE 'as before' END;
SELECT CASE WHEN stead_audit_redact(1000002, 'once more') THEN 'redacted' ELSE 'as before' END;
SELECT action, resource_type, resource_id, actor_id, actor_name, details, error, ip_address, user_agent FROM stead_audit_list()
  WHERE id = 1000002;
SELECT action, resource_type, resource_id, details FROM stead_audit_list() WHERE action = 'stead.redact';
SELECT detail FROM stead_audit_verify(1, 3);
SELECT stead_audit_redact(99, 'no such event');
SELECT stead_audit_redact(1000001, '');
SELECT stead_audit_redact(1000001, NULL);
SELECT stead_audit_redact((SELECT id FROM stead_audit_list() WHERE action = 'stead.redact'), 'hide it');
-- not sealed yet
SELECT CASE WHEN stead_audit_redact(1000006, 'before it is sealed') THEN 'redacted' ELSE 'as before' END;
SELECT CASE WHEN stead_audit_seal() > 0 THEN 'sealed' END;
SELECT status FROM stead_audit_verify();

-- What is Stead's own to tell of
SELECT stead_audit_log('stead.prune');
SELECT stead_audit_log_many('[{"action":"a"},{"action":"stead.x"}]');
SELECT CASE WHEN stead_audit_log('stead') > 0 THEN 'logged' END;

-- Upkeep with more to seal than a turn has time for: the module that gets another turn is not the last one
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
  SELECT 2000000 + i, '2026-10-02T05:00:00.000000Z', '2026-10-02T05:00:00.000000Z', 'bulk', true, 0, 0 FROM n;
SELECT CASE WHEN CAST(stead_maintain(1000) AS text) LIKE '{"elapsed_ms":%}' THEN 'reported' END;
SELECT CASE WHEN CAST(stead_maintain(100) AS text) LIKE '{"elapsed_ms":%}' THEN 'reported' END;

-- Pruning ends: its own events are no reason for more of it
SELECT CASE WHEN stead_retention_set('audit', 0, NULL, 20000) THEN 'set' END;
SELECT CASE WHEN stead_prune('audit', 20000) > 0 THEN 'some' END;
SELECT CASE WHEN stead_prune('audit', 1000000) > 0 THEN 'some' END;
SELECT CASE WHEN stead_prune('audit', 1) >= 0 THEN 'perhaps one more' END;
SELECT CASE WHEN stead_prune('audit', 1000000) >= 0 THEN 'and the rest' END;
SELECT stead_prune('audit');
SELECT stead_prune('audit', 1);
SELECT expired_rows FROM stead_retention_preview('audit');
SELECT status FROM stead_audit_verify();

-- A block that a prune makes ends where the next event is not older than the cutoff (here 100 years), nor the other way round
SELECT CASE WHEN stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1900-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1910-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_log('young', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1990-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_log('young', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '2000-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1905-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_retention_set('audit', 36500, NULL, 20000) THEN 'set' END;
SELECT expired_rows, CASE WHEN oldest_at = '1900-01-01T00:00:00.000000Z' THEN 'as logged' END FROM stead_retention_preview('audit');
SELECT stead_prune('audit', 1000);
SELECT stead_prune('audit', 1000);
SELECT action, count(*) FROM stead_audit_event WHERE action IN ('old', 'young') GROUP BY action;
SELECT CASE WHEN stead_audit_seal() > 0 THEN 'sealed' END;

-- Events that were sealed with younger ones are kept by them, and the doctor says so
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  VALUES (2900001, '1903-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'kept', true), (2900002, '1993-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'keeps', true);
SELECT stead_audit_seal();
SELECT status, substr(detail, 1, 110), substr(detail, length(detail) - 46) FROM stead_doctor() WHERE check_name = 'audit_times';
SELECT stead_prune('audit', 1000);

-- Old events that come into a log in use go by themselves, oldest first, and whatever lies before them stays
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
  SELECT 3000000 + i, '2026-02-02T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'young2', true FROM n;
SELECT CASE WHEN stead_audit_seal() = 100 THEN 'sealed' END;
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
  SELECT 3001000 + i, '1902-05-05T05:05:05.000000Z', '2026-01-01T00:00:00.000000Z', 'import2', true FROM n;
SELECT CASE WHEN stead_audit_seal() = 10 THEN 'sealed' END;
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
  SELECT 3002000 + i, '1901-05-05T05:05:05.000000Z', '2026-01-01T00:00:00.000000Z', 'import1', true FROM n;
SELECT CASE WHEN stead_audit_seal() = 10 THEN 'sealed' END;
SELECT CASE WHEN stead_audit_log('young2') > 0 THEN 'logged' END;
SELECT expired_rows, CASE WHEN oldest_at = '1901-05-05T05:05:05.000000Z' THEN 'as logged' END FROM stead_retention_preview('audit');
SELECT stead_prune('audit', 3);
SELECT expired_rows, CASE WHEN oldest_at = '1901-05-05T05:05:05.000000Z' THEN 'as logged' END FROM stead_retention_preview('audit');
SELECT action, count(*) FROM stead_audit_event WHERE action LIKE 'import%' GROUP BY action ORDER BY action;
SELECT stead_prune('audit', 9);
SELECT action, count(*) FROM stead_audit_event WHERE action LIKE 'import%' GROUP BY action ORDER BY action;
SELECT stead_prune('audit', 1000);
SELECT stead_prune('audit', 1000);
SELECT count(*) FROM stead_audit_event WHERE action = 'young2';
SELECT status FROM stead_audit_verify();
SELECT CASE WHEN stead_audit_seal() > 0 THEN 'sealed' END;

-- A block ends where times jump by more than a day, forward or back, once it has 100 events
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
  SELECT 3003000 + i, '2026-02-02T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'a', true FROM n;
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 110)
  SELECT 3004000 + i, '2001-05-05T05:05:05.000000Z', '2026-01-01T00:00:00.000000Z', 'b', true FROM n;
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
  SELECT 3005000 + i, '2011-05-05T05:05:05.000000Z', '2026-01-01T00:00:00.000000Z', 'c', true FROM n;
SELECT stead_audit_seal();
SELECT stead_audit_seal();
SELECT stead_audit_seal();

-- A time ahead of the clock keeps nothing but its own block, and that one only until what was sealed after it goes
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  VALUES (3900000, '2999-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z', 'ahead', true);
SELECT stead_audit_seal();
SELECT CASE WHEN stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1900-01-01T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '1900-01-02T00:00:00Z') > 0 THEN 'logged' END;
SELECT CASE WHEN stead_audit_seal() > 0 THEN 'sealed' END;
SELECT status, detail FROM stead_doctor() WHERE check_name = 'audit_times';
SELECT expired_rows FROM stead_retention_preview('audit');
SELECT stead_prune('audit', 1000);
SELECT count(*) FROM stead_audit_event WHERE action = 'ahead';
SELECT status FROM stead_audit_verify();
SELECT CASE WHEN stead_retention_set('audit', 0, NULL, 20000) THEN 'set' END;
SELECT CASE WHEN stead_prune('audit', 100000) > 0 THEN 'some' END;
SELECT CASE WHEN stead_prune('audit', 100000) >= 0 THEN 'and the rest' END;
SELECT count(*) FROM stead_audit_event WHERE action = 'ahead';
SELECT status FROM stead_audit_verify();

-- More actions than are added to the rollups at once
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
  SELECT 4000000 + i, '2012-05-05T05:05:05.000000Z', '2026-01-01T00:00:00.000000Z', 'many ' || i, true FROM n;
SELECT CASE WHEN stead_audit_seal() >= 600 THEN 'sealed' END;
SELECT period, count(*), sum(events) FROM stead_audit_rollup WHERE action LIKE 'many %' GROUP BY period ORDER BY period;
SELECT status FROM stead_audit_verify();

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_audit_seal(2);
-- sample: SELECT stead_audit_seal() > 0;
-- sample: SELECT block, first_leaf, events, first_event_at, last_event_at FROM stead_audit_blocks(0, 1);
-- sample: SELECT stead_audit_redact(1, 'asked for');
