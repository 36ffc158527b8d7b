-- job: created, claimed, kept, ended, listed, on both databases. Ids are random: statements find jobs by their message.

-- create
select case when cast(stead_job_create('mail', '{"to": "a@example.org"}', '{"message":"one"}') as text) like '{"job_id":"________-____-7___-____-____________","created":true}' then 'created' end;
select tenant, kind, status, request, coalesce(error, 'none'), message, priority, attempts, max_attempts, coalesce(worker, 'nobody'), coalesce(idempotency_key, 'none'), case when run_at = created_at and updated_at = created_at and lease_until is null and result is null then 'times' end from stead_job;
select stead_job_create('');
select stead_job_create(null);
select stead_job_create('mail', null, '[]');
select stead_job_create('mail', null, '{"prio":1}');
select stead_job_create('mail', null, '{"priority":2147483648}');
select stead_job_create('mail', null, '{"max_attempts":0}');
select stead_job_create('mail', null, '{"idempotency_key":""}');
select stead_job_create('mail', null, '{"run_at":"tomorrow"}');
select count(*) from stead_job;

-- the same key: the same job, unless the request is another
select case when cast(stead_job_create('mail', '{"to":"b"}', '{"idempotency_key":"k","message":"two"}') as text) like '%"created":true}' then 'created' end;
select case when cast(stead_job_create('mail', ' {"to" : "b"} ', '{"idempotency_key":"k","priority":5}') as text) = '{"job_id":"' || (select id from stead_job where message = 'two') || '","created":false}' then 'the same' end;
select stead_job_create('mail', '{"to":"c"}', '{"idempotency_key":"k"}');
select stead_job_create('mail', null, '{"idempotency_key":"k"}');
select case when cast(stead_job_create('call', '{"to":"c"}', '{"idempotency_key":"k"}') as text) like '%"created":true}' then 'another kind' end;
select case when cast(stead_job_create('mail', '{"to":"c"}', '{"idempotency_key":"k","tenant":"t"}') as text) like '%"created":true}' then 'another tenant' end;
select case when cast(stead_job_create('mail', null, '{"idempotency_key":"n"}') as text) like '%"created":true}' then 'no request' end;
select case when cast(stead_job_create('mail', null, '{"idempotency_key":"n"}') as text) like '%"created":false}' then 'no request again' end;
select count(*) from stead_job;
delete from stead_job;

-- claim: by priority, then by time, then by id; one at a time unless more are asked for
select count(job) from (select stead_job_create('mail', '{"n":1}', '{"message":"low","priority":-1}') as job union all select stead_job_create('mail', '{"n":2}', '{"message":"second","run_at":"2020-01-02T00:00:00Z"}') union all select stead_job_create('mail', '{"n":3}', '{"message":"first","run_at":"2020-01-01T00:00:00Z"}') union all select stead_job_create('call', '{"n":4}', '{"message":"high","priority":7,"max_attempts":2}') union all select stead_job_create('mail', '{"n":5}', '{"message":"later","priority":9,"run_at":"2999-01-01T00:00:00Z"}')) as made;
select case when cast(stead_job_claim('w1') as text) like '[{"job_id":"%","tenant":"","kind":"call","status":"running","request":{"n":4},"result":null,"error":null,"message":"high","priority":7,"attempts":1,"run_at":"%Z","worker":"w1","lease_until":"%Z","created_at":"%Z","updated_at":"%Z"}]' then 'high' end;
select case when cast(stead_job_claim('w1', '["call"]') as text) = '[]' then 'no more calls' end;
select case when cast(stead_job_claim('w1', ' ["call"] ') as text) = '[]' and cast(stead_job_claim('w1', ' "call" ') as text) = '[]' then 'white space is none' end;
select case when cast(stead_job_claim('w1', '["none","nobody"]') as text) = '[]' and cast(stead_job_claim('w1', '[]') as text) = '[]' then 'none' end;
select case when cast(stead_job_claim('w2', '["call","mail"]', 60, 2) as text) like '[{%"message":"first"%},{%"message":"second"%}]' then 'first, second' end;
select case when cast(stead_job_claim('w3', null, 60, 1000) as text) like '[{%"message":"low"%}]' then 'low' end;
select case when cast(stead_job_claim('w3') as text) = '[]' then 'nothing is due' end;
select message, status, attempts, coalesce(worker, 'nobody'), case when lease_until > updated_at then 'lease' else 'none' end from stead_job order by message;
select stead_job_claim('');
select stead_job_claim(null);
select stead_job_claim('w', '{}');
select stead_job_claim('w', '[1]');
select stead_job_claim('w', '[""]');
select stead_job_claim('w', null, 0);
select stead_job_claim('w', null, 31536001);
select stead_job_claim('w', null, 60, 0);
select stead_job_claim('w', null, 60, 1001);

