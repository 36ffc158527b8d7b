-- counter: rates of counters

-- Times of the past count while samples may be of any age
select case when stead_setting_set('stead.counter.max_age_seconds', '3153600000') then 'set' end;
-- One observation makes no rate, two make one
select case when stead_counter_observe('eth0', '{"sent":1000,"received":5}', '2026-01-01T00:00:00Z') then 'taken' end;
select series, counter, cast(value as integer), coalesce(cast(cast(rate as integer) as text), 'none'), samples from stead_counter_rates('eth0');
select case when stead_counter_observe('eth0', '{"sent":1500,"received":5}', '2026-01-01T00:00:10Z') then 'taken' end;
select counter, cast(value as integer), cast(rate as integer), samples, case when observed_at = '2026-01-01T00:00:10.000000Z' then 'then' end from stead_counter_rates('eth0');
-- The mean of the steps, not of the time
select case when stead_counter_observe('eth0', '{"sent":1600}', '2026-01-01T00:00:11Z') then 'taken' end;
select counter, cast(value as integer), cast(rate as integer), samples from stead_counter_rates('eth0');
-- A reset gives no sample, and no zero; the next step begins there
select case when stead_counter_observe('eth0', '{"sent":40}', '2026-01-01T00:00:12Z') then 'taken' end;
select counter, cast(value as integer), cast(rate as integer), samples from stead_counter_rates('eth0') where counter = 'sent';
select case when stead_counter_observe('eth0', '{"sent":100}', '2026-01-01T00:00:14Z') then 'taken' end;
select counter, cast(value as integer), cast(rate as integer), samples from stead_counter_rates('eth0') where counter = 'sent';

-- A step under 0.1 s gives no sample, and none of its growth is lost; 0.1 s is enough
select case when stead_counter_observe('quick', '{"n":0}', '2026-01-01T00:00:00Z') then 'taken' end;
select case when stead_counter_observe('quick', '{"n":10}', '2026-01-01T00:00:00.099999Z') then 'taken' end;
select cast(value as integer), coalesce(cast(cast(rate as integer) as text), 'none'), samples from stead_counter_rates('quick');
select case when stead_counter_observe('quick', '{"n":20}', '2026-01-01T00:00:00.1Z') then 'taken' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('quick');
select case when stead_counter_observe('quick', '{"n":20}', '2026-01-01T00:00:00.1Z') then 'taken' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('quick');
-- a reset within it, too
select case when stead_counter_observe('quick', '{"n":5}', '2026-01-01T00:00:00.15Z') then 'taken' end;
select case when stead_counter_observe('quick', '{"n":5}', '2026-01-01T00:00:01.15Z') then 'taken' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('quick');
-- An older observation changes nothing
select case when stead_counter_observe('quick', '{"n":99}', '2026-01-01T00:00:01.149999Z') then 'taken' else 'late' end;
select case when stead_counter_observe('quick', '{"n":99,"m":1}', '2026-01-01T00:00:01.149999Z') then 'taken' else 'late' end;
select counter, cast(value as integer), samples from stead_counter_rates('quick');

-- The window: the mean of the last five steps
select case when stead_counter_observe('window', '{"n":0}', '2026-01-01T00:00:00Z') and
  stead_counter_observe('window', '{"n":1}', '2026-01-01T00:00:01Z') and
  stead_counter_observe('window', '{"n":4}', '2026-01-01T00:00:02Z') and
  stead_counter_observe('window', '{"n":9}', '2026-01-01T00:00:03Z') and
  stead_counter_observe('window', '{"n":16}', '2026-01-01T00:00:04Z') and
  stead_counter_observe('window', '{"n":25}', '2026-01-01T00:00:05Z') and
  stead_counter_observe('window', '{"n":36}', '2026-01-01T00:00:06Z') and
  stead_counter_observe('window', '{"n":49}', '2026-01-01T00:00:07Z') and
  stead_counter_observe('window', '{"n":64}', '2026-01-01T00:00:08Z') and
  stead_counter_observe('window', '{"n":81}', '2026-01-01T00:00:09Z') then 'taken' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('window');
select case when stead_setting_set('stead.counter.window', '2') then 'set' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('window');
select case when stead_counter_observe('window', '{"n":100}', '2026-01-01T00:00:10Z') then 'taken' end;
select case when stead_setting_set('stead.counter.window', '100') then 'set' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('window');
select case when stead_setting_delete('stead.counter.window') then 'default' end;

-- Ages: a step that takes longer gives no sample; a sample that ended before does not count
select case when stead_counter_observe('slow', '{"n":0}', '2026-01-01T00:00:00Z') then 'taken' end;
select case when stead_setting_set('stead.counter.max_age_seconds', '300') then 'set' end;
select case when stead_counter_observe('slow', '{"n":300}', '2026-01-01T00:05:00Z') and stead_counter_observe('slow', '{"n":900}', '2026-01-01T00:10:00.000001Z') then 'taken' end;
select cast(value as integer), coalesce(cast(cast(rate as integer) as text), 'none'), samples from stead_counter_rates('slow');
select case when stead_setting_set('stead.counter.max_age_seconds', '3153600000') then 'set' end;
select cast(value as integer), cast(rate as integer), samples from stead_counter_rates('slow');
select case when stead_setting_delete('stead.counter.max_age_seconds') then 'default' end;
select counter, coalesce(cast(cast(rate as integer) as text), 'none'), samples from stead_counter_rates('eth0');
-- now
select case when stead_counter_observe('now', '{"n":1}') and stead_counter_observe('now', '{"n":2}') then 'taken' end;
select cast(value as integer) from stead_counter_rates('now');

-- All series, in the order of bytes
select series, counter, cast(value as integer) from stead_counter_rates();
select count(*) from stead_counter_rates('none');

-- Numbers of any kind
select case when stead_counter_observe('numbers', '{"z":-2.5,"a":1e3,"é":9007199254740993,"empty":0.0}') then 'taken' end;
select counter, case when value = 9007199254740992 then 'rounded' else cast(cast(value * 10 as integer) as text) end from stead_counter_rates('numbers');
select case when stead_counter_observe('numbers', '{}') then 'taken' else 'nothing' end;

-- Arguments
select stead_counter_observe('', '{"n":1}');
select stead_counter_observe('s', '[1]');
select stead_counter_observe('s', '{"n":"1"}');
select stead_counter_observe('s', '{"n":null}');
select stead_counter_observe('s', '{"n":true}');
select stead_counter_observe('s', '{"":1}');
select stead_counter_observe('s', '{"n":1,"n":2}');
select stead_counter_observe('s', '{"n\u0000":1}');
select stead_counter_observe('s', '{"n":1e999}');
select stead_counter_observe('s', null);
select stead_counter_observe('s', '{"n":1}', '9000-01-01T00:00:00Z');
select count(*) from stead_counter_rates('');
-- what failed left nothing
select count(*) from stead_counter where series = 's';

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_counter_observe('seeded', '{"n":1}', '2026-01-01T00:00:00Z');
-- sample: SELECT stead_counter_observe('seeded', '{"n":2,"m":3}', '2026-01-01T00:00:01Z');
-- sample: SELECT series, counter, value, rate, samples, observed_at FROM stead_counter_rates();
