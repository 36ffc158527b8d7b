-- document: JSON documents in named collections

-- put and get: bytes are kept, the id comes from the argument, the member, or is made
select stead_document_put('notes', '{ "id":"a" , "n":1.0 }');
select stead_document_get('notes', 'a');
select stead_document_put('notes', '{"id":7,"n":2}');
select stead_document_put('notes', '{"n":3}', 'c');
select length(stead_document_put('notes', '{"id":"\u00e9\n"}'));
select stead_document_put('notes', '{"id":1.50}');
select length(stead_document_put('made', '{ "n":1}')), length(stead_document_put('made', '{}'));
select length(document_id), substr(d, 1, 7), length(d), substr(d, 45) from (select document_id, cast(document as text) as d from stead_document_list('made')) made;
select coalesce(cast(stead_document_get('notes', 'none') as text), 'none'), stead_document_version('notes', 'none');
select stead_document_put('notes', '[1]');
select stead_document_put('notes', '{"id":null}');
select stead_document_put('notes', '{"id":true}');
select stead_document_put('notes', '{"id":""}');
select stead_document_put('notes', '{"a":"\u0000"}');
select stead_document_put('', '{}');
select stead_document_put('notes', '{}', '');
select stead_document_put('notes', '{}', 'x', -1);
select stead_document_put(null, '{}');
select stead_document_get('notes', '');

-- compare and set
select stead_document_put('cas', '{"n":1}', 'a', 0);
select stead_document_version('cas', 'a');
select stead_document_put('cas', '{"n":2}', 'a', 0);
select stead_document_put('cas', '{"n":2}', 'a', 1);
select stead_document_version('cas', 'a');
select stead_document_put('cas', '{"n":3}', 'a', 1);
select stead_document_put('cas', '{"n":3}', 'b', 1);
select stead_document_get('cas', 'a');
select stead_document_put('cas', '{"n":4}', 'a');
select stead_document_version('cas', 'a');
select stead_document_update('cas', 'a', '{"n":5}', 2);
select stead_document_update('cas', 'a', '{"n":5}', 3);
select stead_document_patch('cas', 'a', '{"n":null}', 3);
select stead_document_patch('cas', 'a', '{"n":null}', 4);
select stead_document_delete('cas', 'a', 4);
select stead_document_delete('cas', 'b', 4);
select case when stead_document_delete('cas', 'b', 0) then 'gone' else 'none' end;
select case when stead_document_delete('cas', 'a', 5) then 'gone' else 'none' end;
select case when stead_document_delete('cas', 'a') then 'gone' else 'none' end;
select case when stead_document_delete('cas', 'a', -1) then 'gone' else 'none' end;

-- update is shallow; patch is RFC 7396; what does not change stays as it was written
select stead_document_put('m', '{"a": 1e2 , "b":{"x":1, "y" : 2.50},"c":[1, 2]}', 'd');
select stead_document_update('m', 'd', '{"b":{"z":null},"d":null}');
select stead_document_update('m', 'd', '{}');
select coalesce(cast(stead_document_update('m', 'none', '{}') as text), 'none');
select stead_document_update('m', 'd', '[]');
select stead_document_put('m', '{"a": 1e2 , "b":{"x":1, "y" : 2.50},"c":[1, 2]}', 'd');
select stead_document_patch('m', 'd', '{"b":{"x":null,"w":{"q":1,"r":null}},"c":{"k":null},"e":null}');
select stead_document_patch('m', 'd', '{"b":1, "\u0062":{"v":true}}');
select coalesce(cast(stead_document_patch('m', 'none', '{}') as text), 'none');
select stead_document_patch('m', 'd', 'null');
select stead_document_version('m', 'd');
-- RFC 7396, appendix A: those whose target is an object
select stead_document_put('m', '{"a":"b"}', 'r'), stead_document_patch('m', 'r', '{"a":"c"}');
select stead_document_put('m', '{"a":"b"}', 'r'), stead_document_patch('m', 'r', '{"b":"c"}');
select stead_document_put('m', '{"a":"b"}', 'r'), stead_document_patch('m', 'r', '{"a":null}');
select stead_document_put('m', '{"a":"b","b":"c"}', 'r'), stead_document_patch('m', 'r', '{"a":null}');
select stead_document_put('m', '{"a":["b"]}', 'r'), stead_document_patch('m', 'r', '{"a":"c"}');
select stead_document_put('m', '{"a":"c"}', 'r'), stead_document_patch('m', 'r', '{"a":["b"]}');
select stead_document_put('m', '{"a":{"b":"c"}}', 'r'), stead_document_patch('m', 'r', '{"a":{"b":"d","c":null}}');
select stead_document_put('m', '{"a":[{"b":"c"}]}', 'r'), stead_document_patch('m', 'r', '{"a":[1]}');
select stead_document_put('m', '{"e":null}', 'r'), stead_document_patch('m', 'r', '{"a":1}');
select stead_document_put('m', '{}', 'r'), stead_document_patch('m', 'r', '{"a":{"bb":{"ccc":null}}}');
-- of members of the same name the last counts
select stead_document_put('m', '{"a":1,"b":2,"\u0061":3}', 't');
select stead_document_count('m', '{"a":1}'), stead_document_count('m', '{"a":3}');
select stead_document_update('m', 't', '{"b":4}');

