-- no init
-- overview: the page, with nothing in the database and with everything, and hostile names in it

select stead_report();
select case when stead_init() > 0 then 'made' end;
select arguments, returns, effect, audience from stead_help('stead_report');

-- an empty database: every part is there, and says so
create table kept as select 'empty' as at, stead_report() as html;
select case when html like '<!DOCTYPE html>%</html>' || chr.line then 'whole' end, case when length(html) between 10000 and 40000 then 'small' end from kept, (select '
' as line) as chr;
select part, case when html like '%<section id="' || part || '"><h2>%' then 'there' end from kept, (select 'events' as part union all select 'failures' union all select 'action' union all select 'actor_name' union all select 'sealing' union all select 'retention' union all select 'people' union all select 'jobs' union all select 'doctor') as parts order by part;
select figure, case when html like '% data-key="' || figure || '">0</%' then 0 end from kept, (select 'stats.total_events' as figure union all select 'stats.failed_events' union all select 'stats.events_today' union all select 'seal.sealed' union all select 'seal.unsealed' union all select 'seal.blocks' union all select 'session.live' union all select 'user.all' union all select 'hour.0.events' union all select 'hour.47.failures' union all select 'day.29.events' union all select 'failed_day.0.failures') as figures order by figure;
select saying, case when html like '%' || saying || '%' then 'said' end from kept, (select 'No events in this time.' as saying union all select 'No failures in this time.' union all select 'No event failed.' union all select 'Nothing is sealed yet.' union all select 'There is no job.' union all select 'There is none in this time.') as sayings order by saying;
select case when html like '%<svg%' then 'drawn' else 'nothing to draw' end from kept;
-- nothing runs, and nothing comes from elsewhere
select case when html like '%default-src ''none''; style-src ''unsafe-inline''%' then 'policy' end, case when html like '%<script%' or html like '%http:%' or html like '%https:%' or html like '%url(%' or html like '%@import%' or html like '% src=%' or html like '% style=%' then 'outside' else 'all inside' end from kept;

-- hostile names wherever a name is shown: markup, quotes, entities
select case when stead_audit_log_many('[{"action":"<script>alert(1)</script>","actor_name":"\"><img src=x onerror=alert(2)>","resource_type":"''/onmouseover=''alert(3)","resource_id":"&lt;b&gt; &amp; &#60;","success":false,"error":"</section></main><!-- <style>*{display:none}</style>"},{"action":"plain","actor_name":"O''Neil & Sons \"Ltd\""}]') = 2 then 'logged' end;
select case when length(cast(stead_job_create('<svg onload=alert(4)>', '{}', '{"tenant":"<t>"}') as text)) > 0 then 'created' end;
select case when stead_retention_hold('audit', '</td><a href="javascript:alert(5)">x</a>') then 'held' end;
delete from kept;
insert into kept select 'hostile', stead_report();
select what, case when html like '%' || what || '%' then 'SHOWN RAW' else 'escaped' end from kept, (select '<script' as what union all select '<img' union all select '<svg onload' union all select '<a href="javascript' union all select '<!--' union all select '<style>*' union all select '''/onmouseover' union all select '"><' || 'img' union all select 'Neil & Sons' union all select '"Ltd"') as raw order by what;
select what, case when html like '%' || what || '%' then 'shown' end from kept, (select '&lt;script&gt;alert(1)&lt;/script&gt;' as what union all select '&quot;&gt;&lt;img src=x onerror=alert(2)&gt;' union all select '&#39;/onmouseover=&#39;alert(3)' union all select '&amp;lt;b&amp;gt; &amp;amp; &amp;#60;' union all select '&lt;/section&gt;&lt;/main&gt;&lt;!-- ' union all select 'O&#39;Neil &amp; Sons &quot;Ltd&quot;' union all select '&lt;svg onload=alert(4)&gt;' union all select '&lt;/td&gt;&lt;a href=&quot;javascript:alert(5)&quot;&gt;') as escaped order by what;

-- characters that nobody sees: controls, marks of direction, joiners, tags, what is no character; a line end is an arrow
select case when stead_audit_log_many('[{"action":"x\u0001\u001b[31m\u007f\u0085\u009b","actor_name":"admin\u202egpj.exe\u2066\u200f","success":false,"error":"one\ntwo\r\tthree"},{"action":"zero\u200bwidth\ufeff\u00ad","actor_name":"tag\udb40\udc41\ufffe\ufdd0\u2028\u3164"},{"action":"fine \u00e9 \u05e9\u05dc\u05d5\u05dd \u4f50\u85e4 \ud83d\ude00\ufe0f","actor_name":"\ufffd"}]') = 3 then 'logged' end;
delete from kept;
insert into kept select 'unseen', stead_report();
select what, case when html like '%' || what || '%' then 'shown' end from kept, (select '<bdi>x<i>U+0001</i><i>U+001B</i>[31m<i>U+007F</i><i>U+0085</i><i>U+009B</i></bdi>' as what union all select '<bdi>admin<i>U+202E</i>gpj.exe<i>U+2066</i><i>U+200F</i></bdi>' union all select '<bdi>one<i>↵</i> two<i>U+000D</i><i>U+0009</i>three</bdi>' union all select '<bdi>zero<i>U+200B</i>width<i>U+FEFF</i><i>U+00AD</i></bdi>' union all select '<bdi>tag<i>U+E0041</i><i>U+FFFE</i><i>U+FDD0</i><i>U+2028</i><i>U+3164</i></bdi>' union all select '<bdi>fine é שלום 佐藤 😀️</bdi>' union all select '>admin�gpj.exe��</text>' union all select '<bdi>�</bdi>') as visible order by what;

-- long names: whole in their tables, short in the drawings; a long error is cut between characters
select case when stead_audit_log(replace('aaaaaaaaaa', 'a', '<"&">''éé<long>&&xy'), 'type', 'id', 'u1', replace('1234567890', '1', replace(replace('aaaaaaaaaa', 'a', 'bbbbbbbbbb'), 'b', '漢')), false, null, replace(replace('aaaaaaaaaa', 'a', 'bbbbbbbbbb'), 'b', '漢字漢字')) > 0 then 'logged' end;
delete from kept;
insert into kept select 'long', stead_report();
select case when html like '%.action"><bdi>' || replace('aaaaaaaaaa', 'a', '&lt;&quot;&amp;&quot;&gt;&#39;éé&lt;long&gt;&amp;&amp;xy') || '</bdi></strong>%' then 'whole' end from kept;
select case when html like '%<div class="error"><bdi>' || replace(replace('aaaaaaaaaa', 'a', 'bbbbb'), 'b', '漢字') || '…</bdi></div>%' then 'cut' end from kept;
select case when html like '%>漢漢漢漢漢漢漢漢漢漢漢漢漢…</text>%' then 'short' end from kept;
select case when length(html) < 80000 then 'small' end from kept;

-- more of everything than the page has room for
select stead_audit_log_many('[{"action":"a1","actor_id":"only"},{"action":"a2"},{"action":"a3"},{"action":"a4"},{"action":"a5"},{"action":"a6"},{"action":"a7"},{"action":"a8"},{"action":"a9"},{"action":"b1"},{"action":"b2"},{"action":"b3"}]');
select count(case when length(cast(stead_job_create('kind' || n) as text)) > 0 then 1 end) from (select a.n * 5 + b.n as n from (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4 union all select 5) a cross join (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4) b) as numbers;
delete from kept;
insert into kept select 'many', stead_report();
select case when html like '%data-key="action.9.events"%' and not html like '%data-key="action.10.%' then 'ten actions' end, case when html like '%data-key="job_kind.19.queued"%' and not html like '%data-key="job_kind.20.%' and html like '%>And 11 more kinds, with fewer jobs.<%' then 'twenty kinds' end from kept;

-- sealed events; one page that is read as a script's value
select case when stead_audit_seal() > 0 then 'sealed' end;
select case when html like '%<pre data-key="seal.checkpoint"><bdi>stead-audit</bdi>%' then 'checkpoint' end, case when html like '%data-key="seal.blocks">1<%' then 'a block' end from (select stead_report() as html) as page;

-- in a transaction that rolls back, the page shows what is not committed, and writes nothing
begin;
select case when stead_user_create('rolled back') > 0 then 'created' end;
select case when stead_report() like '%data-key="user.all">1<%' then 'one user' end;
rollback;
select case when stead_report() like '%data-key="user.all">0<%' then 'no user' end;

drop table kept;

-- samples and seeds: see tests/support/samples
-- sample: SELECT CASE WHEN stead_report() LIKE '<!DOCTYPE html>%<section id="doctor">%</html>%' THEN 'a page' END;
