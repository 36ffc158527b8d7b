-- role: roles and what they may do, on both databases

select count(*) from stead_role_list();
-- roles and their permissions: bytewise order, no duplicates
select stead_role_create('viewer', 'May look.');
select stead_role_create('admin');
select stead_role_create('Zero');
select stead_role_create('viewer');
select stead_role_create('');
select stead_role_create(null);
select case when stead_role_grant('viewer', 'app.*') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'app.*') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'users.view') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'Users.view') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'Ünder.view') then 'changed' else 'same' end;
select case when stead_role_grant('admin', 'users.view') then 'changed' else 'same' end;
select case when stead_role_grant('admin', 'zone') then 'changed' else 'same' end;
select stead_role_grant('nobody', 'x');
select stead_role_grant('viewer', '');
select stead_role_grant('viewer', null);
select stead_role_grant('viewer', 'a b');
select stead_role_grant('viewer', 'app*');
select stead_role_grant('viewer', '*.view');
select stead_role_grant('viewer', 'app.*.view');
select stead_role_grant('viewer', '.*');
select stead_role_grant('viewer', '**');
select role_name, description, permissions, users from stead_role_list();


-- taking away, and what is not there
select case when stead_role_revoke('viewer', 'app.*') then 'changed' else 'same' end;
select case when stead_role_revoke('viewer', 'app.*') then 'changed' else 'same' end;
select stead_role_revoke('nobody', 'app.*');
select stead_role_revoke('viewer', null);
select case when stead_role_delete('viewer') then 'deleted' else 'none' end;
select case when stead_role_delete('viewer') then 'deleted' else 'none' end;
select stead_role_delete(null);
select count(*) from stead_role_permission where role_id = 1;
-- no number is given twice
select case when stead_role_delete('Zero') then 'deleted' end;
select stead_role_create('Next');
select role_name, coalesce(description, 'none'), permissions, users from stead_role_list();

-- limits, and hostile names
select stead_role_create(replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb'));
select stead_role_create(replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb') || 'c');
select stead_role_create('x''; drop table roles; --', 'y''; drop table roles; --');
select case when stead_role_grant('x''; drop table roles; --', replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb')) then 'changed' end;
select stead_role_grant('x''; drop table roles; --', replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb') || 'c');
select role_name, description, length(cast(permissions as text)) from stead_role_list() where role_name like 'x%';

-- rolled back
begin;
select stead_role_create('gone');
select case when stead_role_delete('admin') then 'deleted' end;
rollback;
select count(*) from stead_role_list() where role_name = 'gone';
select permissions from stead_role_list() where role_name = 'admin';

-- rows that came with numbers of their own, of an import or an ORM: every numbered table goes on after them
insert into stead_role (id, name, created_at) select max(id) + n, 'hand ' || n, '2026-01-01T00:00:00.000000Z'
  from stead_role, (select 1 as n union all select 2 union all select 3000) as v group by n;
select case when stead_role_create('after hand') > (select id from stead_role where name = 'hand 3000') then 'past them' end;
select stead_role_create('hand 1');
insert into stead_user (id, username, active, approved, created_at, updated_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
  select (select coalesce(max(id), 0) from stead_user) + i, 'hand ' || i, true, true, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z' from n;
select case when stead_user_create('after hand') > (select id from stead_user where username = 'hand 2000') then 'past them' end;
select case when stead_audit_log('before') > 0 then 'logged' end;
insert into stead_audit_event (id, occurred_at, recorded_at, action, success)
  select max(id) + n, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'by hand', true
  from stead_audit_event, (select 1 as n union all select 2 union all select 3000) as v group by n;
select case when stead_audit_log('after hand') > (select max(id) from stead_audit_event where action = 'by hand') then 'past them' end;
select stead_audit_log_many('[{"action":"many after"},{"action":"many after"}]');
insert into stead_setting_change (id, key, version, value, deleted, changed_at)
  select coalesce((select max(id) from stead_setting_change), 0) + n, 'by.hand', -n, 'v', false, '2026-01-01T00:00:00.000000Z'
  from (select 1 as n union all select 2 union all select 3000) as v;
select case when stead_setting_set('by.hand', '1') then 'set' end;
select case when stead_setting_set('by.hand', '2') then 'set' end;
select count(*) from stead_setting_history('by.hand');
select case when length(stead_session_create((select max(id) from stead_user))) = 47 then 'signed in' end;
-- stead_init() does it beforehand
insert into stead_audit_event (id, occurred_at, recorded_at, action, success)
  select max(id) + 5000, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'far ahead', true from stead_audit_event;
select case when stead_init() > 0 then 'initialised' end;
select count(*) from stead_doctor() where check_name = 'numbers' and status <> 'ok';
select stead_audit_log('after that') - (select max(id) from stead_audit_event where action = 'far ahead');

-- set: exactly these, at once
select stead_role_create('setter');
select case when stead_role_set('setter', '["b","a.*","b"]') then 'changed' else 'same' end;
select case when stead_role_set('setter', '["a.*","b"]') then 'changed' else 'same' end;
select permissions from stead_role_list() where role_name = 'setter';
select case when stead_role_set('setter', '["b","c","0"]') then 'changed' else 'same' end;
select permissions from stead_role_list() where role_name = 'setter';
select stead_role_set('setter', '["d","no good"]');
select stead_role_set('setter', '["d","*x"]');
select stead_role_set('setter', '"d"');
select stead_role_set('setter', '{}');
select stead_role_set('setter', null);
select stead_role_set('nobody', '[]');
select permissions from stead_role_list() where role_name = 'setter';
select case when stead_role_set('setter', '[]') then 'changed' else 'same' end;
select permissions from stead_role_list() where role_name = 'setter';

-- rename
select case when stead_role_rename('setter', 'renamed') then 'renamed' else 'same' end;
select case when stead_role_rename('renamed', 'renamed') then 'renamed' else 'same' end;
select count(*) from stead_role_list() where role_name in ('setter', 'renamed');
select stead_role_create('other');
select stead_role_rename('renamed', 'other');
select stead_role_rename('setter', 'x');
select stead_role_rename('renamed', '');
select case when stead_role_delete('renamed') and stead_role_delete('other') then 'deleted' end;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_role_create('viewer', 'May look.');
-- seed: SELECT stead_role_grant('viewer', 'app.*');
-- seed: SELECT stead_user_role_add(1, 'viewer');
-- sample: SELECT stead_role_create('admin', 'May all.');
-- sample: SELECT stead_role_delete('viewer');
-- sample: SELECT stead_role_grant('viewer', 'users.view');
-- sample: SELECT stead_role_revoke('viewer', 'app.*');
-- sample: SELECT * FROM stead_role_list();
-- sample: SELECT stead_role_set('viewer', '["app.view","users.*"]');
-- sample: SELECT stead_role_rename('viewer', 'looker');
