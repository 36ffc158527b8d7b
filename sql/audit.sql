-- audit: the trail on both databases. Times are fixed and in the past where they show.

-- an empty log
select total_events, successful_events, failed_events, events_today, events_this_week,
       case when first_event_at is null and last_event_at is null then 'no times' end, top_actions, recent_failures
  from stead_audit_stats();
select count(*) from stead_audit_list();
select stead_audit_count();
select count(*) from stead_audit_top('action');
select events, failures, case when bucket_start = '2026-01-02T00:00:00.000000Z' then 'the second' end
  from stead_audit_histogram('day', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z');

-- the events of the day, and one of three months ago
select stead_audit_log('login');
select stead_audit_log('app_installed', 'app', 'sonarr', '7', 'alice');
select stead_audit_log('login_failed', null, null, null, 'mallory', false, null, 'bad password', '203.0.113.9');
select case when stead_audit_log_many('[{"action":"login","occurred_at":"2026-01-01T00:00:00Z"}]') = 1 then 'logged' end;
select total_events, successful_events, failed_events, events_today, events_this_week from stead_audit_stats();
select top_actions from stead_audit_stats();
select case when cast(recent_failures as text) like '[{"id":3,"occurred_at":"____-__-__T__:__:__.______Z","recorded_at":"____-__-__T__:__:__.______Z","action":"login_failed","resource_type":null,"resource_id":null,"actor_id":null,"actor_name":"mallory","success":false,"details":null,"error":"bad password","ip_address":"203.0.113.9","user_agent":null}]'
       then 'as documented' end from stead_audit_stats();

-- since is inclusive, until exclusive; 23:59:59.999999 is the day before
select stead_audit_log_many('[{"action":"edge","resource_id":"a","occurred_at":"2026-02-01T00:00:00Z"},
  {"action":"edge","resource_id":"b","occurred_at":"2026-02-01T23:59:59.999999Z"},
  {"action":"edge","resource_id":"c","success":false,"occurred_at":"2026-02-02T00:00:00Z"}]');
select resource_id from stead_audit_list('{"since":"2026-02-01T00:00:00Z","until":"2026-02-02T00:00:00Z"}');
select resource_id from stead_audit_list('{"since":"2026-02-01T00:00:00.000001Z","until":"2026-02-02T00:00:00.000001Z"}');
select total_events, failed_events from stead_audit_stats('2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z');
select total_events, failed_events from stead_audit_stats('2026-02-02T00:00:00Z', '2026-02-03T00:00:00Z');
select events, failures from stead_audit_histogram('day', '2026-02-01T00:00:00Z', '2026-02-04T00:00:00Z');
select events, failures from stead_audit_histogram('day', '2026-02-01T12:00:00Z', '2026-02-02T00:00:00Z');
select count(*), case when min(bucket_start) = '2026-01-26T00:00:00.000000Z' then 'a Monday' end
  from stead_audit_histogram('week', '2026-02-01T00:00:00Z', '2026-02-02T00:00:01Z');
select events from stead_audit_histogram('month', '2026-01-15T00:00:00Z', '2026-03-01T00:00:00Z');
select count(*), max(events) from stead_audit_histogram('hour', '2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z', 'edge');
select count(*), max(events) from stead_audit_histogram('minute', '2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z', 'login');
select count(*) from stead_audit_histogram('day', '2026-02-02T00:00:00Z', '2026-02-01T00:00:00Z');
select count(*) from stead_audit_histogram('minute', '0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z');
select count(*) from stead_audit_histogram('fortnight', '2026-02-02T00:00:00Z', '2026-02-01T00:00:00Z');
select count(*) from stead_audit_histogram('day', null, '2026-02-01T00:00:00Z');
select count(*) from stead_audit_histogram('day', '0001-01-01T00:00:00Z', '0001-01-03T00:00:00Z');
select count(*) from stead_audit_histogram('month', '9999-11-15T00:00:00Z', '9999-12-31T23:59:59Z');

-- ties: by id, newest first; equal counts by name, bytewise
select stead_audit_log_many('[{"action":"tie","resource_id":"1","occurred_at":"2026-03-01T00:00:00Z"},
  {"action":"Tie","resource_id":"2","occurred_at":"2026-03-01T00:00:00Z"},
  {"action":"tié","resource_id":"3","occurred_at":"2026-03-01T00:00:00Z"},
  {"action":"tiz","resource_id":"4","occurred_at":"2026-03-01T00:00:00Z"}]');
select resource_id, action from stead_audit_list('{"since":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}');
select value, events, failures from stead_audit_top('action', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z');
select top_actions from stead_audit_stats('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z');
select value, events from stead_audit_top('action', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', 2);
select value, events, failures from stead_audit_top('actor_name');
select value from stead_audit_top('details');
select value from stead_audit_top('action', null, null, 0);

-- pages: what follows a row, whatever was added before it meanwhile
select b.resource_id from stead_audit_list('{"since":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}', 2) a,
  stead_audit_list('{"since":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}', 10, a.next_page) b where a.resource_id = '3';
select count(*) from stead_audit_list('{"action":"tie"}', 1) a, stead_audit_list('{ "action" : "tie" }', 10, a.next_page) b;
select count(*) from stead_audit_list('{"action":"tie"}', 1) a, stead_audit_list('{"action":"Tie"}', 10, a.next_page) b;
select count(*) from stead_audit_list('{"action":"tie"}', 1) a, stead_audit_list('{"action":"tie"}', 10, substr(a.next_page, 1, 31)) b;
select count(*) from stead_audit_list('{"action":"tie"}', 1) a, stead_audit_list('{"action":"tie"}', 10, a.next_page || 'A') b;
select count(*) from stead_audit_list(null, 10, '');
select count(*) from stead_audit_list(null, 10, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
select count(*) from stead_audit_list(null, 10, 'drop table');

-- filters
select resource_id from stead_audit_list('{"action":"app_installed"}');
select action from stead_audit_list('{"resource_type":"app"}');
select action from stead_audit_list('{"resource_id":"sonarr"}');
select action from stead_audit_list('{"actor_id":"7"}');
select action from stead_audit_list('{"actor_name":"alice"}');
select action from stead_audit_list('{"success":false}');
select action from stead_audit_list('{"success":false,"actor_name":"alice"}');
select count(*) from stead_audit_list('{"action":null,"success":null}');
select count(*) from stead_audit_list('{}');
select count(*) from stead_audit_list('{"since":"2026-03-01"}', 1000) where action in ('tie', 'Tie', 'tiz');
select count(*) from stead_audit_list('{"since":"2026-02-02T02:00:00+02:00","until":"2026-02-02T00:00:00.5Z"}');
select count(*) from stead_audit_list('{"actoin":"x"}');
select count(*) from stead_audit_list('{"action":"x","action":"y"}');
select count(*) from stead_audit_list('{"action":5}');
select count(*) from stead_audit_list('{"success":"true"}');
select count(*) from stead_audit_list('{"since":"yesterday"}');
select count(*) from stead_audit_list('{"since":"2026-02-30T00:00:00Z"}');
select count(*) from stead_audit_list('[]');
select count(*) from stead_audit_list('"x"');
select count(*) from stead_audit_list('{"action":"\u0000"}');
select count(*) from stead_audit_list(null, 0);
select count(*) from stead_audit_list(null, 1001);
select count(*) from stead_audit_list(null, -1);
select count(*) from stead_audit_list(null, 1000);
select count(*) from stead_audit_list(null, null, null);

-- a prefix, any of several, none of several: by bytes, and in either case of letters as written
select stead_audit_log_many('[{"action":"f.1","resource_type":"f","resource_id":"a","actor_id":"1","ip_address":"192.0.2.1"},
  {"action":"f.2","resource_type":"f","resource_id":"ab","actor_id":"2","ip_address":"192.0.2.20"},
  {"action":"f.3","resource_type":"f","resource_id":"a*","actor_id":"3","ip_address":"2001:db8::1"},
  {"action":"f.4","resource_type":"f","resource_id":"aÿ"},
  {"action":"f.5","resource_type":"f","resource_id":"aÿz"},
  {"action":"f.6","resource_type":"f","resource_id":"aĀ"},
  {"action":"f.7","resource_type":"f","resource_id":"A"},
  {"action":"f.8","resource_type":"f","resource_id":"a\u007f"},
  {"action":"f.9","resource_type":"f","resource_id":"a\u007f\u007f"},
  {"action":"F.10","resource_type":"f","resource_id":"a\udbff\udfff"},
  {"action":"f.11","resource_type":"f"}]');
select action from stead_audit_list('{"ip_address":"192.0.2.1"}');
select action from stead_audit_list('{"ip_address":"192.0.2.*"}');
select action from stead_audit_list('{"ip_address":["2001:db8::1","192.0.2.2*"]}');
select count(*) from stead_audit_list('{"ip_address":"*"}') where action like 'f.%';
select action from stead_audit_list('{"resource_type":"f","resource_id":"a"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"a*","max":null}');
select count(*), min(action) from stead_audit_list('{"resource_type":"f","resource_id":"a*"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"a**"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"aÿ*"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"a\u007f*"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"a\udbff\udfff*"}');
select action from stead_audit_list('{"resource_type":"f","resource_id":"a\udbff*"}');
select count(*) from stead_audit_list('{"resource_type":"f","action":"f.*"}');
select count(*) from stead_audit_list('{"resource_type":"f","action":["f.*","F.*","f.1*"]}');
select count(*) from stead_audit_list('{"resource_type":"f","resource_id":"*"}');
select action from stead_audit_list('{"resource_type":"f","not":{"resource_id":"*"}}');
select count(*) from stead_audit_list('{"resource_type":"f","action":"*","not":{}}');
select action from stead_audit_list('{"action":["f.3","f.1","nothing","f.1"]}');
select count(*) from stead_audit_list('{"action":[]}');
select count(*) from stead_audit_list('{"resource_type":"f","not":{"action":[]}}');
select action from stead_audit_list('{"resource_type":["f"],"not":{"resource_id":["a*","A"]}}');
select action from stead_audit_list('{"resource_type":"f","not":{"actor_id":["1","3"],"resource_id":"aÿ*","action":["f.6","f.7","f.8","f.9"]}}');
select action from stead_audit_list('{"resource_type":"f","actor_id":"*","not":{"ip_address":"192.*"}}');
select action from stead_audit_list('{"resource_type":"f","not":{"action":"f.*"},"search":"f.1"}');
select stead_audit_count('{"resource_type":"f","not":{"ip_address":"192.0.2.*"}}'), stead_audit_count('{"not":{"action":"*"}}'),
  stead_audit_count('{"resource_type":"f","resource_id":"a*"}', 3), stead_audit_count('{"resource_type":"f","success":false,"action":"f*"}');
select case when count(*) = 4 then 'the head, two events, the end; and what is absent' end from stead_audit_export(null, null, '{"ip_address":"192.*"}') where line not like '{"first_leaf"%';
-- the same texts in another order are the same filter; a text more is another
select b.action from stead_audit_list('{"action":["f.1","f.2"]}', 1) a, stead_audit_list('{"action":["f.2","f.1","f.2"]}', 1, a.next_page) b;
select count(*) from stead_audit_list('{"action":["f.1","f.2"]}', 1) a, stead_audit_list('{"action":["f.1","f.2","f.3"]}', 1, a.next_page) b;
select count(*) from stead_audit_list('{"action":["f.1"]}', 1) a, stead_audit_list('{"action":["f.1*"]}', 1, a.next_page) b;
select count(*) from stead_audit_list('{"action":"f.1"}', 1) a, stead_audit_list('{"action":"f.1","not":{"actor_id":[]}}', 1, a.next_page) b;
-- what is refused
select count(*) from stead_audit_list('{"action":{"a":"b"}}');
select count(*) from stead_audit_list('{"action":["a",5]}');
select count(*) from stead_audit_list('{"action":["a",null]}');
select count(*) from stead_audit_list('{"action":["a",["b"]]}');
select count(*) from stead_audit_list('{"action":["\u0000"]}');
select count(*) from stead_audit_list('{"ip_address":true}');
select count(*) from stead_audit_list('{"not":"x"}');
select count(*) from stead_audit_list('{"not":["x"]}');
select count(*) from stead_audit_list('{"not":{"success":true}}');
select count(*) from stead_audit_list('{"not":{"not":{"action":"x"}}}');
select count(*) from stead_audit_list('{"not":{"action":"x","a\u0063tion":"y"}}');
select count(*) from stead_audit_list('{"not":{"action":7}}');
select stead_audit_count('{"not":{"action":[["x"]]}}');
select count(*) from stead_audit_list('{"not":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}');
with recursive n(i, s) as (select 1, '"f.1"' union all select i + 1, s || ',"f.' || (i + 1) || '"' from n where i < 101)
select i, stead_audit_count(json('{"resource_type":"f","action":[' || s || '],"not":{"action":[' || s || ']}}')) from n where i = 100;
with recursive n(i, s) as (select 1, '"f.1"' union all select i + 1, s || ',"f.' || (i + 1) || '"' from n where i < 101)
select i, stead_audit_count(json('{"not":{"action":[' || s || ']}}')) from n where i = 101;
with recursive n(i, s) as (select 1, '"x",' union all select i + 1, s || s from n where i < 18)
select stead_audit_count(json('{"action":[' || s || '"x"]}')) from n where i = 18;

-- counting stops
select stead_audit_count(null, 3), stead_audit_count('{"action":"login"}'), stead_audit_count('{"action":"nothing"}');
select stead_audit_count(null, 0);
select stead_audit_count('{"search":"ti"}', 2), stead_audit_count('{"search":"TIZ"}');

-- search is literal, and blind to the case of ASCII letters only
select stead_audit_log('app_uninstalled', 'app', '100%_\''s', null, 'Ünal');
select action from stead_audit_list('{"search":"app_install"}');
select action from stead_audit_list('{"search":"app_"}');
select action from stead_audit_list('{"search":"%"}');
select action from stead_audit_list('{"search":"0%_"}');
select action from stead_audit_list('{"search":"\\"}');
select action from stead_audit_list('{"search":"''S"}');
select action from stead_audit_list('{"search":"ALICE"}');
select action from stead_audit_list('{"search":"ünal"}');
select action from stead_audit_list('{"search":"ÜNAL"}');
select action from stead_audit_list('{"search":"\u00DCNal"}');
select count(*) from stead_audit_list('{"search":""}', 1);
select action from stead_audit_list('{"search":"alice","success":true,"resource_type":"app"}', 1);

-- details come back byte for byte
select case when stead_audit_log('details', 'd', '1', null, null, true, '{"b": 1e2,"a":12345678901234567890, "b" : "\u00e9 é 😀 \ud83d\ude00"}') > 0 then 'ok' end;
select case when stead_audit_log_many('[ {"action":"details","resource_type":"d","resource_id":"2","details": {"z": 1.0 ,"a":[ 1e2, 12345678901234567890 ], "z":"]}\"\\" }  } ]') = 1 then 'ok' end;
select case when stead_audit_log('details', 'd', '3', null, null, true, ' [ 1 , "x  y" ] ') > 0 then 'ok' end;
select case when stead_audit_log('details', 'd', '4', null, null, true, '"text"') > 0 then 'ok' end;
select case when stead_audit_log_many('[{"action":"details","resource_type":"d","resource_id":"5","details":null}]') = 1 then 'ok' end;
select '<' || cast(details as text) || '>' from stead_audit_list('{"resource_type":"d"}');
select '<' || cast(details as text) || '>' from stead_audit_event where resource_type = 'd' order by id;

-- what is refused, and leaves nothing
select stead_audit_log('');
select stead_audit_log(null);
select case when stead_audit_log('12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890') > 0 then 'exactly 200' end;
select stead_audit_log('123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901');
select stead_audit_log('x', null, null, null, null, true, null, null, '12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901');
select stead_audit_log('x', null, null, null, null, true, '{"a":"\u0000"}');
select case when stead_audit_log('deep', 'd', '6', null, null, true, '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]') > 0 then 'exactly 64' end;
select stead_audit_log('x', null, null, null, null, true, '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]');
select stead_audit_log('x', null, null, null, null, true, null, null, null, null, '9999-12-31T00:00:00Z');
select stead_audit_log_many('{}');
select stead_audit_log_many('[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]');
select stead_audit_log_many('[{"action":"many"},{"action":"many","success":"yes"}]');
select stead_audit_log_many('[{"action":"many"},{"action":"many","sucess":true}]');
select stead_audit_log_many('[{"action":"many"},{}]');
select stead_audit_log_many('[{"action":"many"},{"action":"many","occurred_at":"9000-01-01T00:00:00Z"}]');
select stead_audit_log_many('[{"action":"many"},{"action":"many","occurred_at":"2026-13-01"}]');
select stead_audit_log_many('[{"action":"many","action":"many"}]');
select stead_audit_log_many('[{"action":"login","action":"x"}]');
select stead_audit_log_many('[{"action":"login","a\u0063tion":"x"}]');
select stead_audit_log_many('[{"a\u0063tion":"x","action":null}]');
select stead_audit_count('{"actor_id":"abc","actor_id":"d"}');
select stead_audit_count('{"actor\u005fid":"abc","actor\u005Fid":"abcd"}');
select stead_audit_count('{"actor\u005fi":"abc"}');
select case when stead_audit_log_many(' [ {"a\u0063tion" : "escaped"} , {"action":"escap\u0065d" } ] ') = 2 then 'ok' end;
select stead_audit_count('{"a\u0063tion":"escaped"}');
select stead_audit_log_many(null);
select stead_audit_log_many('[]');
select stead_audit_count('{"action":"many"}'), stead_audit_count('{"action":"x"}');

-- a transaction that is rolled back leaves no event
begin;
select case when stead_audit_log('rolled.back') > 0 then 'logged' end;
select stead_audit_count('{"action":"rolled.back"}');
rollback;
select stead_audit_count('{"action":"rolled.back"}');
begin;
select case when stead_audit_log('kept') > 0 then 'logged' end;
savepoint mine;
select case when stead_audit_log('undone') > 0 then 'logged' end;
rollback to mine;
commit;
select stead_audit_count('{"action":"kept"}'), stead_audit_count('{"action":"undone"}');

-- append-only
update stead_audit_event set action = 'forged' where id = 1;
delete from stead_audit_event where id = 1;
delete from stead_audit_event;
select stead_audit_count('{"action":"forged"}'), case when (select count(*) from stead_audit_event) > 15 then 'all there' end;

-- many: ten thousand in one call; one bad among a thousand is named and none is stored
with recursive n(i, s) as (select 1, '{"action":"bulk"}' union all select i + 1, s || s from n where i < 15)
select stead_audit_log_many(json('[' || substr(replace(s, '}{', '},{'), 1, 18 * 10000 - 1) || ']')) from n where i = 15;
select stead_audit_count('{"action":"bulk"}', 100000);
with recursive n(i, s) as (select 1, '{"action":"bulk"}' union all select i + 1, s || s from n where i < 11)
select stead_audit_log_many(json('[' || substr(replace(s, '}{', '},{'), 1, 18 * 999) || '{"action":"bulk","success":1}]')) from n where i = 11;
select stead_audit_count('{"action":"bulk"}', 100000);

-- a large value comes back whole
with recursive n(i, s) as (select 1, 'x' union all select i + 1, s || s from n where i < 21)
select case when stead_audit_log('large', null, null, null, null, true, json('"' || substr(s, 1, 1048574) || '"')) > 0 then 'exactly 1 MiB' end from n where i = 21;
select length(cast(details as text)) from stead_audit_list('{"action":"large"}');
with recursive n(i, s) as (select 1, 'x' union all select i + 1, s || s from n where i < 21)
select stead_audit_log('large', null, null, null, null, true, json('"' || substr(s, 1, 1048575) || '"')) from n where i = 21;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_audit_log('login', 'session', 's1', '7', 'alice', true, '{"try": 1e2}', NULL, '10.0.0.1',
--   'curl/8', '2026-01-01T00:00:00Z');
-- seed: SELECT stead_audit_log('login_failed', 'session', NULL, '8', 'bob', false, NULL, 'bad password', '10.0.0.2',
--   NULL, '2026-01-01T10:00:00Z');
-- seed: SELECT stead_audit_log('app_installed', 'app', 'sonarr', '7', 'alice', true, NULL, NULL, NULL, NULL,
--   '2026-01-03T23:59:59.999999Z');
-- sample: SELECT stead_audit_log('logout', 'session', 's2', '8', 'bob', false, '{"b": [1, 2]}', 'too late', '::1',
--   'curl');
-- sample: SELECT stead_audit_log_many('[{"action":"a","details":{"x" :
--   1e2},"success":false},{"action":"b","occurred_at":"2026-01-02T00:00:00Z","actor_name":"carol"}]');
-- sample: SELECT id, occurred_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error,
--   ip_address, user_agent, next_page FROM stead_audit_list('{"search":"LOGIN","since":"2026-01-01T00:00:00Z",
--   "until":"2026-01-10T00:00:00Z"}', 1);
-- sample: SELECT b.id, b.action FROM stead_audit_list(NULL, 1) a CROSS JOIN stead_audit_list(NULL, 10, a.next_page) b;
-- sample: SELECT stead_audit_count('{"actor_name":"alice","success":true}');
-- sample: SELECT total_events, successful_events, failed_events, first_event_at, last_event_at, top_actions FROM
--   stead_audit_stats('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');
-- sample: SELECT * FROM stead_audit_top('actor_name');
-- sample: SELECT * FROM stead_audit_histogram('day', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z');