-- increment
select stead_document_put('i', '{"n":41,"r":0.5,"t":"1","big":9223372036854775807,"huge":99999999999999999999}', 'd');
select case when stead_document_increment('i', 'd', 'n') = 42 then 'ok' end;
select case when stead_document_increment('i', 'd', 'n', -2) = 40 then 'ok' end;
select case when stead_document_increment('i', 'd', 'r', 0.25) = 0.75 then 'ok' end;
select case when stead_document_increment('i', 'd', 'new', 5) = 5 then 'ok' end;
select case when stead_document_increment('i', 'd', 'half', 0.5) = 0.5 then 'ok' end;
select stead_document_get('i', 'd');
select stead_document_increment('i', 'd', 't');
select stead_document_increment('i', 'd', 'big');
select stead_document_increment('i', 'd', 'huge');
select coalesce(cast(stead_document_increment('i', 'none', 'n') as text), 'none');
select stead_document_increment('i', 'd', '');
select stead_document_version('i', 'd');
select case when stead_document_increment('i', 'd', 'a"b\') = 1 then 'ok' end;
select stead_document_get('i', 'd');

-- filters: types are distinct, numbers exact, objects by structure
select stead_document_save('f', '[{"id":"int","v":1},{"id":"real","v":1.0},{"id":"exp","v":10e-1},{"id":"true","v":true},{"id":"text","v":"1"},{"id":"null","v":null},{"id":"absent"},{"id":"zero","v":-0},{"id":"object","v":{"b":[1,2.0],"a":"\u00e9"}},{"id":"array","v":[1,2]},{"id":"big","v":9007199254740993},{"id":"near","v":9007199254740992},{"id":"dec","v":0.1}]');
select document_id from stead_document_list('f', '{"v":1}');
select document_id from stead_document_list('f', '{"v":100e-2}');
select document_id from stead_document_list('f', '{"v":true}');
select document_id from stead_document_list('f', '{"v":"\u0031"}');
select document_id from stead_document_list('f', '{"v":null}');
select document_id from stead_document_list('f', '{"v":0.0e5}');
select document_id from stead_document_list('f', '{"v":{"a":"é","b":[1.0,2]}}');
select document_id from stead_document_list('f', '{"v":[2,1]}');
select document_id from stead_document_list('f', '{"v":9007199254740993}');
select document_id from stead_document_list('f', '{"v":0.1000000000000000055}');
select document_id from stead_document_list('f', '{"v":1,"id":"exp"}');
select stead_document_count('f'), stead_document_count('f', '{}'), stead_document_count('f', '{"v":1}'), stead_document_count('f', '{"w":1}');
select document_id from stead_document_list('f', '{"v":1,"v":2}');
select document_id from stead_document_list('f', '[]');
select stead_document_count('f', '1');
select stead_document_count('');

-- the order of first insertion, and pages
select stead_document_put('f', '{"id":"int","v":1.000}');
select document_id, document, version, case when created_at < updated_at then 'later' end from stead_document_list('f', '{"v":1}', 2);
select document_id from stead_document_list('f', '{"v":1}', 10, (select max(next_page) from stead_document_list('f', '{"v":1}', 1)));
select document_id from stead_document_list('f', null, 2, (select next_page from stead_document_list('f', null, 3) where document_id = 'exp'));
select document_id from stead_document_list('f', null, 2, (select next_page from stead_document_list('f', '{"v":1}', 1)));
select document_id from stead_document_list('f', null, 2, (select next_page from stead_document_list('notes', null, 1)));
select document_id from stead_document_list('f', null, 2, 'nonsense');
select document_id from stead_document_list('f', null, 0);
select document_id from stead_document_list('f', null, 10001);
select count(*) from stead_document_list('nothing');

-- indexed members: the same answers
select case when stead_document_index('f', 'v') then 'made' else 'there' end;
select case when stead_document_index('f', 'v') then 'made' else 'there' end;
select document_id from stead_document_list('f', '{"v":1}');
select document_id from stead_document_list('f', '{"v":{"a":"é","b":[1.0,2]}}');
select document_id from stead_document_list('f', '{"v":1,"id":"exp"}');
select document_id from stead_document_list('f', '{"v":1}', 10, (select max(next_page) from stead_document_list('f', '{"v":1}', 1)));
select stead_document_count('f', '{"v":null}'), stead_document_count('f', '{"v":9007199254740993}');
select value, (select id from stead_document where number = m.document), is_unique from (select index_id, value, document, case when is_unique then 'unique' else 'not' end as is_unique from stead_document_member) m order by value, document;
select stead_document_put('f', '{"id":"text","v":1}'), stead_document_put('f', '{"id":"int"}'), stead_document_put('f', '{"id":"late","v":1}');
select document_id from stead_document_list('f', '{"v":1}');
select case when stead_document_delete('f', 'real') then 'gone' end;
select stead_document_patch('f', 'exp', '{"v":2}'), stead_document_update('f', 'true', '{"v":1}');
select document_id from stead_document_list('f', '{"v":1}');
select case when stead_document_increment('f', 'late', 'v') = 2 then 'ok' end;
select document_id from stead_document_list('f', '{"v":2}');
-- a long value is kept as its hash
select stead_document_put('f', '{"id":"long","v":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}');
select length(value), substr(value, 1, 1) from stead_document_member where length(value) > 60;
select stead_document_count('f', '{"v":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}'), stead_document_count('f', '{"v":"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}');
-- unique values
select stead_document_put('u', '{"id":"a","email":"x@y"}'), stead_document_put('u', '{"id":"b","email":"x\u0040y"}');
select stead_document_index('u', 'email', true);
select collection, documents, indexes from stead_document_collections() where collection in ('f', 'u');
select stead_document_put('u', '{"id":"b","email":"z@y"}'), case when stead_document_index('u', 'email', true) then 'made' end;
select stead_document_put('u', '{"id":"c","email":"x@y"}');
select stead_document_patch('u', 'b', '{"email":"x@y"}');
select stead_document_save('u', '[{"id":"p","email":1},{"id":"q","email":1.0}]');
select document from stead_document_list('u');
select stead_document_put('u', '{"id":"c"}'), stead_document_put('u', '{"id":"d"}'), stead_document_put('u', '{"id":"a","email":"new"}'), stead_document_put('u', '{"id":"c","email":"x@y"}');
select collection, documents, indexes from stead_document_collections() where collection in ('f', 'u');
select case when stead_document_index('u', 'email') then 'changed' end;
select stead_document_put('u', '{"id":"d","email":"x@y"}');
select stead_document_index('u', 'email', true);
select case when stead_document_unindex('u', 'email') then 'gone' else 'none' end;
select case when stead_document_unindex('u', 'email') then 'gone' else 'none' end;
select count(*) from stead_document_member where is_unique;
select stead_document_index('', 'a');
select stead_document_index('u', '');

-- save: all or none, in the order of the array; versions go on
select stead_document_save('s', '[{"id":"b","n":1},{"id":"a","n":2}, {"n":3,"id":3}]');
select document_id, document, version from stead_document_list('s');
select stead_document_save('s', '[{"id":"a","n":4},{"id":"c"},{"id":"b","n":5}]');
select document_id, document, version from stead_document_list('s');
select stead_document_save('s', '[{"id":"a"},{"id":"b"},{"id":"\u0061"}]');
select stead_document_save('s', '[{"id":"a"},3]');
select stead_document_save('s', '[{"id":"a"},{"id":[]}]');
select stead_document_save('s', '{"id":"a"}');
select document_id, version from stead_document_list('s');
select case when stead_document_index('s', 'n') then 'made' end;
select stead_document_save('s', '[{"id":"a","n":7},{"id":"z","n":7}]');
select stead_document_count('s', '{"n":7}');
select stead_document_count('s', '{"n":7}'), stead_document_count('s', '{"n":4}');
select stead_document_clear('s'), stead_document_clear('s');
select count(*) from stead_document_member m where not exists (select 1 from stead_document d where d.number = m.document);
select collection, documents, indexes from stead_document_collections() where collection = 's';
select stead_document_save('s', '[]'), stead_document_count('s');

-- names are hostile
select stead_document_put('a''b"; drop table x; --%$1', '{"$1":1,"a.b[0]":2,"''":3}', 'é"''\');
select document from stead_document_list('a''b"; drop table x; --%$1', '{"a.b[0]":2}');
select case when stead_document_index('a''b"; drop table x; --%$1', '$1') then 'made' end;
select document_id from stead_document_list('a''b"; drop table x; --%$1', '{"$1":1}');
select collection, indexes from stead_document_collections() where documents = 1 and collection like 'a''b%';

-- a row that somebody wrote by hand
insert into stead_document (collection, id, body, version, created_at, updated_at) values ('hand', 'x', '{"a":', 1, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z');
select stead_document_count('hand', '{"a":1}');
select stead_document_update('hand', 'x', '{}');
update stead_document set body = '[1]' where collection = 'hand';
select stead_document_count('hand', '{"a":1}');
select stead_document_clear('hand');

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_document_put('box', '{"id":"a","n":1,"tag":"x"}');
-- seed: SELECT stead_document_put('box', '{"id":"b","n":2,"tag":{"k":[1,"\u00e9"]}}');
-- seed: SELECT stead_document_put('box', '{"id":"c","n":3}');
-- seed: SELECT stead_document_index('box', 'tag');
-- seed: SELECT stead_document_index('box', 'n', true);
-- sample: SELECT stead_document_put('box', '{"n":9,"tag":"y"}', 'd');
-- sample: SELECT length(stead_document_put('plain', '{"n":9}'));
-- sample: SELECT stead_document_put('box', '{"id":"a","n":5}', NULL, 1);
-- sample: SELECT stead_document_get('box', 'a');
-- sample: SELECT stead_document_version('box', 'a');
-- sample: SELECT stead_document_update('box', 'a', '{"tag":"z"}');
-- sample: SELECT stead_document_patch('box', 'b', '{"tag":{"k":null,"l":1}}');
-- sample: SELECT stead_document_increment('box', 'c', 'n', 10);
-- sample: SELECT stead_document_delete('box', 'b');
-- sample: SELECT document_id, document, version FROM stead_document_list('box', '{"tag":{"k":[1.0,"é"]}}');
-- sample: SELECT document_id, document FROM stead_document_list('box', '{"id":"a"}');
-- sample: SELECT stead_document_count('box', '{"n":1}'), stead_document_count('box');
-- sample: SELECT stead_document_save('box', '[{"id":"a","n":7},{"id":"e","n":8,"tag":"x"}]');
-- sample: SELECT stead_document_clear('box');
-- sample: SELECT stead_document_index('box', 'id', true);
-- sample: SELECT stead_document_unindex('box', 'tag');
-- sample: SELECT collection, documents, indexes FROM stead_document_collections();
