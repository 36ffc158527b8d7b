-- key: API keys on the path of sessions, on both databases. Keys are random: settings hold them between statements.

select stead_user_create('alice', 'alice@example.org');
select stead_user_create('svc');
select stead_user_create('carol', null, false);
select stead_user_create('dave', null, true, false);
select stead_role_create('viewer');
select stead_role_create('robot');
select case when stead_role_grant('viewer', 'app.*') and stead_role_grant('viewer', 'users.view') and stead_role_grant('robot', 'jobs.*') then 'granted' end;
select case when stead_user_role_add(1, 'viewer') then 'added' end;

-- create: a key of the documented form, of which only the hash is stored
select case when stead_setting_set('k.1', stead_key_create(1, 'laptop')) then 'created' end;
select length(stead_setting_get('k.1')), substr(stead_setting_get('k.1'), 1, 4), case when stead_key_create(1, 'a') = stead_key_create(1, 'a') then 'same' else 'different' end;
select count(*), min(length(key_hash)), count(good_until) from stead_key_hash;
select count(*), min(length(id)), min(substr(id, 1, 4)), count(permissions), count(expires_at), count(revoked_at) from stead_key;
select stead_key_create(999, 'x');
select stead_key_create(3, 'x');
select stead_key_create(4, 'x');
select stead_key_create(null, 'x');
select stead_key_create(1, null);
select stead_key_create(1, '');
select stead_key_create(1, 'x', null, 0);
select stead_key_create(1, 'x', null, 3153600001);
select stead_key_create(1, 'x', '"app.view"');
select stead_key_create(1, 'x', '{"app.view":true}');
select stead_key_create(1, 'x', '[1]');
select stead_key_create(1, 'x', '[""]');
select stead_key_create(1, 'x', '["a","b c"]');
select stead_key_create(1, 'x', '["app*"]');
select stead_key_create(1, 'x', '["*.view"]');
select count(*) from stead_key;

-- judged as a token is: session_id is the key_id
select case when valid then 'valid' else 'not valid' end, reason, substr(session_id, 1, 4), user_id, username, email, roles, permissions, case when created_at is not null then 'created' end, coalesce(cast(expires_at as text), 'never'), coalesce(cast(last_seen_at as text), 'not seen'), case when touch_due then 'due' else 'not due' end from stead_session_validate(stead_setting_get('k.1'));
select case when (select session_id from stead_session_validate(stead_setting_get('k.1'))) = (select min(id) from stead_key where label = 'laptop') then 'the key''s id' end;
select case when stead_session_check(stead_setting_get('k.1'), 'app.view') then 'yes' else 'no' end, case when stead_session_check(stead_setting_get('k.1'), 'jobs.run') then 'yes' else 'no' end;
select reason from stead_session_validate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate('stk_');
select reason from stead_session_validate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select reason from stead_session_validate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
-- not canonical
select reason from stead_session_validate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB');
select case when stead_session_check('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'app.view') then 'yes' else 'no' end;
-- a text of 32 to 200 bytes may be a key from the environment: only the table knows
select a.reason, b.reason, c.reason, d.reason from stead_session_validate('0123456789012345678901234567890') a cross join stead_session_validate('01234567890123456789012345678901') b cross join stead_session_validate(replace('0123456789', '5', replace('0123456789', '5', replace('0123456789', '5', '0123456789'))) || replace('xxxxxxxxxxxxxxxx', 'x', '1234567890')) c cross join stead_session_validate(replace('xxxxxxxxxxxxxxxxxxxx', 'x', '1234567890') || '1') d;

-- touch: last_used_at, when it is due
select case when stead_session_touch(stead_setting_get('k.1')) then 'written' else 'not written' end;
select case when stead_session_touch(stead_setting_get('k.1')) then 'written' else 'not written' end;
select case when touch_due then 'due' else 'not due' end, case when last_seen_at >= created_at then 'seen' end from stead_session_validate(stead_setting_get('k.1'));
select label, case when last_used_at >= created_at then 'used' else 'never' end from stead_key_list(1) where label = 'laptop';
update stead_key set last_used_at = '2020-01-01T00:00:00.000000Z', expires_at = '2999-01-01T00:00:00.000000Z' where label = 'laptop';
select case when stead_session_touch(stead_setting_get('k.1')) then 'written' else 'not written' end;
update stead_key set expires_at = null where label = 'laptop';

-- what it may is what both it and its user may
select case when stead_setting_set('k.n', stead_key_create(1, 'narrow', '["users.*","app.sonarr","app.radarr.*","app.sonarr","jobs.run"]')) then 'created' end;
select permissions from stead_session_validate(stead_setting_get('k.n'));
select permissions from stead_key_list(1) where label = 'narrow';
select case when stead_session_check(stead_setting_get('k.n'), 'app.sonarr') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'app.sonarr.view') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'app.radarr.view') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'app.radarr') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'users.view') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'users.edit') then 'y' else 'n' end || case when stead_session_check(stead_setting_get('k.n'), 'jobs.run') then 'y' else 'n' end;
-- the user gains and loses: the next check knows
select case when stead_user_role_add(1, 'robot') then 'added' end;
select permissions from stead_session_validate(stead_setting_get('k.n'));
select case when stead_role_revoke('viewer', 'app.*') then 'changed' end;
select permissions from stead_session_validate(stead_setting_get('k.n'));
select case when stead_role_grant('viewer', '*') then 'changed' end;
select permissions from stead_session_validate(stead_setting_get('k.n'));
select case when stead_role_revoke('viewer', '*') and stead_role_grant('viewer', 'app.*') and stead_user_role_remove(1, 'robot') then 'changed' end;
-- everything of a user who may little; nothing; a hand-made list
select case when stead_setting_set('k.all', stead_key_create(1, 'all', '["*"]')) and stead_setting_set('k.none', stead_key_create(1, 'none', '[]')) then 'created' end;
select a.permissions, b.permissions, case when a.valid and b.valid then 'both valid' end from stead_session_validate(stead_setting_get('k.all')) a cross join stead_session_validate(stead_setting_get('k.none')) b;
select case when stead_session_check(stead_setting_get('k.none'), 'app.view') then 'yes' else 'no' end;
update stead_key set permissions = 'nonsense' where label = 'none';
select permissions from stead_session_validate(stead_setting_get('k.none'));
select permissions from stead_key_list(1) where label = 'none';
update stead_key set permissions = '["app.x",7,null,["app.y"]]' where label = 'none';
select permissions from stead_session_validate(stead_setting_get('k.none'));
-- the user's own session is not narrowed by that
select permissions from stead_session_validate(stead_session_create(1));

