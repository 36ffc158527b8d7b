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
