-- migration: the application's own schema, version by version, on both databases

select count(*) from stead_migration_list();
select case when stead_migration_apply('0001', 'CREATE TABLE book (id int PRIMARY KEY, title text);
INSERT INTO book VALUES (1, ''One; two''); -- a comment; with a semicolon
/* another; */ INSERT INTO book VALUES (2, ''Three'')') then 'applied' else 'was there' end;
select id, title from book order by id;
-- again: nothing runs
select case when stead_migration_apply('0001', 'CREATE TABLE book (id int PRIMARY KEY, title text);
INSERT INTO book VALUES (1, ''One; two''); -- a comment; with a semicolon
/* another; */ INSERT INTO book VALUES (2, ''Three'')') then 'applied' else 'was there' end;
-- an edited file
select stead_migration_apply('0001', 'CREATE TABLE book (id int PRIMARY KEY, title text)');
select stead_migration_adopt('0001', 'CREATE TABLE book (id int PRIMARY KEY, title text)');
select count(*) from book;

-- empty statements, a comment at the end, nothing but a comment, an end without a semicolon
select case when stead_migration_apply('0002', '
;;  ;
INSERT INTO book VALUES (3, ''c'');; -- bye
/* ; */ -- end') then 'applied' else 'was there' end;
select case when stead_migration_apply('0003', '-- nothing to do') then 'applied' else 'was there' end;
select case when stead_migration_apply('0004', ';') then 'applied' else 'was there' end;
select count(*) from book;

-- quotes hide semicolons and words
select case when stead_migration_apply('0005', 'CREATE TABLE "a; b" ("commit;" text); INSERT INTO "a; b" VALUES (''it''''s; "so"'');
INSERT INTO "a; b" VALUES (''begin; commit; -- no comment''); INSERT INTO "a; b" VALUES ('''')') then 'applied' end;
select "commit;" from "a; b" order by 1;

-- a failing statement: nothing stays, and the error names it
select stead_migration_apply('0006', 'CREATE TABLE gone (x int); INSERT INTO gone VALUES (1); SELECT stead_setting_get(NULL); DROP TABLE book');
select count(*) from book;
select count(*) from stead_migration_list() where version = '0006';
-- the first 80 characters of it, on one line, comments before it left out
select stead_migration_apply('0006', '-- why

/* because */ SELECT
	stead_setting_get(NULL), ''äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöü''; SELECT 1');
select stead_migration_apply('0006', ';;SELECT 1;; SELECT stead_setting_get(NULL) /* after */; SELECT 2');
-- it can be mended and applied
select case when stead_migration_apply('0006', 'CREATE TABLE gone (x int); INSERT INTO gone VALUES (1)') then 'applied' end;
select x from gone;

-- what cannot run within a transaction is refused before anything runs
select stead_migration_apply('0007', 'CREATE TABLE early (x int); BEGIN');
select stead_migration_apply('0007', 'CREATE TABLE early (x int); COMMIT');
select stead_migration_apply('0007', 'CREATE TABLE early (x int); cOmMiT;');
select stead_migration_apply('0007', 'CREATE TABLE early (x int); /* hidden */ -- twice
END');
select stead_migration_apply('0007', 'ROLLBACK');
select stead_migration_apply('0007', ';ROLLBACK TO x');
select stead_migration_apply('0007', 'SAVEPOINT x');
select stead_migration_apply('0007', 'RELEASE x');
select stead_migration_apply('0007', 'VACUUM');
select stead_migration_apply('0007', 'INSERT INTO book VALUES (77, ''x''); VACUUM');
select count(*) from book;
select stead_migration_apply('0007', 'SELECT stead_migration_apply(''0008'', ''SELECT 1'')');

-- in the caller's transaction: rolled back with it
begin;
select case when stead_migration_apply('0007', 'CREATE TABLE rolled (x int)') then 'applied' end;
select case when stead_migration_apply('0007', 'CREATE TABLE rolled (x int)') then 'applied' else 'was there' end;
select count(*) from rolled;
rollback;
select case when stead_migration_apply('0006a', 'CREATE TABLE rolled (x int)') then 'applied' end;
select version from stead_migration_list();

-- line ends do not make another migration; any other change does
select case when stead_migration_apply('0007', 'SELECT 1;' || replace(';SELECT 2;', ';', '
')) then 'applied' else 'was there' end;
select case when stead_migration_apply('0007', 'SELECT 1;
SELECT 2') then 'applied' else 'was there' end;
select case when stead_migration_apply('0007', replace('SELECT 1;|SELECT 2|', '|', '@') ) then 'applied' else 'was there' end;
select case when stead_migration_adopt('0007', 'SELECT 1;
SELECT 2

') then 'adopted' else 'was there' end;
select stead_migration_apply('0007', 'SELECT 1;
SELECT  2');

-- noted without running it
select case when stead_migration_adopt('0000', 'CREATE TABLE book (never_run int)') then 'adopted' else 'was there' end;
select case when stead_migration_adopt('0000', 'CREATE TABLE book (never_run int)') then 'adopted' else 'was there' end;
select case when stead_migration_apply('0000', 'CREATE TABLE book (never_run int)') then 'applied' else 'was there' end;
select case when stead_migration_adopt('old', 'BEGIN; what other tools ran is not SQL for us') then 'adopted' end;

-- in the order of application
select version, sha256, case when applied_at is null then 'never' end, case when duration_ms >= 0 then 'ran' end,
	case when adopted then 'adopted' end from stead_migration_list();

-- the manifest
select version, status from stead_migration_check('{}') where version < '0003';
select version, status from stead_migration_check('{"0004":";","0009":"SELECT 9","z":"SELECT 1","ä":"x","0003":"-- nothing to do\r\n",
	"0002":"SELECT 1","0000a":"SELECT 0","0005a":"x","a":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}');
select version, status from stead_migration_check('{"0004":"sha256:41B805EA7AC014E23556E98BB374702A08344268F92489A02F0880849394A1E4","0003":"sha256:0"}');
select version, status from stead_migration_check('{"0004":"sha256:41B805EA7AC014E23556E98BB374702A08344268F92489A02F0880849394A1E4"}') where version = '0004';
select * from stead_migration_check('{"a":"x","a":"y"}');
select * from stead_migration_check('{"a":"x","\u0061":"y"}');
select * from stead_migration_check('{"a":1}');
select * from stead_migration_check('{"":"x"}');
select * from stead_migration_check('{"a":""}');
select * from stead_migration_check('["a"]');
select * from stead_migration_check('"a"');
select * from stead_migration_check(null);

-- limits, nulls and hostile versions
select stead_migration_apply(null, 'SELECT 1');
select stead_migration_apply('1', null);
select stead_migration_apply('', 'SELECT 1');
select stead_migration_apply('1', '');
select stead_migration_adopt('', 'SELECT 1');
select stead_migration_apply(replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb') || 'c', 'SELECT 1');
select case when stead_migration_apply(replace('aaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'bbbbbbbb'), 'SELECT 1') then 'applied' end;
select case when stead_migration_apply('x''; drop table book; --', 'INSERT INTO book VALUES (4, ''d'')') then 'applied' end;
select stead_migration_apply('x''; drop table book; --', 'SELECT 2');
select count(*) from book;

-- what Stead keeps can be set up by a migration
select case when stead_migration_apply('roles', 'SELECT stead_role_create(''reader''); SELECT stead_role_grant(''reader'', ''book.read'')') then 'applied' end;
select role_name, permissions from stead_role_list();

-- the table is as declared: version, and two hashes of 64 digits
select version from stead_migration where length(sha256) <> 64 or length(usual_sha256) <> 64;

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_migration_apply('0001', 'CREATE TABLE sample_one (x int); INSERT INTO sample_one VALUES (1)');
-- sample: SELECT stead_migration_apply('0002', 'CREATE TABLE sample_two (x int); INSERT INTO sample_two VALUES (2)');
-- sample: SELECT stead_migration_adopt('0003', 'CREATE TABLE sample_three (x int)');
-- sample: SELECT version, sha256, adopted FROM stead_migration_list();
-- sample: SELECT version, status FROM stead_migration_check('{"0001":"SELECT 1","0002":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}');
