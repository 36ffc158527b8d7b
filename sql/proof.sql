-- Events of fixed ids, times and places, so that their hashes are the same on both databases. Era 0 is always settled.
-- An empty tree
SELECT stead_audit_checkpoint();
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint(stead_audit_checkpoint());
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
SELECT line FROM stead_audit_export();
SELECT stead_audit_proof(1);
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success,
  details, error, ip_address, user_agent, era, transaction_id, nonce) VALUES
 (1, '2026-01-01T00:00:09.000000Z', '2026-01-02T00:00:00.000001Z', 'login', 'session', 's1', '7', 'Zoë "Z" \ 😀', true,
  '{"n" : 1e2, "big": 12345678901234567890}', NULL, '10.0.0.1', 'curl/8', 0, 5, NULL),
 (2, '2026-01-01T00:00:08.000000Z', '2026-01-02T00:00:00.000002Z', 'login', NULL, '', NULL, '', false,
  NULL, 'bad password', NULL, NULL, 0, 5, NULL);
-- not sealed yet
SELECT stead_audit_proof(1);
SELECT line FROM stead_audit_export();
-- a tree of one leaf, of two: in a block each
SELECT stead_audit_seal(1);
SELECT stead_audit_checkpoint('example.com/log');
SELECT stead_audit_proof(1);
SELECT stead_audit_proof(2);
SELECT stead_audit_seal(1);
SELECT stead_audit_proof(1);
SELECT stead_audit_proof(2);
INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id, nonce) VALUES
 (13, '2026-01-01T00:00:03.000000Z', '2026-01-02T00:00:00.000003Z', 'c', true, 0, 6, NULL),
 (12, '2026-01-01T00:00:03.000000Z', '2026-01-02T00:00:00.000003Z', 'b', true, 0, 7, NULL),
 (11, '1969-12-31T23:59:59.999999Z', '2026-01-02T00:00:00.000003Z', 'a', true, 0, 9007199254740993, NULL),
 (14, '2026-01-01T00:00:04.000000Z', '2026-01-02T00:00:00.000004Z', 'd', true, 0, 9007199254740993, NULL),
 (15, '2026-01-01T00:00:05.000000Z', '2026-01-02T00:00:00.000005Z', 'e', true, 0, 9007199254740993, NULL),
 (16, '2026-01-01T00:00:06.000000Z', '2026-01-02T00:00:00.000006Z', 'f', true, 0, 9007199254740993, NULL),
 (17, '2026-01-01T00:00:07.000000Z', '2026-01-02T00:00:00.000007Z', 'g', true, 0, 9007199254740993, NULL),
 (18, '9999-12-31T23:59:59.999999Z', '2026-01-02T00:00:00.000008Z', 'h', true, 0, 9007199254740994, NULL);
SELECT stead_audit_seal(4);
SELECT stead_audit_seal(3);
SELECT stead_audit_blocks.block, first_leaf, events, root FROM stead_audit_blocks();
SELECT stead_audit_checkpoint();
-- earlier trees and today's
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint(stead_audit_checkpoint('somebody-else'));
SELECT first_leaf + events, CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_blocks() AS b
 CROSS JOIN stead_audit_verify_checkpoint('me
' || (b.first_leaf + b.events) || '
' || b.root) ORDER BY 1;
SELECT id, stead_audit_proof(id) FROM stead_audit_event WHERE transaction_id < 9007199254740994 ORDER BY transaction_id, id;
SELECT line FROM stead_audit_export();
-- from since to before until; ties by id
SELECT line FROM stead_audit_export('2026-01-01T00:00:03Z', '2026-01-01T00:00:04Z');
SELECT count(*) FROM stead_audit_export('2026-01-01T00:00:03Z');
SELECT count(*) FROM stead_audit_export(NULL, '2026-01-01T00:00:03Z');
SELECT count(*) FROM stead_audit_export('2026-01-01T00:00:03Z', '2026-01-01T00:00:03Z');
SELECT count(*) FROM stead_audit_export(NULL, '0001-01-01T00:00:00Z');
SELECT count(*) FROM stead_audit_export('9999-12-31T23:59:59.999999Z');
SELECT count(*) FROM stead_audit_export(NULL, '9999-12-31T23:59:59.999999Z');
-- what fits a filter, from since to before until; leaves that are not in it stand as subtrees
SELECT line FROM stead_audit_export('2026-01-01T00:00:04Z', '2026-01-01T00:00:07Z');
SELECT line FROM stead_audit_export(NULL, NULL, '{"action":"login","success":true}');
SELECT line FROM stead_audit_export('2026-01-01T00:00:03Z', '2026-01-01T00:00:08Z', '{"since":"2026-01-01T00:00:07Z","until":"2026-01-02T00:00:00Z"}');
SELECT line FROM stead_audit_export(NULL, '2026-01-01T00:00:09Z', '{"search":"LOG","until":"2026-01-01T00:00:10Z"}');
SELECT line FROM stead_audit_export(NULL, NULL, '{"action":"none"}');
SELECT line FROM stead_audit_export(NULL, NULL, '{"actions":"login"}');
-- what is wrong with a checkpoint
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
-- sizes within a block, by its events; roots that are not of their size
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('o
3
IUuEOy3mxnhsyOG3dSHjGzC7I4eZq/p1Fbz1Tls0qag=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('o
5
qPnlNrVVmOpPxIqq9hdxhy8zL1yctf9vTtBqn2guqME=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('o
7
2VTsg9ZLAzI/nZfBKV78potu3ORNHcpATd7naoCem5Y=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('o
8
GtXmG7eYOh8fD4MLuHEV0dS4qRtFHdufSYeiM2392Qw=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
2
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
4
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
0
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
10
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
9223372036854775807
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
-- a signed note; malformed ones are no errors
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('o
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

— o Az3grlgtzPICa5OS');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('x');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
01
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
1
abc
');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint('stead-audit
1
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

no signature');
SELECT CASE WHEN valid THEN 'valid' ELSE 'invalid' END, reason FROM stead_audit_verify_checkpoint(NULL);
-- wrong arguments
SELECT stead_audit_checkpoint('');
SELECT stead_audit_checkpoint('a b');
SELECT stead_audit_checkpoint('a+b');
SELECT stead_audit_checkpoint('a
b');
SELECT stead_audit_checkpoint('é b');
SELECT stead_audit_checkpoint(substr('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 201));
SELECT length(stead_audit_checkpoint(substr('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 200)));
SELECT stead_audit_proof(NULL);
SELECT stead_audit_proof(99);
SELECT stead_audit_proof(18);
SELECT stead_audit_proof(-1);

-- samples and seeds: see tests/support/samples
-- sample: SELECT stead_audit_checkpoint('o') LIKE 'o%';
-- sample: SELECT valid, reason FROM stead_audit_verify_checkpoint(stead_audit_checkpoint());
-- sample: SELECT stead_audit_proof(2) LIKE '{"leaf_index":1,%', length(stead_audit_proof(1));
-- sample: SELECT line LIKE '{"id":%', line LIKE '{"events":%' FROM stead_audit_export('2026-01-01T00:00:00Z',
--   '2026-01-02T00:00:00Z');
