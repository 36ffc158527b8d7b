-- job: events, graphs and artifacts; sql/job.sql has the queue, and the samples

-- Events: numbered, with durations and labels as given
select stead_job_event('j', 'download', 'ok', 120.25), stead_job_event('j', 'download', 'error', 80, 'Timeout', '{"host" : "b"}');
select stead_job_event('j', 'parse'), stead_job_event('other', 'parse', 'ok', 0.35), stead_job_event(null, 'boot', 'ok', 0.05);
select id, event, status, cast(duration_ms * 1000 as integer), error_type, labels, case when recorded_at > '2026-01-01T00:00:00Z' then 'then' end from stead_job_events('j');
select id from stead_job_events('j', 1, 1);
select id from stead_job_events('j', 2);
select id, event from stead_job_events(null);
select id, event from stead_job_events(null, 4, 1);
select count(*) from stead_job_events('none');
-- Statistics by event: tenths of a millisecond, half away from zero; 0 where nothing has a duration
select event, total, ok, error, cast(avg_ms * 10 as integer), cast(min_ms * 10 as integer), cast(max_ms * 10 as integer) from stead_job_event_stats('j');
select event, total, ok, error, cast(avg_ms * 10 as integer), cast(min_ms * 10 as integer), cast(max_ms * 10 as integer) from stead_job_event_stats();
select count(*) from stead_job_event_stats('none');
-- 0.05, 0.15, 0.25, 0.35 round up, and so does their mean, 0.2; what is below the half does not
select stead_job_event('half', 'a', 'ok', 0.05), stead_job_event('half', 'b', 'ok', 0.15), stead_job_event('half', 'c', 'ok', 0.25), stead_job_event('half', 'd', 'ok', 0.35), stead_job_event('half', 'e', 'ok', 0.049999), stead_job_event('half', 'f', 'ok', 1.15), stead_job_event('half', 'g', 'ok', 2.675);
select event, cast(avg_ms * 10 as integer), cast(min_ms * 10 as integer), cast(max_ms * 10 as integer) from stead_job_event_stats('half');
select stead_job_event('mean', 'a', 'ok', 0.1), stead_job_event('mean', 'a', 'ok', 0.2), stead_job_event('mean', 'b', 'ok', 0.1), stead_job_event('mean', 'b', 'ok', 0.1), stead_job_event('mean', 'b', 'ok', 0.249999), stead_job_event('mean', 'b');
select event, total, cast(avg_ms * 10 as integer) from stead_job_event_stats('mean');
-- the longest, many times
select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 20) select i from n) as t where stead_job_event('long', 'a', 'ok', 1000000000000) > 0;
select total, case when avg_ms = 1000000000000 then 'exact' end, case when max_ms = 1000000000000 then 'exact' end from stead_job_event_stats('long');
-- Arguments
select stead_job_event('', 'a');
select stead_job_event('j', '');
select stead_job_event('j', null);
select stead_job_event('j', 'a', 'good');
select stead_job_event('j', 'a', 'ok', -0.1);
select stead_job_event('j', 'a', 'ok', 1000000000001);
select stead_job_event('j', 'a', 'ok', 1, null, '[1]');
select stead_job_event('j', 'a', 'ok', 1, null, '{"a":"\u0000"}');
select count(*) from stead_job_events('j', 0, 0);
select count(*) from stead_job_events('j', 0, 10001);

-- Graphs: nodes and edges in the order given
select stead_job_graph_set('g', '[{"id":"z","agent_name":"Zoë"},{"id":"a","status":"success","started_at":1767225600.50,"finished_at":"2026-01-01T00:00:01Z"},{"id":"m","error":null}]', ' [ {"from":"z","to":"a"}, {"to":"m","from":"a"}, {"from":"z","to":"m"} ] ');
select stead_job_graph('g');
select coalesce(cast(stead_job_graph('none') as text), 'none');
-- The overall status
select stead_job_node_set('g', 'z', 'running', '{"started_at":1}'), stead_job_node_set('g', 'm', 'failed', '{"error":"no \"disk\""}'), stead_job_node_set('g', 'm', 'pending'), stead_job_node_set('g', 'z', 'success'), stead_job_node_set('g', 'm', 'skipped'), stead_job_node_set('g', 'z', 'skipped'), stead_job_node_set('g', 'a', 'skipped'), stead_job_node_set('g', 'a', 'success');
-- What is not named stays, and null takes it away
select stead_job_graph('g');
select stead_job_node_set('g', 'm', 'success', '{"error":null,"finished_at":-1e3}');
select stead_job_graph('g');
-- Replacing; a graph without nodes is pending
select stead_job_graph_set('g', '[{"id":"a"}]', '[]');
select stead_job_graph('g');
select stead_job_graph_set('g', '[]', '[]');
select stead_job_graph('g');
-- An edge given twice is kept twice
select stead_job_graph_set('twice', '[{"id":"a"},{"id":"b"}]', '[{"from":"a","to":"b"},{"from":"a","to":"b"}]');
select stead_job_graph('twice');
-- Cycles: of one, of two, and one that others hang on
select stead_job_graph_set('c', '[{"id":"a"}]', '[{"from":"a","to":"a"}]');
select stead_job_graph_set('c', '[{"id":"a"},{"id":"b"}]', '[{"from":"a","to":"b"},{"from":"b","to":"a"}]');
select stead_job_graph_set('c', '[{"id":"start"},{"id":"x"},{"id":"y"},{"id":"end"}]', '[{"from":"start","to":"x"},{"from":"x","to":"y"},{"from":"y","to":"x"},{"from":"y","to":"end"}]');
select coalesce(cast(stead_job_graph('c') as text), 'none');

