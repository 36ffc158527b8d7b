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

-- samples and seeds: see tests/support/samples
-- sample: SELECT stead_context_set('{"actor_id":"7","actor_name":"alice","request_id":"r1"}');
