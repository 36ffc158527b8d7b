-- setting: the settings on both databases

-- nothing yet
select stead_setting_get('k'), stead_setting_get('k', 'fallback'), stead_setting_version();
select stead_setting_int('k', 5), stead_setting_real('k', 0.5), case when stead_setting_bool('k', true) then 'yes' end;
select count(*) from stead_setting_list() where key not like 'stead.%';
select count(*) from stead_setting_history('k');
select coalesce(stead_setting_reveal('k'), 'none');

-- an undefined key is plain text; true says that something changed
select case when stead_setting_set('k', 'one', 'alice') then 'changed' else 'same' end;
select case when stead_setting_set('k', 'one', 'bob') then 'changed' else 'same' end;
select case when stead_setting_set('k', '') then 'changed' else 'same' end;
select '<' || stead_setting_get('k', 'fallback') || '>', stead_setting_version();
select key, value, case when is_default then 'default' else 'stored' end, type, case when secret then 'secret' else 'open' end, version from stead_setting_list() where key not like 'stead.%';
select version, value, changed_by, case when deleted then 'deleted' else 'set' end from stead_setting_history('k');
select case when stead_setting_delete('k', 'carol') then 'deleted' else 'none' end;
select case when stead_setting_delete('k') then 'deleted' else 'none' end;
select stead_setting_get('k', 'fallback'), stead_setting_version();
select version, value, changed_by, case when deleted then 'deleted' else 'set' end from stead_setting_history('k');
select version, value from stead_setting_history('k', 1);
select count(*) from stead_setting_list() where key not like 'stead.%';

-- definitions: type, default, limits
select case when stead_setting_define('n', 'int', '60', 'Minutes', '{"min":5,"max":1440}') then 'changed' else 'same' end;
select case when stead_setting_define('n', 'int', '60', 'Minutes', '{"min":5,"max":1440}') then 'changed' else 'same' end;
select stead_setting_int('n'), stead_setting_get('n'), case when stead_setting_real('n') = 60.0 then 'sixty' end, stead_setting_int('n', 7);
select case when stead_setting_set('n', '5') then 'changed' end;
select case when stead_setting_set('n', '1440') then 'changed' end;
select stead_setting_set('n', '4');
select stead_setting_set('n', '1441');
select stead_setting_set('n', 'banana');
select stead_setting_set('n', '12.5');
select stead_setting_set('n', '');
select stead_setting_set('n', ' 6');
select stead_setting_set('n', '9223372036854775808');
select stead_setting_int('n');
select stead_setting_define('n', 'bool');
select stead_setting_define('n', 'int', '60', 'Minutes', '{"max":100}');
select stead_setting_define('n', 'int', '1', 'Minutes', '{"min":5}');
select stead_setting_int('n');
select case when stead_setting_delete('n') then 'deleted' end;
select stead_setting_int('n');
select case when stead_setting_define('n', 'text', null, 'Now text') then 'changed' end;
select coalesce(stead_setting_get('n'), 'none');
select key, type, description from stead_setting_list('n');

-- integers at the edges of 64 bits, exactly
select case when stead_setting_define('big', 'int', null, null, '{"min":-9223372036854775808,"max":9223372036854775807}') then 'changed' end;
select case when stead_setting_set('big', '-9223372036854775808') then 'changed' end;
select stead_setting_int('big');
select case when stead_setting_set('big', '+9223372036854775807') then 'changed' end;
select stead_setting_int('big');
select case when stead_setting_define('big', 'int', null, null, '{"max":9223372036854775806}') then 'changed' end;

-- bool
select case when stead_setting_define('b', 'bool', 'off') then 'changed' end;
select case when stead_setting_bool('b') then 'true' else 'false' end;
select stead_setting_set('b', 'banana');
select case when stead_setting_set('b', 'YES') then 'changed' end;
select case when stead_setting_bool('b') then 'true' else 'false' end, stead_setting_get('b');
select stead_setting_int('b');
select case when stead_setting_set('plain', 'banana') then 'changed' end;
select stead_setting_bool('plain', true);
select stead_setting_real('plain');

