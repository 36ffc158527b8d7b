-- no init
-- meta: version, backend, init, help, doctor, grant, configure, maintain
select case when stead_version() like '0.%.%' then 'a version' else stead_version() end;
select case when stead_backend() in ('postgresql', 'sqlite') then 'known' else stead_backend() end;

-- before stead_init(): whatever needs the tables says so, the rest works
select check_name, status, detail, remedy from stead_doctor() where check_name = 'tables';
select stead_setting_get('k');
select stead_setting_version();
select stead_audit_log('before.init');
select stead_maintain();
select count(*) from stead_audit_list();

-- idempotent
select stead_init();
select stead_init();
select check_name, status, detail, coalesce(remedy, 'none') from stead_doctor() where check_name = 'tables';
select count(*) from stead_doctor() where status = 'fail';
select count(*), min(id), max(version) from stead_schema;

-- help is the registry
select name, arguments, returns, effect, audience, summary from stead_help('stead_init');
select name, arguments from stead_help('stead_setting_get');
select arguments from stead_help('stead_audit_count');
select count(*) from stead_help('stead_nothing');
select count(*) from stead_help('');
select count(*) from stead_help('%');
select case when count(*) > 20 then 'many' else 'few' end from stead_help();
select case when count(*) > 20 then 'many' else 'few' end from stead_help(null);
select count(*) from stead_help() where summary is null or summary not like '%.' or name not like 'stead\_%' escape '\';
select name, effect, audience from stead_help() where name in ('stead_version', 'stead_doctor', 'stead_maintain', 'stead_grants') order by name;
select h.name from stead_help() h join stead_help('stead_version') v on h.name = v.name;

-- grant: arguments are judged the same on both
select stead_grant('somebody', 'everybody');
select stead_grant(null, 'app');
select stead_grant('somebody', null);

-- what was granted is kept: on SQLite, and here, nothing
select count(*) from stead_grants();
select count(*) from stead_grant;
select arguments, returns, effect, audience from stead_help('stead_grants');

-- configure reports JSON, each setting before and after
select case when cast(stead_configure() as text) like '{"%":{"before":"%","after":"%"}}' then 'reported' end;

-- maintain: a bounded amount of upkeep, told as JSON; how long it took differs
select case when cast(stead_maintain() as text) like '{"elapsed_ms":%,"left":false}' then 'done' else 'left' end;
select case when cast(stead_maintain(0) as text) like '{"elapsed_ms":%,"left":false}' then 'done' else 'left' end;
select case when cast(stead_maintain(null) as text) like '{"elapsed_ms":%,"left":false}' then 'done' else 'left' end;
select stead_maintain(-1);
select stead_maintain(3600001);
begin;
select case when cast(stead_maintain() as text) like '{"elapsed_ms":%,"left":false}' then 'done' else 'left' end;
select case when cast(stead_maintain() as text) like '{"elapsed_ms":%,"left":false}' then 'done' else 'left' end;
select stead_maintain(3600001);
rollback;
select count(*) from stead_lease;
select arguments, returns, effect, audience from stead_help('stead_maintain');

-- a table or column of Stead's own that is not there is one error, the same on both, also where the query was run before
select stead_role_create('kept');
select stead_user_create('ann');
select count(*) from stead_role_list();
select count(*) from stead_audit_list();
alter table stead_role drop column description;
select stead_role_create('lost');
select count(*) from stead_role_list();
alter table stead_audit_event rename column user_agent to other_agent;
select stead_audit_log('x');
select count(*) from stead_audit_list();
alter table stead_user_role rename column role_id to other_id;
select stead_user_role_add(1, 'kept');
select check_name, status from stead_doctor() where check_name in ('tables', 'columns') order by check_name;

-- what writes is refused where a later version has upgraded the tables; an upgrade changes them, too
update stead_schema set version = 99;
alter table stead_schema rename column version to later;
alter table stead_schema rename column later to version;
select stead_maintain();
select stead_prune('session');
select stead_audit_prune(30);
select stead_init();

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_init();
-- sample without tables: SELECT stead_version();
-- sample without tables: SELECT stead_backend();
-- sample without tables: SELECT stead_init();
-- sample without tables: SELECT * FROM stead_help('stead_help');
-- sample without tables: SELECT check_name, status FROM stead_doctor();
-- sample without tables: SELECT stead_grant('somebody', 'app');
-- sample: SELECT * FROM stead_grants();
-- sample without tables: SELECT stead_configure() LIKE '{"journal_mode":{"before":"%","after":"%"}%}';
-- sample in steps: SELECT stead_maintain(0) LIKE '{"elapsed_ms":%,"left":%}';