-- heartbeat: only the worker's own
select case when stead_job_heartbeat((select id from stead_job where message = 'high'), 'w1', 600) then 'kept' else 'lost' end;
select case when stead_job_heartbeat((select id from stead_job where message = 'high'), 'w2') then 'kept' else 'lost' end;
select case when stead_job_heartbeat((select id from stead_job where message = 'later'), 'w1') then 'kept' else 'lost' end;
select case when stead_job_heartbeat('nothing', 'w1') then 'kept' else 'lost' end;
select stead_job_heartbeat('', 'w1');
select stead_job_heartbeat('x', '');
select stead_job_heartbeat('x', 'w', 0);

-- finish, fail, cancel: with the worker, only its own; final is final
select case when stead_job_finish((select id from stead_job where message = 'first'), '{"sent":true}', 'w1') then 'done' else 'not its' end;
select case when stead_job_finish((select id from stead_job where message = 'first'), '{"sent":true}', 'w2') then 'done' else 'not its' end;
select case when stead_job_finish('nothing') then 'done' else 'none' end, case when stead_job_fail('nothing', 'e') then 'done' else 'none' end, case when stead_job_cancel('nothing') then 'done' else 'none' end, case when stead_job_update('nothing', '{}') then 'done' else 'none' end;
update stead_job set id = 'the-first' where message = 'first';
select stead_job_finish('the-first');
select stead_job_finish('the-first', null, 'w1');
select stead_job_fail('the-first', 'no');
select stead_job_fail('the-first', 'no', 5);
select stead_job_cancel('the-first');
select stead_job_update('the-first', '{"status":"queued"}');
select case when stead_job_update('the-first', '{"status":"succeeded","message":"sent"}') then 'changed' end;
select status, result, message, worker, coalesce(error, 'none'), case when lease_until is null then 'no lease' end from stead_job where id = 'the-first';
select stead_job_fail('x', null);
select stead_job_fail('x', 'e', -1);
select stead_job_fail('x', 'e', 315360001);

-- retry: while attempts are left
select case when stead_job_fail((select id from stead_job where message = 'high'), 'busy', 3600, 'w1') then 'again' end;
select status, attempts, error, coalesce(worker, 'nobody'), case when run_at > updated_at then 'later' end, case when lease_until is null then 'no lease' end from stead_job where message = 'high';
select case when cast(stead_job_claim('w4') as text) = '[]' then 'not yet' end;
update stead_job set run_at = '2020-01-01T00:00:00.000000Z' where message = 'high';
select case when cast(stead_job_claim('w4') as text) like '[{%"error":"busy","message":"high",%"attempts":2,%}]' then 'claimed' end;
select case when stead_job_fail((select id from stead_job where message = 'high'), 'busy again', 0, 'w4') then 'failed' end;
select status, attempts, error, worker from stead_job where message = 'high';
select case when stead_job_cancel((select id from stead_job where message = 'second'), 'not wanted') then 'cancelled' end;
select status, message, worker from stead_job where status = 'cancelled';
select case when stead_job_cancel((select id from stead_job where message = 'later')) then 'cancelled' end;
select status, count(*) from stead_job group by status order by status;
delete from stead_job;

-- a worker that died: its job is taken again when the lease ends, while attempts are left, else failed
select count(job) from (select stead_job_create('mail', null, '{"message":"again","max_attempts":2}') as job union all select stead_job_create('mail', null, '{"message":"once"}')) as made;
select case when cast(stead_job_claim('dead', null, 60, 2) as text) like '[{%},{%}]' then 'two' end;
select case when cast(stead_job_claim('alive', null, 60, 2) as text) = '[]' then 'leased' end;
update stead_job set lease_until = '2020-01-01T00:00:00.000000Z';
select case when cast(stead_job_claim('alive', null, 60, 2) as text) like '[{%"error":"the lease ran out","message":"again",%"attempts":2,%"worker":"alive"%}]' then 'one' end;
select message, status, attempts, worker, coalesce(error, 'none'), case when lease_until is null then 'no lease' else 'lease' end from stead_job order by message;
select case when stead_job_heartbeat((select id from stead_job where message = 'again'), 'dead') then 'kept' else 'lost' end;
select case when stead_job_finish((select id from stead_job where message = 'again'), null, 'dead') then 'done' else 'not its' end;
-- upkeep does it, too
update stead_job set lease_until = '2020-01-01T00:00:00.000000Z', max_attempts = 3 where message = 'again';
select case when cast(stead_maintain() as text) like '%"leases_ended":{"queued":1,"failed":0}%' then 'queued again' end;
select message, status, attempts, coalesce(worker, 'nobody') from stead_job order by message;
-- the worker whose lease ended may still finish it while nobody has taken it back
select case when cast(stead_job_claim('slow') as text) like '[{%"attempts":3,%}]' then 'claimed' end;
update stead_job set lease_until = '2020-01-01T00:00:00.000000Z' where message = 'again';
select case when stead_job_finish((select id from stead_job where message = 'again'), 'null', 'slow') then 'done' else 'not its' end;
select coalesce(cast(result as text), 'null'), coalesce(error, 'none') from stead_job where message = 'again';
delete from stead_job;

