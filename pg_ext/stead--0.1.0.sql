-- Stead 0.1.0. Generated from the registry (pg_ext/gen.c); do not edit.
\echo Use "CREATE EXTENSION stead" to load this file. \quit

-- meta: Stead about itself: version, tables, help, health, and who may call what.

CREATE FUNCTION stead_version()
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_version() IS
'Returns the version of the library, such as 0.1.0.';
GRANT EXECUTE ON FUNCTION stead_version() TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_backend()
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backend() IS
'Returns the database Stead runs in: postgresql or sqlite.';
GRANT EXECUTE ON FUNCTION stead_backend() TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_init()
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_init() IS
'Creates or upgrades the tables and returns the schema version. May be called again, and by several callers at once. Tables made by a later version of Stead are an error.';
REVOKE ALL ON FUNCTION stead_init() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_init() TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_help(function_name text DEFAULT NULL)
RETURNS TABLE (name text, arguments text, returns text, effect text, audience text, summary text)
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_help(text) IS
'Lists Stead''s functions, or the named one. The name is given in full, as stead_audit_log; an unknown one gives no row.';
GRANT EXECUTE ON FUNCTION stead_help(text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_doctor()
RETURNS TABLE (check_name text, status text, detail text, remedy text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_doctor() IS
'Examines the installation: one row a check. status is ok, warn or fail; remedy says what to do, as SQL where SQL can do it. Works before stead_init().';
REVOKE ALL ON FUNCTION stead_doctor() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_doctor() TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_grant(role_name text, audience text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_grant(text, text) IS
'Gives a role EXECUTE on the functions of an audience: public, app, auditor or admin, each with those before it. Returns true when that changed something. The caller must be the extension''s owner or a member of it. On SQLite, which has no roles, an error. REVOKE takes a function back.';
REVOKE ALL ON FUNCTION stead_grant(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_grant(text, text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_configure()
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_configure() IS
'Puts the connection''s settings right and reports each before and after, as JSON. SQLite: journal_mode WAL, busy_timeout 5000 ms, synchronous NORMAL, foreign_keys ON; an error inside a transaction. All but the first hold for this connection only. PostgreSQL: reports, changes nothing.';
REVOKE ALL ON FUNCTION stead_configure() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_configure() TO @extowner@ WITH GRANT OPTION;

-- triggers

CREATE FUNCTION stead_refuse_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_refuse_change() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table.';
REVOKE ALL ON FUNCTION stead_refuse_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_refuse_change() TO @extowner@;

CREATE FUNCTION stead_signal_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_signal_change() IS 'Trigger: tells every backend that what it remembers of the table is out of date.';
REVOKE ALL ON FUNCTION stead_signal_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_signal_change() TO @extowner@;
