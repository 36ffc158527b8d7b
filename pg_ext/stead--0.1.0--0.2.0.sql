-- Stead 0.2.0, from the version in this file's name. Generated from the registry (pg_ext/gen.c); do not edit.
\echo Use "ALTER EXTENSION stead UPDATE" to load this file. \quit

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
COMMENT ON FUNCTION stead_audit_list(json, bigint, text) IS
'Lists events, newest first, by time and id. filter is a JSON object with any of the keys action, resource_type, resource_id, actor_id, actor_name, ip_address, success, since (inclusive), until (exclusive), search and not. The first six take a text, a prefix that ends in * ("app.*"; "*": any value), or an array of at most 100 of those, any of which must match; an empty array matches nothing. A member that is null counts as not given. not is an object with any of the same six keys, none of which may match; an event without a value is not excluded. search is a text of at most 1000 bytes; actor_name, action, resource_id or details must contain it, ignoring the case of ASCII letters. max_rows is 1 to 1000. To list the events that follow a row, pass its next_page as page, with the same filter.';

CREATE FUNCTION stead_context_set(context json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_context_set(json) IS
'Says who acts for the rest of the transaction; returns true if that is news. context: a JSON object with any of actor_id, actor_name (at most 1000 bytes each), ip_address (100) and request_id (200); an empty object is none. It takes the place of an earlier context. Events that name no actor take actor_id and actor_name from it, and those without an ip_address take that. request_id goes into the details of Stead''s own events, and of those that have no details. The context ends with the transaction, so call it in one; a savepoint that is rolled back puts the earlier context back.';
REVOKE ALL ON FUNCTION stead_context_set(json) FROM PUBLIC;

CREATE FUNCTION stead_capture_start(table_name text, options json DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_start(text, json) IS
'Begins to capture the changes of a table of the application''s; returns true if that is news. From then on each inserted, updated and deleted row is a row of stead_change, in the same transaction: operation, key, old and new values, when, and who by stead_context_set(). table_name: as SQL writes it; the caller must own the table. options: a JSON object with columns (only these, and the key''s) or exclude (all but these, which are never stored), arrays of names; and when, an object of columns and the value, or the array of values, that a row must have to be captured. With columns or exclude, columns that are added or renamed later are not captured until it is called again. Waits for writers of the table.';
REVOKE ALL ON FUNCTION stead_capture_start(text, json) FROM PUBLIC;

CREATE FUNCTION stead_capture_stop(table_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_stop(text) IS
'Ends capturing the changes of a table; returns true if it was captured. What was captured stays, but stead_row_at() no longer tells of the table.';
REVOKE ALL ON FUNCTION stead_capture_stop(text) FROM PUBLIC;

CREATE FUNCTION stead_capture_list()
RETURNS TABLE (table_name text, columns json, options json, started_at timestamp with time zone, known_from timestamp with time zone, status text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_capture_list() IS
'Lists the captured tables. columns: those that are captured, null for all; known_from: stead_row_at() answers for this time and later; status: ok, or what is wrong.';
REVOKE ALL ON FUNCTION stead_capture_list() FROM PUBLIC;

CREATE FUNCTION stead_changes(table_name text, row_key json DEFAULT NULL, since timestamp with time zone DEFAULT NULL, until timestamp with time zone DEFAULT NULL, max_rows bigint DEFAULT 100, page text DEFAULT NULL)
RETURNS TABLE (id bigint, changed_at timestamp with time zone, operation text, row_key json, old_values json, new_values json, actor_id text, actor_name text, ip_address text, request_id text, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_changes(text, json, timestamp with time zone, timestamp with time zone, bigint, text) IS
'Lists the captured changes of a table, or of the row with that key, the latest first. row_key: an object of the key''s columns, or the value of a key of one column. operation: insert, update, delete or truncate. An update has the values that differ, a deletion all of the old ones. Numbers have all their digits, times are ISO 8601, bytes are {"base64":".."}. since (inclusive), until (exclusive): when the row was changed. max_rows: 1 to 1000. page: the next_page of an earlier row.';
REVOKE ALL ON FUNCTION stead_changes(text, json, timestamp with time zone, timestamp with time zone, bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_row_at(table_name text, row_key json, at timestamp with time zone)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_row_at(text, json, timestamp with time zone) IS
'Returns a row of a captured table as it was at that time, as a JSON object of the captured columns; null if there was no such row, or none that the option when lets be captured. Changes count from when the row was changed, committed or not yet. at must not be before known_from of stead_capture_list(). If the row has not changed since, it is read from the table, with the caller''s rights.';
REVOKE ALL ON FUNCTION stead_row_at(text, json, timestamp with time zone) FROM PUBLIC;
COMMENT ON FUNCTION stead_audit_verify(bigint, bigint) IS
'Compares the stored audit trail with what was sealed: events, blocks, accounts of prunes, rollups and indexes. Each finding is a row whose status is changed, missing or added; event_id is the event, or null if the finding is about the block''s row, an account or a rollup. The last row has block null, status ok or broken, and the counts in detail. With from_block or to_block, it verifies these blocks only, and neither rollups nor summaries. Pruned events with an account are no finding. To find out whether the last blocks were cut off, use stead_audit_verify_checkpoint.';

CREATE FUNCTION stead_cache_set(space text, key text, value text, ttl_seconds bigint DEFAULT 60)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_set(text, text, text, bigint) IS
'Stores a value that expires after ttl_seconds, 1 to 3153600000, replacing the key''s value; returns true. space: 1 to 200 bytes; key: 1 to 1000; value: at most 1 MiB. A space keeps at most stead.cache.max_entries entries: a new key beyond that evicts those that have expired, or expire first. Replacing a value evicts nothing.';
REVOKE ALL ON FUNCTION stead_cache_set(text, text, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_cache_get(space text, key text)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_get(text, text) IS
'Returns the value, or null if there is none or it has expired, by the wall clock. Reading does not make it live longer.';
REVOKE ALL ON FUNCTION stead_cache_get(text, text) FROM PUBLIC;

CREATE FUNCTION stead_cache_delete(space text, key text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_delete(text, text) IS
'Deletes an entry; returns true if there was one that had not expired.';
REVOKE ALL ON FUNCTION stead_cache_delete(text, text) FROM PUBLIC;

CREATE FUNCTION stead_cache_clear(space text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_clear(text) IS
'Deletes all entries of a space. Returns how many, expired ones included.';
REVOKE ALL ON FUNCTION stead_cache_clear(text) FROM PUBLIC;

CREATE FUNCTION stead_cache_stats()
RETURNS TABLE (space text, entries bigint, expired bigint, bytes bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_cache_stats() IS
'Lists the spaces that have entries. entries: all of them; expired: those that have expired and are not deleted yet; bytes: the size of all keys and values.';
REVOKE ALL ON FUNCTION stead_cache_stats() FROM PUBLIC;

CREATE FUNCTION stead_counter_observe(series text, counters json, observed_at timestamp with time zone DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_counter_observe(text, json, timestamp with time zone) IS
'Takes the values of counters that only grow. counters: a JSON object of at most 1000 numbers; series and names: 1 to 200 bytes. observed_at is now unless told, and at most 5 minutes ahead. Returns false if all of these counters have later observations: then nothing changes. An observation after another one is a sample of the rate, unless it comes less than 0.1 s later, later than stead.counter.max_age_seconds, or its value is lower: the counter began again.';
REVOKE ALL ON FUNCTION stead_counter_observe(text, json, timestamp with time zone) FROM PUBLIC;

CREATE FUNCTION stead_counter_rates(series_name text DEFAULT NULL)
RETURNS TABLE (series text, counter text, value double precision, rate double precision, samples bigint, observed_at timestamp with time zone)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_counter_rates(text) IS
'Lists counters by series and name: of one series, or of all. rate: per second, the mean of the latest stead.counter.window samples that ended within the last stead.counter.max_age_seconds; null if samples, their number, is 0. value and observed_at are those of the latest observation.';
REVOKE ALL ON FUNCTION stead_counter_rates(text) FROM PUBLIC;
COMMENT ON FUNCTION stead_user_delete(bigint) IS
'Deletes a user, with all their sessions, role memberships and passwords; returns true if there was one. The audit log does not change.';
COMMENT ON FUNCTION stead_user_list(json, bigint, bigint) IS
'Lists users by id. filter: a JSON object with any of user_id, username, email, active, approved, role, search; all of them must match. search: username or email contains this text (1 to 320 bytes), whatever the case of ASCII letters. max_rows: 1 to 1000; after_id: the last id of the previous page. roles is a JSON array, sorted bytewise.';

CREATE FUNCTION stead_user_find(login text)
RETURNS TABLE (id bigint, username text, active boolean, approved boolean)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_user_find(text) IS
'Finds a user by username or else by email, byte by byte; no row: there is none. It is for a sign-in page, which stead_user_list is not: an application need not be an admin.';
REVOKE ALL ON FUNCTION stead_user_find(text) FROM PUBLIC;

CREATE FUNCTION stead_role_set(role_name text, permissions json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_set(text, json) IS
'Gives a role exactly these permissions, at once; returns true if something changed. permissions: a JSON array of at most 1000, each as for stead_role_grant; an empty one takes all. An unknown role is an error (not found).';
REVOKE ALL ON FUNCTION stead_role_set(text, json) FROM PUBLIC;

CREATE FUNCTION stead_role_rename(role_name text, new_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_rename(text, text) IS
'Renames a role; its users keep it. Returns true, or false if that is its name already. new_name: 1 to 200 bytes. An unknown role is an error (not found), and so is a name that is taken (conflict).';
REVOKE ALL ON FUNCTION stead_role_rename(text, text) FROM PUBLIC;
COMMENT ON FUNCTION stead_session_validate(text) IS
'Returns one row that says whether a token is that of a valid session, and whose. reason is the first that applies of malformed, unknown, revoked, expired, idle, user_inactive, user_unapproved, ok. A session is valid before expires_at, by the wall clock. session_id and user_id are null if the token is not known; the other columns are null unless it is valid. An API key is judged in the same way: session_id is then its key_id, permissions are those that both it and its user have, expires_at is null if it does not expire, last_seen_at if it was never marked as seen. Any text of 32 to 200 bytes may be a key, so it is unknown, not malformed. roles and permissions are JSON arrays, sorted bytewise. touch_due: stead_session_touch would mark the session as seen. last_seen_at and touch_due may miss what other connections marked within the last minute. A session whose stored times somebody made unreadable is expired; on PostgreSQL, an expires_at of infinity never expires.';

CREATE FUNCTION stead_session_json(token text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_json(text) IS
'Returns the row of stead_session_validate as a JSON object, with the names of its columns in their order; times are text. It is one scalar call: on SQLite it costs no read transaction of its own.';
REVOKE ALL ON FUNCTION stead_session_json(text) FROM PUBLIC;
COMMENT ON FUNCTION stead_session_check(text, text) IS
'Returns true if the token is that of a valid session whose user has the permission (see stead_user_has), or an API key that has it, too. Returns false for any other token, also for null. permission: 1 to 200 bytes.';
COMMENT ON FUNCTION stead_session_touch(text) IS
'Marks a session, or an API key, as seen, so that a session does not become idle; returns true if that was written. It writes at most once in stead.session.touch_seconds, or in half of the session''s idle_seconds if that is less. Returns false for a token that is not valid.';

CREATE FUNCTION stead_session_revoke_by(session_id text, revoked_by text, revoke_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_revoke_by(text, text, text) IS
'Does the same as stead_session_revoke, and says who did it: revoked_by (1 to 1000 bytes) is the actor_id of the event.';
REVOKE ALL ON FUNCTION stead_session_revoke_by(text, text, text) FROM PUBLIC;

CREATE FUNCTION stead_session_list_all(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (session_id text, user_id bigint, username text, created_at timestamp with time zone, expires_at timestamp with time zone, last_seen_at timestamp with time zone, ip_address text, user_agent text, revoked_at timestamp with time zone, revoke_reason text, next_page text)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_list_all(json, bigint, text) IS
'Lists the sessions of all users, by when they end or ended: those that end last come first, then by session_id, descending. Keyset paging: pass a row''s next_page to get what follows it. filter: a JSON object with any of user_id, username, ip_address and ended (true: revoked or expired); all of them must match. max_rows: 1 to 1000.';
REVOKE ALL ON FUNCTION stead_session_list_all(json, bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_session_bearer(header text)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_session_bearer(text) IS
'Returns the token in the value of an HTTP Authorization header, Bearer TOKEN (RFC 6750), or null. The case of the scheme does not matter. A token consists of letters, digits and -._~+/, and may end in =.';

CREATE FUNCTION stead_key_create(user_id bigint, label text, permissions json DEFAULT NULL, ttl_seconds bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_create(bigint, text, json, bigint) IS
'Creates an API key of a user and returns it: stk_ and 43 characters of base64url (256 random bits). No later call returns it. stead_session_validate, _check and _touch take it wherever they take a token. label: 1 to 200 bytes. permissions: a JSON array of at most 1000 grants such as app.view, app.* or *; the key may do what both it and its user may; null: all that its user may. ttl_seconds: 1 to 3153600000; null: it does not expire. An unknown user is an error (not found), and so is a user who is not active or approved (denied). Writes the event stead.key.create.';
REVOKE ALL ON FUNCTION stead_key_create(bigint, text, json, bigint) FROM PUBLIC;

CREATE FUNCTION stead_key_bootstrap(key text, username text, role_name text, label text DEFAULT 'bootstrap')
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_bootstrap(text, text, text, text) IS
'Makes a user, the user''s role membership and a key with this very text, where they are missing; returns true if it made the key. For a key from the environment: call it at every start, from as many processes as you like. key: any text of 32 to 200 bytes, but not what looks like a session''s token or a JWT, or begins or ends with white space (invalid). Only its SHA-256 is stored, so it must be hard to guess: take 32 random bytes. The role must exist (not found). A text that is or was another user''s key is an error (conflict). A key that was revoked or rotated stays so. Writes the event stead.key.bootstrap if it made the key.';
REVOKE ALL ON FUNCTION stead_key_bootstrap(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION stead_key_rotate(key_id text, grace_seconds bigint DEFAULT 0)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_rotate(text, bigint) IS
'Gives a key another text and returns it; the rest of the key stays, also expires_at. Earlier texts are good for grace_seconds more (0 to 3153600000) at most, then refused as expired. An unknown key_id is an error (not found), and so is a key that was revoked or has expired (denied). Writes the event stead.key.rotate.';
REVOKE ALL ON FUNCTION stead_key_rotate(text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_key_revoke(key_id text, revoke_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_revoke(text, text) IS
'Ends a key; returns true if it was not revoked before. Once this is committed, every connection refuses it from the next call on. revoke_reason: at most 1000 bytes. Writes the event stead.key.revoke.';
REVOKE ALL ON FUNCTION stead_key_revoke(text, text) FROM PUBLIC;

CREATE FUNCTION stead_key_list(user_id bigint DEFAULT NULL)
RETURNS TABLE (key_id text, label text, user_id bigint, username text, permissions json, created_at timestamp with time zone, expires_at timestamp with time zone, last_used_at timestamp with time zone, revoked_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_key_list(bigint) IS
'Lists the keys of a user, or of all users, the newest first; ended ones too. permissions is a JSON array, sorted bytewise, or null. expires_at is null if the key does not expire, last_used_at if stead_session_touch never marked it.';
REVOKE ALL ON FUNCTION stead_key_list(bigint) FROM PUBLIC;

CREATE FUNCTION stead_jwt_key_list()
RETURNS TABLE (kid text, algorithm text, public_key text, issuer text, audience_claim text, for_sessions boolean, can_sign boolean, created_at timestamp with time zone, updated_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_key_list() IS
'Lists the keys by kid. public_key is PEM, or null for HS, whose secret is never shown. can_sign: there is a private part or a secret.';
REVOKE ALL ON FUNCTION stead_jwt_key_list() FROM PUBLIC;

CREATE FUNCTION stead_jwt_jwks()
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_jwt_jwks() IS
'Returns the public keys as a JWK set (RFC 7517), for others to verify what these keys sign: an object with an array keys, by kid. HS keys, which have no public part, are not in it.';
REVOKE ALL ON FUNCTION stead_jwt_jwks() FROM PUBLIC;

CREATE FUNCTION stead_limit_define(limit_name text, max_count bigint, per_seconds bigint, burst bigint DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_define(text, bigint, bigint, bigint) IS
'Defines a rate limit, or changes it: max_count (1 to 1000000000) in per_seconds (1 to 31622400), and at most burst at once; burst is max_count unless given. Returns true if that changed something. What subjects have taken stays taken. limit_name: 1 to 200 bytes. Numbers that cannot be counted exactly, or a burst that takes over 100 years to be full again, are an error.';
REVOKE ALL ON FUNCTION stead_limit_define(text, bigint, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION stead_limit_delete(limit_name text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_delete(text) IS
'Deletes a limit, with what its subjects have taken and its counts; returns true if there was one.';
REVOKE ALL ON FUNCTION stead_limit_delete(text) FROM PUBLIC;

CREATE FUNCTION stead_limit_take(limit_name text, subject text, cost bigint DEFAULT 1)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_take(text, text, bigint) IS
'Takes a cost of a limit for a subject: a user, an address, a key. Returns 0 if that is allowed, else the milliseconds after which it would be; then nothing is taken, but the refusal is counted. subject: 1 to 500 bytes; cost: 1 to the limit''s burst. Others who take for the same subject wait until this transaction ends. An unknown limit is an error (not found).';
REVOKE ALL ON FUNCTION stead_limit_take(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_limit_peek(limit_name text, subject text)
RETURNS TABLE (allowed boolean, remaining bigint, retry_after_ms bigint, full_at timestamp with time zone) ROWS 1
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_peek(text, text) IS
'Says what a subject may take now, and takes nothing. allowed: a cost of 1 is; remaining: the highest cost that is; retry_after_ms: 0, or the milliseconds after which a cost of 1 is; full_at: when remaining is the burst again, now if it is. An unknown limit is an error (not found); a subject that has taken nothing is full.';
REVOKE ALL ON FUNCTION stead_limit_peek(text, text) FROM PUBLIC;

CREATE FUNCTION stead_limit_reset(limit_name text, subject text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_reset(text, text) IS
'Makes a subject of a limit full again, or all of them; returns how many had taken something. The counts of stead_limit_list stay. An unknown limit is an error (not found).';
REVOKE ALL ON FUNCTION stead_limit_reset(text, text) FROM PUBLIC;

CREATE FUNCTION stead_limit_list()
RETURNS TABLE (limit_name text, max_count bigint, per_seconds bigint, burst bigint, subjects bigint, allowed bigint, refused bigint)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_limit_list() IS
'Lists the limits by name. subjects: those with a row, which stead_maintain deletes some time after they are full again; allowed and refused: how many calls of stead_limit_take were. It counts the rows of all subjects.';
REVOKE ALL ON FUNCTION stead_limit_list() FROM PUBLIC;

CREATE FUNCTION stead_password_set(user_id bigint, password text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_password_set(bigint, text) IS
'Sets the password of a user; returns true. password: 8 to 1024 bytes. It is hashed with Argon2id, at the cost that the settings stead.login.memory_kib, .passes and .lanes say. Ends the user''s sessions, unless the setting stead.login.keep_sessions is true. An unknown user is an error (not found). Writes the event stead.login.password. Pass the password as a parameter: the text of a statement can be in a log.';
REVOKE ALL ON FUNCTION stead_password_set(bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_password_hash_set(user_id bigint, hash text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_password_hash_set(bigint, text) IS
'Takes over the hash of a user''s password from another system; returns true. hash: $argon2id$ (at most 256 MiB and 16 passes, 1 GiB in all), $2a$, $2b$ or $2y$ (bcrypt, cost up to 14), $y$ (yescrypt) and $7$ (scrypt, both up to 64 MiB), $6$ (SHA-512, up to 1000000 rounds). When the user next signs in, a hash of another kind or cost than today''s is replaced. For the rest see stead_password_set.';
REVOKE ALL ON FUNCTION stead_password_hash_set(bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_login(username text, password text, code text DEFAULT NULL, ip_address text DEFAULT NULL, user_agent text DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_login(text, text, text, text, text) IS
'Judges a name or email and a password; if they are right, begins a session. Returns an object with a reason: ok (with user_id, session_id and token); invalid: unknown name, no password and wrong password alike; limited (with retry_after_ms); or, once the password was right, with user_id: inactive, unapproved, code_required, code_wrong, setup_required (a role of theirs needs a second factor, and there is none). code: of 6 digits, or a recovery code. Nothing that a user types is an error. Attempts are limited by the settings stead.login.*: so commit, whatever the answer. Writes the event stead.login with the reason.';
REVOKE ALL ON FUNCTION stead_login(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION stead_totp_begin(user_id bigint, issuer text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_begin(bigint, text) IS
'Begins to set up a second factor of a user: codes by time (RFC 6238, SHA-1, 6 digits, 30 seconds). Returns an object with secret (base32) and uri, for a QR code; no later call returns them. issuer: 1 to 200 bytes, the name of your application. A second factor that the user has stays until another is confirmed.';
REVOKE ALL ON FUNCTION stead_totp_begin(bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_totp_confirm(user_id bigint, code text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_confirm(bigint, text) IS
'Confirms it with a code, which shows that the user has the secret. Returns {"confirmed":false}, or true with recovery_codes: 8 codes of 10 characters, which no later call returns. From then on, stead_login wants a code.';
REVOKE ALL ON FUNCTION stead_totp_confirm(bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_totp_disable(user_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_totp_disable(bigint) IS
'Takes the second factor from a user, with its recovery codes; returns true if there was one.';
REVOKE ALL ON FUNCTION stead_totp_disable(bigint) FROM PUBLIC;

CREATE FUNCTION stead_recovery_codes(user_id bigint)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_recovery_codes(bigint) IS
'Makes new recovery codes for a user who has a second factor; the old ones are void. Returns an object with recovery_codes: 8 codes of 10 characters, each good for one stead_login in place of a code.';
REVOKE ALL ON FUNCTION stead_recovery_codes(bigint) FROM PUBLIC;

CREATE FUNCTION stead_role_require_second_factor(role_name text, required boolean DEFAULT true)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_role_require_second_factor(text, boolean) IS
'Says whether users with a role need a second factor: stead_login then answers setup_required to those who have none. Returns true if that changed. An unknown role is an error (not found).';
REVOKE ALL ON FUNCTION stead_role_require_second_factor(text, boolean) FROM PUBLIC;

CREATE FUNCTION stead_invite_create(created_by bigint, ttl_seconds bigint DEFAULT 604800, role_name text DEFAULT NULL, email text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_create(bigint, bigint, text, text) IS
'Invites somebody to become a user, by the user created_by; returns the code, once. ttl_seconds: 1 to 31622400. The new user gets the role role_name; with email, the invite is for that email only. An unknown user or role is an error (not found).';
REVOKE ALL ON FUNCTION stead_invite_create(bigint, bigint, text, text) FROM PUBLIC;

CREATE FUNCTION stead_invite_redeem(code text, username text, email text, password text DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_redeem(text, text, text, text) IS
'Makes the user who was invited, active and approved. Returns an object with a reason: ok (with user_id), unknown, used, expired, revoked, or taken: another user has the username or the email, and the invite stays good. email: that of the invite unless given. Names, emails and passwords that could not be a user''s are errors.';
REVOKE ALL ON FUNCTION stead_invite_redeem(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION stead_invite_revoke(invite_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_revoke(bigint) IS
'Revokes an invite; returns true if it was not used or revoked before.';
REVOKE ALL ON FUNCTION stead_invite_revoke(bigint) FROM PUBLIC;

CREATE FUNCTION stead_invite_list()
RETURNS TABLE (invite_id bigint, created_by bigint, role_name text, email text, created_at timestamp with time zone, expires_at timestamp with time zone, used_at timestamp with time zone, used_by bigint, revoked_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_invite_list() IS
'Lists all invites, newest first. used_by: the user whom it made.';
REVOKE ALL ON FUNCTION stead_invite_list() FROM PUBLIC;

CREATE FUNCTION stead_challenge_create(user_id bigint, purpose text, ttl_seconds bigint DEFAULT 600)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_challenge_create(bigint, text, bigint) IS
'Makes a token for a purpose of the application''s, such as a password reset or the confirmation of an email; returns it, once. purpose: 1 to 200 bytes; ttl_seconds: 1 to 31622400. It voids the user''s earlier token for that purpose. An unknown user is an error (not found).';
REVOKE ALL ON FUNCTION stead_challenge_create(bigint, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_challenge_redeem(token text, purpose text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_challenge_redeem(text, text) IS
'Uses a token for its purpose. Returns an object with a reason: ok (with user_id), unknown (also one that a later one voided, or for another purpose), used, expired. A token is good once.';
REVOKE ALL ON FUNCTION stead_challenge_redeem(text, text) FROM PUBLIC;

CREATE FUNCTION stead_document_put(collection text, document json, document_id text DEFAULT NULL, expected_version bigint DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_put(text, json, text, bigint) IS
'Inserts a document, in the place of the one of that id if there is one, and returns the id. collection: 1 to 200 bytes. document: a JSON object of at most 1 MiB, kept as given. document_id: 1 to 1000 bytes; unless given, it is the member "id", a string or a number; without one, a new UUID, which is put first into the document. expected_version: the version the document must be at, 0 for none, else it is an error (conflict). Replacing keeps the place in the order.';
REVOKE ALL ON FUNCTION stead_document_put(text, json, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_document_get(collection text, document_id text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_get(text, text) IS
'Returns a document as it was given, or null if there is none.';
REVOKE ALL ON FUNCTION stead_document_get(text, text) FROM PUBLIC;

CREATE FUNCTION stead_document_version(collection text, document_id text)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_version(text, text) IS
'Returns the version of a document, or 0 if there is none. It begins with 1 and grows by 1 with each change.';
REVOKE ALL ON FUNCTION stead_document_version(text, text) FROM PUBLIC;

CREATE FUNCTION stead_document_update(collection text, document_id text, changes json, expected_version bigint DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_update(text, text, json, bigint) IS
'Replaces members of a document at the top level, each as a whole, and returns the document; null if there is none. A null is stored as null. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';
REVOKE ALL ON FUNCTION stead_document_update(text, text, json, bigint) FROM PUBLIC;

CREATE FUNCTION stead_document_patch(collection text, document_id text, patch json, expected_version bigint DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_patch(text, text, json, bigint) IS
'Changes a document by a JSON Merge Patch (RFC 7396), in which objects are merged and null removes, and returns the document; null if there is none. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';
REVOKE ALL ON FUNCTION stead_document_patch(text, text, json, bigint) FROM PUBLIC;

CREATE FUNCTION stead_document_increment(collection text, document_id text, member text, by double precision DEFAULT 1)
RETURNS double precision
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_increment(text, text, text, double precision) IS
'Adds to a number in a document and returns the sum; null if there is no such document. member: its name, at the top level; if it is absent it counts as 0. If it is no number, or the sum is out of range, it is an error. An integer plus a whole number stays an integer, of 64 bits.';
REVOKE ALL ON FUNCTION stead_document_increment(text, text, text, double precision) FROM PUBLIC;

CREATE FUNCTION stead_document_delete(collection text, document_id text, expected_version bigint DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_delete(text, text, bigint) IS
'Deletes a document; returns false if there was none. expected_version: the version the document must be at, 0 for none, else it is an error (conflict).';
REVOKE ALL ON FUNCTION stead_document_delete(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_document_list(collection text, filter json DEFAULT NULL, max_rows bigint DEFAULT 100, page text DEFAULT NULL)
RETURNS TABLE (document_id text, document json, version bigint, created_at timestamp with time zone, updated_at timestamp with time zone, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_list(text, json, bigint, text) IS
'Lists the documents of a collection in the order of first insertion. filter: an object of at most 100 members; a document must have all of them, with equal values. Types are distinct, 1 = 1.0, null matches null alone, and objects are equal whatever the order of their members. max_rows: 1 to 10000. page: the next_page of a row, to list what follows it.';
REVOKE ALL ON FUNCTION stead_document_list(text, json, bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_document_count(collection text, filter json DEFAULT NULL)
RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_count(text, json) IS
'Counts the documents of a collection. filter: an object of at most 100 members; a document must have all of them, with equal values. Types are distinct, 1 = 1.0, null matches null alone, and objects are equal whatever the order of their members. ';
REVOKE ALL ON FUNCTION stead_document_count(text, json) FROM PUBLIC;

CREATE FUNCTION stead_document_save(collection text, documents json)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_save(text, json) IS
'Replaces a whole collection by an array of documents, in its order, and returns how many; all or none. The array has at most 64 MiB. Ids are taken as by stead_document_put; the same id twice is an error (conflict). A document that was there before continues its versions.';
REVOKE ALL ON FUNCTION stead_document_save(text, json) FROM PUBLIC;

CREATE FUNCTION stead_document_clear(collection text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_clear(text) IS
'Deletes all documents of a collection and returns how many. Its indexes stay.';
REVOKE ALL ON FUNCTION stead_document_clear(text) FROM PUBLIC;

CREATE FUNCTION stead_document_index(collection text, member text, unique_values boolean DEFAULT false)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_index(text, text, boolean) IS
'Indexes a member of a collection''s documents, so that lists and counts with that member in the filter read only what matches; returns false if it was indexed so before. member: its name, at the top level, 1 to 1000 bytes; at most 16 of a collection. unique_values: no two documents may have the same value; where two have, it is an error (conflict). Nobody writes documents meanwhile.';
REVOKE ALL ON FUNCTION stead_document_index(text, text, boolean) FROM PUBLIC;

CREATE FUNCTION stead_document_unindex(collection text, member text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_unindex(text, text) IS
'Drops the index of a member; returns false if there was none.';
REVOKE ALL ON FUNCTION stead_document_unindex(text, text) FROM PUBLIC;

CREATE FUNCTION stead_document_collections()
RETURNS TABLE (collection text, documents bigint, indexes json)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_document_collections() IS
'Lists the collections that have documents or indexes, by name. indexes: an array of {"member","unique"}.';
REVOKE ALL ON FUNCTION stead_document_collections() FROM PUBLIC;

CREATE FUNCTION stead_job_create(kind text, request json DEFAULT NULL, options json DEFAULT NULL)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_create(text, json, json) IS
'Creates a job and returns {"job_id":"<uuid>","created":true}. kind: 1 to 200 bytes; request: any JSON, kept as given. options: a JSON object with any of tenant (at most 200 bytes; '''' unless told), idempotency_key (1 to 200 bytes), run_at (a time; now unless told), priority (higher first; 0 unless told), max_attempts (1 unless told), message (at most 8192 bytes; ''accepted'' unless told). If a job of the same tenant and kind has the key, its id is returned, with "created":false; if its request is another, that is an error (conflict). Requests are the same if they differ in nothing but white space between tokens. On PostgreSQL, a job that is due now notifies the channel stead_job, with its kind.';
REVOKE ALL ON FUNCTION stead_job_create(text, json, json) FROM PUBLIC;

CREATE FUNCTION stead_job_claim(worker text, kinds json DEFAULT NULL, lease_seconds bigint DEFAULT 60, max_jobs bigint DEFAULT 1)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_claim(text, json, bigint, bigint) IS
'Claims jobs for a worker, and returns them as a JSON array of objects with the keys that stead_job_list has as columns: jobs that are queued and due, by priority (higher first), then run_at, then id. worker: 1 to 200 bytes, another for each process; kinds: a JSON array of at most 100 kinds; any unless told; lease_seconds: 1 to 31536000; max_jobs: 1 to 1000. The answer has fewer once it has 16 MiB. A job that is claimed is running, and nobody else gets it before its lease ends. First, jobs whose lease has ended are queued again while they have attempts left, else failed. No caller waits for another on PostgreSQL; a serialization failure in REPEATABLE READ is to be tried again.';
REVOKE ALL ON FUNCTION stead_job_claim(text, json, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION stead_job_heartbeat(job_id text, worker text, lease_seconds bigint DEFAULT 60)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_heartbeat(text, text, bigint) IS
'Begins the lease of a worker''s job anew: it ends lease_seconds (1 to 31536000) from now. Returns false if the job is not this worker''s any more; then the worker should stop.';
REVOKE ALL ON FUNCTION stead_job_heartbeat(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION stead_job_finish(job_id text, result json DEFAULT NULL, worker text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_finish(text, json, text) IS
'Ends a job as succeeded, with its result. With worker, only while the job is that worker''s. Returns false if it is not, or there is no such job. A job that has ended already is an error (conflict).';
REVOKE ALL ON FUNCTION stead_job_finish(text, json, text) FROM PUBLIC;

CREATE FUNCTION stead_job_fail(job_id text, error text, retry_seconds bigint DEFAULT NULL, worker text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_fail(text, text, bigint, text) IS
'Ends a job as failed, with an error of at most 65536 bytes. With retry_seconds (0 to 315360000), the job is queued again while it has attempts left, due then. With worker, only while the job is that worker''s. Returns false if it is not, or there is no such job. A job that has ended already is an error (conflict).';
REVOKE ALL ON FUNCTION stead_job_fail(text, text, bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_job_cancel(job_id text, cancel_reason text DEFAULT NULL)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_cancel(text, text) IS
'Ends a job as cancelled; cancel_reason (at most 8192 bytes) becomes its message. A worker that has the job learns it from stead_job_heartbeat. Returns false if there is no such job. A job that has ended already is an error (conflict).';
REVOKE ALL ON FUNCTION stead_job_cancel(text, text) FROM PUBLIC;

CREATE FUNCTION stead_job_update(job_id text, changes json)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_update(text, json) IS
'Changes a job, for applications that do not claim. changes: a JSON object with any of status (queued, running, succeeded, failed, cancelled), result, error, message; null removes one of the last three. From queued to running is an attempt. Returns false if there is no such job. Leaving a final status (succeeded, failed, cancelled) is an error (conflict).';
REVOKE ALL ON FUNCTION stead_job_update(text, json) FROM PUBLIC;

CREATE FUNCTION stead_job_recover(error text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_recover(text) IS
'To be called after a restart: fails the jobs that are running without a lease, which nobody runs any more, and, if the setting stead.job.recover_queued is true, those that are queued. error (at most 8192 bytes) becomes their error and their message. Returns how many.';
REVOKE ALL ON FUNCTION stead_job_recover(text) FROM PUBLIC;

CREATE FUNCTION stead_job_list(filter json DEFAULT NULL, max_rows bigint DEFAULT 50, page text DEFAULT NULL)
RETURNS TABLE (job_id text, tenant text, kind text, status text, request json, result json, error text, message text, priority bigint, attempts bigint, run_at timestamp with time zone, worker text, lease_until timestamp with time zone, created_at timestamp with time zone, updated_at timestamp with time zone, next_page text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_list(json, bigint, text) IS
'Lists jobs, the newest first. filter: a JSON object with any of job_id, tenant, kind, status, since, until (times of creation: from since on, before until); all of them must match. An unknown status is an error (invalid). max_rows: 1 to 1000. To get the next page, pass the next_page of the last row, with the same filter.';
REVOKE ALL ON FUNCTION stead_job_list(json, bigint, text) FROM PUBLIC;

CREATE FUNCTION stead_job_stats()
RETURNS TABLE (kind text, status text, jobs bigint, oldest_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_stats() IS
'Counts jobs by kind and status, sorted bytewise; oldest_at is when the oldest of them was created. It reads all jobs.';
REVOKE ALL ON FUNCTION stead_job_stats() FROM PUBLIC;

CREATE FUNCTION stead_job_event(job_id text, event text, status text DEFAULT 'ok', duration_ms double precision DEFAULT NULL, error_type text DEFAULT NULL, labels json DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_event(text, text, text, double precision, text, json) IS
'Notes an event of a job; returns its number. job_id: 1 to 200 bytes, or null; it need not be one of stead_job. event: 1 to 200 bytes; status: ok or error; duration_ms: 0 to 1000000000000, kept to the nanosecond; error_type: at most 1000 bytes; labels: a JSON object.';
REVOKE ALL ON FUNCTION stead_job_event(text, text, text, double precision, text, json) FROM PUBLIC;

CREATE FUNCTION stead_job_events(job_id text, after_id bigint DEFAULT 0, max_rows bigint DEFAULT 1000)
RETURNS TABLE (id bigint, event text, status text, duration_ms double precision, error_type text, labels json, recorded_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_events(text, bigint, bigint) IS
'Lists the events of a job, oldest first; of null, those without a job. Pass the id of the last one as after_id for the next ones; on PostgreSQL, an event can have a lower id than one that was committed before it, so whoever follows them asks for the last ones again. max_rows: 1 to 10000.';
REVOKE ALL ON FUNCTION stead_job_events(text, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION stead_job_event_stats(job_id text DEFAULT NULL)
RETURNS TABLE (event text, total bigint, ok bigint, error bigint, avg_ms double precision, min_ms double precision, max_ms double precision)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_event_stats(text) IS
'Counts the events of a job, or of all, by event, and gives the mean, the least and the greatest duration in milliseconds: rounded to 0.1, half away from zero; 0 where no event has a duration.';
REVOKE ALL ON FUNCTION stead_job_event_stats(text) FROM PUBLIC;

CREATE FUNCTION stead_job_graph_set(job_id text, nodes json, edges json)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_graph_set(text, json, json) IS
'Replaces the graph of a job; returns its overall status. nodes: a JSON array of objects with id (1 to 200 bytes) and any of agent_name (at most 1000 bytes), status (pending unless told), started_at, finished_at, error (strings or numbers, kept as given). edges: a JSON array of objects with from and to, ids of nodes. A cycle is an error.';
REVOKE ALL ON FUNCTION stead_job_graph_set(text, json, json) FROM PUBLIC;

CREATE FUNCTION stead_job_node_set(job_id text, node_id text, status text, changes json DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_node_set(text, text, text, json) IS
'Sets the status of a node: pending, running, success, failed or skipped. Returns the overall status: failed if any node is failed, else running if any is running, else pending if any is pending, or there are no nodes, else skipped if all are skipped, else success. changes: a JSON object with any of started_at, finished_at, error; null takes it away. A graph or node that is not there is an error (not found).';
REVOKE ALL ON FUNCTION stead_job_node_set(text, text, text, json) FROM PUBLIC;

CREATE FUNCTION stead_job_graph(job_id text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_graph(text) IS
'Returns the graph of a job as a JSON object: nodes and edges, in the order given, and overall_status. Null if there is none.';
REVOKE ALL ON FUNCTION stead_job_graph(text) FROM PUBLIC;

CREATE FUNCTION stead_job_artifact_put(job_id text, kind text, name text, content bytea)
RETURNS text
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifact_put(text, text, text, bytea) IS
'Stores what a job made; returns the artifact''s id, a UUID. kind: one of the setting stead.job.artifact_kinds, a JSON array; name: 1 to 1000 bytes; content: at most 64 MiB.';
REVOKE ALL ON FUNCTION stead_job_artifact_put(text, text, text, bytea) FROM PUBLIC;

CREATE FUNCTION stead_job_artifacts(job_id text)
RETURNS TABLE (artifact_id text, kind text, name text, size_bytes bigint, sha256 text, created_at timestamp with time zone)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifacts(text) IS
'Lists the artifacts of a job, oldest first. sha256: in lower-case hexadecimal.';
REVOKE ALL ON FUNCTION stead_job_artifacts(text) FROM PUBLIC;

CREATE FUNCTION stead_job_artifact_get(job_id text, artifact_id text)
RETURNS TABLE (content bytea, name text, kind text, sha256 text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_job_artifact_get(text, text) IS
'Returns the content of an artifact of the job; no row if it has none of that id. Computes its SHA-256: if that is not the stored one, it is an error (corrupt).';
REVOKE ALL ON FUNCTION stead_job_artifact_get(text, text) FROM PUBLIC;
COMMENT ON FUNCTION stead_retention_set(text, bigint, text, bigint) IS
'Sets how long rows of a target are kept. Returns true if that changed something. target is audit, change, job, session, setting_history, or a table of yours, named as in SQL, of at most 400 bytes. Rows strictly older than keep_days (0 to 36500) are pruned. time_column is for a table of yours: the exact name of the column that tells a row''s age. On PostgreSQL it is timestamptz, timestamp or date (in UTC), or a number; on SQLite it is ISO 8601 text or a number. A number counts seconds, milliseconds or microseconds since 1970; its size tells which, for the years 1980 to 9999. batch_rows is 1 to 1000000. Only the table''s owner may set its policy. A hold stays.';

CREATE FUNCTION stead_migration_apply(version text, statements text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_apply(text, text) IS
'Runs the SQL statements of a schema migration in the caller''s transaction, and notes it; returns false if it was applied before. version: 1 to 200 bytes; statements: 1 byte to 16 MiB. A version that was applied with other statements is an error (conflict); other line ends do not matter. The statements run with the caller''s own rights and search_path. BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ATTACH, VACUUM and the like are refused before anything runs. If a statement fails, the error names it, and nothing is changed. While another caller applies a migration, the call waits.';
REVOKE ALL ON FUNCTION stead_migration_apply(text, text) FROM PUBLIC;

CREATE FUNCTION stead_migration_adopt(version text, statements text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_adopt(text, text) IS
'Notes a schema migration as applied without running it; returns false if it was applied before. The arguments and errors are those of stead_migration_apply.';
REVOKE ALL ON FUNCTION stead_migration_adopt(text, text) FROM PUBLIC;

CREATE FUNCTION stead_migration_list()
RETURNS TABLE (version text, sha256 text, applied_at timestamp with time zone, applied_by text, duration_ms bigint, adopted boolean)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_list() IS
'Lists the schema migrations that were applied, in the order of application. sha256 is that of the statements as they were given. applied_by is the role that had logged in, null on SQLite; duration_ms is null for an adopted one.';
REVOKE ALL ON FUNCTION stead_migration_list() FROM PUBLIC;

CREATE FUNCTION stead_migration_check(manifest json)
RETURNS TABLE (version text, status text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_migration_check(json) IS
'Compares schema migrations with those that were applied. manifest: a JSON object of at most 64 MiB, version to statements or to "sha256:" and the hash of them. status is applied, changed (applied with other statements), pending, late (pending, but a later version is applied) or unknown (applied, but not in the manifest). In bytewise order of version, which is also what later means.';
REVOKE ALL ON FUNCTION stead_migration_check(json) FROM PUBLIC;

CREATE FUNCTION stead_export(sections json DEFAULT NULL)
RETURNS TABLE (line text)
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_export(json) IS
'Returns all rows that Stead keeps, as lines of JSON, as of one moment. Either database can import them with stead_import(). The first line names the format, the version, the schema version and the database. The last line has the number of rows of each section, and the SHA-256 of all lines before it. sections: an array of names of modules; all, unless told. Secrets and hashes are in the lines: treat them as a backup. On SQLite, the connection must not write until it has the last line.';
REVOKE ALL ON FUNCTION stead_export(json) FROM PUBLIC;

CREATE FUNCTION stead_import(lines text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_import(text) IS
'Takes the next piece of an export: whole lines, one or more, at most 16 MiB or a single line. Returns as JSON how many lines came so far, and whether that is all. The lines are kept aside until the last one has come. Then its call checks and stores all rows; the sections must have none before. A line that was changed, left out, doubled or moved is an error that names it. After an error nothing of the piece is taken: go on with the right line, or begin again with the first. Empty text throws away what came.';
REVOKE ALL ON FUNCTION stead_import(text) FROM PUBLIC;

CREATE FUNCTION stead_report()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_report() IS
'Returns a page about the database in HTML: events over time, failures, the most frequent actions and actors, sealing and retention, how many sessions, users and jobs there are, and what stead_doctor finds. The page has no scripts and needs nothing from elsewhere. It shows names of actors and of what they acted on: whoever may read it should be one who may read the audit log. The numbers are as of one moment. It counts sessions, users and unsealed events to at most 1000000, and reads all jobs.';
REVOKE ALL ON FUNCTION stead_report() FROM PUBLIC;

CREATE FUNCTION stead_metrics()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_metrics() IS
'Returns the figures that an operator watches, in Prometheus''s text format 0.0.4: events, failures and what is not sealed, sessions, users, keys, rate limits, the cache, documents, jobs, retention, migrations, and the size of the database. A counter, whose name ends in _total, never falls, whatever is pruned or restarted; all else is a gauge. It counts at most 100000 rows of a table, and no sealed events.';
REVOKE ALL ON FUNCTION stead_metrics() FROM PUBLIC;

CREATE FUNCTION stead_backup(path text)
RETURNS json
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backup(text) IS
'SQLite: writes a copy of the whole database to a new file, and checks it before it gets its name. Others may write meanwhile; the copy is what one transaction sees. path must not exist yet; a relative path begins at the process''s directory. It is an error inside a transaction, and if a page is damaged. A failed or killed backup leaves nothing at path. Returns the same report as stead_backup_check; if ok is false there, the copy is published all the same: the problems that it lists are the database''s own. The copy holds every secret of the database: password hashes, keys of JWTs, codes of second factors. It gets the permissions of the database''s file. On PostgreSQL it is an error: use pg_dump or pg_basebackup.';
REVOKE ALL ON FUNCTION stead_backup(text) FROM PUBLIC;

CREATE FUNCTION stead_backup_check(path text)
RETURNS json
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_backup_check(text) IS
'SQLite: checks a file that stead_backup wrote, or another copy of a database, and reports as JSON. ok is true if nothing is wrong; problems says what is. It compares all pages and indexes with each other (integrity_check), looks at the schema version, and verifies the audit trail (stead_audit_verify). events and leaves are the numbers of all and of sealed events, root is that of their Merkle tree. An earlier schema version is no problem, but then the audit trail is not verified. It opens the file for reading only and writes nothing beside it. A database in use is no backup: close it first. A value that was changed in a table without an audit trail is not found. On PostgreSQL it is an error.';
REVOKE ALL ON FUNCTION stead_backup_check(text) FROM PUBLIC;

CREATE FUNCTION stead_record_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION stead_record_change() IS 'Trigger: records the changes of a captured table.';
REVOKE ALL ON FUNCTION stead_record_change() FROM PUBLIC;

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
		AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
		AND d.objid IN ('stead_context_set(json)'::pg_catalog.regprocedure, 'stead_capture_start(text, json)'::pg_catalog.regprocedure, 'stead_capture_stop(text)'::pg_catalog.regprocedure, 'stead_capture_list()'::pg_catalog.regprocedure, 'stead_changes(text, json, timestamp with time zone, timestamp with time zone, bigint, text)'::pg_catalog.regprocedure, 'stead_row_at(text, json, timestamp with time zone)'::pg_catalog.regprocedure, 'stead_cache_set(text, text, text, bigint)'::pg_catalog.regprocedure, 'stead_cache_get(text, text)'::pg_catalog.regprocedure, 'stead_cache_delete(text, text)'::pg_catalog.regprocedure, 'stead_cache_clear(text)'::pg_catalog.regprocedure, 'stead_cache_stats()'::pg_catalog.regprocedure, 'stead_counter_observe(text, json, timestamp with time zone)'::pg_catalog.regprocedure, 'stead_counter_rates(text)'::pg_catalog.regprocedure, 'stead_user_find(text)'::pg_catalog.regprocedure, 'stead_role_set(text, json)'::pg_catalog.regprocedure, 'stead_role_rename(text, text)'::pg_catalog.regprocedure, 'stead_session_json(text)'::pg_catalog.regprocedure, 'stead_session_revoke_by(text, text, text)'::pg_catalog.regprocedure, 'stead_session_list_all(json, bigint, text)'::pg_catalog.regprocedure, 'stead_session_bearer(text)'::pg_catalog.regprocedure, 'stead_key_create(bigint, text, json, bigint)'::pg_catalog.regprocedure, 'stead_key_bootstrap(text, text, text, text)'::pg_catalog.regprocedure, 'stead_key_rotate(text, bigint)'::pg_catalog.regprocedure, 'stead_key_revoke(text, text)'::pg_catalog.regprocedure, 'stead_key_list(bigint)'::pg_catalog.regprocedure, 'stead_jwt_key_list()'::pg_catalog.regprocedure, 'stead_jwt_jwks()'::pg_catalog.regprocedure, 'stead_limit_define(text, bigint, bigint, bigint)'::pg_catalog.regprocedure, 'stead_limit_delete(text)'::pg_catalog.regprocedure, 'stead_limit_take(text, text, bigint)'::pg_catalog.regprocedure, 'stead_limit_peek(text, text)'::pg_catalog.regprocedure, 'stead_limit_reset(text, text)'::pg_catalog.regprocedure, 'stead_limit_list()'::pg_catalog.regprocedure, 'stead_password_set(bigint, text)'::pg_catalog.regprocedure, 'stead_password_hash_set(bigint, text)'::pg_catalog.regprocedure, 'stead_login(text, text, text, text, text)'::pg_catalog.regprocedure, 'stead_totp_begin(bigint, text)'::pg_catalog.regprocedure, 'stead_totp_confirm(bigint, text)'::pg_catalog.regprocedure, 'stead_totp_disable(bigint)'::pg_catalog.regprocedure, 'stead_recovery_codes(bigint)'::pg_catalog.regprocedure, 'stead_role_require_second_factor(text, boolean)'::pg_catalog.regprocedure, 'stead_invite_create(bigint, bigint, text, text)'::pg_catalog.regprocedure, 'stead_invite_redeem(text, text, text, text)'::pg_catalog.regprocedure, 'stead_invite_revoke(bigint)'::pg_catalog.regprocedure, 'stead_invite_list()'::pg_catalog.regprocedure, 'stead_challenge_create(bigint, text, bigint)'::pg_catalog.regprocedure, 'stead_challenge_redeem(text, text)'::pg_catalog.regprocedure, 'stead_document_put(text, json, text, bigint)'::pg_catalog.regprocedure, 'stead_document_get(text, text)'::pg_catalog.regprocedure, 'stead_document_version(text, text)'::pg_catalog.regprocedure, 'stead_document_update(text, text, json, bigint)'::pg_catalog.regprocedure, 'stead_document_patch(text, text, json, bigint)'::pg_catalog.regprocedure, 'stead_document_increment(text, text, text, double precision)'::pg_catalog.regprocedure, 'stead_document_delete(text, text, bigint)'::pg_catalog.regprocedure, 'stead_document_list(text, json, bigint, text)'::pg_catalog.regprocedure, 'stead_document_count(text, json)'::pg_catalog.regprocedure, 'stead_document_save(text, json)'::pg_catalog.regprocedure, 'stead_document_clear(text)'::pg_catalog.regprocedure, 'stead_document_index(text, text, boolean)'::pg_catalog.regprocedure, 'stead_document_unindex(text, text)'::pg_catalog.regprocedure, 'stead_document_collections()'::pg_catalog.regprocedure, 'stead_job_create(text, json, json)'::pg_catalog.regprocedure, 'stead_job_claim(text, json, bigint, bigint)'::pg_catalog.regprocedure, 'stead_job_heartbeat(text, text, bigint)'::pg_catalog.regprocedure, 'stead_job_finish(text, json, text)'::pg_catalog.regprocedure, 'stead_job_fail(text, text, bigint, text)'::pg_catalog.regprocedure, 'stead_job_cancel(text, text)'::pg_catalog.regprocedure, 'stead_job_update(text, json)'::pg_catalog.regprocedure, 'stead_job_recover(text)'::pg_catalog.regprocedure, 'stead_job_list(json, bigint, text)'::pg_catalog.regprocedure, 'stead_job_stats()'::pg_catalog.regprocedure, 'stead_job_event(text, text, text, double precision, text, json)'::pg_catalog.regprocedure, 'stead_job_events(text, bigint, bigint)'::pg_catalog.regprocedure, 'stead_job_event_stats(text)'::pg_catalog.regprocedure, 'stead_job_graph_set(text, json, json)'::pg_catalog.regprocedure, 'stead_job_node_set(text, text, text, json)'::pg_catalog.regprocedure, 'stead_job_graph(text)'::pg_catalog.regprocedure, 'stead_job_artifact_put(text, text, text, bytea)'::pg_catalog.regprocedure, 'stead_job_artifacts(text)'::pg_catalog.regprocedure, 'stead_job_artifact_get(text, text)'::pg_catalog.regprocedure, 'stead_migration_apply(text, text)'::pg_catalog.regprocedure, 'stead_migration_adopt(text, text)'::pg_catalog.regprocedure, 'stead_migration_list()'::pg_catalog.regprocedure, 'stead_migration_check(json)'::pg_catalog.regprocedure, 'stead_export(json)'::pg_catalog.regprocedure, 'stead_import(text)'::pg_catalog.regprocedure, 'stead_report()'::pg_catalog.regprocedure, 'stead_metrics()'::pg_catalog.regprocedure, 'stead_backup(text)'::pg_catalog.regprocedure, 'stead_backup_check(text)'::pg_catalog.regprocedure, 'stead_record_change()'::pg_catalog.regprocedure) LOOP
		EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', signature, pg_catalog.pg_get_userbyid(10));
		IF for_owner THEN
			EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO pg_database_owner WITH GRANT OPTION', signature);
		END IF;
	END LOOP;
END $script$;

CREATE TYPE stead_signal.signal_261 AS ();
CREATE TYPE stead_signal.signal_262 AS ();
CREATE TYPE stead_signal.signal_263 AS ();