-- real, json, choices
select case when stead_setting_define('r', 'real', '0.5', null, '{"min":0,"max":1e0}') then 'changed' end;
select case when stead_setting_set('r', '1.0') then 'changed' end;
select stead_setting_set('r', '1.0000001');
select stead_setting_set('r', 'nan');
select stead_setting_set('r', '1e999');
select case when stead_setting_real('r') = 1.0 then 'one' end;
select case when stead_setting_define('j', 'json') then 'changed' end;
select case when stead_setting_set('j', '{"a" : [1, 2]}') then 'changed' end;
select stead_setting_set('j', '{"a":');
select stead_setting_get('j');
select case when stead_setting_define('c', 'text', 'info', null, '{"choices":["info","war\u006e"]}') then 'changed' end;
select case when stead_setting_set('c', 'warn') then 'changed' end;
select stead_setting_set('c', 'debug');
select case when stead_setting_define('ci', 'int', null, null, '{"choices":[1,2]}') then 'changed' end;
select case when stead_setting_set('ci', '+2') then 'changed' end;
select stead_setting_set('ci', '3');

-- definitions that are refused
select stead_setting_define('x', 'number');
select stead_setting_define('x', 'int', 'many');
select stead_setting_define('x', 'text', null, null, '{"min":1}');
select stead_setting_define('x', 'int', null, null, '{"min":1.5}');
select stead_setting_define('x', 'int', null, null, '{"min":"1"}');
select stead_setting_define('x', 'int', null, null, '{"min":2,"max":1}');
select stead_setting_define('x', 'int', null, null, '{"choices":[]}');
select stead_setting_define('x', 'int', null, null, '{"choices":[1,"b"]}');
select stead_setting_define('x', 'int', null, null, '{"choices":5}');
select stead_setting_define('x', 'int', null, null, '{"minimum":5}');
select stead_setting_define('x', 'int', null, null, '[]');
select stead_setting_define('stead.mine', 'int');
select stead_setting_set('stead.mine', '1');
select stead_setting_define('', 'int');
select stead_setting_define('x', null);
select count(*) from stead_setting_list('x');

-- a secret shows nowhere
select case when stead_setting_set('s', 'early-hush') then 'changed' end;
select value from stead_setting_history('s');
select case when stead_setting_define('s', 'text', 'default-hush', 'A password', '{"secret":true,"choices":["early-hush","hush","default-hush"]}') then 'changed' end;
select case when stead_setting_set('s', 'hush', 'dave') then 'changed' end;
select stead_setting_get('s');
select stead_setting_get('s', 'fallback');
select stead_setting_bool('s');
select stead_setting_int('s');
select stead_setting_real('s');
select stead_setting_set('s', 'hush-that-is-no-choice');
select coalesce(value, 'not shown'), case when secret then 'secret' end, case when is_default then 'default' else 'stored' end from stead_setting_list('s') where key not like 'stead.%';
select version, coalesce(value, 'not shown'), changed_by from stead_setting_history('s');
select count(*) from stead_setting_change where value like '%hush%';
select stead_setting_reveal('s');
select case when stead_setting_delete('s') then 'deleted' end;
select stead_setting_reveal('s');
select stead_setting_get('s');

-- keys
select stead_setting_get('');
select stead_setting_get(null);
select stead_setting_set('k', null);
select stead_setting_get('123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901');
select case when stead_setting_set('a_b', '1') and stead_setting_set('a%b', '2') and stead_setting_set('axb', '3') and stead_setting_set('a''b', '4') and stead_setting_set('aé', '5') then 'set' end;
select key from stead_setting_list('a_');
select key from stead_setting_list('a%');
select key from stead_setting_list('a''');
select key from stead_setting_list('a');
select count(*) from stead_setting_list('zzz');
select count(*) from stead_setting_history('k', 0);
select count(*) from stead_setting_history('k', 1001);

-- in queries
create table host (name text, setting text);
insert into host values ('one', 'a_b'), ('two', 'a%b'), ('three', 'missing');
select name, stead_setting_get(setting, '-') from host order by name;
select name from host where stead_setting_get(setting) = (select stead_setting_get('a_b'));
select h.name, l.value from host h join stead_setting_list('a') l on l.key = h.setting order by h.name;
create view seen as select name, stead_setting_get(setting) as value from host;
select value from seen where name = 'two';
drop view seen;
drop table host;