-- the user's state, as for a session
select case when stead_user_update(1, '{"active":false}') then 'changed' end;
select a.reason, b.reason from stead_session_validate(stead_setting_get('k.1')) a cross join stead_session_validate(stead_setting_get('k.n')) b;
select case when stead_user_update(1, '{"active":true,"approved":false}') then 'changed' end;
select a.reason, b.reason from stead_session_validate(stead_setting_get('k.1')) a cross join stead_session_validate(stead_setting_get('k.n')) b;
select case when stead_user_update(1, '{"approved":true}') then 'changed' end;
select a.reason, b.reason from stead_session_validate(stead_setting_get('k.1')) a cross join stead_session_validate(stead_setting_get('k.n')) b;

-- expired
select case when stead_setting_set('k.e', stead_key_create(1, 'short', null, 60)) then 'created' end;
select reason, case when expires_at > created_at then 'expires' end from stead_session_validate(stead_setting_get('k.e'));
update stead_key set expires_at = created_at where label = 'short';
select case when valid then 'valid' else 'not valid' end, reason, substr(session_id, 1, 4), user_id from stead_session_validate(stead_setting_get('k.e'));

-- rotate: at once, or after a grace
select case when stead_setting_set('k.id', (select session_id from stead_session_validate(stead_setting_get('k.1')))) then 'noted' end;
select case when stead_setting_set('k.2', stead_key_rotate(stead_setting_get('k.id'))) then 'rotated' end;
select a.reason, b.reason, case when b.session_id = stead_setting_get('k.id') then 'the same record' end from stead_session_validate(stead_setting_get('k.1')) a cross join stead_session_validate(stead_setting_get('k.2')) b;
select case when stead_setting_set('k.3', stead_key_rotate(stead_setting_get('k.id'), 3600)) then 'rotated' end;
select a.reason, b.reason, c.reason, case when b.expires_at > b.created_at then 'for a while' end, coalesce(cast(c.expires_at as text), 'never') from stead_session_validate(stead_setting_get('k.1')) a cross join stead_session_validate(stead_setting_get('k.2')) b cross join stead_session_validate(stead_setting_get('k.3')) c;
-- a shorter grace is the earlier ones' too
select case when stead_setting_set('k.4', stead_key_rotate(stead_setting_get('k.id'))) then 'rotated' end;
select a.reason, b.reason, c.reason from stead_session_validate(stead_setting_get('k.2')) a cross join stead_session_validate(stead_setting_get('k.3')) b cross join stead_session_validate(stead_setting_get('k.4')) c;
select case when stead_session_check(stead_setting_get('k.3'), 'app.view') then 'yes' else 'no' end, case when stead_session_check(stead_setting_get('k.4'), 'app.view') then 'yes' else 'no' end;
select stead_key_rotate(stead_setting_get('k.id'), -1);
select stead_key_rotate('key_nothing');
select stead_key_rotate(null);
select stead_key_rotate((select id from stead_key where label = 'short'));
select stead_key_rotate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select stead_session_rotate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
-- of a narrowed key, too
select case when length(stead_key_rotate((select id from stead_key where label = 'narrow'))) = 47 then 'rotated' end;
select reason from stead_session_validate(stead_setting_get('k.n'));

