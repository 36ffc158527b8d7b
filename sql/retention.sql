-- retention: policies, holds and pruning on both databases

-- however slow the machine, a batch is to be as large as it may
select case when stead_setting_set('stead.retention.batch_ms', '60000') then 'set' end;

-- what holds before anything is set
select target, time_column, keep_days, batch_rows, hold_reason, last_run_at, last_deleted, total_deleted from stead_retention_list() where target in ('session', 'setting_history');
select count(*) from stead_retention;
select expired_rows, oldest_at from stead_retention_preview('session');
select expired_rows, oldest_at from stead_retention_preview('setting_history');
select stead_prune('setting_history');

-- arguments
select stead_retention_set(null, 1);
select stead_retention_set('session', null);
select stead_retention_set('session', -1);
select stead_retention_set('session', 36501);
select stead_retention_set('session', 1, null, 0);
select stead_retention_set('session', 1, null, 1000001);
select stead_retention_set('session', 1, 'expires_at');
select stead_retention_set('', 1);
select stead_retention_set(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'), 1);
select stead_retention_delete(null);
select * from stead_retention_preview(null);
select stead_retention_hold(null, 'x');
select stead_retention_hold('session', null);
select stead_retention_hold('session', '');
select stead_retention_hold('session', replace('aaaaaaaaaa', 'a', replace('bbbbbbbbbb', 'b', '0123456789')) || 'x');
select stead_retention_release(null);
select stead_prune(null);
select stead_prune('session', 0);
select stead_prune('session', -5);
select stead_prune('session', 1000001);
select stead_audit_prune(null);
select stead_audit_prune(-1);
select stead_audit_prune(36501);
select count(*) from stead_retention;

-- a policy of Stead's own
select case when stead_retention_set('session', 30) then 'changed' else 'same' end;
select case when stead_retention_set('session', 7) then 'changed' else 'same' end;
select case when stead_retention_set('session', 7, null, 500) then 'changed' else 'same' end;
select case when stead_retention_set('session', 7, null, 500) then 'changed' else 'same' end;
select case when stead_retention_set('setting_history', 0) then 'changed' else 'same' end;
select target, keep_days, batch_rows from stead_retention_list() where target in ('session', 'setting_history');
select case when stead_retention_delete('setting_history') then 'deleted' else 'none' end;
select case when stead_retention_delete('setting_history') then 'deleted' else 'none' end;
select case when stead_retention_delete('session') then 'deleted' else 'none' end;
select case when stead_retention_delete('session') then 'deleted' else 'none' end;
select target, keep_days, batch_rows from stead_retention_list() where target in ('session', 'setting_history');
select stead_prune('session');

-- sessions: expired or revoked, whichever was first, and long enough ago
select case when stead_retention_set('session', 30) then 'changed' end;
select stead_user_create('alice');
select length(stead_session_create(1)) from (select 1 union all select 2 union all select 3 union all select 4) four;
update stead_session set id = 's1' where id = (select min(id) from stead_session where length(id) > 9);
update stead_session set id = 's2' where id = (select min(id) from stead_session where length(id) > 9);
update stead_session set id = 's3' where id = (select min(id) from stead_session where length(id) > 9);
update stead_session set id = 's4' where id = (select min(id) from stead_session where length(id) > 9);
update stead_session set expires_at = '2020-01-01T00:00:00.000000Z' where id = 's1';
update stead_session set revoked_at = '2021-01-01T00:00:00.000000Z' where id = 's2';
update stead_session set revoked_at = '2099-01-01T00:00:00.000000Z', expires_at = '2022-01-01T00:00:00.000000Z' where id = 's3';
select expired_rows, case when oldest_at = '2020-01-01T00:00:00.000000Z' then 'as set' end from stead_retention_preview('session');
select stead_prune('session', 1);
select id from stead_session order by id;
select stead_prune('session');
select stead_prune('session');
select id from stead_session order by id;
select expired_rows, oldest_at from stead_retention_preview('session');
select target, last_deleted, total_deleted, case when last_run_at is not null then 'ran' end from stead_retention_list() where target = 'session';

-- the history of settings: the latest change of a key stays, and numbering goes on
select case when stead_retention_set('setting_history', 1) then 'changed' end;
select case when stead_setting_set('a', '1') and stead_setting_set('a', '2') and stead_setting_set('a', '3') then 'set' end;
select case when stead_setting_set('b', '1') and stead_setting_delete('b') then 'set' end;
select stead_setting_version();
update stead_setting_change set changed_at = '2020-01-01T00:00:00.000000Z';
select expired_rows from stead_retention_preview('setting_history');
select stead_prune('setting_history', 2);
select stead_prune('setting_history');
select stead_prune('setting_history');
select version, value from stead_setting_history('a');
select version from stead_setting_history('b');
select stead_setting_version();
select case when stead_setting_set('a', '4') then 'set' end;
select version, value from stead_setting_history('a');
select count(*) from stead_setting_change where id > 5;

-- a table of the application's: which ones
create table logbook (id bigint primary key, at bigint, note text);
create table "My ""odd"" Table" (id bigint primary key, "Made At" timestamp);
create table "session" (id bigint primary key, at bigint);
create view looks as select * from logbook;
select stead_retention_set('logbook', 30);
select stead_retention_set('logbook', 30, '');
select stead_retention_set('logbook', 30, 'made_at');
select stead_retention_set('logbook', 30, 'at; drop table logbook');
select stead_retention_set('no_such', 30, 'at');
select stead_retention_set('logbook; drop table logbook', 30, 'at');
select stead_retention_set('My "odd" Table', 30, 'at');
select stead_retention_set('"My "odd" Table"', 30, 'at');
select stead_retention_set('"unended', 30, 'at');
select stead_retention_set('""', 30, 'at');
select stead_retention_set('a.b.c', 30, 'at');
select stead_retention_set('.logbook', 30, 'at');
select stead_retention_set('logbook.', 30, 'at');
select stead_retention_set('[logbook]', 30, 'at');
select stead_retention_set('`logbook`', 30, 'at');
select stead_retention_set(' logbook', 30, 'at');
select stead_retention_set('looks', 30, 'at');
select stead_retention_set('stead_audit_event', 30, 'occurred_at');
select stead_retention_set('stead_retention', 30, 'last_run_at');
select case when stead_retention_set('logbook', 30, 'at') then 'changed' end;
select case when stead_retention_set('"logbook"', 30, 'at') then 'changed' else 'same' end;
select case when stead_retention_set('LogBook', 30, 'at') then 'changed' else 'same' end;
select case when stead_retention_set('"My ""odd"" Table"', 1, 'Made At', 3) then 'changed' end;
select target, time_column, keep_days, batch_rows from stead_retention_list() where target in ('session', 'setting_history') or time_column is not null;

-- a table that bears the name of a target goes by its full name
select case when stead_retention_set('"session"', 30, 'at') then 'changed' end;
select count(*) from stead_retention_list() where target in ('public.session', 'main.session');
select case when stead_retention_delete('"session"') then 'deleted' end;
select count(*) from stead_retention_list() where target like '%.%';

-- what is expired: strictly older; null, and what is no time, never: of numbers, what as seconds is before 1980 - days, minutes,
-- yyyymmdd - or after 9999, unless it is milliseconds or microseconds of these years
insert into logbook (id, at) values (1, 1000000000), (2, 1577836800), (3, 1600000000), (4, null), (5, 4102444800), (6, -62135596801), (7, 99999999999999), (8, 1577836800000), (9, 46000), (11, 2461000), (12, 29700000), (13, 1577836800000000), (14, 20260101), (15, 315532799), (16, 20260101120000), (17, 638000000000000000), (18, 202601011200), (19, 0), (20, -1);
insert into "My ""odd"" Table" values (1, '2020-01-01 00:00:00'), (2, '2020-01-01 00:00:00.5'), (3, null), (4, '2099-01-01'), (5, '2019-12-31'), (6, '2020-06-01 12:00'), (7, '2021-06-01 12:00:00');
select expired_rows, case when oldest_at = '2001-09-09T01:46:40.000000Z' then 'as set' end from stead_retention_preview('logbook');
select expired_rows, case when oldest_at = '2019-12-31T00:00:00.000000Z' then 'as set' end from stead_retention_preview('"My ""odd"" Table"');
select stead_prune('logbook', 1);
select id from logbook order by id;
select stead_prune('logbook');
select stead_prune('logbook');
select id from logbook order by id;
select stead_prune('"My ""odd"" Table"');
select id from "My ""odd"" Table" order by id;
select stead_prune('"My ""odd"" Table"');
select stead_prune('"My ""odd"" Table"');
select id from "My ""odd"" Table" order by id;
select target, last_deleted, total_deleted from stead_retention_list() where target like '%o%b%' or target like '"%';
select expired_rows, oldest_at from stead_retention_preview('logbook');

-- each prune that deleted something is an event
select resource_type, resource_id, substr(cast(details as text), 1, 24), substr(cast(details as text), length(cast(details as text)) - 9) from stead_audit_list('{"action":"stead.prune"}') where resource_id in ('logbook', '"My ""odd"" Table"');
select count(*) from stead_audit_list('{"action":"stead.prune"}') where cast(details as text) like '{"target":"%","cutoff":"____-__-__T__:__:__.______Z","rows":%}';
select count(*) from stead_audit_list('{"action":"stead.prune"}');

-- holds
insert into logbook (id, at) values (1, 1000000000), (2, 1000000001);
select case when stead_retention_hold('logbook', 'case 17') then 'held' else 'same' end;
select case when stead_retention_hold('logbook', 'case 17') then 'held' else 'same' end;
select stead_prune('logbook');
select case when stead_retention_hold('logbook', 'case 18') then 'held' else 'same' end;
select case when stead_retention_set('logbook', 10, 'at') then 'changed' end;
select case when stead_retention_delete('logbook') then 'deleted' else 'none' end;
select case when stead_retention_delete('logbook') then 'deleted' else 'none' end;
select stead_prune('logbook');
select target, time_column, keep_days, hold_reason from stead_retention_list() where target = 'logbook';
select case when stead_retention_set('logbook', 10, 'at') then 'changed' end;
select stead_prune('logbook');
select expired_rows from stead_retention_preview('logbook');
select case when stead_retention_release('logbook') then 'released' else 'none' end;
select case when stead_retention_release('logbook') then 'released' else 'none' end;
select stead_prune('logbook');
select case when stead_retention_hold('session', 'all of it') then 'held' end;
select stead_prune('session');
select stead_prune('session', 1);
select case when stead_retention_release('session') then 'released' end;
select stead_retention_hold('no_such', 'x');
select stead_retention_hold('looks', 'x');
select case when stead_retention_release('no_such') then 'released' else 'none' end;
select case when stead_retention_hold('"session"', 'a hold without a policy') then 'held' end;
select case when stead_retention_hold('session', 'another') then 'held' end;
select count(*), min(hold_reason), max(hold_reason) from stead_retention_list() where target like '%session';
select case when stead_retention_release('session') then 'released' end;
select case when stead_retention_release('"session"') then 'released' end;
select count(*) from stead_retention where target like '%.session';

-- a transaction rolled back takes it all back
insert into logbook (id, at) values (1, 1000000000), (2, 1000000001);
begin;
select stead_prune('logbook');
select case when stead_retention_hold('logbook', 'x') then 'held' end;
select case when stead_retention_set('session', 77) then 'changed' end;
rollback;
select count(*) from logbook where at between 1000000000 and 1000000010;
select keep_days, hold_reason from stead_retention_list() where target in ('logbook', 'session');
select total_deleted from stead_retention_list() where target = 'logbook';

-- keep_days 0: all that is past; bounds
select case when stead_retention_set('logbook', 36500, 'at') then 'changed' end;
insert into logbook (id, at) values (10, 315532800);
select expired_rows from stead_retention_preview('logbook');
select case when stead_retention_set('logbook', 0, 'at', 1) then 'changed' end;
select stead_prune('logbook');
select stead_prune('logbook', 1000000);
select count(*) from logbook where at between 315532800 and 1600000000;

-- what preview and the doctor say of what is no time
create index logbook_by_time on logbook (at);
select unreadable_rows from stead_retention_preview('logbook');
select unreadable_rows from stead_retention_preview('"My ""odd"" Table"');
select unreadable_rows from stead_retention_preview('session');
insert into logbook (id, at) values (41, 1000000000), (42, 1577836800000);
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%logbook%';
delete from logbook where at between 315532800 and 9999999999 or at > 253402300799;
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%logbook%';
delete from logbook where id <> 4;
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%logbook%';
delete from logbook;
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%logbook%';
drop index logbook_by_time;

-- the table goes
create index logbook_by_age on logbook (at);
select status, detail from stead_doctor() where check_name = 'retention' and status <> 'ok';
drop view looks;
drop table logbook;
select stead_prune('logbook');
select * from stead_retention_preview('logbook');
select status, detail, remedy from stead_doctor() where check_name = 'retention' and status = 'fail';
select stead_prune('no_such');
select case when stead_retention_delete('logbook') then 'deleted' end;
select case when stead_retention_delete('logbook') then 'deleted' else 'none' end;
select case when stead_retention_delete('"My ""odd"" Table"') then 'deleted' end;
select count(*) from stead_doctor() where check_name = 'retention' and status <> 'ok';
select target from stead_retention_list() where target in ('session', 'setting_history') or time_column is not null;

-- what a reader may do
select case when stead_retention_hold('session', 'told') then 'held' end;
select detail from stead_doctor() where check_name = 'retention' and detail like 'session %';

-- the doctor tells what goes next, and what nothing limits
select case when stead_retention_release('session') then 'released' end;
create table visit (id bigint primary key, at bigint);
create index visit_by_age on visit (at);
insert into visit values (1, 1577880000), (2, 1577880001), (3, 4102444800);
select case when stead_retention_set('visit', 90, 'at') then 'set' end;
select status, detail, coalesce(remedy, 'none') from stead_doctor() where check_name = 'retention' and (detail like 'session %' or detail like 'setting_history %' or detail like 'visit%');
select status, substr(detail, 1, 51), remedy from stead_doctor() where check_name = 'retention' and detail like '%audit%';
select case when stead_retention_set('audit', 36500) then 'set' end;
select status, detail from stead_doctor() where check_name = 'retention' and detail like '%audit%';
insert into visit with recursive n(i) as (select 10 union all select i + 1 from n where i < 10010) select i, 1577880000 + i from n;
select detail from stead_doctor() where check_name = 'retention' and detail like 'visit%';

-- a policy that was changed by hand prunes nothing: see tests/numbers.c
select stead_prune('visit', 5);
select count(*) from visit;

-- upkeep tells of a target once, however many batches it takes
select case when stead_retention_delete('visit') then 'deleted' end;
create table batched (id bigint primary key, at bigint);
insert into batched with recursive n(i) as (select 1 union all select i + 1 from n where i < 40) select i, 1000000000 + i from n;
select case when stead_retention_set('batched', 30, 'at', 3) then 'set' end;
select case when cast(stead_maintain(600000) as text) like '%"batched":40%' then 'all of it' end;
select count(*), max(substr(cast(details as text), length(cast(details as text)) - 9)) from stead_audit_list('{"action":"stead.prune"}') where resource_id = 'batched';
select case when stead_retention_delete('batched') then 'deleted' end;

-- the safety stop: more than half of more than 1000 rows, for the first time, go only when somebody says so
create table heap (id bigint primary key, at bigint);
create index heap_by_age on heap (at);
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, 1577836800 from n;
select case when stead_retention_set('heap', 30, 'at') then 'set' end;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1001 rows, more than half of it, would be deleted at once, for the first time; if they are to go: SELECT stead_prune(''heap''); lets upkeep go on"},"left":false}' then 'stopped' end;
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%heap%';
select case when cast(stead_maintain(600000) as text) like '%"stopped":%' then 'stopped' end;
select count(*) from heap;
select stead_prune('heap', 1);
select status, detail from stead_doctor() where check_name = 'retention' and detail like '%heap%';
select case when cast(stead_maintain(600000) as text) like '%"heap":1000%' then 'the rest goes' end;
select count(*) from heap;
-- a share that is no more than half, or a table that is no larger, goes by itself; what was once to be deleted may go as well
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200) select 10000 + i, case when i <= 600 then 1577836800 else 4102444800 end from n;
update stead_retention set cleared_before = null where target = 'heap';
select case when cast(stead_maintain(600000) as text) like '%"heap":600%' then 'half of it goes' end;
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 601) select 20000 + i, 1577836800 from n;
update stead_retention set cleared_before = '2019-01-01T00:00:00.000000Z' where target = 'heap';
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"601 rows, %' then 'stopped' end;
update stead_retention set cleared_before = '2021-01-01T00:00:00.000000Z', known_rows = null where target = 'heap';
select case when cast(stead_maintain(600000) as text) like '%"heap":601%' then 'goes' end;
delete from heap;
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i, 1577836800 from n;
update stead_retention set cleared_before = null where target = 'heap';
select case when cast(stead_maintain(600000) as text) like '%"heap":1000%' then 'a small one goes' end;
-- what is imported after a run is new, however old: to a policy that stays, to one that is loosened, to one that goes by another column
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select 10000 + i, 1577836800 from n;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped' end;
delete from heap;
select case when cast(stead_maintain(600000) as text) not like '%heap%' then 'nothing to stop at' end;
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select i, 1577836800 from n;
select case when stead_retention_set('heap', 60, 'at') then 'loosened' end;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped' end;
select stead_prune('heap', 200);
select coalesce(known_rows, -1) from stead_retention where target = 'heap';
select case when stead_retention_set('heap', 90, 'at') then 'loosened' end;
select case when cast(stead_maintain(600000) as text) like '%"heap":1200%' then 'the rest goes' end;
select known_rows from stead_retention where target = 'heap';
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select i, 1577836800 from n;
select stead_prune('heap', 1300);
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select 20000 + i, 1577836800 from n;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped after a part of it went by hand' end;
select stead_prune('heap', 1500);
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select i, 1577836800 from n;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped after a run by hand, too' end;
-- a longer policy expires fewer rows: those that a shorter one left are not known of it
select stead_prune('heap');
insert into heap with recursive n(i) as (select 1 union all select i + 1 from n where i < 1400) select i, 1577836800 from n;
update stead_retention set known_rows = 1400 where target = 'heap';
select case when stead_retention_set('heap', 36500, 'at') then 'loosened' end;
select known_rows from stead_retention where target = 'heap';
select case when stead_retention_set('heap', 90, 'at') then 'as before' end;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped' end;
update stead_retention set known_rows = 1400 where target = 'heap';
alter table heap add column made_at bigint;
update heap set made_at = at;
create index heap_by_making on heap (made_at);
select case when stead_retention_set('heap', 90, 'made_at') then 'by another column' end;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"heap":"1400 rows, %' then 'stopped' end;
-- the doctor says so without an index as well
drop index heap_by_making;
select status, detail from stead_doctor() where check_name = 'retention' and detail like '%heap%';
select case when stead_retention_delete('heap') then 'deleted' end;
-- so it is with targets of Stead's own
select case when stead_audit_seal() >= 0 then 'sealed' end;
insert into stead_audit_event (id, occurred_at, recorded_at, action, success) with recursive n(i) as (select 5000000 union all select i + 1 from n where i < 5002000) select i, '1901-01-01T00:00:00.000000Z', '1901-01-01T00:00:00.000000Z', 'old', true from n;
update stead_retention set cleared_before = null, keep_days = 36500 where target = 'audit';
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"audit":"2001 rows, %' then 'stopped' end;
select count(*) from stead_audit_event where action = 'old';
select stead_prune('audit', 1);
select case when cast(stead_maintain(600000) as text) like '%"audit":2000%' then 'the rest goes' end;
insert into stead_audit_event (id, occurred_at, recorded_at, action, success) with recursive n(i) as (select 6000000 union all select i + 1 from n where i < 6005000) select i, '1902-01-01T00:00:00.000000Z', '1902-01-01T00:00:00.000000Z', 'imported', true from n;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"audit":"____ rows, %' then 'stopped' end;
select count(*) from stead_audit_event where action = 'imported';
select case when stead_prune('audit', 6000) > 4000 then 'most of it' end;

