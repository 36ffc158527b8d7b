-- The index of sealed events: a frequent value, with 128 events of a block or more, has a bucket of its own.

WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 600)
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, actor_id, era, transaction_id)
  SELECT i, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000000Z', 'login', i % 3 > 0,
  CASE WHEN i <= 128 THEN 'many' WHEN i <= 255 THEN 'few' WHEN i <= 300 THEN 'user ' || CAST(i % 5 AS text)
  ELSE 'busy' END, 0, 0
  FROM numbers;
WITH RECURSIVE numbers(i) AS (SELECT 2001 UNION ALL SELECT i + 1 FROM numbers WHERE i < 2600)
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, actor_id, era, transaction_id)
  SELECT i, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000000Z', 'act ' || CAST(i % 2 AS text), true,
  'of ' || CAST(i % 4 AS text), 0, 0
  FROM numbers;
SELECT stead_audit_seal(300);
SELECT stead_audit_seal(300);
SELECT stead_audit_seal(600);
SELECT block, dimension, count(*) FROM stead_audit_posting WHERE bucket >= 65536 AND block < 3 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT stead_audit_count('{"actor_id": "many"}'), stead_audit_count('{"actor_id": "few"}'),
  stead_audit_count('{"actor_id": ["many", "few", "busy"]}'), stead_audit_count('{"action": "login", "actor_id": "user 1"}'),
  stead_audit_count('{"action": "login", "not": {"actor_id": "busy"}}'), stead_audit_count('{"actor_id": "nobody"}');
SELECT value, events, failures FROM stead_audit_top('actor_id') ORDER BY events DESC, value;
SELECT value, events FROM stead_audit_top('action');
SELECT status FROM stead_audit_verify();

-- a redaction leaves it one event fewer: then it shares a bucket again
SELECT CASE WHEN stead_audit_redact(100, 'asked for') THEN 'redacted' END;
SELECT CASE WHEN stead_audit_redact(200, 'asked for') THEN 'redacted' END;
SELECT CASE WHEN stead_audit_redact(280, 'asked for') THEN 'redacted' END;
SELECT CASE WHEN stead_audit_redact(500, 'asked for') THEN 'redacted' END;
SELECT block, dimension, count(*) FROM stead_audit_posting WHERE bucket >= 65536 AND block < 3 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT stead_audit_count('{"actor_id": "many"}'), stead_audit_count('{"actor_id": "few"}'),
  stead_audit_count('{"actor_id": "busy"}'), stead_audit_count('{"action": "login"}');
SELECT value, events FROM stead_audit_top('actor_id') LIMIT 3;
SELECT status FROM stead_audit_verify();

-- a posting of a frequent value that is changed, gone or added is found
BEGIN;
DELETE FROM stead_audit_posting WHERE block = 2 AND dimension = 4 AND bucket >= 65536;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;
BEGIN;
UPDATE stead_audit_posting SET entries = (SELECT entries FROM stead_audit_posting WHERE block = 1 AND dimension = 1
  AND bucket > 0) WHERE block = 2 AND dimension = 1 AND bucket > 0;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;
BEGIN;
UPDATE stead_audit_posting SET bucket = 16 + (bucket - 65536) / 4096 WHERE block = 2 AND dimension = 4 AND bucket > 0;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;
BEGIN;
INSERT INTO stead_audit_posting SELECT dimension, bucket + 1, last_event_at, block, part, entries
  FROM stead_audit_posting WHERE block = 2 AND dimension = 4;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;
BEGIN;
DELETE FROM stead_audit_posting WHERE block = 2 AND dimension = 4 AND bucket = 0;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;

-- blocks that were indexed when frequent values shared the buckets of others are in order, until an event is redacted
UPDATE stead_audit_index SET postings = postings - (SELECT count(*) FROM stead_audit_posting AS p
  WHERE p.block = stead_audit_index.block AND p.bucket = 0) WHERE block < 3;
DELETE FROM stead_audit_posting WHERE bucket = 0 AND block < 3;
UPDATE stead_audit_posting SET bucket = 16 + (bucket - 65536) / 4096 WHERE bucket >= 65536 AND block < 3;
SELECT status FROM stead_audit_verify();
SELECT stead_audit_count('{"actor_id": "busy"}'), stead_audit_count('{"action": "login"}');
SELECT value, events FROM stead_audit_top('actor_id') LIMIT 1;
BEGIN;
UPDATE stead_audit_index_key SET number = 1;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
SELECT stead_audit_count('{"actor_id": "busy"}'), stead_audit_count('{"actor_id": "of 1"}');
SELECT CASE WHEN stead_audit_redact(2502, 'asked for') THEN 'redacted' END;
SELECT number FROM stead_audit_index_key;
SELECT status FROM stead_audit_verify();
ROLLBACK;
BEGIN;
UPDATE stead_audit_index SET postings = postings + 1 WHERE block = 2;
SELECT block, status, detail FROM stead_audit_verify() WHERE block IS NOT NULL;
ROLLBACK;
SELECT CASE WHEN stead_audit_redact(501, 'asked for') THEN 'redacted' END;
SELECT block, dimension, count(*) FROM stead_audit_posting WHERE bucket >= 65536 AND block < 3 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT stead_audit_count('{"actor_id": "busy"}'), stead_audit_count('{"action": "login"}');
SELECT status FROM stead_audit_verify();

-- several frequent values of a block
SELECT DISTINCT dimension FROM stead_audit_posting WHERE block = 3 AND bucket >= 65536 ORDER BY 1;
SELECT stead_audit_count('{"actor_id": "of 1"}'), stead_audit_count('{"actor_id": ["of 1", "of 2"]}'),
  stead_audit_count('{"actor_id": "of 1", "action": "act 1"}'), stead_audit_count('{"actor_id": "of 1", "action": "act 0"}');
SELECT value, events FROM stead_audit_top('actor_id') WHERE value LIKE 'of %' ORDER BY value;
SELECT CASE WHEN stead_audit_redact(2500, 'asked for') THEN 'redacted' END;
SELECT stead_audit_count('{"actor_id": "of 0"}');
SELECT status FROM stead_audit_verify();

-- a redaction makes a damaged index of a block anew, whatever the list of its buckets says
BEGIN;
DELETE FROM stead_audit_posting WHERE block = 3 AND bucket = 0;
UPDATE stead_audit_posting SET entries = substr(entries, 1, length(entries) - 1) WHERE block = 3 AND bucket >= 65536;
SELECT CASE WHEN stead_audit_redact(2501, 'asked for') THEN 'redacted' END;
SELECT stead_audit_count('{"actor_id": "of 1"}');
SELECT status FROM stead_audit_verify();
ROLLBACK;
BEGIN;
UPDATE stead_audit_posting SET entries = (SELECT p.entries FROM stead_audit_posting AS p WHERE p.block = 3
  AND p.bucket >= 65536 ORDER BY p.bucket LIMIT 1) WHERE block = 3 AND bucket = 0;
UPDATE stead_audit_posting SET entries = substr(entries, 1, length(entries) - 1) WHERE block = 3 AND bucket >= 65536;
SELECT CASE WHEN stead_audit_redact(2501, 'asked for') THEN 'redacted' END;
SELECT stead_audit_count('{"actor_id": "of 1"}');
SELECT status FROM stead_audit_verify();
ROLLBACK;
