-- no init
-- monitoring: metrics

-- before stead_init()
select stead_metrics();
select stead_init();

-- Its lines, without what differs between databases.
create table shown (t text);
create view lines as with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000),
ends(i, t) as (select i, t from n, shown where substr(t, i, 1) = '
'),
between_ends(i, before, t) as (select i, lag(i, 1, 0) over (order by i), t from ends)
select i, substr(t, cast(before + 1 as integer), cast(i - before - 1 as integer)) as line from between_ends;
create view figures as select i, line from lines where line not like '#%';

-- an empty database: all metrics, in a fixed order
insert into shown select stead_metrics();
select case when length(t) < 12000 then 'all of it is looked at' end from shown;
select case when line like 'stead_database_size_bytes %' then case when cast(substr(line, 27) as bigint) between 100000 and 1000000000 then 'stead_database_size_bytes: plausible' else line end when line like 'stead_retention_policies %' then 'stead_retention_policies' else replace(replace(line, '"' || stead_version() || '"', 'VERSION'), '"' || stead_backend() || '"', 'BACKEND') end from lines order by i;
-- called again, it says the same
select count(*) from shown where t = stead_metrics();

-- events: counted at once, sealed or not
select stead_audit_log('a'), stead_audit_log('a', null, null, null, null, false), stead_audit_log('b', null, null, null, null, false);
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit%' and line not like '%age%' order by i;
select case when cast(cast(substr(line, 41) as double precision) as bigint) between 0 and 3600 then 'recently' else line end from figures where line like 'stead_audit_oldest%';
begin;
select stead_audit_log('a', null, null, null, null, false);
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit_%events%' order by i;
rollback;
select stead_audit_seal(2);
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit%' and line not like '%age%' and line not like '%timestamp%' order by i;
select stead_audit_seal();
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit%' and line not like '%timestamp%' order by i;
select case when cast(cast(substr(line, 41) as double precision) as bigint) between 1750000000 and 4000000000 then 'a time' else line end from figures where line like 'stead_audit_last_seal%';

-- no prune lowers a counter, not even that of the rollups; what it logs is counted
select case when stead_setting_set('stead.audit.rollup_days', '1') then 'set' end;
select stead_audit_seal();
select count(stead_audit_log('old', null, null, null, null, false, null, null, null, null, '2020-01-01T00:00:00Z')) from (select 1 union all select 2 union all select 3) as three;
select stead_audit_seal();
select case when stead_audit_log('young') > 0 then 'logged' end;
select stead_audit_seal();
select count(*) from stead_audit_rollup where action = 'old';
-- a log that was sealed before schema 5 has no total
delete from stead_audit_total;
select stead_audit_prune(30);
select stead_audit_prune(30);
select count(*) from stead_audit_rollup where action = 'old';
select count(*) from stead_audit_event where action = 'old';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit%_total%' or line like 'stead_audit_unsealed%' order by i;
select count(*) as log, count(*) filter (where not success) from stead_audit_event;
-- a total that was never kept, as before schema 5, is that of the rollups
delete from stead_audit_total;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_audit_failures_total%';
select case when stead_audit_log('c', null, null, null, null, false) > 0 then 'logged' end;
select stead_audit_seal();
select failures from stead_audit_total;

-- users, sessions, keys
select case when stead_setting_set('stead.session.audit', 'false') then 'set' end;
select stead_user_create('ann'), stead_user_create('ben');
with n(i) as (values (1), (2), (3)) select count(stead_session_create(1)) from n;
select case when stead_session_revoke((select min(id) from stead_session), 'test') then 'revoked' end;
select case when count(stead_key_create(1, 'key ' || i)) = 2 then 'made' end from (select 1 as i union all select 2) as two;
select case when stead_key_revoke((select min(id) from stead_key)) then 'revoked' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_user_rows%' or line like 'stead_session_rows%' or line like 'stead_key_rows%' order by i;

-- rate limits, one with a hostile name; refusals stay counted when upkeep deletes the subject
select case when stead_limit_define('api', 2, 31536000) then 'defined' end;
select case when stead_limit_define('a"b\c
d{e="f"} # HELP ü', 1, 31536000) then 'defined' end;
select stead_limit_take('api', 'ann'), stead_limit_take('api', 'ben'), stead_limit_take('api', 'ann'), case when stead_limit_take('api', 'ann') > 0 then 'refused' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_limit_%' order by i;
update stead_limit_subject set full_at = 1 where subject = 'ann';
select case when stead_maintain() is not null then 'done' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_limit_%api%' order by i;

-- upkeep: when it ran
update stead_maintenance set last_run_at = '2026-01-02T03:04:05.678901Z';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_maintain%';
update stead_maintenance set last_run_at = '0001-01-01T00:00:00.000000Z';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_maintain%';
-- a time ahead comes from a wrong clock: the next run corrects it
update stead_maintenance set last_run_at = '9999-12-31T23:59:59.999999Z';
select case when stead_maintain() is not null then 'done' end;
select count(*) from stead_maintenance where last_run_at < '9999-12-31T00:00:00Z';

-- documents, the cache, migrations
select case when stead_document_put('c', '{"id":"one"}') is not null then 'put' end, case when stead_document_put('d', '{}', 'one') is not null then 'put' end;
select case when stead_cache_set('s', 'one', 'v', 1000) and stead_cache_set('s', 'two', 'v', 1000) and stead_cache_set('t', 'one', 'v', 1000) then 'set' end;
update stead_cache set expires_at = '2020-01-01T00:00:00.000000Z' where key = 'two';
select case when stead_migration_apply('1', 'create table applied (x integer)') then 'applied' end;
update stead_migration set applied_at = '2026-01-02T03:04:05.000000Z';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_document_%' or line like 'stead_cache_rows%' or line like 'stead_migration_%' order by i;

-- jobs
select count(stead_job_create('k')) from (select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6) as six;
select case when stead_job_create('k', null, '{"run_at":"2999-01-01T00:00:00Z"}') is not null then 'later' end;
select case when stead_job_claim('w', null, 3600, 5) is not null then 'claimed' end;
select case when stead_job_finish((select min(id) from stead_job where status = 'running'), '{}') then 'finished' end;
select case when stead_job_fail((select min(id) from stead_job where status = 'running'), 'no') then 'failed' end;
update stead_job set lease_until = '2020-01-01T00:00:00.000000Z' where id = (select min(id) from stead_job where status = 'running');
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_job_%' and line not like '%age%' order by i;
select case when cast(cast(substr(line, 33) as double precision) as bigint) between 0 and 3600 then 'recently' else line end from figures where line like 'stead_job_oldest%';
select case when stead_job_cancel((select min(id) from stead_job where status = 'queued')) then 'cancelled' end;
update stead_job set run_at = '2999-01-01T00:00:00.000000Z' where status = 'queued';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_job_%' order by i;

-- retention: what runs left and deleted, and what the safety stop keeps
select case when stead_retention_set('session', 30) is not null then 'set' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where (line like 'stead_retention_%"audit"%' or line like 'stead_retention_%"session"%') and line not like '%timestamp%' order by i;
create table "Vi""sit" (id bigint primary key, at bigint);
create index visit_at on "Vi""sit" (at);
insert into "Vi""sit" with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500) select i, 1577836800 from n;
select case when stead_retention_set('"Vi""sit"', 30, 'at') is not null then 'set' end;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{%Vi%1500 rows, %' then 'stopped' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_retention_%Vi%' and line not like '%timestamp%' order by i;
select stead_prune('"Vi""sit"', 1000);
select case when cast(stead_maintain(600000) as text) like '%"pruned":{%Vi%:500}%' then 'pruned' end;
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_retention_%Vi%' and line not like '%timestamp%' order by i;
select case when stead_retention_hold('session', 'a case') then 'held' end;
update stead_retention set last_run_at = '2026-01-02T03:04:05.000001Z', known_rows = 7, total_deleted = 9223372036854775807 where target = 'session';
delete from shown;
insert into shown select stead_metrics();
select line from figures where line like 'stead_retention_holds%' or line like 'stead_retention_%"session"%' order by i;

-- samples: see tests/support/samples
-- sample: SELECT stead_metrics() LIKE '# HELP stead_info %';