-- update and recover, for applications that do not claim
select count(job) from (select stead_job_create('scan', null, '{"message":"a"}') as job union all select stead_job_create('scan', null, '{"message":"b"}') union all select stead_job_create('scan', null, '{"message":"c"}')) as made;
update stead_job set id = message;
select case when stead_job_update('a', '{"status":"running","message":null}') then 'changed' end;
select status, attempts, coalesce(message, 'none'), case when lease_until is null then 'no lease' end from stead_job where id = 'a';
select stead_job_update('a', '{"status":"done"}');
select stead_job_update('a', '{"status":null}');
select stead_job_update('a', '{"priority":1}');
select stead_job_update('a', '[]');
select case when stead_job_update('a', '{"result":{"half": 1}}') then 'changed' end;
select case when stead_job_update('a', '{"error":"slow"}') then 'changed' end;
select result, error from stead_job where id = 'a';
select case when stead_job_update('b', '{"status":"succeeded","result":[1]}') then 'changed' end;
select stead_job_recover('restarted');
select id, status, coalesce(error, 'none'), coalesce(message, 'none') from stead_job order by id;
select case when stead_setting_set('stead.job.recover_queued', 'true') then 'set' end;
select stead_job_recover('restarted again');
select id, status, coalesce(error, 'none'), coalesce(message, 'none') from stead_job order by id;
select case when stead_setting_delete('stead.job.recover_queued') then 'default' end;
select stead_job_recover(null);
delete from stead_job;

-- list: the newest first, page by page
select count(job) from (select stead_job_create('a', null, '{"message":"1","tenant":"t"}') as job union all select stead_job_create('b', null, '{"message":"2"}') union all select stead_job_create('a', null, '{"message":"3"}')) as made;
-- three moments, whatever the clock says
update stead_job set id = '018bcfe5-680' || message || '-7000-8000-000000000000', created_at = '2023-11-14T22:13:20.000000Z';
select message, kind, tenant, status, priority, attempts from stead_job_list();
select message from stead_job_list('{"kind":"a"}');
select message from stead_job_list('{"tenant":""}');
select message from stead_job_list('{"status":"queued","job_id":"018bcfe5-6802-7000-8000-000000000000"}');
select message from stead_job_list('{"status":"failed"}');
select message from stead_job_list('{}', 2);
select message from stead_job_list('{}', 2, (select next_page from stead_job_list('{}', 1)));
select message from stead_job_list('{"kind":"a"}', 50, (select next_page from stead_job_list('{"kind":"a"}', 1)));
select message from stead_job_list('{"kind":"b"}', 50, (select next_page from stead_job_list('{"kind":"a"}', 1)));
select message from stead_job_list(null, 50, 'x');
select message from stead_job_list(null, 50, '');
select message from stead_job_list(null, 0);
select message from stead_job_list('{"prio":1}');
select message from stead_job_list('{"status":"done"}');
select message from stead_job_list('{"status":null}') order by message limit 1;
select kind, status, jobs, case when oldest_at < '2023-11-15T00:00:00.000000Z' then 'old' end from stead_job_stats();
delete from stead_job;
select count(job) from (select stead_job_create('a') as job union all select stead_job_create('b') union all select stead_job_create('c') union all select stead_job_create('d')) as made;
select count(*) from stead_job_list('{"since":"2020-01-01T00:00:00+01:00","until":"2999-01-01T00:00:00Z"}');
select count(*) from stead_job_list('{"since":"2999-01-01T00:00:00Z"}') as a, stead_job_list('{"until":"2020-01-01T00:00:00Z"}') as b;
select case when min(case when id = listed then 1 else 0 end) = 1 then 'in the order of their ids' end from (select id, row_number() over (order by created_at desc, id desc) as n from stead_job) as j join (select job_id as listed, row_number() over () as m from stead_job_list()) as l on n = m;
delete from stead_job;

