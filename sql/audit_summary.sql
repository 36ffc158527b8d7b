-- The sums of 64 blocks of the index. The blocks are made as those of version 0.1: there a frequent value shares its
-- bucket. A redaction that indexes one of them anew spoils all sums, also those that the redaction itself leaves alone.

WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 16384)
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, resource_type, actor_id, era, transaction_id)
  SELECT i, '2026-03-01T10:00:00.000000Z', '2026-03-01T10:00:00.000000Z', 'login', true, 'door', 'guest', 0, 0 FROM numbers;
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 64)
SELECT sum(stead_audit_seal(256)) FROM numbers;
SELECT count(*), sum(postings) FROM stead_audit_index;
UPDATE stead_audit_index SET postings = postings - (SELECT count(*) FROM stead_audit_posting AS p
  WHERE p.block = stead_audit_index.block AND p.bucket = 0);
DELETE FROM stead_audit_posting WHERE bucket = 0;
UPDATE stead_audit_posting SET bucket = 16 + (bucket - 65536) / 4096;
SELECT CASE WHEN CAST(stead_maintain(60000) AS text) LIKE '%"summaries":%' THEN 'summed up' END;
SELECT status FROM stead_audit_verify();
SELECT CASE WHEN stead_audit_redact(1, 'asked for') THEN 'redacted' END;
SELECT status FROM stead_audit_verify();
SELECT value, events FROM stead_audit_top('resource_type') LIMIT 1;
SELECT CASE WHEN CAST(stead_maintain(60000) AS text) LIKE '%"summaries":%' THEN 'summed up' END;
SELECT status FROM stead_audit_verify();
SELECT value, events FROM stead_audit_top('actor_id') LIMIT 1;
SELECT value, events FROM stead_audit_top('resource_type') LIMIT 1;
