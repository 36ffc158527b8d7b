-- limit: rate limits

select stead_limit_take('none', 'a');
select case when stead_limit_define('api', 3, 31536000) then 'defined' end;
select case when stead_limit_define('api', 3, 31536000) then 'changed' else 'same' end;
select limit_name, max_count, per_seconds, burst, subjects, allowed, refused from stead_limit_list();

-- three at once, then one in a third of a year
select stead_limit_take('api', 'ann'), stead_limit_take('api', 'ann');
select case when allowed then 'allowed' end, remaining, retry_after_ms from stead_limit_peek('api', 'ann');
select stead_limit_take('api', 'ann');
select case when (stead_limit_take('api', 'ann') + 600000) / 10512000000 = 1 then 'refused' end;
select case when (stead_limit_take('api', 'ann', 2) + 600000) / 21024000000 = 1 then 'refused' end;
select case when allowed then 'allowed' else 'refused' end, remaining, case when retry_after_ms between 10511400000 and 10512000000 then 'a third' end from stead_limit_peek('api', 'ann');
-- another subject is another row; one that never took is full
select stead_limit_take('api', 'ben', 3);
select case when allowed then 'allowed' end, remaining, retry_after_ms from stead_limit_peek('api', 'nobody');
select limit_name, subjects, allowed, refused from stead_limit_list();

-- costs
select stead_limit_take('api', 'cleo', 4);
select stead_limit_take('api', 'cleo', 0);
select stead_limit_take('api', 'cleo', -9223372036854775807);
select stead_limit_take('api', 'cleo', 9223372036854775807);
select stead_limit_take('api', 'cleo', null);
select stead_limit_take('api', null);
select stead_limit_take('api', '');
select stead_limit_take('', 'cleo');
select remaining from stead_limit_peek('api', 'cleo');

-- a higher burst than max_count, and a lower one
select case when stead_limit_define('b', 1, 31536000, 5) then 'defined' end;
select stead_limit_take('b', 'x', 5), case when stead_limit_take('b', 'x') > 0 then 'refused' end;
select case when stead_limit_define('b', 1, 31536000, 2) then 'changed' end;
-- a definition that allows less at once: the subject is empty, not in debt for years
select remaining, case when retry_after_ms between 31535400000 and 31536000000 then 'a year' end from stead_limit_peek('b', 'x');
select case when (stead_limit_take('b', 'x') + 600000) / 31536000000 = 1 then 'a year' end;
select case when stead_limit_define('b', 1000000, 1) then 'changed' end;
select case when stead_limit_take('b', 'x', 1000000) <= 1000 then 'within a second' end;

-- a clock that was years ahead: the subject is empty from now on
update stead_limit_subject set full_at = 9000000000000000000 where subject = 'ann';
select remaining from stead_limit_peek('api', 'ann');
select case when (stead_limit_take('api', 'ann') + 600000) / 10512000000 = 1 then 'refused' end;
-- what was written by hand long ago is full
update stead_limit_subject set full_at = -9000000000000000000, part = 999999999 where subject = 'ann';
select remaining from stead_limit_peek('api', 'ann');
select stead_limit_take('api', 'ann');
select remaining from stead_limit_peek('api', 'ann');

-- the ends of the ranges
select stead_limit_define('bad', 0, 1);
select stead_limit_define('bad', 1000000001, 1);
select stead_limit_define('bad', 1, 0);
select stead_limit_define('bad', 1, 31622401);
select stead_limit_define('bad', 1, 1, 0);
select stead_limit_define('bad', 1, 1, 1000000001);
select stead_limit_define('bad', 1, 31622400, 1000);
select stead_limit_define('bad', 999999937, 31622399, 1000000000);
select stead_limit_define('', 1, 1);
select case when stead_limit_define('most', 1000000000, 31622400, 1000000000) then 'defined' end;
select stead_limit_take('most', 'x', 1000000000), case when stead_limit_take('most', 'x', 1000000000) > 0 then 'refused' end;
select case when stead_limit_define('long', 1, 31622400, 99) then 'defined' end;
select stead_limit_take('long', 'x', 99), case when stead_limit_take('long', 'x', 99) > 3000000000000 then 'refused' end;

