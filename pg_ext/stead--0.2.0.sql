-- Stead 0.2.0. Generated from the registry (pg_ext/gen.c); do not edit.
\echo Use "CREATE EXTENSION stead" to load this file. \quit

-- meta: The installation itself: version, tables, help, checks, upkeep, and grants.

CREATE FUNCTION stead_version()
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_version() IS
'Returns the version of the library, such as 0.1.0.';

CREATE FUNCTION stead_backend()
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backend() IS
'Returns the database Stead runs in: postgresql or sqlite.';

CREATE FUNCTION stead_init()
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_init() IS
'Creates or upgrades the tables and returns the schema version. It can be called again, and by several callers at once. Tables of a later version of Stead are an error, and so is a database that is not UTF-8. On PostgreSQL it repeats the grants of stead_grant(), if the caller has the rights of the extension''s owner.';

CREATE FUNCTION stead_help(function_name text DEFAULT NULL)
RETURNS TABLE (name text, arguments text, returns text, effect text, audience text, summary text)
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_help(text) IS
'Lists Stead''s functions, or the named one. The name is in full, such as stead_audit_log; an unknown name gives no row.';

CREATE FUNCTION stead_doctor()
RETURNS TABLE (check_name text, status text, detail text, remedy text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_doctor() IS
'Examines the installation and returns a row for each check. status is ok, warn or fail. remedy says what to do, as SQL where SQL can do it. Works before stead_init().';

CREATE FUNCTION stead_maintain(budget_ms bigint DEFAULT 1000)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_maintain(bigint) IS
'Does a bounded amount of upkeep, and reports as JSON what it did and whether something is left. Upkeep is what modules do from time to time, such as sealing and retention; on SQLite it also returns free pages to the system, if auto_vacuum is INCREMENTAL. It ends soon after budget_ms (0 to 3600000; 0: one step of each module). The next call goes on where this one stopped. If nothing can be written, as on a hot standby, or another call is doing upkeep, it does nothing and says why. On SQLite, outside a transaction, it commits each step and lets others write in between; after an error, committed steps stay.';

CREATE FUNCTION stead_grant(role_name text, audience text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_grant(text, text) IS
'Sets which functions a role may call: it gets EXECUTE on those of an audience, and on no others. The audiences are public, app, auditor and admin; each includes those before it, so that public revokes all others. Returns true if something changed. The caller must be the extension''s owner or a member of that role. On SQLite, which has no roles, it is an error.';

CREATE FUNCTION stead_grants()
RETURNS TABLE (role_name text, audience text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_grants() IS
'Lists by name the roles that have an audience by stead_grant(). On SQLite, which has no roles, there are none.';

CREATE FUNCTION stead_configure()
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_configure() IS
'Sets the connection''s recommended settings, and reports each before and after, as JSON. SQLite: journal_mode WAL, busy_timeout 5000 ms, synchronous NORMAL, foreign_keys ON; it is an error inside a transaction. All but journal_mode apply to this connection only. PostgreSQL: it only reports.';

DO $script$
BEGIN
	IF pg_catalog.string_to_array(stead_version(), '.')::pg_catalog.int4[] OPERATOR(pg_catalog.<)
		pg_catalog.string_to_array('0.2.0', '.')::pg_catalog.int4[] THEN
		RAISE EXCEPTION 'stead: the library is of version %, these SQL definitions are of 0.2.0', stead_version()
			USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Reconnect: a session keeps the library that it has loaded. '
			'If that does not help, install the library of 0.2.0 on this server.';
	END IF;
END $script$;

-- audit: The audit trail: who did what to what, when, and whether it succeeded.

CREATE FUNCTION stead_audit_log(action text, resource_type text DEFAULT NULL, resource_id text DEFAULT NULL, actor_id text DEFAULT NULL, actor_name text DEFAULT NULL, success boolean DEFAULT true, details json DEFAULT NULL, error text DEFAULT NULL, ip_address text DEFAULT NULL, user_agent text DEFAULT NULL, occurred_at timestamp with time zone DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_log(text, text, text, text, text, boolean, json, text, text, text, timestamp with time zone) IS
'Appends one event to the audit trail and returns its id. action has 1 to 200 bytes and must not begin with "stead.". The other texts have at most: resource_type 200 bytes, resource_id, actor_id and actor_name 1000, ip_address 100, user_agent 8192, error 65536. details is JSON of at most 1 MiB and is kept byte for byte. occurred_at defaults to now; a time more than 5 minutes ahead is an error.';

CREATE FUNCTION stead_audit_log_many(events json)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_log_many(json) IS
'Appends the events of a JSON array, all or none, and returns how many there are. Each event is an object whose keys are the arguments of stead_audit_log, with the same limits. An error names the event by its index, from 0. events has at most 64 MiB, and each event at most 4 MiB.';

CREATE FUNCTION stead_audit_list(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (id bigint, occurred_at timestamp with time zone, recorded_at timestamp with time zone, action text, resource_type text, resource_id text, actor_id text, actor_name text, success boolean, details json, error text, ip_address text, user_agent text, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_list(json, bigint, text) IS
'Lists events, newest first, by time and id. filter is a JSON object with any of the keys action, resource_type, resource_id, actor_id, actor_name, ip_address, success, since (inclusive), until (exclusive), search and not. The first six take a text, a prefix that ends in * ("app.*"; "*": any value), or an array of at most 100 of those, any of which must match; an empty array matches nothing. A member that is null counts as not given. not is an object with any of the same six keys, none of which may match; an event without a value is not excluded. search is a text of at most 1000 bytes; actor_name, action, resource_id or details must contain it, ignoring the case of ASCII letters. max_rows is 1 to 1000. To list the events that follow a row, pass its next_page as page, with the same filter.';

CREATE FUNCTION stead_audit_count(filter json DEFAULT NULL, max_count bigint DEFAULT 10000)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_count(json, bigint) IS
'Counts the events that match a filter (see stead_audit_list), and stops at max_count, which is 1 to 1000000000.';

CREATE FUNCTION stead_audit_stats(since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL)
RETURNS TABLE (total_events bigint, successful_events bigint, failed_events bigint, events_today bigint, events_this_week bigint, first_event_at timestamp with time zone, last_event_at timestamp with time zone, top_actions json, recent_failures json) ROWS 1
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_stats(timestamp with time zone, timestamp with time zone) IS
'Summarises the events from since (inclusive) to until (exclusive), all as of one moment. Today begins at 00:00 UTC; this week is the last 7 x 24 hours. top_actions has up to 10 objects {"action","count"}, ordered by count, then action. recent_failures has up to 10 whole events, newest first.';

CREATE FUNCTION stead_audit_top(dimension text, since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL, max_rows bigint DEFAULT 10)
RETURNS TABLE (value text, events bigint, failures bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_top(text, timestamp with time zone, timestamp with time zone, bigint) IS
'Lists the most frequent values of a dimension: action, resource_type, resource_id, actor_id, actor_name or ip_address. They are ordered by number of events, then by value. Events without a value are left out. max_rows is 1 to 1000.';

CREATE FUNCTION stead_audit_histogram(bucket text, since timestamp with time zone, until timestamp with time zone, action text DEFAULT NULL)
RETURNS TABLE (bucket_start timestamp with time zone, events bigint, failures bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_histogram(text, timestamp with time zone, timestamp with time zone, text) IS
'Counts events by bucket: minute, hour, day, week (from Monday) or month, in UTC. Empty buckets are included. Only events from since (inclusive) to until (exclusive) are counted. More than 100000 buckets are an error.';

-- context: Who acts in a transaction.

CREATE FUNCTION stead_context_set(context json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_context_set(json) IS
'Says who acts for the rest of the transaction; returns true if that is news. context: a JSON object with any of actor_id, actor_name (at most 1000 bytes each), ip_address (100) and request_id (200); an empty object is none. It takes the place of an earlier context. Events that name no actor take actor_id and actor_name from it, and those without an ip_address take that. request_id goes into the details of Stead''s own events, and of those that have no details. The context ends with the transaction, so call it in one; a savepoint that is rolled back puts the earlier context back.';

-- capture: The changes of the application's own tables.

CREATE FUNCTION stead_capture_start(table_name text, options json DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_start(text, json) IS
'Begins to capture the changes of a table of the application''s; returns true if that is news. From then on each inserted, updated and deleted row is a row of stead_change, in the same transaction: operation, key, old and new values, when, and who by stead_context_set(). table_name: as SQL writes it; the caller must own the table. options: a JSON object with columns (only these, and the key''s) or exclude (all but these, which are never stored), arrays of names; and when, an object of columns and the value, or the array of values, that a row must have to be captured. With columns or exclude, columns that are added or renamed later are not captured until it is called again. Waits for writers of the table.';

CREATE FUNCTION stead_capture_stop(table_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_stop(text) IS
'Ends capturing the changes of a table; returns true if it was captured. What was captured stays, but stead_row_at() no longer tells of the table.';

CREATE FUNCTION stead_capture_list()
RETURNS TABLE (table_name text, columns json, options json, started_at timestamp with time zone, known_from timestamp with time zone, status text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_list() IS
'Lists the captured tables. columns: those that are captured, null for all; known_from: stead_row_at() answers for this time and later; status: ok, or what is wrong.';

CREATE FUNCTION stead_changes(table_name text, row_key json DEFAULT NULL, since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL, max_rows bigint DEFAULT 100, page text DEFAULT NULL)
RETURNS TABLE (id bigint, changed_at timestamp with time zone, operation text, row_key json, old_values json, new_values json, actor_id text, actor_name text, ip_address text, request_id text, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_changes(text, json, timestamp with time zone, timestamp with time zone, bigint, text) IS
'Lists the captured changes of a table, or of the row with that key, the latest first. row_key: an object of the key''s columns, or the value of a key of one column. operation: insert, update, delete or truncate. An update has the values that differ, a deletion all of the old ones. Numbers have all their digits, times are ISO 8601, bytes are {"base64":".."}. since (inclusive), until (exclusive): when the row was changed. max_rows: 1 to 1000. page: the next_page of an earlier row.';

CREATE FUNCTION stead_row_at(table_name text, row_key json, at timestamp with time zone)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_row_at(text, json, timestamp with time zone) IS
'Returns a row of a captured table as it was at that time, as a JSON object of the captured columns; null if there was no such row, or none that the option when lets be captured. Changes count from when the row was changed, committed or not yet. at must not be before known_from of stead_capture_list(). If the row has not changed since, it is read from the table, with the caller''s rights.';

-- seal: Sealing of the audit trail: blocks, rollups, redaction.

CREATE FUNCTION stead_audit_seal(max_events bigint DEFAULT 10000)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_seal(bigint) IS
'Seals settled events in the next block, at most max_events (1 to 100000), and returns how many. It appends their leaves to one Merkle tree (RFC 9162, SHA-256) and adds them to the rollups. An event is settled once no running transaction can add one before it. Returns 0 if no event is settled, or if another caller is sealing.';

CREATE FUNCTION stead_audit_blocks(after_block bigint DEFAULT 0, max_rows bigint DEFAULT 100)
RETURNS TABLE (block bigint, first_leaf bigint, events bigint, first_event_at timestamp with time zone, last_event_at timestamp with time zone, root text, pruned_at timestamp with time zone, sealed_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_blocks(bigint, bigint) IS
'Lists the blocks after after_block, by number. first_leaf is the index of the block''s first leaf in the tree, from 0. root is the root of the tree up to the block''s end, in base64. pruned_at tells when its events were pruned. max_rows is 1 to 10000.';

CREATE FUNCTION stead_audit_redact(event_id bigint, redact_reason text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_redact(bigint, text) IS
'Removes the personal values of an event for good: resource_id, actor_id, actor_name, details, error, ip_address, user_agent. An event stead.redact records it, with the reason (1 to 1000 bytes). The leaf of the redacted event stays the same and can still be verified. Returns false if the event was redacted before. Events that record redactions and prunes cannot be redacted, and no event can while the audit trail is held (stead_retention_hold).';

-- verify: Verifies that the audit trail still is what was sealed.

CREATE FUNCTION stead_audit_verify(from_block bigint DEFAULT NULL, to_block bigint DEFAULT NULL)
RETURNS TABLE (block bigint, status text, event_id bigint, detail text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_verify(bigint, bigint) IS
'Compares the stored audit trail with what was sealed: events, blocks, accounts of prunes, rollups and indexes. Each finding is a row whose status is changed, missing or added; event_id is the event, or null if the finding is about the block''s row, an account or a rollup. The last row has block null, status ok or broken, and the counts in detail. With from_block or to_block, it verifies these blocks only, and neither rollups nor summaries. Pruned events with an account are no finding. To find out whether the last blocks were cut off, use stead_audit_verify_checkpoint.';

-- proof: The audit trail to an outsider: checkpoints, proofs, export.

CREATE FUNCTION stead_audit_checkpoint(origin text DEFAULT 'stead-audit')
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_checkpoint(text) IS
'Returns a checkpoint of the Merkle tree, to be kept outside the database. It is the text of a C2SP tlog-checkpoint, with three lines: the origin, the number of sealed events, the root in base64. origin has 1 to 200 bytes and no spaces, plus signs or control characters.';

CREATE FUNCTION stead_audit_verify_checkpoint(checkpoint text)
RETURNS TABLE (valid boolean, reason text) ROWS 1
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_verify_checkpoint(text) IS
'Checks that the Merkle tree extends the tree of a checkpoint. It recomputes the tree from all blocks; at the checkpoint''s size, the root must be the checkpoint''s. If not, reason says why: the checkpoint is malformed, the tree has fewer leaves, the root differs, or the tree is damaged. It does not check signatures or the origin. Nor does it read the events: run stead_audit_verify, which compares them with the blocks, as well.';

CREATE FUNCTION stead_audit_proof(event_id bigint)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_proof(bigint) IS
'Returns the inclusion proof of an event in the Merkle tree (RFC 9162). It is JSON with leaf_index, leaf_hash, tree_size, root_hash and inclusion_path; hashes are in base64. The proof is verified before it is returned. It is an error if the event is unknown, pruned or not sealed yet, or was changed after its redaction.';

CREATE FUNCTION stead_audit_export(since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL, filter json DEFAULT NULL)
RETURNS TABLE (line text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_export(timestamp with time zone, timestamp with time zone, json) IS
'Exports the events from since (inclusive) to until (exclusive) that match the filter (see stead_audit_list), oldest first, as lines of JSON. The line of an event has every column, the leaf_index in the Merkle tree (null: not sealed) and the leaf_hash. Numbers that may exceed 2^53 are strings, and so is details, to keep every byte. The first line describes the tree. After the events, lines with first_leaf have the hashes of events that are pruned or do not match, so that the root can be recomputed. The last line has the counts. All lines are as of one moment. Memory use does not grow with the number of events.';

-- setting: Settings: typed values with defaults, limits, history and secrets.

CREATE FUNCTION stead_setting_define(key text, type text, default_value text DEFAULT NULL, description text DEFAULT NULL, options json DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_define(text, text, text, text, json) IS
'Defines a setting, replacing any earlier definition; returns true if something changed. key: 1 to 200 bytes, not beginning with "stead.". type: text, bool, int, real or json. options: a JSON object with any of secret (bool), min and max (inclusive, for int and real), choices (array). The default must fit. A stored value that does not fit is an error. Making a setting a secret erases its values in the history.';

CREATE FUNCTION stead_setting_set(key text, value text, changed_by text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_set(text, text, text) IS
'Sets a setting; returns true if its value changed. The value is text of at most 1 MiB that fits the definition. A bool is true, yes, on, 1, false, no, off or 0, in any case. A real is a number as in JSON. Without a definition, the value is plain text. changed_by: at most 1000 bytes, kept in the history.';

CREATE FUNCTION stead_setting_get(key text, fallback text DEFAULT NULL)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_get(text, text) IS
'Returns a setting as text: its value, else the default of its definition, else the fallback. A secret is an error (denied).';

CREATE FUNCTION stead_setting_bool(key text, fallback boolean DEFAULT NULL)
RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_bool(text, boolean) IS
'Returns a setting as a bool: its value, else the default of its definition, else the fallback. Any other value is an error, and so is a secret (denied).';

CREATE FUNCTION stead_setting_int(key text, fallback bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_int(text, bigint) IS
'Returns a setting as an integer: its value, else the default of its definition, else the fallback. Any other value is an error, and so is a secret (denied).';

CREATE FUNCTION stead_setting_real(key text, fallback double precision DEFAULT NULL)
RETURNS double precision
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_real(text, double precision) IS
'Returns a setting as a number: its value, else the default of its definition, else the fallback. Any other value is an error, and so is a secret (denied).';

CREATE FUNCTION stead_setting_reveal(key text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_reveal(text) IS
'Returns a setting, even a secret: its value, else the default of its definition, else null.';

CREATE FUNCTION stead_setting_delete(key text, changed_by text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_delete(text, text) IS
'Deletes the value of a setting, so that its default applies again; returns true if there was a value. The definition stays.';

CREATE FUNCTION stead_setting_list(prefix text DEFAULT NULL)
RETURNS TABLE (key text, value text, is_default boolean, type text, secret boolean, description text, updated_at timestamp with time zone, version bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_list(text) IS
'Lists settings by key: all, or those whose key begins with the prefix (literal text). The value of a secret is null. is_default: no value is stored.';

CREATE FUNCTION stead_setting_history(setting_key text, max_rows bigint DEFAULT 20)
RETURNS TABLE (version bigint, value text, deleted boolean, changed_at timestamp with time zone, changed_by text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_history(text, bigint) IS
'Lists the changes of a setting''s value, newest first. max_rows: 1 to 1000. The values of a secret are null.';

CREATE FUNCTION stead_setting_version()
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_setting_version() IS
'Returns a number that increases with every committed change of a setting or definition; cheap to poll.';

-- cache: A cache: values that expire, shared by all processes, bounded in number.

CREATE FUNCTION stead_cache_set(space text, key text, value text, ttl_seconds bigint DEFAULT 60)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_set(text, text, text, bigint) IS
'Stores a value that expires after ttl_seconds, 1 to 3153600000, replacing the key''s value; returns true. space: 1 to 200 bytes; key: 1 to 1000; value: at most 1 MiB. A space keeps at most stead.cache.max_entries entries: a new key beyond that evicts those that have expired, or expire first. Replacing a value evicts nothing.';

CREATE FUNCTION stead_cache_get(space text, key text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_get(text, text) IS
'Returns the value, or null if there is none or it has expired, by the wall clock. Reading does not make it live longer.';

CREATE FUNCTION stead_cache_delete(space text, key text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_delete(text, text) IS
'Deletes an entry; returns true if there was one that had not expired.';

CREATE FUNCTION stead_cache_clear(space text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_clear(text) IS
'Deletes all entries of a space. Returns how many, expired ones included.';

CREATE FUNCTION stead_cache_stats()
RETURNS TABLE (space text, entries bigint, expired bigint, bytes bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_stats() IS
'Lists the spaces that have entries. entries: all of them; expired: those that have expired and are not deleted yet; bytes: the size of all keys and values.';

-- counter: Rates of counters: what grew by how much a second.

CREATE FUNCTION stead_counter_observe(series text, counters json, observed_at timestamp with time zone DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_counter_observe(text, json, timestamp with time zone) IS
'Takes the values of counters that only grow. counters: a JSON object of at most 1000 numbers; series and names: 1 to 200 bytes. observed_at is now unless told, and at most 5 minutes ahead. Returns false if all of these counters have later observations: then nothing changes. An observation after another one is a sample of the rate, unless it comes less than 0.1 s later, later than stead.counter.max_age_seconds, or its value is lower: the counter began again.';

CREATE FUNCTION stead_counter_rates(series_name text DEFAULT NULL)
RETURNS TABLE (series text, counter text, value double precision, rate double precision, samples bigint, observed_at timestamp with time zone)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_counter_rates(text) IS
'Lists counters by series and name: of one series, or of all. rate: per second, the mean of the latest stead.counter.window samples that ended within the last stead.counter.max_age_seconds; null if samples, their number, is 0. value and observed_at are those of the latest observation.';

-- user: Users, their roles and permissions.

CREATE FUNCTION stead_user_create(username text, email text DEFAULT NULL, active boolean DEFAULT true, approved boolean DEFAULT true, user_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_create(text, text, boolean, boolean, bigint) IS
'Creates a user and returns the id. username: 1 to 200 bytes; email: 1 to 320. With user_id (1 to 2^62 - 1) an application keeps its own ids; ids that the database chooses later are higher. A username, email or id that is taken is an error (conflict). They are compared byte by byte.';

CREATE FUNCTION stead_user_update(user_id bigint, changes json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_update(bigint, json) IS
'Changes a user; returns true if something changed. changes: a JSON object with any of username, email (null removes it), active, approved. From the next call on, an inactive or unapproved user has no permissions and no valid session. When the user is active and approved again, sessions that were not revoked are valid again. An unknown user is an error (not found).';

CREATE FUNCTION stead_user_delete(user_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_delete(bigint) IS
'Deletes a user, with all their sessions, role memberships and passwords; returns true if there was one. The audit log does not change.';

CREATE FUNCTION stead_user_list(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, after_id bigint DEFAULT 0)
RETURNS TABLE (user_id bigint, username text, email text, active boolean, approved boolean, roles json, created_at timestamp with time zone, updated_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_list(json, bigint, bigint) IS
'Lists users by id. filter: a JSON object with any of user_id, username, email, active, approved, role, search; all of them must match. search: username or email contains this text (1 to 320 bytes), whatever the case of ASCII letters. max_rows: 1 to 1000; after_id: the last id of the previous page. roles is a JSON array, sorted bytewise.';

CREATE FUNCTION stead_user_find(login text)
RETURNS TABLE (id bigint, username text, active boolean, approved boolean)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_find(text) IS
'Finds a user by username or else by email, byte by byte; no row: there is none. It is for a sign-in page, which stead_user_list is not: an application need not be an admin.';

CREATE FUNCTION stead_user_role_add(user_id bigint, role_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_role_add(bigint, text) IS
'Gives a user a role; returns true if the user did not have it. An unknown user or role is an error (not found).';

CREATE FUNCTION stead_user_role_remove(user_id bigint, role_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_role_remove(bigint, text) IS
'Takes a role from a user; returns true if the user had it. An unknown user or role is an error (not found).';

CREATE FUNCTION stead_user_permissions(user_id bigint)
RETURNS TABLE (permission text, role_name text)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_permissions(bigint) IS
'Lists the permissions of a user, each with the role that grants it, sorted bytewise by permission, then role. An unknown, inactive or unapproved user has none.';

CREATE FUNCTION stead_user_has(user_id bigint, permission text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_has(bigint, text) IS
'Returns true if a role of the user grants the permission: by its name, by a grant that ends in .* (app.* grants app.sonarr and app.sonarr.view, not app), or by *. An unknown, inactive or unapproved user has no permissions.';

-- role: Roles and their permissions.

CREATE FUNCTION stead_role_create(role_name text, description text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_create(text, text) IS
'Creates a role and returns its id. role_name: 1 to 200 bytes; description: at most 8192. A name that is taken is an error (conflict).';

CREATE FUNCTION stead_role_delete(role_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_delete(text) IS
'Deletes a role and takes it from all users; returns true if there was one.';

CREATE FUNCTION stead_role_grant(role_name text, permission text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_grant(text, text) IS
'Grants a permission to a role; returns true if the role did not have it. permission: 1 to 200 bytes without spaces, such as app.view. app.* grants everything below app, and * grants everything. An unknown role is an error (not found).';

CREATE FUNCTION stead_role_set(role_name text, permissions json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_set(text, json) IS
'Gives a role exactly these permissions, at once; returns true if something changed. permissions: a JSON array of at most 1000, each as for stead_role_grant; an empty one takes all. An unknown role is an error (not found).';

CREATE FUNCTION stead_role_rename(role_name text, new_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_rename(text, text) IS
'Renames a role; its users keep it. Returns true, or false if that is its name already. new_name: 1 to 200 bytes. An unknown role is an error (not found), and so is a name that is taken (conflict).';

CREATE FUNCTION stead_role_revoke(role_name text, permission text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_revoke(text, text) IS
'Takes a permission from a role, by the name it was granted with; returns true if the role had it. An unknown role is an error (not found).';

CREATE FUNCTION stead_role_list()
RETURNS TABLE (role_name text, description text, permissions json, users bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_list() IS
'Lists roles by name. permissions is a JSON array, sorted bytewise; users is how many users have the role.';

-- session: Sessions: one call validates a request; revoking takes effect everywhere at once.

CREATE FUNCTION stead_session_create(user_id bigint, ttl_seconds bigint DEFAULT NULL, ip_address text DEFAULT NULL, user_agent text DEFAULT NULL, idle_seconds bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_create(bigint, bigint, text, text, bigint) IS
'Creates a session of a user and returns its token: sts_ and 43 characters of base64url (256 random bits). No later call returns the token. ttl_seconds: 1 to 3153600000; the default is the setting stead.session.ttl_seconds. idle_seconds, in the same range: the session is idle after so long without stead_session_touch. ip_address (at most 100 bytes) and user_agent (at most 8192) are for display only. An unknown user is an error (not found), and so is a user who is not active or approved (denied). Writes the event stead.session.create.';

CREATE FUNCTION stead_session_validate(token text)
RETURNS TABLE (valid boolean, reason text, session_id text, user_id bigint, username text, email text, roles json, permissions json, created_at timestamp with time zone, expires_at timestamp with time zone, last_seen_at timestamp with time zone, touch_due boolean) ROWS 1
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_validate(text) IS
'Returns one row that says whether a token is that of a valid session, and whose. reason is the first that applies of malformed, unknown, revoked, expired, idle, user_inactive, user_unapproved, ok. A session is valid before expires_at, by the wall clock. session_id and user_id are null if the token is not known; the other columns are null unless it is valid. An API key is judged in the same way: session_id is then its key_id, permissions are those that both it and its user have, expires_at is null if it does not expire, last_seen_at if it was never marked as seen. Any text of 32 to 200 bytes may be a key, so it is unknown, not malformed. roles and permissions are JSON arrays, sorted bytewise. touch_due: stead_session_touch would mark the session as seen. last_seen_at and touch_due may miss what other connections marked within the last minute. A session whose stored times somebody made unreadable is expired; on PostgreSQL, an expires_at of infinity never expires.';

CREATE FUNCTION stead_session_json(token text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_json(text) IS
'Returns the row of stead_session_validate as a JSON object, with the names of its columns in their order; times are text. It is one scalar call: on SQLite it costs no read transaction of its own.';

CREATE FUNCTION stead_session_check(token text, permission text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_check(text, text) IS
'Returns true if the token is that of a valid session whose user has the permission (see stead_user_has), or an API key that has it, too. Returns false for any other token, also for null. permission: 1 to 200 bytes.';

CREATE FUNCTION stead_session_touch(token text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_touch(text) IS
'Marks a session, or an API key, as seen, so that a session does not become idle; returns true if that was written. It writes at most once in stead.session.touch_seconds, or in half of the session''s idle_seconds if that is less. Returns false for a token that is not valid.';

CREATE FUNCTION stead_session_rotate(token text)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_rotate(text) IS
'Returns a new token for the same session; the old one is not valid from then on. If two callers rotate the same token, the second gets an error (conflict), as does anyone who rotates the replaced token later. A session that is not valid is an error (denied). Writes the event stead.session.rotate.';

CREATE FUNCTION stead_session_revoke(session_id text, revoke_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_revoke(text, text) IS
'Ends a session; returns true if it was not revoked before. Once this is committed, every connection refuses its token from the next call on. revoke_reason: at most 1000 bytes. Writes the event stead.session.revoke.';

CREATE FUNCTION stead_session_revoke_by(session_id text, revoked_by text, revoke_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_revoke_by(text, text, text) IS
'Does the same as stead_session_revoke, and says who did it: revoked_by (1 to 1000 bytes) is the actor_id of the event.';

CREATE FUNCTION stead_session_revoke_user(user_id bigint, except_session_id text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_revoke_user(bigint, text) IS
'Ends all sessions of a user that have not expired, except except_session_id. Returns how many. Writes the event stead.session.revoke for each.';

CREATE FUNCTION stead_session_list(user_id bigint)
RETURNS TABLE (session_id text, created_at timestamp with time zone, expires_at timestamp with time zone, last_seen_at timestamp with time zone, ip_address text, user_agent text, revoked_at timestamp with time zone)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_list(bigint) IS
'Lists the sessions of a user, live ones first, then the newest first. A live session is not revoked, expired or idle.';

CREATE FUNCTION stead_session_list_all(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (session_id text, user_id bigint, username text, created_at timestamp with time zone, expires_at timestamp with time zone, last_seen_at timestamp with time zone, ip_address text, user_agent text, revoked_at timestamp with time zone, revoke_reason text, next_page text)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_list_all(json, bigint, text) IS
'Lists the sessions of all users, by when they end or ended: those that end last come first, then by session_id, descending. Keyset paging: pass a row''s next_page to get what follows it. filter: a JSON object with any of user_id, username, ip_address and ended (true: revoked or expired); all of them must match. max_rows: 1 to 1000.';

CREATE FUNCTION stead_session_bearer(header text)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_bearer(text) IS
'Returns the token in the value of an HTTP Authorization header, Bearer TOKEN (RFC 6750), or null. The case of the scheme does not matter. A token consists of letters, digits and -._~+/, and may end in =.';

CREATE FUNCTION stead_session_cookie(cookie_header text, cookie_name text DEFAULT 'session')
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_cookie(text, text) IS
'Returns the token in an HTTP Cookie header, or null. A client with several accounts has a token in each of <name>_0 to <name>_4, and the number of the active one in <name>_active. The token is that of the active one, else of the lowest number present, else of <name> itself. If a name occurs more than once, the first cookie that is not empty counts. Double quotes around a value are removed.';

-- key: API keys: accepted wherever a session's token is.

CREATE FUNCTION stead_key_create(user_id bigint, label text, permissions json DEFAULT NULL, ttl_seconds bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_create(bigint, text, json, bigint) IS
'Creates an API key of a user and returns it: stk_ and 43 characters of base64url (256 random bits). No later call returns it. stead_session_validate, _check and _touch take it wherever they take a token. label: 1 to 200 bytes. permissions: a JSON array of at most 1000 grants such as app.view, app.* or *; the key may do what both it and its user may; null: all that its user may. ttl_seconds: 1 to 3153600000; null: it does not expire. An unknown user is an error (not found), and so is a user who is not active or approved (denied). Writes the event stead.key.create.';

CREATE FUNCTION stead_key_bootstrap(key text, username text, role_name text, label text DEFAULT 'bootstrap')
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_bootstrap(text, text, text, text) IS
'Makes a user, the user''s role membership and a key with this very text, where they are missing; returns true if it made the key. For a key from the environment: call it at every start, from as many processes as you like. key: any text of 32 to 200 bytes, but not what looks like a session''s token or a JWT, or begins or ends with white space (invalid). Only its SHA-256 is stored, so it must be hard to guess: take 32 random bytes. The role must exist (not found). A text that is or was another user''s key is an error (conflict). A key that was revoked or rotated stays so. Writes the event stead.key.bootstrap if it made the key.';

CREATE FUNCTION stead_key_rotate(key_id text, grace_seconds bigint DEFAULT 0)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_rotate(text, bigint) IS
'Gives a key another text and returns it; the rest of the key stays, also expires_at. Earlier texts are good for grace_seconds more (0 to 3153600000) at most, then refused as expired. An unknown key_id is an error (not found), and so is a key that was revoked or has expired (denied). Writes the event stead.key.rotate.';

CREATE FUNCTION stead_key_revoke(key_id text, revoke_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_revoke(text, text) IS
'Ends a key; returns true if it was not revoked before. Once this is committed, every connection refuses it from the next call on. revoke_reason: at most 1000 bytes. Writes the event stead.key.revoke.';

CREATE FUNCTION stead_key_list(user_id bigint DEFAULT NULL)
RETURNS TABLE (key_id text, label text, user_id bigint, username text, permissions json, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_list(bigint) IS
'Lists the keys of a user, or of all users, the newest first; ended ones too. permissions is a JSON array, sorted bytewise, or null. expires_at is null if the key does not expire, last_used_at if stead_session_touch never marked it.';

-- jwt: JSON Web Tokens: keys, signing, verifying.

CREATE FUNCTION stead_jwt_key_set(kid text, algorithm text, key text, issuer text DEFAULT NULL, audience_claim text DEFAULT NULL, for_sessions boolean DEFAULT false)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_key_set(text, text, text, text, text, boolean) IS
'Sets a key, replacing any earlier key of that kid; returns true if something changed. kid: 1 to 200 bytes. algorithm: HS, RS, PS or ES with 256, 384 or 512, or EdDSA. key, at most 16 KiB: one PEM block without a password, a JWK or, for HS, a base64url secret at least as long as the hash (32, 48 or 64 bytes). A certificate gives its public key; the certificate is not verified. RSA keys must have 2048 to 16384 bits. A public key verifies; a private key or a secret also signs. issuer and audience_claim, at most 1000 bytes each: what a token''s iss must be, and what its aud must contain. Without an audience_claim, a token that has an aud is refused. for_sessions: a token of this key whose claim sid is the id of a session is accepted as that session''s token. Whoever has such a key can sign in as any user who has a session: set this only for keys of your own.';

CREATE FUNCTION stead_jwt_key_delete(kid text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_key_delete(text) IS
'Deletes a key, with its private part; returns true if there was one. Its tokens are refused from then on.';

CREATE FUNCTION stead_jwt_key_list()
RETURNS TABLE (kid text, algorithm text, public_key text, issuer text, audience_claim text, for_sessions boolean, can_sign boolean, created_at timestamp with time zone, updated_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_key_list() IS
'Lists the keys by kid. public_key is PEM, or null for HS, whose secret is never shown. can_sign: there is a private part or a secret.';

CREATE FUNCTION stead_jwt_jwks()
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_jwks() IS
'Returns the public keys as a JWK set (RFC 7517), for others to verify what these keys sign: an object with an array keys, by kid. HS keys, which have no public part, are not in it.';

CREATE FUNCTION stead_jwt_sign(claims json, kid text DEFAULT NULL, ttl_seconds bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_sign(json, text, bigint) IS
'Returns a signed token of at most 8 KiB. claims: a JSON object, kept as given. If the claims lack them, iat (now) is added, and so are iss and aud if the key has them; ttl_seconds (1 to 3153600000) adds exp. exp, nbf and iat are seconds since 1970. Without a kid, the newest key that can sign is used. An unknown key is an error (not found), and so is a key without a private part (denied).';

CREATE FUNCTION stead_jwt_verify(token text, leeway_seconds bigint DEFAULT 60)
RETURNS TABLE (valid boolean, reason text, kid text, header json, claims json) ROWS 1
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_verify(text, bigint) IS
'Verifies a token by RFC 8725 and returns one row; a bad token is no error, NULL is malformed. reason is the first that applies of malformed, unknown_key, algorithm, signature, issuer, audience, expired, not_yet_valid, ok. kid is null if the key is not known; header and claims are null unless the token is valid. A token without a kid is verified with the only key of its algorithm. leeway_seconds, 0 to 86400: by how much clocks may differ.';

-- limit: Rate limits: so many in so many seconds, for each subject.

CREATE FUNCTION stead_limit_define(limit_name text, max_count bigint, per_seconds bigint, burst bigint DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_define(text, bigint, bigint, bigint) IS
'Defines a rate limit, or changes it: max_count (1 to 1000000000) in per_seconds (1 to 31622400), and at most burst at once; burst is max_count unless given. Returns true if that changed something. What subjects have taken stays taken. limit_name: 1 to 200 bytes. Numbers that cannot be counted exactly, or a burst that takes over 100 years to be full again, are an error.';

CREATE FUNCTION stead_limit_delete(limit_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_delete(text) IS
'Deletes a limit, with what its subjects have taken and its counts; returns true if there was one.';

CREATE FUNCTION stead_limit_take(limit_name text, subject text, cost bigint DEFAULT 1)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_take(text, text, bigint) IS
'Takes a cost of a limit for a subject: a user, an address, a key. Returns 0 if that is allowed, else the milliseconds after which it would be; then nothing is taken, but the refusal is counted. subject: 1 to 500 bytes; cost: 1 to the limit''s burst. Others who take for the same subject wait until this transaction ends. An unknown limit is an error (not found).';

CREATE FUNCTION stead_limit_peek(limit_name text, subject text)
RETURNS TABLE (allowed boolean, remaining bigint, retry_after_ms bigint, full_at timestamp with time zone) ROWS 1
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_peek(text, text) IS
'Says what a subject may take now, and takes nothing. allowed: a cost of 1 is; remaining: the highest cost that is; retry_after_ms: 0, or the milliseconds after which a cost of 1 is; full_at: when remaining is the burst again, now if it is. An unknown limit is an error (not found); a subject that has taken nothing is full.';

CREATE FUNCTION stead_limit_reset(limit_name text, subject text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_reset(text, text) IS
'Makes a subject of a limit full again, or all of them; returns how many had taken something. The counts of stead_limit_list stay. An unknown limit is an error (not found).';

CREATE FUNCTION stead_limit_list()
RETURNS TABLE (limit_name text, max_count bigint, per_seconds bigint, burst bigint, subjects bigint, allowed bigint, refused bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_list() IS
'Lists the limits by name. subjects: those with a row, which stead_maintain deletes some time after they are full again; allowed and refused: how many calls of stead_limit_take were. It counts the rows of all subjects.';

-- signin: Signing in: passwords, second factors, invites, challenges.

CREATE FUNCTION stead_password_set(user_id bigint, password text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_password_set(bigint, text) IS
'Sets the password of a user; returns true. password: 8 to 1024 bytes. It is hashed with Argon2id, at the cost that the settings stead.login.memory_kib, .passes and .lanes say. Ends the user''s sessions, unless the setting stead.login.keep_sessions is true. An unknown user is an error (not found). Writes the event stead.login.password. Pass the password as a parameter: the text of a statement can be in a log.';

CREATE FUNCTION stead_password_hash_set(user_id bigint, hash text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_password_hash_set(bigint, text) IS
'Takes over the hash of a user''s password from another system; returns true. hash: $argon2id$ (at most 256 MiB and 16 passes, 1 GiB in all), $2a$, $2b$ or $2y$ (bcrypt, cost up to 14), $y$ (yescrypt) and $7$ (scrypt, both up to 64 MiB), $6$ (SHA-512, up to 1000000 rounds). When the user next signs in, a hash of another kind or cost than today''s is replaced. For the rest see stead_password_set.';

CREATE FUNCTION stead_login(username text, password text, code text DEFAULT NULL, ip_address text DEFAULT NULL, user_agent text DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_login(text, text, text, text, text) IS
'Judges a name or email and a password; if they are right, begins a session. Returns an object with a reason: ok (with user_id, session_id and token); invalid: unknown name, no password and wrong password alike; limited (with retry_after_ms); or, once the password was right, with user_id: inactive, unapproved, code_required, code_wrong, setup_required (a role of theirs needs a second factor, and there is none). code: of 6 digits, or a recovery code. Nothing that a user types is an error. Attempts are limited by the settings stead.login.*: so commit, whatever the answer. Writes the event stead.login with the reason.';

CREATE FUNCTION stead_totp_begin(user_id bigint, issuer text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_begin(bigint, text) IS
'Begins to set up a second factor of a user: codes by time (RFC 6238, SHA-1, 6 digits, 30 seconds). Returns an object with secret (base32) and uri, for a QR code; no later call returns them. issuer: 1 to 200 bytes, the name of your application. A second factor that the user has stays until another is confirmed.';

CREATE FUNCTION stead_totp_confirm(user_id bigint, code text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_confirm(bigint, text) IS
'Confirms it with a code, which shows that the user has the secret. Returns {"confirmed":false}, or true with recovery_codes: 8 codes of 10 characters, which no later call returns. From then on, stead_login wants a code.';

CREATE FUNCTION stead_totp_disable(user_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_disable(bigint) IS
'Takes the second factor from a user, with its recovery codes; returns true if there was one.';

CREATE FUNCTION stead_recovery_codes(user_id bigint)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_recovery_codes(bigint) IS
'Makes new recovery codes for a user who has a second factor; the old ones are void. Returns an object with recovery_codes: 8 codes of 10 characters, each good for one stead_login in place of a code.';

CREATE FUNCTION stead_role_require_second_factor(role_name text, required boolean DEFAULT true)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_require_second_factor(text, boolean) IS
'Says whether users with a role need a second factor: stead_login then answers setup_required to those who have none. Returns true if that changed. An unknown role is an error (not found).';

CREATE FUNCTION stead_invite_create(created_by bigint, ttl_seconds bigint DEFAULT 604800, role_name text DEFAULT NULL, email text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_create(bigint, bigint, text, text) IS
'Invites somebody to become a user, by the user created_by; returns the code, once. ttl_seconds: 1 to 31622400. The new user gets the role role_name; with email, the invite is for that email only. An unknown user or role is an error (not found).';

CREATE FUNCTION stead_invite_redeem(code text, username text, email text, password text DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_redeem(text, text, text, text) IS
'Makes the user who was invited, active and approved. Returns an object with a reason: ok (with user_id), unknown, used, expired, revoked, or taken: another user has the username or the email, and the invite stays good. email: that of the invite unless given. Names, emails and passwords that could not be a user''s are errors.';

CREATE FUNCTION stead_invite_revoke(invite_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_revoke(bigint) IS
'Revokes an invite; returns true if it was not used or revoked before.';

CREATE FUNCTION stead_invite_list()
RETURNS TABLE (invite_id bigint, created_by bigint, role_name text, email text, created_at timestamp with time zone, expires_at timestamp with time zone, used_at timestamp with time zone, used_by bigint, revoked_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_list() IS
'Lists all invites, newest first. used_by: the user whom it made.';

CREATE FUNCTION stead_challenge_create(user_id bigint, purpose text, ttl_seconds bigint DEFAULT 600)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_challenge_create(bigint, text, bigint) IS
'Makes a token for a purpose of the application''s, such as a password reset or the confirmation of an email; returns it, once. purpose: 1 to 200 bytes; ttl_seconds: 1 to 31622400. It voids the user''s earlier token for that purpose. An unknown user is an error (not found).';

CREATE FUNCTION stead_challenge_redeem(token text, purpose text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_challenge_redeem(text, text) IS
'Uses a token for its purpose. Returns an object with a reason: ok (with user_id), unknown (also one that a later one voided, or for another purpose), used, expired. A token is good once.';

-- document: JSON documents in named collections.

CREATE FUNCTION stead_document_put(collection text, document json, document_id text DEFAULT NULL, expected_version bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_put(text, json, text, bigint) IS
'Inserts a document, in the place of the one of that id if there is one, and returns the id. collection: 1 to 200 bytes. document: a JSON object of at most 1 MiB, kept as given. document_id: 1 to 1000 bytes; unless given, it is the member "id", a string or a number; without one, a new UUID, which is put first into the document. expected_version: the version the document must be at, 0 for none, else it is an error (conflict). Replacing keeps the place in the order.';

CREATE FUNCTION stead_document_get(collection text, document_id text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_get(text, text) IS
'Returns a document as it was given, or null if there is none.';

CREATE FUNCTION stead_document_version(collection text, document_id text)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_version(text, text) IS
'Returns the version of a document, or 0 if there is none. It begins with 1 and grows by 1 with each change.';

CREATE FUNCTION stead_document_update(collection text, document_id text, changes json, expected_version bigint DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_update(text, text, json, bigint) IS
'Replaces members of a document at the top level, each as a whole, and returns the document; null if there is none. A null is stored as null. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';

CREATE FUNCTION stead_document_patch(collection text, document_id text, patch json, expected_version bigint DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_patch(text, text, json, bigint) IS
'Changes a document by a JSON Merge Patch (RFC 7396), in which objects are merged and null removes, and returns the document; null if there is none. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';

CREATE FUNCTION stead_document_increment(collection text, document_id text, member text, by double precision DEFAULT 1)
RETURNS double precision
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_increment(text, text, text, double precision) IS
'Adds to a number in a document and returns the sum; null if there is no such document. member: its name, at the top level; if it is absent it counts as 0. If it is no number, or the sum is out of range, it is an error. An integer plus a whole number stays an integer, of 64 bits.';

CREATE FUNCTION stead_document_delete(collection text, document_id text, expected_version bigint DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_delete(text, text, bigint) IS
'Deletes a document; returns false if there was none. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';

CREATE FUNCTION stead_document_list(collection text, filter json DEFAULT NULL, max_rows bigint DEFAULT 100, page text DEFAULT NULL)
RETURNS TABLE (document_id text, document json, version bigint, created_at timestamp with time zone, updated_at timestamp with time zone, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_list(text, json, bigint, text) IS
'Lists the documents of a collection in the order of first insertion. filter: an object of at most 100 members; a document must have all of them, with equal values. Types are distinct, 1 = 1.0, null matches null alone, and objects are equal whatever the order of their members. max_rows: 1 to 10000. page: the next_page of a row, to list what follows it.';

CREATE FUNCTION stead_document_count(collection text, filter json DEFAULT NULL)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_count(text, json) IS
'Counts the documents of a collection. filter: an object of at most 100 members; a document must have all of them, with equal values. Types are distinct, 1 = 1.0, null matches null alone, and objects are equal whatever the order of their members. ';

CREATE FUNCTION stead_document_save(collection text, documents json)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_save(text, json) IS
'Replaces a whole collection by an array of documents, in its order, and returns how many; all or none. The array has at most 64 MiB. Ids are taken as by stead_document_put; the same id twice is an error (conflict). A document that was there before continues its versions.';

CREATE FUNCTION stead_document_clear(collection text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_clear(text) IS
'Deletes all documents of a collection and returns how many. Its indexes stay.';

CREATE FUNCTION stead_document_index(collection text, member text, unique_values boolean DEFAULT false)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_index(text, text, boolean) IS
'Indexes a member of a collection''s documents, so that lists and counts with that member in the filter read only what matches; returns false if it was indexed so before. member: its name, at the top level, 1 to 1000 bytes; at most 16 of a collection. unique_values: no two documents may have the same value; where two have, it is an error (conflict). Nobody writes documents meanwhile.';

CREATE FUNCTION stead_document_unindex(collection text, member text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_unindex(text, text) IS
'Drops the index of a member; returns false if there was none.';

CREATE FUNCTION stead_document_collections()
RETURNS TABLE (collection text, documents bigint, indexes json)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_collections() IS
'Lists the collections that have documents or indexes, by name. indexes: an array of {"member","unique"}.';

-- job: Jobs: a queue with leases, retries and idempotency keys.

CREATE FUNCTION stead_job_create(kind text, request json DEFAULT NULL, options json DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_create(text, json, json) IS
'Creates a job and returns {"job_id":"<uuid>","created":true}. kind: 1 to 200 bytes; request: any JSON, kept as given. options: a JSON object with any of tenant (at most 200 bytes; '''' unless told), idempotency_key (1 to 200 bytes), run_at (a time; now unless told), priority (higher first; 0 unless told), max_attempts (1 unless told), message (at most 8192 bytes; ''accepted'' unless told). If a job of the same tenant and kind has the key, its id is returned, with "created":false; if its request is another, that is an error (conflict). Requests are the same if they differ in nothing but white space between tokens. On PostgreSQL, a job that is due now notifies the channel stead_job, with its kind.';

CREATE FUNCTION stead_job_claim(worker text, kinds json DEFAULT NULL, lease_seconds bigint DEFAULT 60, max_jobs bigint DEFAULT 1)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_claim(text, json, bigint, bigint) IS
'Claims jobs for a worker, and returns them as a JSON array of objects with the keys that stead_job_list has as columns: jobs that are queued and due, by priority (higher first), then run_at, then id. worker: 1 to 200 bytes, another for each process; kinds: a JSON array of at most 100 kinds; any unless told; lease_seconds: 1 to 31536000; max_jobs: 1 to 1000. The answer has fewer once it has 16 MiB. A job that is claimed is running, and nobody else gets it before its lease ends. First, jobs whose lease has ended are queued again while they have attempts left, else failed. No caller waits for another on PostgreSQL; a serialization failure in REPEATABLE READ is to be tried again.';

CREATE FUNCTION stead_job_heartbeat(job_id text, worker text, lease_seconds bigint DEFAULT 60)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_heartbeat(text, text, bigint) IS
'Begins the lease of a worker''s job anew: it ends lease_seconds (1 to 31536000) from now. Returns false if the job is not this worker''s any more; then the worker should stop.';

CREATE FUNCTION stead_job_finish(job_id text, result json DEFAULT NULL, worker text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_finish(text, json, text) IS
'Ends a job as succeeded, with its result. With worker, only while the job is that worker''s. Returns false if it is not, or there is no such job. A job that has ended already is an error (conflict).';

CREATE FUNCTION stead_job_fail(job_id text, error text, retry_seconds bigint DEFAULT NULL, worker text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_fail(text, text, bigint, text) IS
'Ends a job as failed, with an error of at most 65536 bytes. With retry_seconds (0 to 315360000), the job is queued again while it has attempts left, due then. With worker, only while the job is that worker''s. Returns false if it is not, or there is no such job. A job that has ended already is an error (conflict).';

CREATE FUNCTION stead_job_cancel(job_id text, cancel_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_cancel(text, text) IS
'Ends a job as cancelled; cancel_reason (at most 8192 bytes) becomes its message. A worker that has the job learns it from stead_job_heartbeat. Returns false if there is no such job. A job that has ended already is an error (conflict).';

CREATE FUNCTION stead_job_update(job_id text, changes json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_update(text, json) IS
'Changes a job, for applications that do not claim. changes: a JSON object with any of status (queued, running, succeeded, failed, cancelled), result, error, message; null removes one of the last three. From queued to running is an attempt. Returns false if there is no such job. Leaving a final status (succeeded, failed, cancelled) is an error (conflict).';

CREATE FUNCTION stead_job_recover(error text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_recover(text) IS
'To be called after a restart: fails the jobs that are running without a lease, which nobody runs any more, and, if the setting stead.job.recover_queued is true, those that are queued. error (at most 8192 bytes) becomes their error and their message. Returns how many.';

CREATE FUNCTION stead_job_list(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (job_id text, tenant text, kind text, status text, request json, result json, error text, message text, priority bigint, attempts bigint, run_at timestamp with time zone, worker text, lease_until timestamp with time zone, created_at timestamp with time zone, updated_at timestamp with time zone, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_list(json, bigint, text) IS
'Lists jobs, the newest first. filter: a JSON object with any of job_id, tenant, kind, status, since, until (times of creation: from since on, before until); all of them must match. An unknown status is an error (invalid). max_rows: 1 to 1000. To get the next page, pass the next_page of the last row, with the same filter.';

CREATE FUNCTION stead_job_stats()
RETURNS TABLE (kind text, status text, jobs bigint, oldest_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_stats() IS
'Counts jobs by kind and status, sorted bytewise; oldest_at is when the oldest of them was created. It reads all jobs.';

CREATE FUNCTION stead_job_event(job_id text, event text, status text DEFAULT 'ok', duration_ms double precision DEFAULT NULL, error_type text DEFAULT NULL, labels json DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_event(text, text, text, double precision, text, json) IS
'Notes an event of a job; returns its number. job_id: 1 to 200 bytes, or null; it need not be one of stead_job. event: 1 to 200 bytes; status: ok or error; duration_ms: 0 to 1000000000000, kept to the nanosecond; error_type: at most 1000 bytes; labels: a JSON object.';

CREATE FUNCTION stead_job_events(job_id text, after_id bigint DEFAULT 0, max_rows bigint DEFAULT 1000)
RETURNS TABLE (id bigint, event text, status text, duration_ms double precision, error_type text, labels json, recorded_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_events(text, bigint, bigint) IS
'Lists the events of a job, oldest first; of null, those without a job. Pass the id of the last one as after_id for the next ones; on PostgreSQL, an event can have a lower id than one that was committed before it, so whoever follows them asks for the last ones again. max_rows: 1 to 10000.';

CREATE FUNCTION stead_job_event_stats(job_id text DEFAULT NULL)
RETURNS TABLE (event text, total bigint, ok bigint, error bigint, avg_ms double precision, min_ms double precision, max_ms double precision)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_event_stats(text) IS
'Counts the events of a job, or of all, by event, and gives the mean, the least and the greatest duration in milliseconds: rounded to 0.1, half away from zero; 0 where no event has a duration.';

CREATE FUNCTION stead_job_graph_set(job_id text, nodes json, edges json)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_graph_set(text, json, json) IS
'Replaces the graph of a job; returns its overall status. nodes: a JSON array of objects with id (1 to 200 bytes) and any of agent_name (at most 1000 bytes), status (pending unless told), started_at, finished_at, error (strings or numbers, kept as given). edges: a JSON array of objects with from and to, ids of nodes. A cycle is an error.';

CREATE FUNCTION stead_job_node_set(job_id text, node_id text, status text, changes json DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_node_set(text, text, text, json) IS
'Sets the status of a node: pending, running, success, failed or skipped. Returns the overall status: failed if any node is failed, else running if any is running, else pending if any is pending, or there are no nodes, else skipped if all are skipped, else success. changes: a JSON object with any of started_at, finished_at, error; null takes it away. A graph or node that is not there is an error (not found).';

CREATE FUNCTION stead_job_graph(job_id text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_graph(text) IS
'Returns the graph of a job as a JSON object: nodes and edges, in the order given, and overall_status. Null if there is none.';

CREATE FUNCTION stead_job_artifact_put(job_id text, kind text, name text, content bytea)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifact_put(text, text, text, bytea) IS
'Stores what a job made; returns the artifact''s id, a UUID. kind: one of the setting stead.job.artifact_kinds, a JSON array; name: 1 to 1000 bytes; content: at most 64 MiB.';

CREATE FUNCTION stead_job_artifacts(job_id text)
RETURNS TABLE (artifact_id text, kind text, name text, size_bytes bigint, sha256 text, created_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifacts(text) IS
'Lists the artifacts of a job, oldest first. sha256: in lower-case hexadecimal.';

CREATE FUNCTION stead_job_artifact_get(job_id text, artifact_id text)
RETURNS TABLE (content bytea, name text, kind text, sha256 text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifact_get(text, text) IS
'Returns the content of an artifact of the job; no row if it has none of that id. Computes its SHA-256: if that is not the stored one, it is an error (corrupt).';

-- retention: Retention: how long rows are kept, holds, and pruning in batches.

CREATE FUNCTION stead_retention_set(target text, keep_days bigint, time_column text DEFAULT NULL, batch_rows bigint DEFAULT 10000)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_set(text, bigint, text, bigint) IS
'Sets how long rows of a target are kept. Returns true if that changed something. target is audit, change, job, session, setting_history, or a table of yours, named as in SQL, of at most 400 bytes. Rows strictly older than keep_days (0 to 36500) are pruned. time_column is for a table of yours: the exact name of the column that tells a row''s age. On PostgreSQL it is timestamptz, timestamp or date (in UTC), or a number; on SQLite it is ISO 8601 text or a number. A number counts seconds, milliseconds or microseconds since 1970; its size tells which, for the years 1980 to 9999. batch_rows is 1 to 1000000. Only the table''s owner may set its policy. A hold stays.';

CREATE FUNCTION stead_retention_delete(target text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_delete(text) IS
'Deletes the policy of a target, so that its rows are kept for ever. Returns true if there was one. A hold stays.';

CREATE FUNCTION stead_retention_list()
RETURNS TABLE (target text, time_column text, keep_days bigint, batch_rows bigint, hold_reason text, last_run_at timestamp with time zone, last_deleted bigint, total_deleted bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_list() IS
'Lists the targets by name: Stead''s own, and tables of yours that have a policy or a hold. If keep_days is null, there is no policy. The name of a table has no schema if that is public, or main on SQLite.';

CREATE FUNCTION stead_retention_preview(target text)
RETURNS TABLE (cutoff timestamp with time zone, expired_rows bigint, oldest_at timestamp with time zone, unreadable_rows bigint) ROWS 1
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_preview(text) IS
'Shows what pruning would delete now, in all batches together: the number of rows strictly older than cutoff, and the oldest one''s time. unreadable_rows counts the rows of a table of yours whose column has no valid time; they are never deleted. A hold makes no difference. A target without a policy is an error (not found).';

CREATE FUNCTION stead_retention_hold(target text, hold_reason text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_hold(text, text) IS
'Holds a target: nobody can prune it, whatever its policy, until it is released. Returns true if that changed something. hold_reason has 1 to 1000 bytes and replaces an earlier one. If a prune is running, the call waits for it.';

CREATE FUNCTION stead_retention_release(target text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_retention_release(text) IS
'Releases a target from its hold. Returns true if there was one.';

CREATE FUNCTION stead_prune(target text, max_rows bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_prune(text, bigint) IS
'Deletes one batch of a target''s expired rows, oldest first, and returns how many. Returns 0 if no row is left that can be deleted. The batch has at most max_rows (1 to 1000000). Without max_rows, it has at most the policy''s batch_rows, and once it has deleted something, it ends after stead.retention.call_ms, on SQLite after stead.retention.batch_ms. A held target is an error (denied), and so is one without a policy (not found). Rows of a table of yours are deleted with the rights of its owner. Audit events are sealed before they are deleted; if another call is sealing and nothing else can be deleted, that is an error (busy). If it has deleted something, it writes the event stead.prune.';

CREATE FUNCTION stead_audit_prune(keep_days bigint)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_audit_prune(bigint) IS
'Deletes one batch of audit events older than keep_days (0 to 36500), and returns how many rows it has deleted. If no event is left to delete, it deletes rollups older than stead.audit.rollup_days. It works as stead_prune(''audit'') does, but needs no policy.';

-- migration: Schema migrations.

CREATE FUNCTION stead_migration_apply(version text, statements text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_apply(text, text) IS
'Runs the SQL statements of a schema migration in the caller''s transaction, and notes it; returns false if it was applied before. version: 1 to 200 bytes; statements: 1 byte to 16 MiB. A version that was applied with other statements is an error (conflict); other line ends do not matter. The statements run with the caller''s own rights and search_path. BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ATTACH, VACUUM and the like are refused before anything runs. If a statement fails, the error names it, and nothing is changed. While another caller applies a migration, the call waits.';

CREATE FUNCTION stead_migration_adopt(version text, statements text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_adopt(text, text) IS
'Notes a schema migration as applied without running it; returns false if it was applied before. The arguments and errors are those of stead_migration_apply.';

CREATE FUNCTION stead_migration_list()
RETURNS TABLE (version text, sha256 text, applied_at timestamp with time zone, applied_by text, duration_ms bigint, adopted boolean)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_list() IS
'Lists the schema migrations that were applied, in the order of application. sha256 is that of the statements as they were given. applied_by is the role that had logged in, null on SQLite; duration_ms is null for an adopted one.';

CREATE FUNCTION stead_migration_check(manifest json)
RETURNS TABLE (version text, status text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_check(json) IS
'Compares schema migrations with those that were applied. manifest: a JSON object of at most 64 MiB, version to statements or to "sha256:" and the hash of them. status is applied, changed (applied with other statements), pending, late (pending, but a later version is applied) or unknown (applied, but not in the manifest). In bytewise order of version, which is also what later means.';

-- transfer: Moving everything between the databases, as lines of JSON.

CREATE FUNCTION stead_export(sections json DEFAULT NULL)
RETURNS TABLE (line text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_export(json) IS
'Returns all rows that Stead keeps, as lines of JSON, as of one moment. Either database can import them with stead_import(). The first line names the format, the version, the schema version and the database. The last line has the number of rows of each section, and the SHA-256 of all lines before it. sections: an array of names of modules; all, unless told. Secrets and hashes are in the lines: treat them as a backup. On SQLite, the connection must not write until it has the last line.';

CREATE FUNCTION stead_import(lines text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_import(text) IS
'Takes the next piece of an export: whole lines, one or more, at most 16 MiB or a single line. Returns as JSON how many lines came so far, and whether that is all. The lines are kept aside until the last one has come. Then its call checks and stores all rows; the sections must have none before. A line that was changed, left out, doubled or moved is an error that names it. After an error nothing of the piece is taken: go on with the right line, or begin again with the first. Empty text throws away what came.';

-- overview: A page that shows the state of the database.

CREATE FUNCTION stead_report()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_report() IS
'Returns a page about the database in HTML: events over time, failures, the most frequent actions and actors, sealing and retention, how many sessions, users and jobs there are, and what stead_doctor finds. The page has no scripts and needs nothing from elsewhere. It shows names of actors and of what they acted on: whoever may read it should be one who may read the audit log. The numbers are as of one moment. It counts sessions, users and unsealed events to at most 1000000, and reads all jobs.';

-- monitoring: The figures that an operator watches, for Prometheus.

CREATE FUNCTION stead_metrics()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_metrics() IS
'Returns the figures that an operator watches, in Prometheus''s text format 0.0.4: events, failures and what is not sealed, sessions, users, keys, rate limits, the cache, documents, jobs, retention, migrations, and the size of the database. A counter, whose name ends in _total, never falls, whatever is pruned or restarted; all else is a gauge. It counts at most 100000 rows of a table, and no sealed events.';

-- backups: A copy of a SQLite database in a file, written while others write, and checked.

CREATE FUNCTION stead_backup(path text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backup(text) IS
'SQLite: writes a copy of the whole database to a new file, and checks it before it gets its name. Others may write meanwhile; the copy is what one transaction sees. path must not exist yet; a relative path begins at the process''s directory. It is an error inside a transaction, and if a page is damaged. A failed or killed backup leaves nothing at path. Returns the same report as stead_backup_check; if ok is false there, the copy is published all the same: the problems that it lists are the database''s own. The copy holds every secret of the database: password hashes, keys of JWTs, codes of second factors. It gets the permissions of the database''s file. On PostgreSQL it is an error: use pg_dump or pg_basebackup.';

CREATE FUNCTION stead_backup_check(path text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backup_check(text) IS
'SQLite: checks a file that stead_backup wrote, or another copy of a database, and reports as JSON. ok is true if nothing is wrong; problems says what is. It compares all pages and indexes with each other (integrity_check), looks at the schema version, and verifies the audit trail (stead_audit_verify). events and leaves are the numbers of all and of sealed events, root is that of their Merkle tree. An earlier schema version is no problem, but then the audit trail is not verified. It opens the file for reading only and writes nothing beside it. A database in use is no backup: close it first. A value that was changed in a table without an audit trail is not found. On PostgreSQL it is an error.';

-- A change of a cached table sends a relcache invalidation of one of these.
-- In a schema of their own, where they are in nobody's way.
CREATE SCHEMA stead_signal;
CREATE TYPE stead_signal.signal_0 AS ();
CREATE TYPE stead_signal.signal_1 AS ();
CREATE TYPE stead_signal.signal_2 AS ();
CREATE TYPE stead_signal.signal_3 AS ();
CREATE TYPE stead_signal.signal_4 AS ();
CREATE TYPE stead_signal.signal_5 AS ();
CREATE TYPE stead_signal.signal_6 AS ();
CREATE TYPE stead_signal.signal_7 AS ();
CREATE TYPE stead_signal.signal_8 AS ();
CREATE TYPE stead_signal.signal_9 AS ();
CREATE TYPE stead_signal.signal_10 AS ();
CREATE TYPE stead_signal.signal_11 AS ();
CREATE TYPE stead_signal.signal_12 AS ();
CREATE TYPE stead_signal.signal_13 AS ();
CREATE TYPE stead_signal.signal_14 AS ();
CREATE TYPE stead_signal.signal_15 AS ();
CREATE TYPE stead_signal.signal_16 AS ();
CREATE TYPE stead_signal.signal_17 AS ();
CREATE TYPE stead_signal.signal_18 AS ();
CREATE TYPE stead_signal.signal_19 AS ();
CREATE TYPE stead_signal.signal_20 AS ();
CREATE TYPE stead_signal.signal_21 AS ();
CREATE TYPE stead_signal.signal_22 AS ();
CREATE TYPE stead_signal.signal_23 AS ();
CREATE TYPE stead_signal.signal_24 AS ();
CREATE TYPE stead_signal.signal_25 AS ();
CREATE TYPE stead_signal.signal_26 AS ();
CREATE TYPE stead_signal.signal_27 AS ();
CREATE TYPE stead_signal.signal_28 AS ();
CREATE TYPE stead_signal.signal_29 AS ();
CREATE TYPE stead_signal.signal_30 AS ();
CREATE TYPE stead_signal.signal_31 AS ();
CREATE TYPE stead_signal.signal_32 AS ();
CREATE TYPE stead_signal.signal_33 AS ();
CREATE TYPE stead_signal.signal_34 AS ();
CREATE TYPE stead_signal.signal_35 AS ();
CREATE TYPE stead_signal.signal_36 AS ();
CREATE TYPE stead_signal.signal_37 AS ();
CREATE TYPE stead_signal.signal_38 AS ();
CREATE TYPE stead_signal.signal_39 AS ();
CREATE TYPE stead_signal.signal_40 AS ();
CREATE TYPE stead_signal.signal_41 AS ();
CREATE TYPE stead_signal.signal_42 AS ();
CREATE TYPE stead_signal.signal_43 AS ();
CREATE TYPE stead_signal.signal_44 AS ();
CREATE TYPE stead_signal.signal_45 AS ();
CREATE TYPE stead_signal.signal_46 AS ();
CREATE TYPE stead_signal.signal_47 AS ();
CREATE TYPE stead_signal.signal_48 AS ();
CREATE TYPE stead_signal.signal_49 AS ();
CREATE TYPE stead_signal.signal_50 AS ();
CREATE TYPE stead_signal.signal_51 AS ();
CREATE TYPE stead_signal.signal_52 AS ();
CREATE TYPE stead_signal.signal_53 AS ();
CREATE TYPE stead_signal.signal_54 AS ();
CREATE TYPE stead_signal.signal_55 AS ();
CREATE TYPE stead_signal.signal_56 AS ();
CREATE TYPE stead_signal.signal_57 AS ();
CREATE TYPE stead_signal.signal_58 AS ();
CREATE TYPE stead_signal.signal_59 AS ();
CREATE TYPE stead_signal.signal_60 AS ();
CREATE TYPE stead_signal.signal_61 AS ();
CREATE TYPE stead_signal.signal_62 AS ();
CREATE TYPE stead_signal.signal_63 AS ();
CREATE TYPE stead_signal.signal_64 AS ();
CREATE TYPE stead_signal.signal_65 AS ();
CREATE TYPE stead_signal.signal_66 AS ();
CREATE TYPE stead_signal.signal_67 AS ();
CREATE TYPE stead_signal.signal_68 AS ();
CREATE TYPE stead_signal.signal_69 AS ();
CREATE TYPE stead_signal.signal_70 AS ();
CREATE TYPE stead_signal.signal_71 AS ();
CREATE TYPE stead_signal.signal_72 AS ();
CREATE TYPE stead_signal.signal_73 AS ();
CREATE TYPE stead_signal.signal_74 AS ();
CREATE TYPE stead_signal.signal_75 AS ();
CREATE TYPE stead_signal.signal_76 AS ();
CREATE TYPE stead_signal.signal_77 AS ();
CREATE TYPE stead_signal.signal_78 AS ();
CREATE TYPE stead_signal.signal_79 AS ();
CREATE TYPE stead_signal.signal_80 AS ();
CREATE TYPE stead_signal.signal_81 AS ();
CREATE TYPE stead_signal.signal_82 AS ();
CREATE TYPE stead_signal.signal_83 AS ();
CREATE TYPE stead_signal.signal_84 AS ();
CREATE TYPE stead_signal.signal_85 AS ();
CREATE TYPE stead_signal.signal_86 AS ();
CREATE TYPE stead_signal.signal_87 AS ();
CREATE TYPE stead_signal.signal_88 AS ();
CREATE TYPE stead_signal.signal_89 AS ();
CREATE TYPE stead_signal.signal_90 AS ();
CREATE TYPE stead_signal.signal_91 AS ();
CREATE TYPE stead_signal.signal_92 AS ();
CREATE TYPE stead_signal.signal_93 AS ();
CREATE TYPE stead_signal.signal_94 AS ();
CREATE TYPE stead_signal.signal_95 AS ();
CREATE TYPE stead_signal.signal_96 AS ();
CREATE TYPE stead_signal.signal_97 AS ();
CREATE TYPE stead_signal.signal_98 AS ();
CREATE TYPE stead_signal.signal_99 AS ();
CREATE TYPE stead_signal.signal_100 AS ();
CREATE TYPE stead_signal.signal_101 AS ();
CREATE TYPE stead_signal.signal_102 AS ();
CREATE TYPE stead_signal.signal_103 AS ();
CREATE TYPE stead_signal.signal_104 AS ();
CREATE TYPE stead_signal.signal_105 AS ();
CREATE TYPE stead_signal.signal_106 AS ();
CREATE TYPE stead_signal.signal_107 AS ();
CREATE TYPE stead_signal.signal_108 AS ();
CREATE TYPE stead_signal.signal_109 AS ();
CREATE TYPE stead_signal.signal_110 AS ();
CREATE TYPE stead_signal.signal_111 AS ();
CREATE TYPE stead_signal.signal_112 AS ();
CREATE TYPE stead_signal.signal_113 AS ();
CREATE TYPE stead_signal.signal_114 AS ();
CREATE TYPE stead_signal.signal_115 AS ();
CREATE TYPE stead_signal.signal_116 AS ();
CREATE TYPE stead_signal.signal_117 AS ();
CREATE TYPE stead_signal.signal_118 AS ();
CREATE TYPE stead_signal.signal_119 AS ();
CREATE TYPE stead_signal.signal_120 AS ();
CREATE TYPE stead_signal.signal_121 AS ();
CREATE TYPE stead_signal.signal_122 AS ();
CREATE TYPE stead_signal.signal_123 AS ();
CREATE TYPE stead_signal.signal_124 AS ();
CREATE TYPE stead_signal.signal_125 AS ();
CREATE TYPE stead_signal.signal_126 AS ();
CREATE TYPE stead_signal.signal_127 AS ();
CREATE TYPE stead_signal.signal_128 AS ();
CREATE TYPE stead_signal.signal_129 AS ();
CREATE TYPE stead_signal.signal_130 AS ();
CREATE TYPE stead_signal.signal_131 AS ();
CREATE TYPE stead_signal.signal_132 AS ();
CREATE TYPE stead_signal.signal_133 AS ();
CREATE TYPE stead_signal.signal_134 AS ();
CREATE TYPE stead_signal.signal_135 AS ();
CREATE TYPE stead_signal.signal_136 AS ();
CREATE TYPE stead_signal.signal_137 AS ();
CREATE TYPE stead_signal.signal_138 AS ();
CREATE TYPE stead_signal.signal_139 AS ();
CREATE TYPE stead_signal.signal_140 AS ();
CREATE TYPE stead_signal.signal_141 AS ();
CREATE TYPE stead_signal.signal_142 AS ();
CREATE TYPE stead_signal.signal_143 AS ();
CREATE TYPE stead_signal.signal_144 AS ();
CREATE TYPE stead_signal.signal_145 AS ();
CREATE TYPE stead_signal.signal_146 AS ();
CREATE TYPE stead_signal.signal_147 AS ();
CREATE TYPE stead_signal.signal_148 AS ();
CREATE TYPE stead_signal.signal_149 AS ();
CREATE TYPE stead_signal.signal_150 AS ();
CREATE TYPE stead_signal.signal_151 AS ();
CREATE TYPE stead_signal.signal_152 AS ();
CREATE TYPE stead_signal.signal_153 AS ();
CREATE TYPE stead_signal.signal_154 AS ();
CREATE TYPE stead_signal.signal_155 AS ();
CREATE TYPE stead_signal.signal_156 AS ();
CREATE TYPE stead_signal.signal_157 AS ();
CREATE TYPE stead_signal.signal_158 AS ();
CREATE TYPE stead_signal.signal_159 AS ();
CREATE TYPE stead_signal.signal_160 AS ();
CREATE TYPE stead_signal.signal_161 AS ();
CREATE TYPE stead_signal.signal_162 AS ();
CREATE TYPE stead_signal.signal_163 AS ();
CREATE TYPE stead_signal.signal_164 AS ();
CREATE TYPE stead_signal.signal_165 AS ();
CREATE TYPE stead_signal.signal_166 AS ();
CREATE TYPE stead_signal.signal_167 AS ();
CREATE TYPE stead_signal.signal_168 AS ();
CREATE TYPE stead_signal.signal_169 AS ();
CREATE TYPE stead_signal.signal_170 AS ();
CREATE TYPE stead_signal.signal_171 AS ();
CREATE TYPE stead_signal.signal_172 AS ();
CREATE TYPE stead_signal.signal_173 AS ();
CREATE TYPE stead_signal.signal_174 AS ();
CREATE TYPE stead_signal.signal_175 AS ();
CREATE TYPE stead_signal.signal_176 AS ();
CREATE TYPE stead_signal.signal_177 AS ();
CREATE TYPE stead_signal.signal_178 AS ();
CREATE TYPE stead_signal.signal_179 AS ();
CREATE TYPE stead_signal.signal_180 AS ();
CREATE TYPE stead_signal.signal_181 AS ();
CREATE TYPE stead_signal.signal_182 AS ();
CREATE TYPE stead_signal.signal_183 AS ();
CREATE TYPE stead_signal.signal_184 AS ();
CREATE TYPE stead_signal.signal_185 AS ();
CREATE TYPE stead_signal.signal_186 AS ();
CREATE TYPE stead_signal.signal_187 AS ();
CREATE TYPE stead_signal.signal_188 AS ();
CREATE TYPE stead_signal.signal_189 AS ();
CREATE TYPE stead_signal.signal_190 AS ();
CREATE TYPE stead_signal.signal_191 AS ();
CREATE TYPE stead_signal.signal_192 AS ();
CREATE TYPE stead_signal.signal_193 AS ();
CREATE TYPE stead_signal.signal_194 AS ();
CREATE TYPE stead_signal.signal_195 AS ();
CREATE TYPE stead_signal.signal_196 AS ();
CREATE TYPE stead_signal.signal_197 AS ();
CREATE TYPE stead_signal.signal_198 AS ();
CREATE TYPE stead_signal.signal_199 AS ();
CREATE TYPE stead_signal.signal_200 AS ();
CREATE TYPE stead_signal.signal_201 AS ();
CREATE TYPE stead_signal.signal_202 AS ();
CREATE TYPE stead_signal.signal_203 AS ();
CREATE TYPE stead_signal.signal_204 AS ();
CREATE TYPE stead_signal.signal_205 AS ();
CREATE TYPE stead_signal.signal_206 AS ();
CREATE TYPE stead_signal.signal_207 AS ();
CREATE TYPE stead_signal.signal_208 AS ();
CREATE TYPE stead_signal.signal_209 AS ();
CREATE TYPE stead_signal.signal_210 AS ();
CREATE TYPE stead_signal.signal_211 AS ();
CREATE TYPE stead_signal.signal_212 AS ();
CREATE TYPE stead_signal.signal_213 AS ();
CREATE TYPE stead_signal.signal_214 AS ();
CREATE TYPE stead_signal.signal_215 AS ();
CREATE TYPE stead_signal.signal_216 AS ();
CREATE TYPE stead_signal.signal_217 AS ();
CREATE TYPE stead_signal.signal_218 AS ();
CREATE TYPE stead_signal.signal_219 AS ();
CREATE TYPE stead_signal.signal_220 AS ();
CREATE TYPE stead_signal.signal_221 AS ();
CREATE TYPE stead_signal.signal_222 AS ();
CREATE TYPE stead_signal.signal_223 AS ();
CREATE TYPE stead_signal.signal_224 AS ();
CREATE TYPE stead_signal.signal_225 AS ();
CREATE TYPE stead_signal.signal_226 AS ();
CREATE TYPE stead_signal.signal_227 AS ();
CREATE TYPE stead_signal.signal_228 AS ();
CREATE TYPE stead_signal.signal_229 AS ();
CREATE TYPE stead_signal.signal_230 AS ();
CREATE TYPE stead_signal.signal_231 AS ();
CREATE TYPE stead_signal.signal_232 AS ();
CREATE TYPE stead_signal.signal_233 AS ();
CREATE TYPE stead_signal.signal_234 AS ();
CREATE TYPE stead_signal.signal_235 AS ();
CREATE TYPE stead_signal.signal_236 AS ();
CREATE TYPE stead_signal.signal_237 AS ();
CREATE TYPE stead_signal.signal_238 AS ();
CREATE TYPE stead_signal.signal_239 AS ();
CREATE TYPE stead_signal.signal_240 AS ();
CREATE TYPE stead_signal.signal_241 AS ();
CREATE TYPE stead_signal.signal_242 AS ();
CREATE TYPE stead_signal.signal_243 AS ();
CREATE TYPE stead_signal.signal_244 AS ();
CREATE TYPE stead_signal.signal_245 AS ();
CREATE TYPE stead_signal.signal_246 AS ();
CREATE TYPE stead_signal.signal_247 AS ();
CREATE TYPE stead_signal.signal_248 AS ();
CREATE TYPE stead_signal.signal_249 AS ();
CREATE TYPE stead_signal.signal_250 AS ();
CREATE TYPE stead_signal.signal_251 AS ();
CREATE TYPE stead_signal.signal_252 AS ();
CREATE TYPE stead_signal.signal_253 AS ();
CREATE TYPE stead_signal.signal_254 AS ();
CREATE TYPE stead_signal.signal_255 AS ();
CREATE TYPE stead_signal.signal_256 AS ();
CREATE TYPE stead_signal.signal_257 AS ();
CREATE TYPE stead_signal.signal_258 AS ();
CREATE TYPE stead_signal.signal_259 AS ();
CREATE TYPE stead_signal.signal_260 AS ();
CREATE TYPE stead_signal.signal_261 AS ();
CREATE TYPE stead_signal.signal_262 AS ();
CREATE TYPE stead_signal.signal_263 AS ();

-- triggers

CREATE FUNCTION stead_refuse_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_refuse_change() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table.';

CREATE FUNCTION stead_signal_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_signal_change() IS 'Trigger: invalidates what the backends have cached of the table.';

CREATE FUNCTION stead_record_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_record_change() IS 'Trigger: records the changes of a captured table.';

-- Every function is the bootstrap superuser's, whom nobody can drop, whoever creates the extension. What this script gives
-- is what pg_dump takes for granted, by pg_init_privs: a role that can go is not named here. stead_init() gives the
-- extension's owner EXECUTE; if he owns the database, that gives it to him, so that he can restore a dump of his own.
DO $script$
DECLARE
	signature pg_catalog.text;
	for_owner pg_catalog.bool := pg_catalog.to_regrole('pg_database_owner') IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_extension e
		JOIN pg_catalog.pg_database d ON d.datdba = e.extowner JOIN pg_catalog.pg_roles r ON r.oid = e.extowner
		WHERE e.extname = 'stead' AND d.datname = pg_catalog.current_database() AND NOT r.rolsuper);
BEGIN
	FOR signature IN SELECT d.objid::pg_catalog.regprocedure::pg_catalog.text FROM pg_catalog.pg_depend d
		JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
		WHERE e.extname = 'stead' AND d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid
		AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid LOOP
		EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', signature, pg_catalog.pg_get_userbyid(10));
		IF for_owner THEN
			EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO pg_database_owner WITH GRANT OPTION', signature);
		END IF;
	END LOOP;
END $script$;

REVOKE ALL ON FUNCTION stead_doctor() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_maintain(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_grant(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_grants() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_configure() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_log(text, text, text, text, text, boolean, json, text, text, text, timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_log_many(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_list(json, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_count(json, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_stats(timestamp with time zone, timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_top(text, timestamp with time zone, timestamp with time zone, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_histogram(text, timestamp with time zone, timestamp with time zone, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_context_set(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_capture_start(text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_capture_stop(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_capture_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_changes(text, json, timestamp with time zone, timestamp with time zone, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_row_at(text, json, timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_seal(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_blocks(bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_redact(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_verify(bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_checkpoint(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_verify_checkpoint(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_proof(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_export(timestamp with time zone, timestamp with time zone, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_define(text, text, text, text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_set(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_get(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_bool(text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_int(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_real(text, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_reveal(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_delete(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_list(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_history(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_setting_version() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_cache_set(text, text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_cache_get(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_cache_delete(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_cache_clear(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_cache_stats() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_counter_observe(text, json, timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_counter_rates(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_create(text, text, boolean, boolean, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_update(bigint, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_delete(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_list(json, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_find(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_role_add(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_role_remove(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_permissions(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_user_has(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_create(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_delete(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_grant(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_set(text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_rename(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_revoke(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_create(bigint, bigint, text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_validate(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_json(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_check(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_touch(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_rotate(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_revoke(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_revoke_by(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_revoke_user(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_list(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_session_list_all(json, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_key_create(bigint, text, json, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_key_bootstrap(text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_key_rotate(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_key_revoke(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_key_list(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_key_set(text, text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_key_delete(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_key_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_jwks() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_sign(json, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_jwt_verify(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_define(text, bigint, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_delete(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_take(text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_peek(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_reset(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_limit_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_password_set(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_password_hash_set(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_login(text, text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_totp_begin(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_totp_confirm(bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_totp_disable(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_recovery_codes(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_role_require_second_factor(text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_invite_create(bigint, bigint, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_invite_redeem(text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_invite_revoke(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_invite_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_challenge_create(bigint, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_challenge_redeem(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_put(text, json, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_get(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_version(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_update(text, text, json, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_patch(text, text, json, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_increment(text, text, text, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_delete(text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_list(text, json, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_count(text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_save(text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_clear(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_index(text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_unindex(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_document_collections() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_create(text, json, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_claim(text, json, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_heartbeat(text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_finish(text, json, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_fail(text, text, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_cancel(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_update(text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_recover(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_list(json, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_stats() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_event(text, text, text, double precision, text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_events(text, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_event_stats(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_graph_set(text, json, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_node_set(text, text, text, json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_graph(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_artifact_put(text, text, text, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_artifacts(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_job_artifact_get(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_set(text, bigint, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_delete(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_preview(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_hold(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_retention_release(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_prune(text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_audit_prune(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_migration_apply(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_migration_adopt(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_migration_list() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_migration_check(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_export(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_import(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_report() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_metrics() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_backup(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_backup_check(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_signal_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION stead_record_change() FROM PUBLIC;
