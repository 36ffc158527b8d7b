-- capture: changes of the application's own tables, on both databases

create table item (id integer primary key, name text, n integer, secret text);
insert into item values (1, 'before', 1, 's1');
select case when stead_capture_start('item', '{"exclude":["secret"]}') then 'started' else 'known' end;
select case when stead_capture_start('item', '{ "exclude" : ["secret"] }') then 'started' else 'known' end;
-- insert, update, delete; what does not differ is no change
insert into item values (2, 'two "quoted" \ é', 2, 's2'), (3, null, -3, null);
-- on SQLite a change has milliseconds: what follows has another time than what was
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select count(*) from n;
update item set name = 'two' where id = 2;
update item set name = 'two', secret = 'hidden' where id = 2;
update item set n = n + 10, name = null;
delete from item where id = 3;
-- a changed key is a deletion and an insertion
update item set id = 20 where id = 2;
insert into item (id, name) values (1, 'conflict') on conflict (id) do update set name = excluded.name;
insert into item (id, name) values (1, 'ignored') on conflict do nothing;
select operation, row_key, old_values, new_values, actor_id, request_id from stead_changes('item') order by cast(row_key as text), id;
select count(*) from stead_change where cast(old_values as text) like '%s2%' or cast(new_values as text) like '%s2%' or cast(new_values as text) like '%hidden%';
-- who
begin;
select case when stead_context_set('{"actor_id":"7","actor_name":"alice","ip_address":"192.0.2.7","request_id":"r1"}') then 'set' else 'known' end;
update item set n = 5 where id = 1;
savepoint a;
select case when stead_context_set('{"actor_id":"8"}') then 'set' else 'known' end;
update item set n = 6 where id = 1;
rollback to a;
update item set n = 7 where id = 1;
commit;
update item set n = 8 where id = 1;
select operation, old_values, new_values, actor_id, actor_name, ip_address, request_id from stead_changes('item', '{"id":1}', null, null, 3);
select count(*) from stead_local where id = 1;
-- a change that is rolled back was none
begin;
delete from item;
rollback;
select operation from stead_changes('item', '1', null, null, 1);
-- pages, a key given as a value or as an object, and times
select operation from stead_changes('item', '1', null, null, 2);
select operation from stead_changes('item', ' {"id" : 1} ', null, null, 2, (select next_page from stead_changes('item', '1', null, null, 2) order by id limit 1));
select count(*) from stead_changes('item', null, '2000-01-01T00:00:00Z', '9999-01-01T00:00:00Z', 1000);
select count(*) from stead_changes('item', null, '9999-01-01T00:00:00Z');
select count(*) from stead_changes('item', null, null, '2000-01-01T00:00:00Z');
select count(*) from stead_changes('item', '{"id":77}');
-- the row as it was
select stead_row_at('item', '1', (select max(changed_at) from stead_change));
select stead_row_at('item', '1', (select changed_at from stead_change where id = 1));
select stead_row_at('item', '{"id":20}', (select max(changed_at) from stead_change));
select case when stead_row_at('item', '3', (select max(changed_at) from stead_change)) is null then 'no row' end;
select case when stead_row_at('item', '99', (select max(changed_at) from stead_change)) is null then 'no row' end;

-- no key: all old values; several columns in the key, and a unique index
create table loose (a text, b integer);
select case when stead_capture_start('loose') then 'started' else 'known' end;
insert into loose values ('x', 1);
update loose set b = 2;
delete from loose;
select operation, row_key, old_values, new_values from stead_changes('loose') order by id;
select stead_row_at('loose', '1', (select max(changed_at) from stead_change));
select count(*) from stead_changes('loose', '{"a":"x"}');
create table pair (v text, a text not null, b integer not null);
create unique index pair_key on pair (b, a);
select case when stead_capture_start('pair', '{"columns":["v"]}') then 'started' else 'known' end;
insert into pair values ('one', 'k', 1);
update pair set v = 'two';
select operation, row_key, old_values, new_values from stead_changes('pair', '{"a":"k","b":1}') order by id;
select stead_row_at('pair', '{"b":1,"a":"k"}', (select max(changed_at) from stead_change));
select stead_row_at('pair', '{"b":1}', (select max(changed_at) from stead_change));
select stead_row_at('pair', '1', (select max(changed_at) from stead_change));
select stead_row_at('pair', '{"b":1,"a":"k","v":"two"}', (select max(changed_at) from stead_change));
select stead_row_at('pair', '{"b":1,"a":["k"]}', (select max(changed_at) from stead_change));

-- only rows that have a value: a row that comes to have it is inserted, one that no longer has it is deleted
create table doc (id integer primary key, kind text, body text);
select case when stead_capture_start('doc', '{"when":{"kind":["order","invoice"]}}') then 'started' else 'known' end;
insert into doc values (1, 'note', 'a'), (2, 'order', 'b');
update doc set body = 'c';
update doc set kind = 'invoice' where id = 1;
update doc set kind = 'invoice' where id = 2;
update doc set kind = null where id = 2;
delete from doc;
select operation, row_key, old_values, new_values from stead_changes('doc') order by cast(row_key as text), id;

-- values that are numbers and bools; a row that is not captured is none, as nobody knows what it was
create table ware (id integer primary key, kind integer, sold boolean, body text);
insert into ware values (1, 7, true, 'a'), (2, null, true, 'b'), (3, 8, true, 'c'), (4, 7, false, 'd');
select case when stead_capture_start('ware', '{"columns":["body"],"when":{"kind":[7,null],"sold":true}}') then 'started' end;
update ware set body = 'new';
update ware set kind = 8, body = 'newer' where id = 1;
update ware set body = 'newest' where id = 1;
select operation, row_key, old_values, new_values from stead_changes('ware') order by cast(row_key as text), id;
select case when coalesce(stead_row_at('ware', '1', '2030-01-01T00:00:00Z'),
  stead_row_at('ware', '3', '2030-01-01T00:00:00Z'), stead_row_at('ware', '4', '2030-01-01T00:00:00Z')) is null then 'no row' end;