-- resetting; the counts stay
select stead_limit_reset('api', 'ann'), stead_limit_reset('api', 'ann'), stead_limit_reset('api'), stead_limit_reset('api');
select stead_limit_reset('none');
select limit_name, subjects, allowed, refused from stead_limit_list() where limit_name = 'api';

-- upkeep deletes who is full again, and keeps the counts
select stead_limit_take('api', 'dora'), stead_limit_take('api', 'emil');
update stead_limit_subject set full_at = 1 where subject = 'emil';
select case when stead_maintain() is not null then 'done' end;
select subject from stead_limit_subject where limit_name = 'api';
select limit_name, subjects, allowed, refused from stead_limit_list() where limit_name = 'api';

select case when stead_limit_delete('api') then 'deleted' end, case when stead_limit_delete('api') then 'deleted' else 'not there' end;
select stead_limit_take('api', 'dora');
select count(*) from stead_limit_subject where limit_name = 'api';

-- five keys with a limit each: one is limited, the other four are untouched
select stead_user_create('svc');
with n(i) as (values (1), (2), (3), (4), (5)) select count(stead_setting_set('key.' || i, stead_key_create(1, 'key ' || i))) from n;
with n(i) as (values (1), (2), (3), (4), (5)) select count(stead_setting_set('id.' || i, (select session_id from stead_session_validate(stead_setting_get('key.' || i))))) from n;
select count(distinct value) from stead_setting_list('id.');
with n(i) as (values (1), (2), (3), (4), (5)) select sum(case when stead_limit_define('key ' || i, i + 1, 31536000) then 1 else 0 end), sum(stead_limit_take('key ' || i, stead_setting_get('id.' || i))) from n;
select stead_limit_take('key 3', stead_setting_get('id.3'), 2), stead_limit_take('key 3', stead_setting_get('id.3'));
with n(i) as (values (1), (2), (3), (4), (5)) select case when min(stead_limit_take('key 3', stead_setting_get('id.3'))) > 0 then 'refused' else 'allowed' end from n;
with n(i) as (values (1), (2), (3), (4), (5)) select i, case when p.allowed then 'allowed' else 'refused' end, p.remaining, case when p.retry_after_ms = 0 then 'now' else 'later' end from n, stead_limit_peek('key ' || i, stead_setting_get('id.' || i)) p order by i;
select limit_name, subjects, allowed, refused from stead_limit_list() where limit_name like 'key%';
-- the four have all that is theirs, and no more
with n(i) as (values (1), (2), (4), (5)) select i, stead_limit_take('key ' || i, stead_setting_get('id.' || i), i), case when stead_limit_take('key ' || i, stead_setting_get('id.' || i)) > 0 then 'refused' end from n order by i;
-- limits say nothing about the keys: they are good
with n(i) as (values (1), (2), (3), (4), (5)) select count(*) from n, stead_session_validate(stead_setting_get('key.' || i)) v where v.reason = 'ok';
-- one limit for all of them: the same
select case when stead_limit_define('calls', 2, 31536000) then 'defined' end;
select stead_limit_take('calls', stead_setting_get('id.3'), 2), case when stead_limit_take('calls', stead_setting_get('id.3')) > 0 then 'refused' end;
with n(i) as (values (1), (2), (4), (5)) select i, stead_limit_take('calls', stead_setting_get('id.' || i)) from n order by i;
with n(i) as (values (1), (2), (3), (4), (5)) select i, p.remaining from n, stead_limit_peek('calls', stead_setting_get('id.' || i)) p order by i;
-- who is let off is that one alone
select stead_limit_reset('key 3', stead_setting_get('id.3')), stead_limit_take('key 3', stead_setting_get('id.3'));
with n(i) as (values (1), (2), (3), (4), (5)) select i, p.remaining from n, stead_limit_peek('key ' || i, stead_setting_get('id.' || i)) p order by i;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_limit_define('seeded', 2, 31536000);
-- seed: SELECT stead_limit_take('seeded', 'taken', 2);
-- sample: SELECT stead_limit_define('sampled', 5, 60, 10);
-- sample: SELECT stead_limit_delete('seeded');
-- sample: SELECT stead_limit_take('seeded', 'new', 2);
-- sample: SELECT remaining FROM stead_limit_peek('seeded', 'taken');
-- sample: SELECT stead_limit_reset('seeded');
-- sample: SELECT * FROM stead_limit_list();