-- a hold keeps rows from going along with those of Stead's own targets, too
select case when stead_user_create('holder') > 0 then 'made' end;
select case when length(stead_session_create((select max(id) from stead_user))) = 47 then 'made' end;
create table device (id int primary key, session text references stead_session (id) on delete cascade);
insert into device select 1, id from stead_session where user_id = (select max(id) from stead_user);
update stead_session set expires_at = '2020-01-02T00:00:00.000000Z';
select case when stead_retention_hold('device', 'case 9') then 'held' end;
select stead_prune('session');
select case when cast(stead_maintain() as text) like '%"failed":{%"session":"stead_maintain: device is held, whose rows could go with those of session: case 9"%' then 'refused' end;
select count(*) from device;
select case when stead_retention_release('device') then 'released' end;
select case when stead_prune('session') > 0 then 'pruned' end;
drop table device;
-- the stop sees each kind of column: on SQLite the first two hold text
create table kind_a (id bigint primary key, at timestamptz);
create table kind_b (id bigint primary key, at date);
create table kind_c (id bigint primary key, at bigint);
create table kind_d (id bigint primary key, at bigint);
create table kind_e (id bigint primary key, at double precision);
create table kind_f (id bigint primary key, at numeric);
create index kind_a_by_age on kind_a (at);
insert into kind_a with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, '2024-01-01 00:00:00Z' from n;
insert into kind_b with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, '2024-01-01' from n;
insert into kind_c with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, 1704067200 from n;
insert into kind_d with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, 1704067200000 from n;
insert into kind_e with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, 1704067200.5 from n;
insert into kind_f with recursive n(i) as (select 1 union all select i + 1 from n where i < 1001) select i, 1704067200000000.5 from n;
select count(*) from (select 'kind_a' as name union all select 'kind_b' union all select 'kind_c' union all select 'kind_d' union all select 'kind_e' union all select 'kind_f') as kinds where stead_retention_set(name, 30, 'at') is not null;
select case when cast(stead_maintain(600000) as text) like '%"stopped":{"kind_a":"1001 rows, %"kind_b":"1001 rows, %"kind_c":"1001 rows, %"kind_d":"1001 rows, %"kind_e":"1001 rows, %"kind_f":"1001 rows, %' then 'all stopped' end;
select (select count(*) from kind_a), (select count(*) from kind_b), (select count(*) from kind_c), (select count(*) from kind_d), (select count(*) from kind_e), (select count(*) from kind_f);