-- Arguments
select stead_job_graph_set('', '[]', '[]');
select stead_job_graph_set('g', '{}', '[]');
select stead_job_graph_set('g', '[1]', '[]');
select stead_job_graph_set('g', '[{}]', '[]');
select stead_job_graph_set('g', '[{"id":""}]', '[]');
select stead_job_graph_set('g', '[{"id":"a"},{"id":"b"},{"id":"a"}]', '[]');
select stead_job_graph_set('g', '[{"id":"a","status":"done"}]', '[]');
select stead_job_graph_set('g', '[{"id":"a","started_at":true}]', '[]');
select stead_job_graph_set('g', '[{"id":"a","name":"b"}]', '[]');
select stead_job_graph_set('g', '[{"id":"a"}]', '[{"from":"a"}]');
select stead_job_graph_set('g', '[{"id":"a"}]', '[{"from":"a","to":"b"}]');
select stead_job_graph_set('g', null, '[]');
select stead_job_node_set('none', 'a', 'running');
select stead_job_node_set('twice', 'none', 'running');
select stead_job_node_set('twice', 'a', 'done');
select stead_job_node_set('twice', 'a', 'running', '{"status":"failed"}');
select stead_job_node_set('twice', 'a', 'running', '{"error":[]}');
select stead_job_graph('twice');

-- Artifacts: any bytes, with their SHA-256
select case when stead_audit_log('artifact') > 0 then 'logged' end;
select length(stead_job_artifact_put('j', 'report', 'Größe.txt', (select nonce from stead_audit_event order by id limit 1)));
select length(stead_job_artifact_put('j', 'log', 'second', (select sha256 from stead_job_artifact)));
select kind, name, size_bytes, length(sha256), case when created_at > '2026-01-01T00:00:00Z' then 'then' end from stead_job_artifacts('j');
select a.name, case when g.content = e.nonce then 'same' else 'other' end, g.name, g.kind, case when g.sha256 = a.sha256 then 'same' end from stead_job_artifacts('j') a, stead_job_artifact_get('j', a.artifact_id) g, stead_audit_event e order by a.name;
-- None of that job, or none at all
select count(*) from stead_job_artifact_get('other', (select min(id) from stead_job_artifact));
select count(*) from stead_job_artifact_get('j', 'none');
select count(*) from stead_job_artifacts('other');
-- Kinds are those of the setting
select stead_job_artifact_put('j', 'poem', 'x', (select nonce from stead_audit_event order by id limit 1));
select case when stead_setting_set('stead.job.artifact_kinds', '["poem"]') then 'set' end;
select length(stead_job_artifact_put('j', 'poem', 'x', (select nonce from stead_audit_event order by id limit 1)));
select stead_job_artifact_put('j', 'log', 'x', (select nonce from stead_audit_event order by id limit 1));
select case when stead_setting_set('stead.job.artifact_kinds', '{}') then 'set' end;
select stead_job_artifact_put('j', 'log', 'x', (select nonce from stead_audit_event order by id limit 1));
select case when stead_setting_delete('stead.job.artifact_kinds') then 'default' end;
-- A content that is not what was stored is corrupt: changed, cut, or gone
update stead_job_artifact_part set content = (select nonce from stead_audit_event order by id limit 1) where artifact_id = (select id from stead_job_artifact where name = 'second');
select count(*) from stead_job_artifact_get('j', (select id from stead_job_artifact where name = 'second'));
update stead_job_artifact set size_bytes = 16 where name = 'second';
select count(*) from stead_job_artifact_get('j', (select id from stead_job_artifact where name = 'second'));
delete from stead_job_artifact_part where artifact_id = (select id from stead_job_artifact where name = 'second');
select count(*) from stead_job_artifact_get('j', (select id from stead_job_artifact where name = 'second'));
update stead_job_artifact set size_bytes = 0 where name = 'second';
select count(*) from stead_job_artifact_get('j', (select id from stead_job_artifact where name = 'second'));
-- Arguments
select stead_job_artifact_put('', 'log', 'x', (select nonce from stead_audit_event order by id limit 1));
select stead_job_artifact_put('j', '', 'x', (select nonce from stead_audit_event order by id limit 1));
select stead_job_artifact_put('j', 'log', '', (select nonce from stead_audit_event order by id limit 1));
select stead_job_artifact_put('j', 'log', 'x', null);
select count(*) from stead_job_artifacts('');

-- Retention of jobs takes their events, graphs and artifacts along, and no others
select count(job) from (select stead_job_create('k', null, '{"message":"r"}') as job) as made;
update stead_job set id = message;
select case when stead_job_event('r', 'a') > 0 then 'noted' end, stead_job_graph_set('r', '[{"id":"a"}]', '[]'), length(stead_job_artifact_put('r', 'log', 'x', (select nonce from stead_audit_event order by id limit 1)));
select case when stead_job_finish('r') then 'done' end;
update stead_job set updated_at = '2020-01-01T00:00:00.000000Z';
select case when stead_retention_set('job', 30) then 'set' end;
select stead_prune('job');
select (select count(*) from stead_job), (select count(*) from stead_job_events('r')), coalesce(cast(stead_job_graph('r') as text), 'none'), (select count(*) from stead_job_node where job_id = 'r'), (select count(*) from stead_job_artifacts('r'));
select count(*) from stead_job_artifact_part where artifact_id not in (select id from stead_job_artifact);
select case when count(*) > 5 then 'others stay' end from stead_job_event;