-- rolled back: as if it had not been
begin;
select case when stead_setting_set('t', 'inside') then 'changed' end;
select stead_setting_get('t');
rollback;
select coalesce(stead_setting_get('t'), 'none');
begin;
select case when stead_setting_set('t', 'kept') then 'changed' end;
savepoint mine;
select case when stead_setting_set('t', 'undone') then 'changed' end;
select stead_setting_get('t');
rollback to mine;
select stead_setting_get('t');
commit;
select stead_setting_get('t');
select count(*) from stead_setting_history('t');

-- large values: 1 MiB and not a byte more, whole again however the database stores them, and kept by a new definition
select case when stead_setting_set('huge', (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 17) select t from d where n = 17)) then 'changed' end;
select length(stead_setting_get('huge')), substr(stead_setting_get('huge'), 1048561);
select stead_setting_set('huge', stead_setting_get('huge') || '!');
select case when stead_setting_define('huge', 'text', null, 'Large') then 'changed' end;
select length(stead_setting_get('huge')), length(stead_setting_reveal('huge')), substr(stead_setting_get('huge'), 1, 16);
select length(value) from stead_setting_list('huge');
select length(value) from stead_setting_history('huge');
select case when stead_setting_set('huge', stead_setting_get('huge')) then 'changed' else 'same' end;

-- Stead's own options: there without a row, the same by every way of reading; a value set, and taken back
select key, value, case when is_default then 'default' else 'stored' end, type, version from stead_setting_list('stead.memory.');
select stead_setting_get('stead.memory.max_entries'), stead_setting_int('stead.memory.max_entries'), stead_setting_reveal('stead.memory.max_entries');
select case when stead_setting_set('stead.memory.max_entries', '7', 'alice') then 'changed' end;
select stead_setting_get('stead.memory.max_entries'), stead_setting_reveal('stead.memory.max_entries');
select key, value, case when is_default then 'default' else 'stored' end from stead_setting_list('stead.memory.');
select case when stead_setting_delete('stead.memory.max_entries') then 'changed' end;
select stead_setting_get('stead.memory.max_entries'), stead_setting_reveal('stead.memory.max_entries');
select count(*) from stead_setting where key like 'stead.%';
select stead_setting_set('stead.no.such', '1');
select coalesce(stead_setting_reveal('stead.no.such'), 'none');

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_setting_define('app.limit', 'int', '10', 'How many.', '{"min":1,"max":100}');
-- seed: SELECT stead_setting_define('app.on', 'bool', 'true');
-- seed: SELECT stead_setting_define('app.rate', 'real', '0.5');
-- seed: SELECT stead_setting_define('app.key', 'text', NULL, 'A key.', '{"secret":true}');
-- seed: SELECT stead_setting_set('app.limit', '20', 'alice');
-- seed: SELECT stead_setting_set('app.limit', '30', 'bob');
-- seed: SELECT stead_setting_set('app.key', 'hush', 'alice');
-- seed: SELECT stead_setting_set('plain', 'text', 'alice');
-- sample: SELECT stead_setting_define('app.mode', 'text', 'slow', 'How.', '{"choices":["slow","fast"]}');
-- sample: SELECT stead_setting_set('app.limit', '40', 'carol');
-- sample: SELECT stead_setting_get('app.limit'), stead_setting_get('no.such', 'fallback');
-- sample: SELECT stead_setting_bool('app.on');
-- sample: SELECT stead_setting_int('app.limit');
-- sample: SELECT stead_setting_real('app.rate');
-- sample: SELECT stead_setting_reveal('app.key');
-- sample: SELECT stead_setting_delete('app.limit', 'carol');
-- sample: SELECT key, value, is_default, type, secret, description, version FROM stead_setting_list() WHERE
--   length(key) > 1 AND length(value) < 26;
-- sample: SELECT version, value, deleted, changed_by FROM stead_setting_history('app.limit');
-- sample: SELECT stead_setting_version();
