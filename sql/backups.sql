-- backups: arguments; what SQLite does is in tests/sqlite/backup.c, as PostgreSQL has tools of its own

select arguments, returns, effect, audience from stead_help('stead_backup');
select arguments, returns, effect, audience from stead_help('stead_backup_check');

-- judged before anything else
select stead_backup(null);
select stead_backup('');
select stead_backup_check(null);
select stead_backup_check('');

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_init();
-- sample: SELECT stead_backup('/nonexistent/copy.db');
-- sample without tables: SELECT stead_backup_check('/nonexistent/copy.db') LIKE '{"ok":false,%';
