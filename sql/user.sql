-- user: users, roles and permissions on both databases

-- nothing yet
select count(*) from stead_user_list();
select count(*) from stead_role_list();
select count(*) from stead_user_permissions(1);
select case when stead_user_has(1, 'app.view') then 'yes' else 'no' end;

-- users; ids given later come after one that was chosen
select stead_user_create('alice', 'alice@example.org');
select stead_user_create('bob', null, true, false);
select stead_user_create('zoë', 'zoë@example.org', false, true, 100);
select stead_user_create('Alice');
select stead_user_create('low', null, null, null, 50);
select stead_user_create('next');
select user_id, username, email, case when active then 'active' else 'inactive' end, case when approved then 'approved' else 'unapproved' end, roles from stead_user_list();
select case when created_at = updated_at then 'same' end from stead_user_list('{"username":"alice"}');

-- what is taken
select stead_user_create('alice');
select stead_user_create('other', 'alice@example.org');
select stead_user_create('other', null, true, true, 100);
select stead_user_create('alice', 'alice@example.org', true, true, 100);

-- bad arguments
select stead_user_create('');
select stead_user_create(null);
select stead_user_create('x', '');
select stead_user_create('x', null, true, true, 0);
select stead_user_create('x', null, true, true, -1);
select stead_user_create('x', null, true, true, 9223372036854775807);
select stead_user_create(substr(replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbb'), 1, 201));
select length(username) from stead_user_list('{"username":"x"}');
select stead_user_create(substr(replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbb'), 1, 200));
select case when stead_user_delete(103) then 'deleted' else 'none' end;
-- the largest id, and none is given twice
select stead_user_create('largest', null, true, true, 4611686018427387903);
select case when stead_user_delete(4611686018427387903) then 'deleted' else 'none' end;
select stead_user_create('after the largest');
select case when stead_user_delete(4611686018427387904) then 'deleted' else 'none' end;

-- update
select case when stead_user_update(1, '{"email":"a@example.org"}') then 'changed' else 'same' end;
select case when stead_user_update(1, '{"email":"a@example.org","active":true}') then 'changed' else 'same' end;
select case when stead_user_update(1, '{}') then 'changed' else 'same' end;
select case when stead_user_update(1, '{"email":null}') then 'changed' else 'same' end;
select case when stead_user_update(1, '{"email":null}') then 'changed' else 'same' end;
select case when stead_user_update(1, '{"username":"alicia","approved":false}') then 'changed' else 'same' end;
select username, email, case when approved then 'approved' else 'unapproved' end from stead_user_list() where user_id = 1;
select case when stead_user_update(1, '{"username":"alice","approved":true}') then 'changed' else 'same' end;
select stead_user_update(1, '{"username":"bob"}');
select stead_user_update(2, '{"email":"zoë@example.org"}');
select stead_user_update(999, '{"active":true}');
select stead_user_update(1, '{"name":"x"}');
select stead_user_update(1, '{"active":"yes"}');
select stead_user_update(1, '{"active":null}');
select stead_user_update(1, '{"username":null}');
select stead_user_update(1, '{"username":""}');
select stead_user_update(1, '{"username":"a","username":"b"}');
select stead_user_update(1, '{"username":"abc","username":"b"}');
select stead_user_update(1, '{"username":"abc","user\u006eame":"b"}');
select count(*) from stead_user_list('{"username":"abc","username":null}');
select stead_user_update(1, '[]');
select stead_user_update(1, null);

-- roles for them
select stead_role_create('viewer', 'May look.');
select stead_role_create('admin');
select stead_role_create('Zero');
select case when stead_role_grant('viewer', 'app.*') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'app.*') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'users.view') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'Users.view') then 'changed' else 'same' end;
select case when stead_role_grant('viewer', 'Ünder.view') then 'changed' else 'same' end;
select case when stead_role_grant('admin', 'users.view') then 'changed' else 'same' end;
select case when stead_role_grant('admin', 'zone') then 'changed' else 'same' end;

-- who has what
select case when stead_user_role_add(1, 'viewer') then 'changed' else 'same' end;
select case when stead_user_role_add(1, 'viewer') then 'changed' else 'same' end;
select case when stead_user_role_add(1, 'admin') then 'changed' else 'same' end;
select case when stead_user_role_add(2, 'admin') then 'changed' else 'same' end;
select case when stead_user_role_add(100, 'Zero') then 'changed' else 'same' end;
select stead_user_role_add(999, 'admin');
select stead_user_role_add(1, 'nobody');
select stead_user_role_remove(999, 'admin');
select stead_user_role_remove(1, 'nobody');
select case when stead_user_role_remove(1, 'Zero') then 'changed' else 'same' end;
select permission, role_name from stead_user_permissions(1);
select count(*) from stead_user_permissions(2);
select role_name, permissions, users from stead_role_list();
select user_id, roles from stead_user_list();

-- what a permission grants
select p, case when stead_user_has(1, p) then 'yes' else 'no' end from (select 'app.sonarr' as p union all select 'app.x.y' union all select 'app' union all select 'app.' union all select 'apps.view' union all select 'app.*' union all select '*' union all select 'users.view' union all select 'users.view.all' union all select 'users' union all select 'USERS.VIEW' union all select 'Users.view' union all select 'zone' union all select 'zon' union all select 'zones' union all select 'Ünder.view' union all select 'x''; drop table users; --') as asked order by 1;
select stead_user_has(1, '');
select stead_user_has(1, null);
select stead_user_has(null, 'app');
select case when stead_user_has(999, 'app.x') then 'yes' else 'no' end;
-- neither approved nor, then, active
select case when stead_user_has(2, 'zone') then 'yes' else 'no' end;
select case when stead_user_update(2, '{"approved":true}') then 'changed' end;
select case when stead_user_has(2, 'zone') then 'yes' else 'no' end;
select case when stead_user_update(2, '{"active":false}') then 'changed' end;
select case when stead_user_has(2, 'zone') then 'yes' else 'no' end;
select case when stead_user_update(2, '{"active":true}') then 'changed' end;

-- everything, and what was remembered is forgotten at each change
select case when stead_role_grant('Zero', '*') then 'changed' end;
select case when stead_user_update(100, '{"active":true}') then 'changed' end;
select case when stead_user_has(100, 'whatever.you.like') then 'yes' else 'no' end;
select case when stead_role_revoke('Zero', '*') then 'changed' end;
select case when stead_role_revoke('Zero', '*') then 'changed' else 'same' end;
select case when stead_user_has(100, 'whatever.you.like') then 'yes' else 'no' end;
select stead_role_revoke('nobody', '*');
select case when stead_user_has(1, 'zone') then 'yes' else 'no' end;
select case when stead_user_role_remove(1, 'admin') then 'changed' end;
select case when stead_user_has(1, 'zone') then 'yes' else 'no' end;
select case when stead_user_has(2, 'zone') then 'yes' else 'no' end;
select case when stead_role_delete('admin') then 'deleted' else 'none' end;
select case when stead_role_delete('admin') then 'deleted' else 'none' end;
select case when stead_user_has(2, 'zone') then 'yes' else 'no' end;
select count(*) from stead_user_role;
-- an ORM's way
update stead_role set name = 'watcher' where name = 'viewer';
select role_name, permission from stead_user_permissions(1);
select case when stead_user_has(1, 'users.view') then 'yes' else 'no' end;
delete from stead_role_permission where permission = 'users.view';
select case when stead_user_has(1, 'users.view') then 'yes' else 'no' end;
insert into stead_role_permission (role_id, permission) select id, 'users.view' from stead_role where name = 'watcher';
select case when stead_user_has(1, 'users.view') then 'yes' else 'no' end;
delete from stead_user_role;
select case when stead_user_has(1, 'users.view') then 'yes' else 'no' end;

-- list: filters and pages
select case when stead_user_role_add(1, 'watcher') then 'changed' end;
select case when stead_user_role_add(101, 'watcher') then 'changed' end;
select case when stead_user_role_add(101, 'Zero') then 'changed' end;
select user_id, roles from stead_user_list('{"role":"watcher"}');
select user_id from stead_user_list('{"role":"watcher","username":"alice","active":true,"approved":true}');
select user_id from stead_user_list('{"approved":false}');
select user_id from stead_user_list('{"email":"zoë@example.org"}');
select count(*) from stead_user_list('{"username":"'' or 1=1 --"}');
select user_id from stead_user_list(null, 2);
select user_id from stead_user_list(null, 2, 2);
select user_id from stead_user_list('{}', 50, 100);
select * from stead_user_list(null, 0);
select * from stead_user_list(null, 1001);
select * from stead_user_list('{"nobody":1}');
select * from stead_user_list('{"active":1}');

-- hostile names are names
select stead_role_create('"; drop table roles; --');
select case when stead_role_grant('"; drop table roles; --', '\"''{}[],') then 'changed' end;
select role_name, permissions from stead_role_list();

-- a failed call, and one rolled back, change nothing
begin;
select stead_user_create('gone');
select case when stead_user_delete(1) then 'deleted' end;
select case when stead_user_has(1, 'app.x') then 'yes' else 'no' end;
rollback;
select count(*) from stead_user_list('{"username":"gone"}');
select case when stead_user_has(1, 'app.x') then 'yes' else 'no' end;
select case when stead_user_delete(1) then 'deleted' else 'none' end;
select case when stead_user_delete(1) then 'deleted' else 'none' end;
select case when stead_user_has(1, 'app.x') then 'yes' else 'no' end;
select count(*) from stead_user_role where user_id = 1;

-- find: by name, then by email
select stead_user_create('finder', 'Find.Me@example.org', true, false, 900);
select stead_user_create('find.me@example.org', null, true, true, 901);
select stead_user_create('100%_sure!', null, true, true, 902);
select id, username, case when active then 'active' end, case when approved then 'approved' else 'not approved' end from stead_user_find('finder');
select id from stead_user_find('Find.Me@example.org');
select id from stead_user_find('find.me@example.org');
select count(*) from stead_user_find('FINDER');
select count(*) from stead_user_find('');
select * from stead_user_find(null);
-- list: one user, and a search
select user_id, username from stead_user_list('{"user_id":901}');
select user_id from stead_user_list('{"search":"FIND"}');
select user_id from stead_user_list('{"search":"me@EXAMPLE","approved":false}');
select user_id from stead_user_list('{"search":"%_s"}');
select user_id from stead_user_list('{"search":"!"}');
select count(*) from stead_user_list('{"search":"finder find"}');
select user_id from stead_user_list('{"search":""}');
select case when stead_user_delete(900) and stead_user_delete(901) and stead_user_delete(902) then 'deleted' end;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_user_create('alice', 'alice@example.org');
-- seed: SELECT stead_user_create('bob', NULL, false);
-- sample: SELECT stead_user_create('carol', 'carol@example.org', true, true, 7);
-- sample: SELECT stead_user_update(1, '{"email":null,"approved":false}');
-- sample: SELECT stead_user_delete(1);
-- sample: SELECT user_id, username, email, active, approved, roles FROM stead_user_list('{"active":true}');
-- sample: SELECT stead_user_role_add(2, 'viewer');
-- sample: SELECT stead_user_role_remove(1, 'viewer');
-- sample: SELECT * FROM stead_user_permissions(1);
-- sample: SELECT stead_user_has(1, 'app.view'), stead_user_has(2, 'app.view');
-- sample: SELECT * FROM stead_user_find('alice');
