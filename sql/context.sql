-- context: who acts in a transaction, on both databases

-- outside a transaction, it ends with the call
select case when stead_context_set('{"actor_id":"1"}') then 'set' else 'known' end;
select case when stead_audit_log('alone') > 0 then 'logged' end;
-- within one: what an event says itself comes first
begin;
select case when stead_context_set('{"actor_id":"7","actor_name":"alice","ip_address":"192.0.2.7","request_id":"r\"1"}') then 'set' else 'known' end;
select case when stead_context_set('{"request_id":"r\"1","ip_address":"192.0.2.7","actor_name":"alice","actor_id":"7"}') then 'set' else 'known' end;
select case when stead_audit_log('bare') > 0 then 'logged' end;
select case when stead_audit_log('an actor', null, null, '8') > 0 then 'logged' end;
select case when stead_audit_log('a name', null, null, null, 'bob') > 0 then 'logged' end;
select case when stead_audit_log('an address', null, null, null, null, true, null, null, '192.0.2.8') > 0 then 'logged' end;
select case when stead_audit_log('details', null, null, null, null, true, '{ "a" : 1 }') > 0 then 'logged' end;
select stead_audit_log_many('[{"action":"of many"},{"action":"of many","actor_id":"9","details":[]}]');
commit;
select case when stead_audit_log('after') > 0 then 'logged' end;
-- a savepoint that is rolled back puts the earlier context back; one that is released does not
begin;
savepoint a;
select case when stead_context_set('{"actor_id":"1"}') then 'set' else 'known' end;
savepoint b;
select case when stead_context_set('{"actor_id":"2"}') then 'set' else 'known' end;
savepoint c;
select case when stead_context_set('{}') then 'set' else 'known' end;
select case when stead_audit_log('nobody') > 0 then 'logged' end;
rollback to c;
select case when stead_audit_log('two') > 0 then 'logged' end;
release c;
select case when stead_audit_log('still two') > 0 then 'logged' end;
rollback to b;
select case when stead_context_set('{"actor_id":"3"}') then 'set' else 'known' end;
release b;
select case when stead_audit_log('three') > 0 then 'logged' end;
rollback to a;
select case when stead_audit_log('before a') > 0 then 'logged' end;
commit;
begin;
select case when stead_context_set('{"actor_id":"4"}') then 'set' else 'known' end;
rollback;
select case when stead_audit_log('rolled back') > 0 then 'logged' end;
select action, actor_id, actor_name, ip_address, details from stead_audit_list(null, 100) order by id;
-- events of Stead's own
begin;
select case when stead_context_set('{"actor_id":"7","request_id":"r2"}') then 'set' else 'known' end;
select case when stead_audit_redact(id, 'asked for') then 'redacted' end from stead_audit_list('{"action":"bare"}');
commit;
select action, actor_id, case when cast(details as text) like '%"request_id":"r2"}' then 'with the request' end from stead_audit_list('{"action":"stead.redact"}');

-- what is refused leaves what there was
select stead_context_set(null);
select stead_context_set('[]');
select stead_context_set('{"actor":"7"}');
select stead_context_set('{"actor_id":7}');
select stead_context_set('{"actor_id":"7","actor_id":"8"}');
select stead_context_set('{"ip_address":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}');
select stead_context_set('{"request_id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}');