select stead_row_at('ware', '2', '2030-01-01T00:00:00Z');
alter table ware rename column kind to sort;
select stead_row_at('ware', '2', '2030-01-01T00:00:00Z');
select count(*) from stead_capture_list() where table_name = 'ware' and status = 'ok';
select case when stead_capture_stop('ware') then 'stopped' end;

-- hostile names
create table "a'b""c" ("x'y""z" integer primary key, "{\""}" text);
select case when stead_capture_start('"a''b""c"') then 'started' else 'known' end;
insert into "a'b""c" values (1, '''"');
update "a'b""c" set "{\""}" = '{"hex":"00"}';
select operation, row_key, old_values, new_values from stead_changes('"a''b""c"') order by id;
select stead_row_at('"a''b""c"', '1', (select max(changed_at) from stead_change));

select table_name, columns, options, status from stead_capture_list();
select check_name, status, detail from stead_doctor() where check_name = 'capture';
-- stopping
select case when stead_capture_stop('doc') then 'stopped' else 'not captured' end;
select case when stead_capture_stop('doc') then 'stopped' else 'not captured' end;
insert into doc values (9, 'order', 'unseen');
select count(*) from stead_changes('doc', '9');
select stead_row_at('doc', '9', '2030-01-01T00:00:00Z');
drop table loose;
select check_name, status, detail from stead_doctor() where check_name = 'capture';
select case when stead_capture_stop('loose') then 'stopped' else 'not captured' end;
select count(*) from stead_changes('loose');

-- beginning anew with other options
select case when stead_capture_start('item', '{"columns":["name"]}') then 'started' else 'known' end;
update item set name = 'new', n = 100 where id = 1;
select old_values, new_values from stead_changes('item', '1', null, null, 1);
select case when stead_capture_start('item') then 'started' else 'known' end;
update item set name = 'newer', n = 101 where id = 1;
select old_values, new_values from stead_changes('item', '1', null, null, 1);
select action, resource_type, resource_id, details from stead_audit_list('{"action":"stead.capture.*"}', 3);

-- what is refused
select stead_capture_start(null);
select stead_capture_start('');
select stead_capture_start('nothing');
select stead_capture_start('stead_setting');
select stead_capture_start('item', '[]');
select stead_capture_start('item', '{"column":["a"]}');
select stead_capture_start('item', '{"columns":["a"]}');
select stead_capture_start('item', '{"columns":[1]}');
select stead_capture_start('item', '{"exclude":["id"]}');
select stead_capture_start('item', '{"exclude":["n"],"columns":["n"]}');
select stead_capture_start('item', '{"when":{"m":1}}');
select stead_capture_start('item', '{"when":{"n":{}}}');
select stead_capture_start('item', '{"when":[]}');
create view item_view as select * from item;
select stead_capture_start('item_view');
select stead_capture_stop(null);
select case when stead_capture_stop('nothing') then 'stopped' else 'not captured' end;
select case when stead_capture_stop('item_view') then 'stopped' else 'not captured' end;
select case when stead_capture_stop('stead_setting') then 'stopped' else 'not captured' end;

-- a captured table that a view has replaced
create table replaced (id integer primary key);
select case when stead_capture_start('replaced') then 'captured' end;
drop table replaced;
create view replaced as select 1 as id;
select table_name, status from stead_capture_list() where table_name like '%replaced';
select case when stead_capture_stop('replaced') then 'stopped' else 'not captured' end;
select case when stead_capture_stop('replaced') then 'stopped' else 'not captured' end;
drop view replaced;
select stead_capture_stop('a.b.c');
select count(*) from stead_changes(null);
select count(*) from stead_changes('item', null, null, null, 0);
select count(*) from stead_changes('item', null, null, null, 1001);
select count(*) from stead_changes('item', '{"n":1}');
select count(*) from stead_changes('item', null, null, null, 1, 'x');
select stead_row_at('item', null, '2030-01-01T00:00:00Z');
select stead_row_at('item', '1', null);
select stead_row_at('nothing', '1', '2030-01-01T00:00:00Z');
select count(*) from stead_changes('nothing');

-- retention: what is pruned cannot be asked for any more
select case when stead_retention_set('change', 30) then 'set' end;
update stead_change set changed_at = '2020-01-01T00:00:00.000000Z' where id <= 3;
select stead_prune('change');
select count(*) from stead_change where id <= 3;

-- seed: CREATE TABLE seed_item (id INTEGER PRIMARY KEY, name TEXT);
-- seed: INSERT INTO seed_item VALUES (1, 'one');
-- seed: INSERT INTO main.stead_setting (key, value, secret, version, updated_at)
--       VALUES ('stead.capture.audit', 'off', 0, 0, '2026-01-01T00:00:00.000000Z') ON CONFLICT (key) DO NOTHING;
-- seed: SELECT stead_capture_start('seed_item');
-- seed: UPDATE seed_item SET name = 'uno';
-- sample: SELECT stead_capture_start('seed_item', '{"columns":["name"]}');
-- sample: SELECT stead_capture_stop('seed_item');
-- sample: SELECT table_name, columns, options, status FROM stead_capture_list();
-- sample: SELECT operation, row_key, old_values, new_values FROM stead_changes('seed_item', '{"id":1}');
-- sample: SELECT stead_row_at('seed_item', '1', '2038-01-01T00:00:00Z');
