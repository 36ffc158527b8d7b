-- session: made, judged, seen, rotated, ended, on both databases. Tokens are random: settings hold them between statements.

select stead_user_create('alice', 'alice@example.org');
select stead_user_create('bob');
select stead_user_create('carol', null, false);
select stead_user_create('dave', null, true, false);
select stead_role_create('viewer');
select stead_role_create('admin');
select case when stead_role_grant('viewer', 'app.*') and stead_role_grant('viewer', 'users.view') and stead_role_grant('admin', 'users.view') then 'granted' end;
select case when stead_user_role_add(1, 'viewer') and stead_user_role_add(1, 'admin') then 'added' end;

-- create: a token of the documented form, of which only the hash is stored
select case when stead_setting_set('t.a1', stead_session_create(1, 3600, '10.0.0.1', 'curl/8')) then 'created' end;
select length(stead_setting_get('t.a1')), substr(stead_setting_get('t.a1'), 1, 4), case when stead_session_create(1) = stead_session_create(1) then 'same' else 'different' end;
select count(*), min(length(token_hash)), min(length(id)), min(substr(id, 1, 4)), count(previous_hash), count(revoked_at) from stead_session;
select stead_session_create(999);
select stead_session_create(3);
select stead_session_create(4);
select stead_session_create(null);
select stead_session_create(1, 0);
select stead_session_create(1, -5);
select stead_session_create(1, 3153600001);
select stead_session_create(1, 60, null, null, 0);
select stead_session_create(1, 60, 'an ip address that is longer than an ip address can ever be, whatever the version of the protocol may be .');
select count(*) from stead_session;

