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
'Sets what a role may call: EXECUTE on the functions of an audience - public, app, auditor or admin, each with those before it - and on no others, so that public takes everything back. Returns true when that changed something. The caller must be the extension''s owner or a member of it. On SQLite, which has no roles, an error.';
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

-- audit: The audit trail: who did what to what, when, and whether it succeeded.

CREATE FUNCTION stead_audit_log(action text, resource_type text DEFAULT NULL, resource_id text DEFAULT NULL, actor_id text DEFAULT NULL, actor_name text DEFAULT NULL, success boolean DEFAULT true, details json DEFAULT NULL, error text DEFAULT NULL, ip_address text DEFAULT NULL, user_agent text DEFAULT NULL, occurred_at timestamp with time zone DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_log(text, text, text, text, text, boolean, json, text, text, text, timestamp with time zone) IS
'Appends one event to the audit trail and returns its id. action: 1 to 200 bytes; resource_type at most 200, resource_id, actor_id and actor_name 1000, ip_address 100, user_agent 8192, error 65536 bytes; details: JSON of at most 1 MiB, kept byte for byte. occurred_at defaults to now; more than 5 minutes ahead is an error.';
REVOKE ALL ON FUNCTION stead_audit_log(text, text, text, text, text, boolean, json, text, text, text, timestamp with time zone) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_log(text, text, text, text, text, boolean, json, text, text, text, timestamp with time zone) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_log_many(events json)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_log_many(json) IS
'Appends the events of a JSON array, all or none, and returns how many. Each is an object whose keys are the arguments of stead_audit_log, with the same limits; an error names the event by its index, from 0.';
REVOKE ALL ON FUNCTION stead_audit_log_many(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_log_many(json) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_list(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (id bigint, occurred_at timestamp with time zone, recorded_at timestamp with time zone, action text, resource_type text, resource_id text, actor_id text, actor_name text, success boolean, details json, error text, ip_address text, user_agent text, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_list(json, bigint, text) IS
'Lists events, newest first by time and id. filter: a JSON object with any of action, resource_type, resource_id, actor_id, actor_name, success, since (inclusive), until (exclusive), search (literal substring of actor_name, action, resource_id or details, at most 1000 bytes, ASCII letters of either case being equal). max_rows: 1 to 1000. page: the next_page of an earlier row, with the same filter, for what follows that row.';
REVOKE ALL ON FUNCTION stead_audit_list(json, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_list(json, bigint, text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_count(filter json DEFAULT NULL, max_count bigint DEFAULT 10000)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_count(json, bigint) IS
'Counts the events of a filter (see stead_audit_list), but no further than max_count, 1 to 1000000000.';
REVOKE ALL ON FUNCTION stead_audit_count(json, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_count(json, bigint) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_stats(since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL)
RETURNS TABLE (total_events bigint, successful_events bigint, failed_events bigint, events_today bigint, events_this_week bigint, first_event_at timestamp with time zone, last_event_at timestamp with time zone, top_actions json, recent_failures json) ROWS 1
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_stats(timestamp with time zone, timestamp with time zone) IS
'Summarises the events from since (inclusive) until (exclusive), as of one moment. Today begins at 00:00 UTC, this week is the last 7 x 24 hours. top_actions: up to 10 of {"action","count"}, by count, then action; recent_failures: up to 10 whole events, newest first.';
REVOKE ALL ON FUNCTION stead_audit_stats(timestamp with time zone, timestamp with time zone) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_stats(timestamp with time zone, timestamp with time zone) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_top(dimension text, since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL, max_rows bigint DEFAULT 10)
RETURNS TABLE (value text, events bigint, failures bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_top(text, timestamp with time zone, timestamp with time zone, bigint) IS
'Lists the most frequent values of a dimension: action, resource_type, resource_id, actor_id, actor_name or ip_address, by number of events, then by value; events without one are left out. max_rows: 1 to 1000.';
REVOKE ALL ON FUNCTION stead_audit_top(text, timestamp with time zone, timestamp with time zone, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_top(text, timestamp with time zone, timestamp with time zone, bigint) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_audit_histogram(bucket text, since timestamp with time zone, until timestamp with time zone, action text DEFAULT NULL)
RETURNS TABLE (bucket_start timestamp with time zone, events bigint, failures bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_histogram(text, timestamp with time zone, timestamp with time zone, text) IS
'Counts events by bucket: minute, hour, day, week (from Monday) or month, in UTC, empty buckets included. Counts only what happened from since (inclusive) until (exclusive). More than 100000 buckets are an error.';
REVOKE ALL ON FUNCTION stead_audit_histogram(text, timestamp with time zone, timestamp with time zone, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_audit_histogram(text, timestamp with time zone, timestamp with time zone, text) TO @extowner@ WITH GRANT OPTION;

-- setting: Settings: typed values with defaults, limits, history and secrets.

CREATE FUNCTION stead_setting_define(key text, type text, default_value text DEFAULT NULL, description text DEFAULT NULL, options json DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_define(text, text, text, text, json) IS
'Defines a setting, replacing an earlier definition; returns true when that changed something. key: 1 to 200 bytes, not beginning with "stead.". type: text, bool, int, real or json. options: a JSON object with any of secret (bool), min and max (inclusive, for int and real), choices (array). The default must fit; a stored value that would not is an error. Defining a secret blanks its values in the history.';
REVOKE ALL ON FUNCTION stead_setting_define(text, text, text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_define(text, text, text, text, json) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_set(key text, value text, changed_by text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_set(text, text, text) IS
'Sets a setting and returns true when its value changed. The value is text of at most 1 MiB that fits the definition: bool is true, yes, on, 1, false, no, off or 0 in any case, real a number as in JSON. Without a definition it is plain text. changed_by: at most 1000 bytes, kept in the history.';
REVOKE ALL ON FUNCTION stead_setting_set(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_set(text, text, text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_get(key text, fallback text DEFAULT NULL)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_get(text, text) IS
'Returns a setting as text: its value, else the default of its definition, else the fallback. A value that is no such thing is an error, and so is a secret (denied).';
REVOKE ALL ON FUNCTION stead_setting_get(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_get(text, text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_bool(key text, fallback boolean DEFAULT NULL)
RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_bool(text, boolean) IS
'Returns a setting as a bool: its value, else the default of its definition, else the fallback. A value that is no such thing is an error, and so is a secret (denied).';
REVOKE ALL ON FUNCTION stead_setting_bool(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_bool(text, boolean) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_int(key text, fallback bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_int(text, bigint) IS
'Returns a setting as an integer: its value, else the default of its definition, else the fallback. A value that is no such thing is an error, and so is a secret (denied).';
REVOKE ALL ON FUNCTION stead_setting_int(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_int(text, bigint) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_real(key text, fallback double precision DEFAULT NULL)
RETURNS double precision
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_real(text, double precision) IS
'Returns a setting as a number: its value, else the default of its definition, else the fallback. A value that is no such thing is an error, and so is a secret (denied).';
REVOKE ALL ON FUNCTION stead_setting_real(text, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_real(text, double precision) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_reveal(key text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_reveal(text) IS
'Returns a setting, secrets too: its value, else the default of its definition, else null.';
REVOKE ALL ON FUNCTION stead_setting_reveal(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_reveal(text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_delete(key text, changed_by text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_delete(text, text) IS
'Takes a setting back to its default; returns true when a value was there. The definition stays.';
REVOKE ALL ON FUNCTION stead_setting_delete(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_delete(text, text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_list(prefix text DEFAULT NULL)
RETURNS TABLE (key text, value text, is_default boolean, type text, secret boolean, description text, updated_at timestamp with time zone, version bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_list(text) IS
'Lists settings by key, all or those whose key begins with the prefix (literal). The value of a secret is null; is_default: no value is stored.';
REVOKE ALL ON FUNCTION stead_setting_list(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_list(text) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_history(setting_key text, max_rows bigint DEFAULT 20)
RETURNS TABLE (version bigint, value text, deleted boolean, changed_at timestamp with time zone, changed_by text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_history(text, bigint) IS
'Lists the changes of a setting''s value, newest first. max_rows: 1 to 1000. The values of a secret are null.';
REVOKE ALL ON FUNCTION stead_setting_history(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_history(text, bigint) TO @extowner@ WITH GRANT OPTION;

CREATE FUNCTION stead_setting_version()
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_version() IS
'Returns a number that grows with every committed change of a setting or definition; cheap to poll.';
REVOKE ALL ON FUNCTION stead_setting_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_setting_version() TO @extowner@ WITH GRANT OPTION;

-- What a change of a remembered table is told by: a relcache invalidation of one of these.
CREATE TYPE stead_signal_0 AS ();
CREATE TYPE stead_signal_1 AS ();
CREATE TYPE stead_signal_2 AS ();
CREATE TYPE stead_signal_3 AS ();
CREATE TYPE stead_signal_4 AS ();
CREATE TYPE stead_signal_5 AS ();
CREATE TYPE stead_signal_6 AS ();
CREATE TYPE stead_signal_7 AS ();
CREATE TYPE stead_signal_8 AS ();
CREATE TYPE stead_signal_9 AS ();
CREATE TYPE stead_signal_10 AS ();
CREATE TYPE stead_signal_11 AS ();
CREATE TYPE stead_signal_12 AS ();
CREATE TYPE stead_signal_13 AS ();
CREATE TYPE stead_signal_14 AS ();
CREATE TYPE stead_signal_15 AS ();
CREATE TYPE stead_signal_16 AS ();
CREATE TYPE stead_signal_17 AS ();
CREATE TYPE stead_signal_18 AS ();
CREATE TYPE stead_signal_19 AS ();
CREATE TYPE stead_signal_20 AS ();
CREATE TYPE stead_signal_21 AS ();
CREATE TYPE stead_signal_22 AS ();
CREATE TYPE stead_signal_23 AS ();
CREATE TYPE stead_signal_24 AS ();
CREATE TYPE stead_signal_25 AS ();
CREATE TYPE stead_signal_26 AS ();
CREATE TYPE stead_signal_27 AS ();
CREATE TYPE stead_signal_28 AS ();
CREATE TYPE stead_signal_29 AS ();
CREATE TYPE stead_signal_30 AS ();
CREATE TYPE stead_signal_31 AS ();
CREATE TYPE stead_signal_32 AS ();
CREATE TYPE stead_signal_33 AS ();
CREATE TYPE stead_signal_34 AS ();
CREATE TYPE stead_signal_35 AS ();
CREATE TYPE stead_signal_36 AS ();
CREATE TYPE stead_signal_37 AS ();
CREATE TYPE stead_signal_38 AS ();
CREATE TYPE stead_signal_39 AS ();
CREATE TYPE stead_signal_40 AS ();
CREATE TYPE stead_signal_41 AS ();
CREATE TYPE stead_signal_42 AS ();
CREATE TYPE stead_signal_43 AS ();
CREATE TYPE stead_signal_44 AS ();
CREATE TYPE stead_signal_45 AS ();
CREATE TYPE stead_signal_46 AS ();
CREATE TYPE stead_signal_47 AS ();
CREATE TYPE stead_signal_48 AS ();
CREATE TYPE stead_signal_49 AS ();
CREATE TYPE stead_signal_50 AS ();
CREATE TYPE stead_signal_51 AS ();
CREATE TYPE stead_signal_52 AS ();
CREATE TYPE stead_signal_53 AS ();
CREATE TYPE stead_signal_54 AS ();
CREATE TYPE stead_signal_55 AS ();
CREATE TYPE stead_signal_56 AS ();
CREATE TYPE stead_signal_57 AS ();
CREATE TYPE stead_signal_58 AS ();
CREATE TYPE stead_signal_59 AS ();
CREATE TYPE stead_signal_60 AS ();
CREATE TYPE stead_signal_61 AS ();
CREATE TYPE stead_signal_62 AS ();
CREATE TYPE stead_signal_63 AS ();
CREATE TYPE stead_signal_64 AS ();

-- triggers

CREATE FUNCTION stead_refuse_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_refuse_change() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table.';
REVOKE ALL ON FUNCTION stead_refuse_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_refuse_change() TO @extowner@;

CREATE FUNCTION stead_signal_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_signal_change() IS 'Trigger: tells every backend that what it remembers of the table is out of date.';
REVOKE ALL ON FUNCTION stead_signal_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stead_signal_change() TO @extowner@;
