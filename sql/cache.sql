-- cache: values that expire

-- Setting, getting, replacing, deleting
select case when stead_cache_set('pages', '/home', '<p>home</p>', 3600) then 'set' end;
select stead_cache_get('pages', '/home');
select case when stead_cache_set('pages', '/home', 'other') then 'set' end;
select stead_cache_get('pages', '/home');
select coalesce(stead_cache_get('pages', '/none'), 'none'), coalesce(stead_cache_get('none', '/home'), 'none');
select case when stead_cache_set('pages', '/empty', '') then 'set' end;
select '[' || stead_cache_get('pages', '/empty') || ']';
select case when stead_cache_delete('pages', '/home') then 'deleted' else 'none' end;
select case when stead_cache_delete('pages', '/home') then 'deleted' else 'none' end;
select coalesce(stead_cache_get('pages', '/home'), 'none');
-- Names are bytes: case and trailing spaces count
select case when stead_cache_set('Pages', 'k ', '1') and stead_cache_set('Pages', 'K ', '2') and stead_cache_set('Pages', 'ä', '3') then 'set' end;
select coalesce(stead_cache_get('Pages', 'k'), 'none'), stead_cache_get('Pages', 'k '), stead_cache_get('Pages', 'ä');
select space, entries, expired, bytes from stead_cache_stats();

-- Expiry: from expires_at on it is absent; reading and failing to delete revive nothing
select case when stead_cache_set('old', 'a', 'A', 1) and stead_cache_set('old', 'b', 'B', 3153600000) then 'set' end;
update stead_cache set expires_at = '2020-01-01T00:00:00.000000Z' where space = 'old' and key = 'a';
select coalesce(stead_cache_get('old', 'a'), 'none'), stead_cache_get('old', 'b');
select coalesce(stead_cache_get('old', 'a'), 'none');
select space, entries, expired, bytes from stead_cache_stats() where space = 'old';
select case when stead_cache_delete('old', 'a') then 'deleted' else 'none' end;
select space, entries, expired, bytes from stead_cache_stats() where space = 'old';
-- Setting it again does
select case when stead_cache_set('old', 'a', 'A') then 'set' end;
update stead_cache set expires_at = '2020-01-01T00:00:00.000000Z' where space = 'old' and key = 'a';
select case when stead_cache_set('old', 'a', 'again') then 'set' end;
select stead_cache_get('old', 'a');

-- Clearing one space leaves the others
select stead_cache_clear('old'), stead_cache_clear('old'), stead_cache_clear('none');
select space, entries from stead_cache_stats();

-- A full space: the expired go first, then what expires first; replacing evicts nothing; other spaces do not count
select case when stead_setting_set('stead.cache.max_entries', '4') then 'set' end;
select case when stead_cache_set('full', 'd', '4', 400) and stead_cache_set('full', 'c', '3', 300) and stead_cache_set('full', 'b', '2', 200) and stead_cache_set('full', 'a', '1', 100) then 'set' end;
select case when stead_cache_set('full', 'a', 'one', 100) and stead_cache_set('full', 'd', 'four', 400) then 'set' end;
select key, value from stead_cache where space = 'full' order by key;
select case when stead_cache_set('full', 'e', '5', 500) then 'set' end;
select key from stead_cache where space = 'full' order by key;
update stead_cache set expires_at = '2020-01-01T00:00:00.000000Z' where space = 'full' and key = 'd';
select case when stead_cache_set('full', 'f', '6', 600) then 'set' end;
select key from stead_cache where space = 'full' order by key;
-- a new key stays, even if it expires first
select case when stead_cache_set('full', 'z', '7', 1) then 'set' end;
select key from stead_cache where space = 'full' order by key;
-- where entries were deleted there is room again
select case when stead_cache_delete('full', 'c') then 'deleted' end;
select case when stead_cache_set('full', 'g', '8', 50) then 'set' end;
select key from stead_cache where space = 'full' order by key;
delete from stead_cache where space = 'full' and key in ('e', 'f');
select case when stead_cache_set('full', 'h', '9', 50) and stead_cache_set('full', 'i', '10', 60) then 'set' end;
select key from stead_cache where space = 'full' order by key;
-- a lower limit holds from the next new key on
select case when stead_setting_set('stead.cache.max_entries', '2') then 'set' end;
select case when stead_cache_set('full', 'j', '11', 1000) then 'set' end;
select key from stead_cache where space = 'full' order by key;
select entries from stead_cache_space where space = 'full';
select case when stead_setting_delete('stead.cache.max_entries') then 'default' end;
select stead_cache_clear('full');
-- one call with many new keys, and a limit that it passes
select case when stead_setting_set('stead.cache.max_entries', '10') then 'set' end;
select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 600) select i from n) as t where stead_cache_set('many', 'k' || i, 'v', i + 60);
select count(*), min(cast(substr(key, 2) as integer)), max(cast(substr(key, 2) as integer)) from stead_cache where space = 'many';
select case when stead_setting_delete('stead.cache.max_entries') then 'default' end;

-- Upkeep deletes what has expired, and nothing else
select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 600) select i from n) as t where stead_cache_set('gone', 'k' || i, 'v', 60);
update stead_cache set expires_at = '2020-01-01T00:00:00.000000Z' where space = 'gone' and key <> 'k7';
select case when stead_maintain(60000) is not null then 'done' end;
select space, entries, expired from stead_cache_stats();
select stead_cache_get('gone', 'k7');

-- Arguments
select stead_cache_set('', 'k', 'v');
select stead_cache_set('s', '', 'v');
select stead_cache_set('s', 'k', null);
select stead_cache_set(null, 'k', 'v');
select stead_cache_set('s', 'k', 'v', 0);
select stead_cache_set('s', 'k', 'v', -1);
select stead_cache_set('s', 'k', 'v', 3153600001);
select stead_cache_get('s', '');
select stead_cache_get('s', null);
select stead_cache_delete('', 'k');
select stead_cache_clear('');
select stead_cache_set((with recursive d(n, t) as (select 1, 'x' union all select n + 1, t || 'x' from d where n < 201) select t from d where n = 201), 'k', 'v');
select stead_cache_get('s', (with recursive d(n, t) as (select 1, 'x' union all select n + 1, t || 'x' from d where n < 1001) select t from d where n = 1001));
-- the largest value, and one byte more
select case when stead_cache_set('huge', 'k', (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 17) select t from d where n = 17)) then 'set' end;
select length(stead_cache_get('huge', 'k')), bytes from stead_cache_stats() where space = 'huge';
select stead_cache_set('huge', 'k', stead_cache_get('huge', 'k') || '!');

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_cache_set('seeded', 'k', 'value', 3600);
-- seed: SELECT stead_cache_set('seeded', 'other', 'value', 3600);
-- sample: SELECT stead_cache_set('seeded', 'new', 'value', 3600);
-- sample: SELECT stead_cache_get('seeded', 'k');
-- sample: SELECT stead_cache_delete('seeded', 'k');
-- sample: SELECT stead_cache_clear('seeded');
-- sample: SELECT space, entries, expired, bytes FROM stead_cache_stats();
