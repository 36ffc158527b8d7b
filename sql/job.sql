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

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_job_create('seeded', '{"n":1}', '{"idempotency_key":"seeded"}');
-- sample: SELECT cast(stead_job_create('seeded', '{"n":1}', '{"idempotency_key":"seeded"}') AS text) LIKE '%"created":false}';