-- changes of users, roles, settings, policies and keys are events, with whoever made them
begin;
select case when stead_context_set('{"actor_id":"7","actor_name":"alice","request_id":"r3"}') then 'set' else 'known' end;
select stead_role_create('editor', 'May write.');
select case when stead_role_grant('editor', 'app.edit') then 'granted' end;
select case when stead_role_set('editor', '["app.*","app.view"]') then 'changed' end;
select case when stead_role_revoke('editor', 'app.view') then 'revoked' end;
select case when stead_role_require_second_factor('editor') then 'required' end;
select stead_user_create('bob', 'bob@example.org', true, false, 20);
select case when stead_user_update(20, '{"email":null,"approved":true,"active":true}') then 'changed' end;
select case when stead_user_role_add(20, 'editor') then 'added' end;
select case when length(stead_key_create(20, 'of bob')) = 47 then 'a key' end;
select case when stead_user_role_remove(20, 'editor') then 'removed' end;
select case when stead_user_delete(20) then 'deleted' end;
select case when stead_role_rename('editor', 'writer') then 'renamed' end;
select case when stead_role_delete('writer') then 'deleted' end;
select case when stead_setting_define('app.secret', 'text', null, null, '{"secret":true}') then 'defined' end;
select case when stead_setting_set('app.secret', 'hunter2', 'carol') then 'set' end;
select case when stead_setting_delete('app.secret') then 'deleted' end;
select case when stead_retention_set('session', 45) then 'set' end;
select case when stead_retention_hold('session', 'asked by a court') then 'held' end;
select case when stead_retention_release('session') then 'released' end;
select case when stead_retention_delete('session') then 'deleted' end;
select case when stead_jwt_key_set('k1', 'HS256', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8') then 'set' end;
select case when stead_jwt_key_delete('k1') then 'deleted' end;
commit;
select action, resource_type, case when resource_type <> 'key' then resource_id end, actor_id, actor_name, details
  from stead_audit_list('{"action":"stead.*"}', 100) where action <> 'stead.redact' order by id;
select count(*) from stead_audit_list('{"search":"hunter2"}');
-- what changes nothing, or fails, is none
select count(*) from stead_audit_list(null, 1000);
select case when stead_role_create('editor') > 0 then 'made' end;
select stead_role_create('editor');
select case when stead_role_revoke('editor', 'none') then 'revoked' end;
select case when stead_role_set('editor', '[]') then 'changed' end;
select case when stead_user_delete(20) then 'deleted' end;
select case when stead_user_update(20, '{"active":true}') then 'changed' end;
select case when stead_setting_delete('app.secret') then 'deleted' end;
select case when stead_retention_release('session') then 'released' end;
select case when stead_jwt_key_delete('k1') then 'deleted' end;
begin;
select case when stead_role_create('undone') > 0 then 'made' end;
rollback;
select count(*) from stead_audit_list(null, 1000);
-- a user whom an invite makes, and one of a bootstrap
select case when stead_invite_redeem(stead_invite_create(stead_user_create('host'), 60, 'editor'), 'guest', null) is not null then 'redeemed' end;
select case when stead_key_bootstrap('0123456789abcdefghijklmnopqrstuvwxyz', 'robot', 'editor') then 'made' end;
select action, details from stead_audit_list('{"resource_type":"user","action":"stead.user.*"}', 5) order by id;
-- each family has a setting, and turning off the events of settings is one
select count(*) from stead_audit_list('{"action":"stead.setting.set"}');
select case when stead_setting_set('stead.user.audit', 'off') then 'off' end;
select case when stead_setting_set('stead.role.audit', 'off') then 'off' end;
select case when stead_setting_set('stead.retention.audit', 'off') then 'off' end;
select case when stead_setting_set('stead.jwt.audit', 'off') then 'off' end;
select case when stead_setting_set('stead.setting.audit', 'off') then 'off' end;
select count(*) from stead_audit_list('{"action":"stead.setting.set"}');
select case when stead_user_create('quiet') > 0 then 'made' end;
select case when stead_role_grant('editor', 'app.quiet') then 'granted' end;
select case when stead_user_role_add(stead_user_create('quiet2'), 'editor') then 'added' end;
select case when stead_setting_set('app.k', 'v') then 'set' end;
select case when stead_retention_set('session', 40) then 'set' end;
select case when stead_jwt_key_set('k2', 'HS256', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8') then 'set' end;
select case when stead_setting_set('stead.setting.audit', 'on') then 'on' end;
select action, resource_id from stead_audit_list(null, 1) order by id;

-- samples and seeds: see tests/support/samples
-- sample: SELECT stead_context_set('{"actor_id":"7","actor_name":"alice","request_id":"r1"}');