-- revoke
begin;
select case when stead_key_revoke(stead_setting_get('k.id')) then 'revoked' end;
select reason from stead_session_validate(stead_setting_get('k.4'));
rollback;
select reason from stead_session_validate(stead_setting_get('k.4'));
select case when stead_key_revoke(stead_setting_get('k.id'), 'lost laptop') then 'revoked' else 'not' end;
select case when stead_key_revoke(stead_setting_get('k.id')) then 'revoked' else 'not' end;
select case when stead_key_revoke('key_nothing') then 'revoked' else 'not' end;
select stead_key_revoke('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select a.reason, b.reason, b.user_id from stead_session_validate(stead_setting_get('k.3')) a cross join stead_session_validate(stead_setting_get('k.4')) b;
select stead_key_rotate(stead_setting_get('k.id'));
select revoke_reason from stead_key where id = stead_setting_get('k.id');
-- a session's ending is not a key's
select case when stead_session_revoke((select id from stead_key where label = 'all')) then 'revoked' else 'not' end, stead_session_revoke_user(1);
select reason from stead_session_validate(stead_setting_get('k.all'));

-- list
select label, user_id, username, coalesce(cast(permissions as text), 'all'), case when expires_at is null then 'never' else 'expires' end, case when last_used_at is null then 'unused' else 'used' end, case when revoked_at is null then 'live' else 'revoked' end from stead_key_list(1) where label <> 'a' order by label;
select count(*), count(distinct key_id) from stead_key_list();
select count(*) from stead_key_list(2);

-- bootstrap: a text from the environment
select case when stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'robot') then 'made' else 'there' end;
select case when stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'robot') then 'made' else 'there' end;
select a.reason, a.username, a.roles, a.permissions from stead_session_validate('env-0123456789abcdefghijklmnopqrstuv') a;
select label, username from stead_key_list((select id from stead_user where username = 'monitor'));
select count(*) from stead_audit_list('{"action":"stead.key.bootstrap"}');
-- what is missing is made again; who is there is taken
select case when stead_user_role_remove((select id from stead_user where username = 'monitor'), 'robot') then 'removed' end;
select case when stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'robot') then 'made' else 'there' end;
select case when stead_session_check('env-0123456789abcdefghijklmnopqrstuv', 'jobs.run') then 'yes' else 'no' end;
select case when stead_key_bootstrap('the svc''s own key, of 32 bytes or more', 'svc', 'robot', 'from the unit file') then 'made' else 'there' end;
select user_id, username from stead_session_validate('the svc''s own key, of 32 bytes or more');
select stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'svc', 'robot');
-- a key that was rotated or revoked does not come back
select case when stead_setting_set('k.m', stead_key_rotate((select session_id from stead_session_validate('env-0123456789abcdefghijklmnopqrstuv')))) then 'rotated' end;
select case when stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'robot') then 'made' else 'there' end;
select a.reason, b.reason from stead_session_validate('env-0123456789abcdefghijklmnopqrstuv') a cross join stead_session_validate(stead_setting_get('k.m')) b;
select case when stead_key_revoke((select session_id from stead_session_validate('the svc''s own key, of 32 bytes or more'))) then 'revoked' end;
select case when stead_key_bootstrap('the svc''s own key, of 32 bytes or more', 'svc', 'robot') then 'made' else 'there' end;
select reason from stead_session_validate('the svc''s own key, of 32 bytes or more');
-- what looks like something else
select case when stead_key_bootstrap('eyJhbGciOiJIUzI1NiJ9abcdefghijklmnopq', 'svc', 'robot') then 'made' else 'there' end;
select reason from stead_session_validate('eyJhbGciOiJIUzI1NiJ9abcdefghijklmnopq');
select stead_key_bootstrap('eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZXNfb2Zfam8ifQ.', 'svc', 'robot');
select stead_key_bootstrap('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'svc', 'robot');
select stead_key_bootstrap('sts_ is how this text of 32 bytes begins', 'svc', 'robot');
select stead_key_bootstrap('stk_ is how this text of 32 bytes begins', 'svc', 'robot');
select case when stead_key_bootstrap('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'svc', 'robot') then 'made' else 'there' end;
select stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv ', 'svc', 'robot');
select stead_key_bootstrap('32 bytes are enough for any key..', 'svc', 'nobody');
select stead_key_bootstrap('too short to be a key: 31 bytes', 'svc', 'robot');
select stead_key_bootstrap(replace('xxxxxxxxxxxxxxxxxxxx', 'x', '1234567890') || '1', 'svc', 'robot');
select case when stead_key_bootstrap(replace('xxxxxxxxxxxxxxxxxxxx', 'x', '1234567890'), 'svc', 'robot') then 'made' end;
select reason from stead_session_validate(replace('xxxxxxxxxxxxxxxxxxxx', 'x', '1234567890'));
select stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', '', 'robot');
select stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'robot', '');
-- a failed call changes nothing: no user was made
select stead_key_bootstrap('another-0123456789abcdefghijklmnopq', 'newcomer', 'no such role');
select count(*) from stead_user where username = 'newcomer';

-- deleting the user ends them all
select case when stead_user_delete((select id from stead_user where username = 'monitor')) then 'deleted' end;
select a.reason, b.reason from stead_session_validate('env-0123456789abcdefghijklmnopqrstuv') a cross join stead_session_validate(stead_setting_get('k.m')) b;
-- an id that is used again inherits no key, even if somebody deleted the user by hand
delete from stead_user where id = 2;
select stead_user_create('heir', null, true, true, 2);
select reason from stead_session_validate('stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select count(*) from stead_key where user_id = 2;

-- the events of all that, and no key in them
select action, resource_type, count(*) from stead_audit_event where action like 'stead.key.%' group by action, resource_type order by 1;
select details from stead_audit_list('{"action":"stead.key.revoke"}', 100) where resource_id = stead_setting_get('k.id');
select case when count(*) = 0 then 'no key in the log' end from stead_audit_event where cast(details as text) like '%stk_%' or cast(details as text) like '%env-%';
select case when stead_setting_set('stead.key.audit', 'off') then 'off' end;
select case when length(stead_key_create(1, 'quiet')) = 47 then 'created' end;
select count(*) from stead_audit_list('{"action":"stead.key.create","search":"quiet"}');

-- the cache switched off, and a tiny one: the same answers
select case when stead_setting_set('stead.memory.enabled', 'off') then 'off' end;
select a.reason, b.reason, b.permissions from stead_session_validate(stead_setting_get('k.4')) a cross join stead_session_validate(stead_setting_get('k.all')) b;
select case when stead_setting_set('stead.memory.enabled', 'on') and stead_setting_set('stead.memory.max_entries', '1') then 'one' end;
select a.reason, b.reason, c.permissions from stead_session_validate(stead_setting_get('k.4')) a cross join stead_session_validate(stead_setting_get('k.all')) b cross join stead_session_validate(stead_setting_get('k.all')) c;

-- doctor: those that end soon
select status, detail from stead_doctor() where check_name = 'key';
update stead_key set expires_at = created_at where label = 'a';
select case when length(stead_key_create(1, 'soon', null, 86400)) = 47 then 'created' end;
select status, detail, remedy from stead_doctor() where check_name = 'key';

-- samples and seeds: see tests/support/samples
-- its audit events would differ from run to run
-- seed: SELECT stead_setting_set('stead.key.audit', 'off');
-- seed: SELECT stead_setting_set('k', stead_key_create(1, 'sample', '["app.*"]', 3600));
-- seed: SELECT stead_setting_set('kid', (SELECT session_id FROM stead_session_validate(stead_setting_get('k'))));
-- seed: SELECT stead_setting_delete('stead.key.audit');
-- sample: SELECT length(stead_key_create(1, 'another', '["app.view","*"]', 60));
-- sample: SELECT stead_key_bootstrap('env-0123456789abcdefghijklmnopqrstuv', 'monitor', 'viewer');
-- sample: SELECT length(stead_key_rotate(stead_setting_get('kid'), 60));
-- sample: SELECT stead_key_revoke(stead_setting_get('kid'), 'over');
-- sample: SELECT label, username, permissions, revoked_at FROM stead_key_list(1);