-- validate: one row, whatever the token
select case when valid then 'valid' else 'not valid' end, reason, substr(session_id, 1, 4), user_id, username, email, roles, permissions, case when expires_at > created_at and last_seen_at = created_at then 'times' end, case when touch_due then 'due' else 'not due' end from stead_session_validate(stead_setting_get('t.a1'));
select case when valid then 'valid' else 'not valid' end, reason, coalesce(session_id, 'none'), coalesce(user_id, -1), coalesce(username, 'none') from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate(null);
select reason from stead_session_validate('');
select reason from stead_session_validate('sts_');
select reason from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate('STS_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate('xts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
-- not canonical: the last character carries bits that mean nothing
select reason from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB');
select reason from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
select reason from stead_session_validate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/');
select reason from stead_session_validate('sts_''; drop table sessions; --AAAAAAAAAAAAA');
select reason from stead_session_validate('ééééééééééééééééééééééé1');
select reason, count(*) from stead_session_validate(replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAA')))) group by reason;
select count(*) from stead_session_validate(stead_setting_get('t.a1')) a cross join stead_session_validate('x') b;

-- check: valid and permitted
select case when stead_session_check(stead_setting_get('t.a1'), 'app.view') then 'yes' else 'no' end;
select case when stead_session_check(stead_setting_get('t.a1'), 'users.view') then 'yes' else 'no' end;
select case when stead_session_check(stead_setting_get('t.a1'), 'users.edit') then 'yes' else 'no' end;
select case when stead_session_check(stead_setting_get('t.a1'), 'app') then 'yes' else 'no' end;
select case when stead_session_check(null, 'app.view') then 'yes' when not stead_session_check(null, 'app.view') then 'no' else 'null' end;
select case when stead_session_check('', 'app.view') then 'yes' else 'no' end;
select case when stead_session_check('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'app.view') then 'yes' else 'no' end;
select stead_session_check(stead_setting_get('t.a1'), '');
select stead_session_check(stead_setting_get('t.a1'), null);
-- more than once in one statement, and per row
select count(*) from (select 'app.a' as p union all select 'app.b' union all select 'nope') as asked where stead_session_check(stead_setting_get('t.a1'), p);

-- roles and permissions change: the next check knows
select case when stead_role_revoke('viewer', 'app.*') then 'changed' end;
select case when stead_session_check(stead_setting_get('t.a1'), 'app.view') then 'yes' else 'no' end, permissions from stead_session_validate(stead_setting_get('t.a1'));
select case when stead_role_grant('viewer', 'app.view') then 'changed' end;
select case when stead_session_check(stead_setting_get('t.a1'), 'app.view') then 'yes' else 'no' end;
update stead_role set name = 'looker' where name = 'viewer';
select roles, permissions from stead_session_validate(stead_setting_get('t.a1'));
select case when stead_user_role_remove(1, 'looker') then 'changed' end;
select roles, permissions from stead_session_validate(stead_setting_get('t.a1'));
update stead_user set email = 'a@example.org' where id = 1;
select email from stead_session_validate(stead_setting_get('t.a1'));

-- the user's state: judged at once, and back again
select case when stead_user_update(1, '{"active":false}') then 'changed' end;
select case when valid then 'valid' else 'not valid' end, reason, user_id, coalesce(username, 'none'), coalesce(permissions, 'none') from (select valid, reason, user_id, username, cast(permissions as text) as permissions from stead_session_validate(stead_setting_get('t.a1'))) as v;
select case when stead_user_has(1, 'users.view') then 'yes' else 'no' end;
select case when stead_user_update(1, '{"approved":false}') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.a1'));
select case when stead_user_update(1, '{"active":true}') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.a1'));
select stead_session_create(1);
select case when stead_user_update(1, '{"approved":true}') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.a1'));

-- expired and idle, by direct writes as an ORM makes them; the order in which reasons are judged
select case when stead_setting_set('t.b1', stead_session_create(2, 60, null, null, 30)) then 'created' end;
select reason from stead_session_validate(stead_setting_get('t.b1'));
update stead_session set expires_at = created_at where user_id = 2;
select case when valid then 'valid' else 'not valid' end, reason from stead_session_validate(stead_setting_get('t.b1'));
update stead_session set expires_at = '2999-01-01T00:00:00.000000Z', last_seen_at = '2020-01-01T00:00:00.000000Z' where user_id = 2;
select reason from stead_session_validate(stead_setting_get('t.b1'));
select case when stead_session_touch(stead_setting_get('t.b1')) then 'written' else 'not written' end;
update stead_user set active = '0' where id = 2;
select reason from stead_session_validate(stead_setting_get('t.b1'));
update stead_session set expires_at = created_at where user_id = 2;
select reason from stead_session_validate(stead_setting_get('t.b1'));
update stead_session set revoked_at = created_at where user_id = 2;
select reason, substr(session_id, 1, 4), user_id from stead_session_validate(stead_setting_get('t.b1'));
update stead_session set revoked_at = null, expires_at = '2999-01-01T00:00:00.000000Z', last_seen_at = '2998-01-01T00:00:00.000000Z' where user_id = 2;
select reason from stead_session_validate(stead_setting_get('t.b1'));
update stead_user set active = '1' where id = 2;
select reason from stead_session_validate(stead_setting_get('t.b1'));

-- touch: only when due
select case when stead_session_touch(stead_setting_get('t.a1')) then 'written' else 'not written' end;
-- marking as seen makes nobody forget, so here something else is changed as well
update stead_session set last_seen_at = '2020-01-01T00:00:00.000000Z', expires_at = '2999-01-01T00:00:00.000000Z' where user_id = 1;
select case when touch_due then 'due' else 'not due' end from stead_session_validate(stead_setting_get('t.a1'));
select case when stead_session_touch(stead_setting_get('t.a1')) then 'written' else 'not written' end;
select case when stead_session_touch(stead_setting_get('t.a1')) then 'written' else 'not written' end;
select case when touch_due then 'due' else 'not due' end, case when last_seen_at > '2021-01-01T00:00:00.000000Z' then 'seen' end from stead_session_validate(stead_setting_get('t.a1'));
select case when stead_session_touch(null) then 'written' else 'not written' end;
select case when stead_session_touch('nonsense') then 'written' else 'not written' end;
select case when stead_setting_set('stead.session.touch_seconds', '86400') then 'set' end;
update stead_session set last_seen_at = created_at, expires_at = '2998-01-01T00:00:00.000000Z' where user_id = 1;
select case when stead_session_touch(stead_setting_get('t.a1')) then 'written' else 'not written' end;
select stead_setting_set('stead.session.touch_seconds', '0');
select case when stead_setting_delete('stead.session.touch_seconds') then 'default' end;

-- rotate: the old token is refused at once, and told apart from one that never was
select case when stead_setting_set('t.a2', stead_session_rotate(stead_setting_get('t.a1'))) then 'rotated' end;
select (select reason from stead_session_validate(stead_setting_get('t.a1'))), (select reason from stead_session_validate(stead_setting_get('t.a2')));
select case when stead_session_check(stead_setting_get('t.a1'), 'users.view') then 'yes' else 'no' end, case when stead_session_check(stead_setting_get('t.a2'), 'users.view') then 'yes' else 'no' end;
select stead_session_rotate(stead_setting_get('t.a1'));
select stead_session_rotate('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select stead_session_rotate('nonsense');
select stead_session_rotate(null);

-- revoke
select case when stead_setting_set('s.a2', (select session_id from stead_session_validate(stead_setting_get('t.a2')))) then 'noted' end;
select case when stead_session_revoke(stead_setting_get('s.a2'), 'lost my phone') then 'revoked' else 'not' end;
select case when stead_session_revoke(stead_setting_get('s.a2')) then 'revoked' else 'not' end;
select case when stead_session_revoke('ses_nothing') then 'revoked' else 'not' end;
select stead_session_revoke(null);
select case when valid then 'valid' else 'not valid' end, reason, user_id, case when session_id = stead_setting_get('s.a2') then 'named' end from stead_session_validate(stead_setting_get('t.a2'));
select case when stead_session_check(stead_setting_get('t.a2'), 'users.view') then 'yes' else 'no' end;
select stead_session_rotate(stead_setting_get('t.a2'));
select revoke_reason from stead_session where id = stead_setting_get('s.a2');

-- all sessions of a user but one
select case when stead_setting_set('t.a3', stead_session_create(1)) then 'created' end;
select case when stead_setting_set('s.a3', (select session_id from stead_session_validate(stead_setting_get('t.a3')))) then 'noted' end;
select stead_session_revoke_user(1, stead_setting_get('s.a3'));
select stead_session_revoke_user(1, stead_setting_get('s.a3'));
select reason from stead_session_validate(stead_setting_get('t.a3'));
select count(*), count(revoked_at) from stead_session_list(1);
select case when session_id = stead_setting_get('s.a3') then 'the live one first' end from stead_session_list(1) limit 1;
select ip_address, user_agent from stead_session_list(1) where session_id = stead_setting_get('s.a2');
select count(*) from stead_session_list(999);
select stead_session_revoke_user(1), stead_session_revoke_user(999);
select reason from stead_session_validate(stead_setting_get('t.a3'));

-- rollback: what was revoked is valid again, what was made is gone
select case when stead_setting_set('t.b2', stead_session_create(2)) then 'created' end;
begin;
select stead_session_revoke_user(2);
select reason from stead_session_validate(stead_setting_get('t.b2'));
savepoint s;
select case when stead_session_check(stead_session_create(2), 'x') then 'yes' else 'no' end;
rollback to s;
rollback;
select reason from stead_session_validate(stead_setting_get('t.b2'));

-- deleting the user ends them all; the audit log stays
select case when stead_user_delete(2) then 'deleted' end;
select reason from stead_session_validate(stead_setting_get('t.b2'));
select count(*) from stead_session where user_id = 2;
-- by hand, with the sessions left behind
select case when stead_setting_set('t.a4', stead_session_create(1)) then 'created' end;
select reason from stead_session_validate(stead_setting_get('t.a4'));
delete from stead_user where id = 1;
select reason from stead_session_validate(stead_setting_get('t.a4'));
select case when stead_session_check(stead_setting_get('t.a4'), 'users.view') then 'yes' else 'no' end;
delete from stead_session;
select reason from stead_session_validate(stead_setting_get('t.a4'));

-- the events of all that
select action, resource_type, actor_id, actor_name, count(*) from stead_audit_event group by action, resource_type, actor_id, actor_name order by 1, 2, 3, 4;
select details from stead_audit_list('{"action":"stead.session.revoke"}', 100) where resource_id = stead_setting_get('s.a2');
-- not sts_ alone: the ids are random, too
select case when count(*) = 0 then 'no token in the log' end from stead_audit_event where coalesce(cast(details as text), '') || coalesce(actor_name, '') || coalesce(resource_id, '') like '%' || stead_setting_get('t.a2') || '%';
select case when stead_setting_set('stead.session.audit', 'off') then 'off' end;
select stead_user_create('erin');
select case when stead_session_check(stead_session_create(5), 'x') then 'yes' else 'no' end;
select count(*) from stead_audit_event where actor_name = 'erin';

-- the cache switched off, and a tiny one: the same answers
select case when stead_setting_set('stead.memory.enabled', 'off') then 'off' end;
select case when stead_setting_set('t.e1', stead_session_create(5)) then 'created' end;
select reason from stead_session_validate(stead_setting_get('t.e1'));
select case when stead_user_update(5, '{"active":false}') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.e1'));
select case when stead_setting_set('stead.memory.enabled', 'on') and stead_setting_set('stead.memory.max_entries', '1') then 'one' end;
select case when stead_user_update(5, '{"active":true}') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.e1'));
select case when stead_setting_set('t.e2', stead_session_create(5)) then 'created' end;
select a.reason, b.reason, c.reason from stead_session_validate(stead_setting_get('t.e1')) a cross join stead_session_validate(stead_setting_get('t.e2')) b cross join stead_session_validate(stead_setting_get('t.e1')) c;
select stead_session_revoke_user(5);
select a.reason, b.reason from stead_session_validate(stead_setting_get('t.e1')) a cross join stead_session_validate(stead_setting_get('t.e2')) b;
select stead_setting_set('stead.memory.max_entries', '0');
select check_name, status from stead_doctor() where check_name = 'cache';

-- cookie
select stead_session_cookie('session=abc');
select stead_session_cookie('a=b; session=abc; session=def; c=d');
select stead_session_cookie('session="abc"');
select coalesce(stead_session_cookie('sessions=abc; xsession=d'), 'none');
select coalesce(stead_session_cookie('session='), 'none');
select coalesce(stead_session_cookie(''), 'none');
select coalesce(stead_session_cookie(null), 'null');
select coalesce(stead_session_cookie('=;;; =; session; ='), 'none');
select stead_session_cookie('session_0=t0; session_1=t1; session_2=t2; session_3=t3; session_4=t4; session_active=3; session=plain');
select stead_session_cookie('session_2=t2; session_4=t4; session_active=3');
select stead_session_cookie('session_2=t2; session_4=t4; session_active=9');
select stead_session_cookie('session_4=t4; session_1=t1');
select stead_session_cookie('session=plain; session_5=t5; session_active=5');
select stead_session_cookie('sid_1=x; sid=y', 'sid');
select stead_session_cookie('sid=x', '');
select stead_session_cookie('sid=x', 'a b');
select stead_session_cookie('sid=x', 'a=b');

-- a JWT that a known key signed and that names a session is a token too
select case when stead_jwt_key_set('api', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, null, true) then 'set' end;
select stead_user_create('jo');
select case when length(stead_session_create((select max(id) from stead_user))) = 47 then 'created' end;
update stead_session set id = 'ses_of_jo', expires_at = '2800-01-01T00:00:00.000000Z' where user_id = (select max(id) from stead_user);
select case when stead_setting_set('t.j', stead_jwt_sign('{"sid":"ses_of_jo"}', 'api', 3600)) then 'signed' end;
select case when valid then 'valid' end, reason, session_id, username from stead_session_validate(stead_setting_get('t.j'));
select reason from stead_session_validate(stead_setting_get('t.j'));
select case when stead_session_touch(stead_setting_get('t.j')) then 'written' else 'not due' end;
select stead_session_rotate(stead_setting_get('t.j'));
-- it ends with itself or with the session, whichever is first
select reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","exp":1000}', 'api'));
select case when expires_at < '2900-01-01T00:00:00Z' then 'the session''s' end from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","exp":32503680000}', 'api'));
select case when expires_at = '2100-01-01T00:00:00.000000Z' then 'the token''s' end from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","exp":4102444800}', 'api'));
select reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","nbf":32503680000}', 'api'));
select reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_nobody"}', 'api'));
select reason from stead_session_validate(stead_jwt_sign('{"sid":7}', 'api'));
select reason from stead_session_validate(stead_jwt_sign('{}', 'api'));
select reason from stead_session_validate('eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZXNfb2Zfam8ifQ.');
select reason from stead_session_validate(stead_setting_get('t.j') || 'A');
select reason from stead_session_validate('eyJ');
-- revoked: expired beats nothing, revoked beats expired
select case when stead_session_revoke('ses_of_jo') then 'revoked' end;
select reason from stead_session_validate(stead_setting_get('t.j'));
select reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","exp":1000}', 'api'));
update stead_session set revoked_at = null where id = 'ses_of_jo';
select reason from stead_session_validate(stead_setting_get('t.j'));
-- the secret changed by hand: it is not known any more
select case when stead_jwt_key_set('api2', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, null, true) then 'set' end;
select case when stead_setting_set('t.k', stead_jwt_sign('{"sid":"ses_of_jo"}', 'api2', 3600)) then 'signed' end;
select a.reason, b.reason, c.reason from stead_session_validate(stead_setting_get('t.k')) a cross join stead_session_validate(stead_setting_get('t.k')) b cross join stead_session_validate(stead_setting_get('t.k')) c;
delete from stead_jwt_private_key where kid = 'api2';
select reason from stead_session_validate(stead_setting_get('t.k'));
-- expired and from somebody else: unknown
select case when stead_jwt_key_set('api3', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'us', null, true) then 'set' end;
select reason, coalesce(session_id, 'none') from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","iss":"them","exp":1000}', 'api3'));
-- a token for somebody else, or of a key that is not for sessions, is none: an ID token names a session of its issuer
select case when stead_jwt_key_set('idp', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY') then 'set' end;
select case when stead_jwt_key_set('mine', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, 'me', true) then 'set' end;
select a.reason, b.reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","aud":"another"}', 'api')) a cross join stead_jwt_verify(stead_jwt_sign('{"aud":"another"}', 'api')) b;
select a.reason, b.reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","aud":[]}', 'api')) a cross join stead_jwt_verify(stead_jwt_sign('{"aud":null}', 'api')) b;
select a.reason, b.reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo"}', 'idp')) a cross join stead_jwt_verify(stead_jwt_sign('{"sid":"ses_of_jo"}', 'idp')) b;
select a.reason, b.reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo"}', 'mine')) a cross join stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","aud":["you","me"]}', 'mine')) b;
select a.reason, b.reason from stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","aud":"you"}', 'mine')) a cross join stead_session_validate(stead_jwt_sign('{"sid":"ses_of_jo","aud":7}', 'mine')) b;
-- what is remembered of a token goes when its key is no more for sessions
select case when stead_setting_set('t.m', stead_jwt_sign('{"sid":"ses_of_jo"}', 'mine', 3600)) then 'signed' end;
select a.reason, b.reason, c.reason from stead_session_validate(stead_setting_get('t.m')) a cross join stead_session_validate(stead_setting_get('t.m')) b cross join stead_session_validate(stead_setting_get('t.m')) c;
select case when stead_jwt_key_set('mine', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, 'me') then 'changed' end;
select reason from stead_session_validate(stead_setting_get('t.m'));
select case when stead_jwt_key_set('mine', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, 'me', false) then 'changed' else 'same' end;
-- a token is no id
select stead_session_revoke('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select stead_session_revoke_user(1, 'sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
-- the key goes: no token of its is known
select case when stead_jwt_key_delete('api') then 'deleted' end;
select reason from stead_session_validate(stead_setting_get('t.j'));

-- json: the row of validate as one object
select stead_user_create('kim', 'kim@example.org', true, true, 70);
select case when stead_role_grant('looker', 'a."quoted".grant') and stead_user_role_add(70, 'looker') then 'added' end;
select case when stead_setting_set('t.n', stead_session_create(70, 3600)) then 'created' end;
update stead_session set id = 'ses_of_kim', created_at = '2026-01-01T00:00:00.000000Z', expires_at = '2999-01-01T00:00:00.000000Z', last_seen_at = '2998-01-01T00:00:00.123456Z' where user_id = 70;
select stead_session_json(stead_setting_get('t.n'));
select stead_session_json(null);
select stead_session_json('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select case when stead_user_update(70, '{"active":false}') then 'changed' end;
select stead_session_json(stead_setting_get('t.n'));
select case when stead_user_update(70, '{"active":true,"email":null}') then 'changed' end;
select stead_session_json(stead_setting_get('t.n'));
-- what is remembered of the text goes with each change of what it says
select stead_session_json(stead_setting_get('t.n'));
select case when stead_user_update(70, '{"email":"kim@example.net"}') then 'changed' end;
select stead_session_json(stead_setting_get('t.n'));
select case when stead_role_grant('looker', 'z.last') then 'granted' end;
select stead_session_json(stead_setting_get('t.n'));
select case when stead_role_rename('looker', 'watcher') then 'renamed' end;
select stead_session_json(stead_setting_get('t.n'));
update stead_session set expires_at = '2999-02-02T00:00:00.000000Z' where user_id = 70;
select stead_session_json(stead_setting_get('t.n'));
select case when stead_role_rename('watcher', 'looker') and stead_role_revoke('looker', 'z.last') then 'as before' end;
select stead_session_json(stead_setting_get('t.n'));
-- two JWTs of one session, of which each expires by itself
select case when stead_jwt_key_set('kim', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, null, true) then 'set' end;
select stead_session_json(stead_jwt_sign('{"sid":"ses_of_kim","exp":32472144000}', 'kim'));
select stead_session_json(stead_jwt_sign('{"sid":"ses_of_kim","exp":32440608000}', 'kim'));

-- bearer: RFC 6750, RFC 7235
select stead_session_bearer('Bearer mF_9.B5f-4.1JqM'), stead_session_bearer('bEARER  a~+/b=='), stead_session_bearer('  Bearer	x ');
select coalesce(stead_session_bearer('Bearer'), 'none'), coalesce(stead_session_bearer('Bearer '), 'none'), coalesce(stead_session_bearer('Bearerx'), 'none'), coalesce(stead_session_bearer('Basic QWxhZGRpbg=='), 'none'), coalesce(stead_session_bearer(''), 'none'), coalesce(stead_session_bearer(null), 'null');
select coalesce(stead_session_bearer('Bearer a b'), 'none'), coalesce(stead_session_bearer('Bearer ==='), 'none'), coalesce(stead_session_bearer('Bearer a=b'), 'none'), coalesce(stead_session_bearer('Bearer a,b'), 'none'), coalesce(stead_session_bearer('Bearer "a"'), 'none'), coalesce(stead_session_bearer('Bearer é'), 'none');
select case when stead_session_check(stead_session_bearer('Bearer ' || stead_setting_get('t.n')), 'a."quoted".grant') then 'yes' else 'no' end;

-- revoked by somebody
select case when stead_setting_set('stead.session.audit', 'on') then 'on' end;
select stead_session_revoke_by('ses_of_kim', '');
select stead_session_revoke_by('ses_of_kim', null);
select stead_session_revoke_by('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'admin 7');
select case when stead_session_revoke_by('ses_nothing', 'admin 7') then 'revoked' else 'not' end;
select case when stead_session_revoke_by('ses_of_kim', 'admin 7', 'spotted in Rome') then 'revoked' else 'not' end;
select action, resource_id, actor_id, details from stead_audit_list('{"actor_id":"admin 7"}');

-- everybody's sessions, page by page
delete from stead_session;
select case when length(stead_session_create(70)) = 47 then 'created' end;
update stead_session set id = 'ses_1', expires_at = '2999-01-01T00:00:00.000000Z', created_at = '2026-01-01T00:00:00.000000Z', last_seen_at = '2026-01-01T00:00:00.000000Z', ip_address = '10.0.0.' || user_id where length(id) > 10;
select case when length(stead_session_create(70)) = 47 then 'created' end;
update stead_session set id = 'ses_2', expires_at = '2999-01-01T00:00:00.000000Z', created_at = '2026-01-01T00:00:00.000000Z', last_seen_at = '2026-01-01T00:00:00.000000Z', ip_address = '10.0.0.' || user_id where length(id) > 10;
select case when length(stead_session_create((select min(id) from stead_user where active and approved))) = 47 then 'created' end;
update stead_session set id = 'ses_3', expires_at = '2999-01-01T00:00:00.000000Z', created_at = '2026-01-01T00:00:00.000000Z', last_seen_at = '2026-01-01T00:00:00.000000Z', ip_address = '10.0.0.' || user_id where length(id) > 10;
update stead_session set revoked_at = '2026-02-01T00:00:00.000000Z', revoke_reason = 'over' where id = 'ses_2';
select session_id, case when revoked_at is null then 'live' else 'revoked' end, coalesce(revoke_reason, '-') from stead_session_list_all();
select session_id from stead_session_list_all(null, 1);
select session_id from stead_session_list_all(null, 1, (select next_page from stead_session_list_all(null, 1)));
select session_id from stead_session_list_all(null, 5, (select next_page from stead_session_list_all(null, 2) order by session_id limit 1));
select count(*) from stead_session_list_all(null, 5, (select next_page from stead_session_list_all() where session_id = 'ses_2'));
select count(*), min(user_id), min(username) from stead_session_list_all('{"user_id":70}');
select count(*) from stead_session_list_all('{"username":"kim","ip_address":"10.0.0.70"}');
select session_id from stead_session_list_all('{"ended":true}');
select count(*) from stead_session_list_all('{"ended":false}');
select count(*) from stead_session_list_all('{"username":"nobody"}');
select * from stead_session_list_all('{"name":"kim"}');
select * from stead_session_list_all(null, 0);
select * from stead_session_list_all(null, 1001);
select * from stead_session_list_all(null, 5, 'nonsense');
select * from stead_session_list_all(null, 5, '');
select * from stead_session_list_all(null, 5, 'f_________94');

-- samples and seeds: see tests/support/samples
-- its audit events would differ from run to run
-- seed: SELECT stead_setting_set('stead.session.audit', 'off');
-- seed: SELECT stead_setting_set('t', stead_session_create(1, 86400, '10.0.0.1', 'curl', 80000));
-- seed: SELECT stead_setting_set('s', (SELECT session_id FROM stead_session_validate(stead_setting_get('t'))));
-- seed: UPDATE stead_session SET last_seen_at = '2026-01-01T00:00:00.000000Z', idle_seconds = 3153600000;
-- seed: SELECT stead_setting_delete('stead.session.audit');
-- sample: SELECT length(stead_session_create(1, 60, '::1', 'curl', 30));
-- whether it is due to be touched changes after a minute
-- sample: SELECT valid, reason, user_id, username, email, roles, permissions, touch_due IS NOT NULL FROM
--   stead_session_validate(stead_setting_get('t'));
-- sample: SELECT stead_session_check(stead_setting_get('t'), 'app.view');
-- sample: SELECT stead_session_touch(stead_setting_get('t'));
-- sample: SELECT length(stead_session_rotate(stead_setting_get('t')));
-- sample: SELECT stead_session_revoke(stead_setting_get('s'), 'over');
-- sample: SELECT stead_session_revoke_user(1);
-- sample: SELECT ip_address, user_agent, revoked_at FROM stead_session_list(1);
-- sample without tables: SELECT stead_session_cookie('a=b; session_active=1; session_1=x');
-- sample: SELECT stead_session_json('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
-- sample: SELECT stead_session_revoke_by(stead_setting_get('s'), 'admin', 'over');
-- sample: SELECT user_id, username, ip_address, user_agent, revoked_at FROM
--   stead_session_list_all('{"user_id":1,"ended":false}', 10);
-- sample without tables: SELECT stead_session_bearer('Bearer abc');