-- retention: jobs that have ended, by when they last changed
select count(job) from (select stead_job_create('a', null, '{"message":"old"}') as job union all select stead_job_create('a', null, '{"message":"new"}') union all select stead_job_create('a', null, '{"message":"waits"}')) as made;
update stead_job set id = message;
select case when stead_job_finish('old') then 'done' end, case when stead_job_cancel('new') then 'done' end;
update stead_job set updated_at = '2020-01-01T00:00:00.000000Z' where id <> 'new';
select stead_prune('job');
select case when stead_retention_set('job', 30) then 'set' end;
select expired_rows, case when oldest_at < '2021-01-01T00:00:00.000000Z' then 'old' end from stead_retention_preview('job');
select stead_prune('job');
select stead_prune('job');
select id, status from stead_job order by id;
delete from stead_retention where target = 'job';
delete from stead_job;

-- A kind that is named twice comes no earlier for that
select count(job) from (select stead_job_create('ka', null, '{"message":"1"}') as job) as made;
select count(job) from (select stead_job_create('kb', null, '{"message":"2"}') as job) as made;
select count(job) from (select stead_job_create('ka', null, '{"message":"3"}') as job) as made;
update stead_job set run_at = '2020-01-01T00:00:00.000000Z' where message = '1';
update stead_job set run_at = '2020-01-02T00:00:00.000000Z' where message = '2';
update stead_job set run_at = '2020-01-03T00:00:00.000000Z' where message = '3';
select case when length(cast(stead_job_claim('w', '["ka","ka","kb"]', 60, 2) as text)) > 2 then 'claimed' end;
select message from stead_job where status = 'queued';
-- The number of attempts has an end, and claims go on
update stead_job set attempts = 2147483647, max_attempts = 2147483647 where status = 'queued';
select case when length(cast(stead_job_claim('w') as text)) > 2 then 'claimed' end;
select attempts from stead_job where message = '3';
delete from stead_job;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_job_create('seeded', '{"n":1}', '{"idempotency_key":"seeded"}');
-- seed: SELECT stead_job_create('begun', '{"n":2}', '{"idempotency_key":"begun"}');
-- seed: UPDATE stead_job SET id = idempotency_key;
-- seed: SELECT stead_job_claim('seeder', '["begun"]', 31536000);
-- sample: SELECT cast(stead_job_create('seeded', '{"n":1}', '{"idempotency_key":"seeded"}') AS text);
-- sample: SELECT length(cast(stead_job_claim('claimer', '["seeded","other"]') AS text));
-- sample: SELECT stead_job_heartbeat('begun', 'seeder');
-- sample: SELECT stead_job_finish('begun', '{"sent":true}', 'seeder');
-- sample: SELECT stead_job_fail('begun', 'busy', 60, 'seeder');
-- sample: SELECT stead_job_cancel('seeded', 'not wanted');
-- sample: SELECT stead_job_update('seeded', '{"status":"running","message":"half"}');
-- sample: SELECT stead_job_recover('restarted');
-- sample: SELECT job_id, kind, status FROM stead_job_list('{"kind":"seeded"}');
-- sample: SELECT kind, status, jobs FROM stead_job_stats();
-- seed: SELECT stead_job_event('seeded', 'step', 'ok', 1.5, NULL, '{"n":1}');
-- seed: SELECT stead_job_graph_set('seeded', '[{"id":"a"},{"id":"b"}]', '[{"from":"a","to":"b"}]');
-- seed: SELECT stead_setting_set('artifact', stead_job_artifact_put('seeded', 'report', 'seeded', (SELECT token_hash FROM
--   stead_session WHERE user_id = 1 LIMIT 1)));
-- sample: SELECT stead_job_event('seeded', 'step', 'error', 2.5, 'Timeout', '{"n":2}') > 0;
-- sample: SELECT id, event, status, duration_ms, error_type, labels FROM stead_job_events('seeded');
-- sample: SELECT event, total, ok, error, avg_ms, min_ms, max_ms FROM stead_job_event_stats('seeded');
-- sample: SELECT stead_job_graph_set('seeded', '[{"id":"a"},{"id":"c","error":"\u0041"}]', '[{"from":"a","to":"c"}]');
-- sample: SELECT stead_job_node_set('seeded', 'a', 'running', '{"started_at":1}');
-- sample: SELECT cast(stead_job_graph('seeded') AS text);
-- sample: SELECT length(stead_job_artifact_put('seeded', 'log', 'new', (SELECT content FROM
--   stead_job_artifact_get('seeded', stead_setting_get('artifact', 'none')))));
-- sample: SELECT kind, name, size_bytes, length(sha256) FROM stead_job_artifacts('seeded');
-- sample: SELECT length(content), name, kind FROM stead_job_artifact_get('seeded', stead_setting_get('artifact'));