-- what is noted of an event and was changed by hand is as good as nothing: no prune fails by it, no event tells it
create table noted (id bigint primary key, at bigint);
insert into noted values (1, 1000000000), (2, 1000000000), (3, 1000000000), (4, 1000000000), (5, 1000000000);
select case when stead_retention_set('noted', 30, 'at') then 'set' end;
update stead_retention set pending_event = 'garbage' where target = 'noted';
select status, detail from stead_doctor() where check_name = 'retention' and detail like '%pending_event%';
select stead_prune('noted', 1);
update stead_retention set pending_event = '{"target":"noted","cutoff":"2020-01-01T00:00:00.000000Z","rows":-7}' where target = 'noted';
select stead_prune('noted', 1);
update stead_retention set pending_event = '{"target":"noted","cutoff":"2020-01-01T00:00:00.000000Z","rows":7,"rows":7}' where target = 'noted';
select stead_prune('noted', 1);
update stead_retention set pending_event = '{"target":"noted","cutoff":"2020-01-01T00:00:00.000000Z","rows":9223372036854775807}' where target = 'noted';
select stead_prune('noted', 1);
update stead_retention set pending_event = '{"target":"noted","cutoff":"2020-01-01T00:00:00.000000Z","rows":7}' where target = 'noted';
select count(*) from stead_doctor() where check_name = 'retention' and detail like '%event%';
update stead_retention set last_run_at = '2020-01-01T00:00:00.000000Z' where target = 'noted';
select status, detail, remedy from stead_doctor() where check_name = 'retention' and detail like '%event%';
select stead_prune('noted', 1);
select substr(cast(details as text), 65) from stead_audit_list('{"action":"stead.prune"}') where resource_id = 'noted' order by id;
select case when stead_retention_delete('noted') then 'deleted' end;

