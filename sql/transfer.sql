-- transfer: export and import

-- The store has rows in several sections, with texts that are not simple.
select case when stead_setting_set('app.name', 'it''s "quoted" \ back / slash, tab	and ünïcode 😀') then 'set' end;
select stead_user_create('anna', 'anna@example.org');
select stead_audit_log('user.login', 'user', '1', '7', 'anna', true, '{"b": 1e2,  "a":"\u00e9"}');
select stead_audit_seal(10);
select stead_audit_log('user.logout', 'user', '1');

-- Each line has its number and a check.
create table lines as select line, count(*) over () as total from stead_export();
select case when count(*) = max(total) then 'all' end from lines;
select count(*) from lines where line like '{"line":1,"stead_export":1,"version":"%","schema":%,"database":"%","sections":["audit",%"seal",%],"check":"________________"}';
select count(*) from lines where line like '{"line":%,"table":"user","columns":["id","username","email","active","approved","created_at","updated_at"],"last":1,"check":"________________"}';
select count(*) from lines where line like '{"line":%,"row":[1,"anna","anna@example.org",true,true,"____-__-__T__:__:__.______Z","____-__-__T__:__:__.______Z"],"check":"________________"}';
select count(*) from lines where line like '%,"row":["app.name","it''s \"quoted\" \\ back / slash, tab\tand ünïcode 😀",%' escape '!';
select count(*) from lines where line like '%"{\"b\": 1e2,  \"a\":\"\\u00e9\"}",%' escape '~';
select count(*) from lines where line like '{"line":%,"rows":{"audit":4,%"seal":%},"sha256":"________________________________________________________________","check":"________________"}';
-- What means nothing elsewhere is not exported.
select count(*) from lines where line like '%"table":"schema"%' or line like '%"table":"transfer%' or line like '%"table":"lease"%' or line like '%"table":"grant"%' or line like '%"table":"capture"%' or line like '%"table":"local"%' or line like '%"table":"replaced"%';

-- Sections.
select count(*) from stead_export('["user","role","setting"]') where line like '%"table":"audit%';
select count(*) from stead_export('["setting"]') where line like '%"table":%';
select count(*) from stead_export('"setting"') where line like '%"table":%';
select count(*) from stead_export('[]');
select count(*) from stead_export('["nothing"]');
select count(*) from stead_export('[1]');
select count(*) from stead_export('["session"]');

-- An import needs empty sections.
select stead_import(line) from lines where line like '{"line":1,%';
-- An export of nothing, and of a section without rows, line by line and all at once.
select stead_import(line) from (select line, count(*) over () from stead_export('[]')) as x;
select stead_import(line) from (select line, count(*) over () from stead_export('["jwt"]')) as x;
with recursive numbered as (select line, row_number() over () as n from stead_export('["jwt"]')),
all_lines(n, text) as (select n, line from numbered where n = 1 union all select numbered.n, all_lines.text || '
' || numbered.line from all_lines join numbered on numbered.n = all_lines.n + 1)
select stead_import((select text from all_lines order by n desc limit 1));
select count(*) from stead_audit_list('{"action":"stead.import"}');

-- Lines out of place.
create table jwt as select line, count(*) over () as total from stead_export('["jwt"]');
select stead_import('');
select stead_import('nonsense');
select stead_import('{"line":1,');
select stead_import('{"line":1}');
select stead_import(line) from jwt where line like '{"line":2,%';
select stead_import(line) from jwt where line like '{"line":1,%';
select stead_import(line) from jwt where line like '{"line":3,%';
select stead_import(line) from jwt where line like '{"line":2,%';
select stead_import(line) from jwt where line like '{"line":2,%';
select stead_import(replace(line, 'kid', 'kit')) from jwt where line like '{"line":3,%';
select status, detail from stead_doctor() where check_name = 'import';
select stead_import(line) from jwt where line like '{"line":3,%';
-- The first line begins anew.
select stead_import(line) from jwt where line like '{"line":1,%';
-- Empty text throws away what came.
select stead_import('');
select status, detail from stead_doctor() where check_name = 'import';
select stead_import(line) from jwt where line like '{"line":2,%';
select stead_import(null);
select count(*) from stead_transfer_piece;

drop table lines;
drop table jwt;

-- samples and seeds: see tests/support/samples
-- sample: SELECT count(*) FROM stead_export('["setting","jwt"]');
-- sample in steps: SELECT stead_import(line) FROM (SELECT line, count(*) OVER () FROM stead_export('[]')) AS x;