-- samples and seeds: see tests/support/samples
-- however slow the machine
-- seed: SELECT stead_setting_set('stead.retention.batch_ms', '60000');
-- seed: CREATE TABLE logbook (id INTEGER PRIMARY KEY, at);
-- seed: CREATE INDEX logbook_by_age ON logbook (at);
-- seed: CREATE TRIGGER logbook_keeps BEFORE DELETE ON logbook WHEN OLD.id = 1 BEGIN SELECT RAISE(IGNORE); END;
-- seed: INSERT INTO logbook VALUES (1, 1000000000), (2, 1000000001), (3, '2020-01-01 12:00:00 UTC'), (4, 4102444800),
--   (5, NULL);
-- seed: SELECT stead_retention_set('logbook', 30, 'at');
-- sample: SELECT stead_retention_set('session', 7, NULL, 100);
-- sample: SELECT stead_retention_set('logbook', 31, 'at');
-- sample: SELECT stead_retention_delete('logbook');
-- sample: SELECT target, keep_days, batch_rows, hold_reason, last_deleted, total_deleted FROM stead_retention_list();
-- sample: SELECT expired_rows, oldest_at FROM stead_retention_preview('logbook');
-- sample: SELECT expired_rows, oldest_at FROM stead_retention_preview('session');
-- sample: SELECT stead_retention_hold('logbook', 'A case.');
-- sample: SELECT stead_retention_release('session');
-- sample: SELECT stead_prune('logbook', 10);
-- sample: SELECT stead_prune('session');
-- sample: SELECT stead_audit_prune(36500);
