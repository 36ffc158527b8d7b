SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE EXTENSION IF NOT EXISTS stead WITH SCHEMA public;
COMMENT ON EXTENSION stead IS 'audit trail, settings and other operational state of an application, as SQL functions';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.stead_audit_account (
    account bigint NOT NULL,
    block bigint,
    cutoff timestamp with time zone NOT NULL,
    events bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT stead_audit_account_account_check CHECK ((account >= 1))
);
COMMENT ON TABLE public.stead_audit_account IS 'Accounts of what was pruned: blocks and rollups. An account is written before anything is deleted. Append-only.';
COMMENT ON COLUMN public.stead_audit_account.account IS 'Number of the account, from 1, without gaps.';
COMMENT ON COLUMN public.stead_audit_account.block IS 'The block whose events are pruned; null: rollups are.';
COMMENT ON COLUMN public.stead_audit_account.cutoff IS 'Events or rollups before this time are pruned.';
COMMENT ON COLUMN public.stead_audit_account.events IS 'The block''s number of events; for rollups: the number of the latest block at that time.';
COMMENT ON COLUMN public.stead_audit_account.made_at IS 'When it was written, by the clock of the database.';
COMMENT ON COLUMN public.stead_audit_account.digest IS 'SHA-256 of the previous account''s digest, the columns above and the block''s digest.';
CREATE TABLE public.stead_audit_block (
    block bigint NOT NULL,
    era bigint NOT NULL,
    first_leaf bigint NOT NULL,
    events bigint NOT NULL,
    last_transaction_id bigint NOT NULL,
    last_event_id bigint NOT NULL,
    first_event_at timestamp with time zone NOT NULL,
    last_event_at timestamp with time zone NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    subtrees bytea NOT NULL,
    frontier bytea NOT NULL,
    root bytea NOT NULL,
    folded bytea NOT NULL,
    listed bytea NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT stead_audit_block_events_check CHECK (((events >= 1) AND (events <= 100000))),
    CONSTRAINT stead_audit_block_first_leaf_check CHECK (((first_leaf >= 0) AND (first_leaf <= '4611686018427387903'::bigint)))
);
COMMENT ON TABLE public.stead_audit_block IS 'Blocks of sealed events. Each has a range of the audit trail in the order (era, transaction_id, id). Append-only.';
COMMENT ON COLUMN public.stead_audit_block.block IS 'Number of the block, from 1, without gaps.';
COMMENT ON COLUMN public.stead_audit_block.era IS 'The era of its events.';
COMMENT ON COLUMN public.stead_audit_block.first_leaf IS 'Index of its first leaf in the Merkle tree, from 0.';
COMMENT ON COLUMN public.stead_audit_block.events IS 'How many events it seals.';
COMMENT ON COLUMN public.stead_audit_block.last_transaction_id IS 'The transaction_id of its last event.';
COMMENT ON COLUMN public.stead_audit_block.last_event_id IS 'The id of its last event.';
COMMENT ON COLUMN public.stead_audit_block.first_event_at IS 'The earliest occurred_at of its events.';
COMMENT ON COLUMN public.stead_audit_block.last_event_at IS 'The latest occurred_at of its events.';
COMMENT ON COLUMN public.stead_audit_block.sealed_at IS 'When it was sealed, by the clock of the database.';
COMMENT ON COLUMN public.stead_audit_block.subtrees IS 'The compact range of its leaves: SHA-256 hashes of 32 bytes.';
COMMENT ON COLUMN public.stead_audit_block.frontier IS 'The compact range of all leaves up to its last.';
COMMENT ON COLUMN public.stead_audit_block.root IS 'The root of the Merkle tree (RFC 9162) up to its last leaf.';
COMMENT ON COLUMN public.stead_audit_block.folded IS 'What it added to the rollups.';
COMMENT ON COLUMN public.stead_audit_block.listed IS 'SHA-256 of stead_audit_leaf.leaves.';
COMMENT ON COLUMN public.stead_audit_block.digest IS 'SHA-256 of the columns above.';
CREATE TABLE public.stead_audit_event (
    id bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    resource_type text COLLATE pg_catalog."C",
    resource_id text COLLATE pg_catalog."C",
    actor_id text COLLATE pg_catalog."C",
    actor_name text COLLATE pg_catalog."C",
    success boolean NOT NULL,
    details json,
    error text COLLATE pg_catalog."C",
    ip_address text COLLATE pg_catalog."C",
    user_agent text COLLATE pg_catalog."C",
    era bigint DEFAULT (pg_control_system()).system_identifier NOT NULL,
    transaction_id bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    nonce bytea DEFAULT uuid_send(gen_random_uuid()),
    redacted bytea
);
COMMENT ON TABLE public.stead_audit_event IS 'The audit trail: one row per event, append-only.';
COMMENT ON COLUMN public.stead_audit_event.id IS 'Number of the event. Numbers grow and are never reused; gaps are possible.';
COMMENT ON COLUMN public.stead_audit_event.occurred_at IS 'When it happened, as the application says.';
COMMENT ON COLUMN public.stead_audit_event.recorded_at IS 'When it was logged, by the clock of the database.';
COMMENT ON COLUMN public.stead_audit_event.action IS 'What was done, such as user.login.';
COMMENT ON COLUMN public.stead_audit_event.resource_type IS 'The kind of resource it was done to.';
COMMENT ON COLUMN public.stead_audit_event.resource_id IS 'The resource, as the application names it.';
COMMENT ON COLUMN public.stead_audit_event.actor_id IS 'Who did it, as the application identifies them.';
COMMENT ON COLUMN public.stead_audit_event.actor_name IS 'The actor''s name at that time.';
COMMENT ON COLUMN public.stead_audit_event.success IS 'Whether it succeeded.';
COMMENT ON COLUMN public.stead_audit_event.details IS 'Further facts, kept byte for byte.';
COMMENT ON COLUMN public.stead_audit_event.error IS 'Why it failed.';
COMMENT ON COLUMN public.stead_audit_event.ip_address IS 'The address that the request came from.';
COMMENT ON COLUMN public.stead_audit_event.user_agent IS 'The client program.';
COMMENT ON COLUMN public.stead_audit_event.era IS 'The cluster whose transactions are counted: on PostgreSQL its system identifier or a later number.';
COMMENT ON COLUMN public.stead_audit_event.transaction_id IS 'The transaction that logged it. Sealing waits until no earlier transaction is running.';
COMMENT ON COLUMN public.stead_audit_event.nonce IS 'Random bytes. They keep anyone from guessing redacted values by their hash.';
COMMENT ON COLUMN public.stead_audit_event.redacted IS 'The SHA-256 of the personal columns'' values; null unless the event is redacted.';
ALTER TABLE public.stead_audit_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.stead_audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.stead_audit_index (
    block bigint NOT NULL,
    postings bigint NOT NULL,
    trigrams bytea NOT NULL,
    CONSTRAINT stead_audit_index_postings_check CHECK ((postings >= 0))
);
COMMENT ON TABLE public.stead_audit_index IS 'The blocks that are indexed.';
COMMENT ON COLUMN public.stead_audit_index.block IS 'The block.';
COMMENT ON COLUMN public.stead_audit_index.postings IS 'How many rows it has in stead_audit_posting.';
COMMENT ON COLUMN public.stead_audit_index.trigrams IS 'The trigrams of its events'' action, resource_id, actor_name and details, by which a search skips blocks.';
CREATE TABLE public.stead_audit_index_key (
    number bigint NOT NULL,
    secret bytea NOT NULL
);
COMMENT ON TABLE public.stead_audit_index_key IS 'The secret of the hashes in stead_audit_posting.';
COMMENT ON COLUMN public.stead_audit_index_key.number IS '1: there is one.';
COMMENT ON COLUMN public.stead_audit_index_key.secret IS '32 random bytes. Without them no posting can be found.';
CREATE TABLE public.stead_audit_leaf (
    block bigint NOT NULL,
    leaves bytea NOT NULL,
    last_event_at timestamp with time zone,
    indexed boolean
);
COMMENT ON TABLE public.stead_audit_leaf IS 'The leaves of blocks that are not pruned. They tell which event was changed and which is missing. Append-only.';
COMMENT ON COLUMN public.stead_audit_leaf.block IS 'The block.';
COMMENT ON COLUMN public.stead_audit_leaf.leaves IS 'For each event: its id, 8 bytes big endian, and the first 8 bytes of its leaf hash.';
COMMENT ON COLUMN public.stead_audit_leaf.last_event_at IS 'The block''s last_event_at, by which prunes find it; null if it was sealed before schema 4.';
COMMENT ON COLUMN public.stead_audit_leaf.indexed IS 'True: stead_audit_index has the block; null: not yet.';
CREATE TABLE public.stead_audit_posting (
    dimension bigint NOT NULL,
    bucket bigint NOT NULL,
    last_event_at timestamp with time zone NOT NULL,
    block bigint NOT NULL,
    part bigint NOT NULL,
    entries bytea NOT NULL
);
COMMENT ON TABLE public.stead_audit_posting IS 'Postings: which sealed events have which value. A row has the events of one block whose values fall into one bucket.';
COMMENT ON COLUMN public.stead_audit_posting.dimension IS '1: action, 2: resource_type, 3: resource_id, 4: actor_id, 5: actor_name, 6: ip_address.';
COMMENT ON COLUMN public.stead_audit_posting.bucket IS '1, 16 to 31, 128 to 255 or 512 to 1023, by the size of the block and the hash of the value.';
COMMENT ON COLUMN public.stead_audit_posting.last_event_at IS 'The block''s last_event_at.';
COMMENT ON COLUMN public.stead_audit_posting.block IS 'The block.';
COMMENT ON COLUMN public.stead_audit_posting.part IS 'Number of the row in its bucket, down to 0.';
COMMENT ON COLUMN public.stead_audit_posting.entries IS 'The hashes of the values and the ids of their events.';
CREATE TABLE public.stead_audit_rollup (
    period text NOT NULL COLLATE pg_catalog."C",
    bucket_start timestamp with time zone NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    events bigint NOT NULL,
    failures bigint NOT NULL,
    first_event_at timestamp with time zone NOT NULL,
    last_event_at timestamp with time zone NOT NULL,
    CONSTRAINT stead_audit_rollup_events_check CHECK ((events >= 1)),
    CONSTRAINT stead_audit_rollup_failures_check CHECK ((failures >= 0))
);
COMMENT ON TABLE public.stead_audit_rollup IS 'Rollups: the number of sealed events of each action in each hour and each day (UTC), including pruned ones.';
COMMENT ON COLUMN public.stead_audit_rollup.period IS 'hour or day.';
COMMENT ON COLUMN public.stead_audit_rollup.bucket_start IS 'When the hour or day begins.';
COMMENT ON COLUMN public.stead_audit_rollup.action IS 'The action.';
COMMENT ON COLUMN public.stead_audit_rollup.events IS 'How many events.';
COMMENT ON COLUMN public.stead_audit_rollup.failures IS 'How many of them failed.';
COMMENT ON COLUMN public.stead_audit_rollup.first_event_at IS 'The earliest occurred_at.';
COMMENT ON COLUMN public.stead_audit_rollup.last_event_at IS 'The latest occurred_at.';
CREATE TABLE public.stead_grant (
    era bigint NOT NULL,
    role_id bigint NOT NULL,
    role_name text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    granted_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_grant IS 'What stead_grant() granted: stead_init() grants it again. On SQLite, which has no roles, it is empty. Whoever can write this table decides who gets EXECUTE.';
COMMENT ON COLUMN public.stead_grant.era IS 'The cluster that numbered the role: its system identifier.';
COMMENT ON COLUMN public.stead_grant.role_id IS 'The role''s number there.';
COMMENT ON COLUMN public.stead_grant.role_name IS 'Its name at the time of the grant.';
COMMENT ON COLUMN public.stead_grant.audience IS 'app, auditor or admin.';
COMMENT ON COLUMN public.stead_grant.granted_at IS 'When it was granted.';
CREATE TABLE public.stead_jwt_key (
    kid text NOT NULL COLLATE pg_catalog."C",
    algorithm text NOT NULL COLLATE pg_catalog."C",
    public_key text COLLATE pg_catalog."C",
    issuer text COLLATE pg_catalog."C",
    audience_claim text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    for_sessions boolean NOT NULL
);
COMMENT ON TABLE public.stead_jwt_key IS 'Keys of JSON Web Tokens: the public parts, which verify.';
COMMENT ON COLUMN public.stead_jwt_key.kid IS 'Name of the key in a token''s header, 1 to 200 bytes.';
COMMENT ON COLUMN public.stead_jwt_key.algorithm IS 'Its only algorithm: HS256, RS256, PS256, ES256, EdDSA and so on.';
COMMENT ON COLUMN public.stead_jwt_key.public_key IS 'PEM; null for HS, whose secret both signs and verifies.';
COMMENT ON COLUMN public.stead_jwt_key.issuer IS 'What the claim iss must be; null: anything.';
COMMENT ON COLUMN public.stead_jwt_key.audience_claim IS 'What the claim aud must be or contain; null: a token must have no aud.';
COMMENT ON COLUMN public.stead_jwt_key.created_at IS 'When the kid was first set.';
COMMENT ON COLUMN public.stead_jwt_key.updated_at IS 'When it last changed.';
COMMENT ON COLUMN public.stead_jwt_key.for_sessions IS 'Whether its tokens can be used as session tokens.';
CREATE TABLE public.stead_jwt_private_key (
    kid text NOT NULL COLLATE pg_catalog."C",
    private_key text NOT NULL COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_jwt_private_key IS 'Keys of JSON Web Tokens: the private parts, which sign. Protect them like passwords.';
COMMENT ON COLUMN public.stead_jwt_private_key.kid IS 'The key.';
COMMENT ON COLUMN public.stead_jwt_private_key.private_key IS 'PEM (PKCS #8), or the base64url secret for HS.';
CREATE TABLE public.stead_lease (
    name text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL COLLATE pg_catalog."C",
    expires_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_lease IS 'Leases: which call runs an upkeep that only one call may run at a time. Between calls it is empty; on PostgreSQL it is always empty.';
COMMENT ON COLUMN public.stead_lease.name IS 'The name of the lock.';
COMMENT ON COLUMN public.stead_lease.holder IS 'Number of the process, its machine, and its connection.';
COMMENT ON COLUMN public.stead_lease.expires_at IS 'When the lease lapses.';
CREATE TABLE public.stead_permit (
    name text NOT NULL COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_permit IS 'Names the append-only table that one of Stead''s own statements is changing. Between statements it is empty; on PostgreSQL it is always empty.';
COMMENT ON COLUMN public.stead_permit.name IS 'The table''s name, without the prefix.';
CREATE TABLE public.stead_retention (
    target text NOT NULL COLLATE pg_catalog."C",
    time_column text COLLATE pg_catalog."C",
    keep_days bigint,
    batch_rows bigint NOT NULL,
    hold_reason text COLLATE pg_catalog."C",
    owner text COLLATE pg_catalog."C",
    last_run_at timestamp with time zone,
    last_deleted bigint NOT NULL,
    total_deleted bigint NOT NULL,
    cleared_before timestamp with time zone,
    known_rows bigint,
    pending_event text COLLATE pg_catalog."C",
    CONSTRAINT stead_retention_batch_rows_check CHECK (((batch_rows >= 1) AND (batch_rows <= 1000000))),
    CONSTRAINT stead_retention_keep_days_check CHECK (((keep_days >= 0) AND (keep_days <= 36500))),
    CONSTRAINT stead_retention_known_rows_check CHECK ((known_rows >= 0)),
    CONSTRAINT stead_retention_last_deleted_check CHECK ((last_deleted >= 0)),
    CONSTRAINT stead_retention_total_deleted_check CHECK ((total_deleted >= 0))
);
COMMENT ON TABLE public.stead_retention IS 'Retention policies: one row for each target that has a policy, a hold or a run.';
COMMENT ON COLUMN public.stead_retention.target IS 'One of Stead''s targets, or the name of a table, quoted if SQL needs that.';
COMMENT ON COLUMN public.stead_retention.time_column IS 'The column of the table that tells the age of a row.';
COMMENT ON COLUMN public.stead_retention.keep_days IS 'Rows strictly older are pruned; null: there is no policy.';
COMMENT ON COLUMN public.stead_retention.batch_rows IS 'The most rows that one batch deletes.';
COMMENT ON COLUMN public.stead_retention.hold_reason IS 'Why the target is held; null: there is no hold.';
COMMENT ON COLUMN public.stead_retention.owner IS 'The role that the table belonged to when the policy was set; null on SQLite.';
COMMENT ON COLUMN public.stead_retention.last_run_at IS 'The latest run. A run that deletes nothing is recorded once an hour at most.';
COMMENT ON COLUMN public.stead_retention.last_deleted IS 'How many rows the latest run deleted.';
COMMENT ON COLUMN public.stead_retention.total_deleted IS 'How many rows all runs have deleted.';
COMMENT ON COLUMN public.stead_retention.cleared_before IS 'The cutoff of the latest run; null: there was none since schema 4.';
COMMENT ON COLUMN public.stead_retention.known_rows IS 'How many rows before cleared_before were left when the latest run ended or paused; null: not counted. If there are more now, the others are new to the safety stop.';
COMMENT ON COLUMN public.stead_retention.pending_event IS 'Details of the event stead.prune that upkeep will write at its end; null: none is due.';
CREATE TABLE public.stead_role (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    description text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_role IS 'The roles: one row each.';
COMMENT ON COLUMN public.stead_role.id IS 'The role''s number; never reused.';
COMMENT ON COLUMN public.stead_role.name IS '1 to 200 bytes; no two roles have the same.';
COMMENT ON COLUMN public.stead_role.description IS 'What it is for.';
COMMENT ON COLUMN public.stead_role.created_at IS 'When the row was made.';
ALTER TABLE public.stead_role ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.stead_role_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.stead_role_permission (
    role_id bigint NOT NULL,
    permission text NOT NULL COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_role_permission IS 'What each role may do.';
COMMENT ON COLUMN public.stead_role_permission.role_id IS 'The role.';
COMMENT ON COLUMN public.stead_role_permission.permission IS '1 to 200 bytes, such as app.view, app.* or *.';
CREATE TABLE public.stead_schema (
    id bigint NOT NULL,
    version bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_schema IS 'The version of Stead''s tables: one row.';
COMMENT ON COLUMN public.stead_schema.id IS 'Always 1.';
COMMENT ON COLUMN public.stead_schema.version IS 'The schema version that stead_init() upgraded the tables to.';
COMMENT ON COLUMN public.stead_schema.updated_at IS 'When it did.';
CREATE TABLE public.stead_session (
    id text NOT NULL COLLATE pg_catalog."C",
    user_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    previous_hash bytea,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    idle_seconds bigint,
    last_seen_at timestamp with time zone NOT NULL,
    ip_address text COLLATE pg_catalog."C",
    user_agent text COLLATE pg_catalog."C",
    revoked_at timestamp with time zone,
    revoke_reason text COLLATE pg_catalog."C",
    CONSTRAINT stead_session_idle_seconds_check CHECK (((idle_seconds >= 1) AND (idle_seconds <= '3153600000'::bigint)))
);
COMMENT ON TABLE public.stead_session IS 'The sessions, ended ones too.';
COMMENT ON COLUMN public.stead_session.id IS 'Name of the session; not secret.';
COMMENT ON COLUMN public.stead_session.user_id IS 'The user.';
COMMENT ON COLUMN public.stead_session.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN public.stead_session.previous_hash IS 'SHA-256 of the token before the last rotation.';
COMMENT ON COLUMN public.stead_session.created_at IS 'When it was created.';
COMMENT ON COLUMN public.stead_session.expires_at IS 'From this moment on it is not valid.';
COMMENT ON COLUMN public.stead_session.idle_seconds IS 'It is idle after so long unseen; null: never.';
COMMENT ON COLUMN public.stead_session.last_seen_at IS 'When it was last marked as seen.';
COMMENT ON COLUMN public.stead_session.ip_address IS 'Address of the client that created it.';
COMMENT ON COLUMN public.stead_session.user_agent IS 'Program of that client.';
COMMENT ON COLUMN public.stead_session.revoked_at IS 'When it was revoked.';
COMMENT ON COLUMN public.stead_session.revoke_reason IS 'Why.';
CREATE TABLE public.stead_setting (
    key text NOT NULL COLLATE pg_catalog."C",
    value text COLLATE pg_catalog."C",
    type text COLLATE pg_catalog."C",
    default_value text COLLATE pg_catalog."C",
    description text COLLATE pg_catalog."C",
    options text COLLATE pg_catalog."C",
    secret boolean NOT NULL,
    version bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_setting IS 'Settings: a row for each key, with its definition and its value.';
COMMENT ON COLUMN public.stead_setting.key IS '1 to 200 bytes.';
COMMENT ON COLUMN public.stead_setting.value IS 'The value; null: the default applies.';
COMMENT ON COLUMN public.stead_setting.type IS 'text, bool, int, real or json; null: not defined, plain text.';
COMMENT ON COLUMN public.stead_setting.default_value IS 'Applies while there is no value.';
COMMENT ON COLUMN public.stead_setting.description IS 'What it is for.';
COMMENT ON COLUMN public.stead_setting.options IS 'JSON as defined: secret, min, max, choices.';
COMMENT ON COLUMN public.stead_setting.secret IS 'Shown by stead_setting_reveal only.';
COMMENT ON COLUMN public.stead_setting.version IS 'The version of all settings at its last change.';
COMMENT ON COLUMN public.stead_setting.updated_at IS 'When it last changed.';
COMMENT ON COLUMN public.stead_setting.updated_by IS 'Who set the value last, as the application says; null after a redefinition.';
CREATE TABLE public.stead_setting_change (
    id bigint NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    value text COLLATE pg_catalog."C",
    deleted boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_setting_change IS 'The history of settings: a row for each change of a value.';
COMMENT ON COLUMN public.stead_setting_change.id IS 'Number of the row.';
COMMENT ON COLUMN public.stead_setting_change.key IS 'The setting.';
COMMENT ON COLUMN public.stead_setting_change.version IS 'The version of all settings that the change made.';
COMMENT ON COLUMN public.stead_setting_change.value IS 'The new value; null if it was deleted, or the setting is a secret.';
COMMENT ON COLUMN public.stead_setting_change.deleted IS 'The value was deleted: the default applies again.';
COMMENT ON COLUMN public.stead_setting_change.changed_at IS 'When.';
COMMENT ON COLUMN public.stead_setting_change.changed_by IS 'Who, as the application says.';
ALTER TABLE public.stead_setting_change ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.stead_setting_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.stead_setting_version (
    id bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT stead_setting_version_version_check CHECK ((version >= 0))
);
COMMENT ON TABLE public.stead_setting_version IS 'The version of all settings, in one row.';
COMMENT ON COLUMN public.stead_setting_version.id IS 'Always 1.';
COMMENT ON COLUMN public.stead_setting_version.version IS 'Grows with every change.';
CREATE TABLE public.stead_signal (
    signal bigint NOT NULL,
    generation bigint NOT NULL
);
COMMENT ON TABLE public.stead_signal IS 'Invalidates the caches of SQLite connections. On PostgreSQL it is empty: there the server''s messages do it.';
COMMENT ON COLUMN public.stead_signal.signal IS 'Number of a signal; -1: all of them.';
COMMENT ON COLUMN public.stead_signal.generation IS 'Row -1: a counter of all signals; other rows: its value when this signal was last given.';
CREATE TABLE public.stead_user (
    id bigint NOT NULL,
    username text NOT NULL COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    active boolean NOT NULL,
    approved boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_user IS 'The users: one row each.';
COMMENT ON COLUMN public.stead_user.id IS 'The user''s number; never reused.';
COMMENT ON COLUMN public.stead_user.username IS '1 to 200 bytes; no two users have the same.';
COMMENT ON COLUMN public.stead_user.email IS 'At most 320 bytes; no two users have the same.';
COMMENT ON COLUMN public.stead_user.active IS 'False: the user has no permissions and no valid session.';
COMMENT ON COLUMN public.stead_user.approved IS 'False: the same, until somebody approves the user.';
COMMENT ON COLUMN public.stead_user.created_at IS 'When the row was made.';
COMMENT ON COLUMN public.stead_user.updated_at IS 'When it last changed.';
ALTER TABLE public.stead_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.stead_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.stead_user_role (
    user_id bigint NOT NULL,
    role_id bigint NOT NULL
);
COMMENT ON TABLE public.stead_user_role IS 'Which user has which role.';
COMMENT ON COLUMN public.stead_user_role.user_id IS 'The user.';
COMMENT ON COLUMN public.stead_user_role.role_id IS 'The role.';
INSERT INTO public.stead_audit_block VALUES (1, 7713328083757135095, 0, 2, 728, 2, '2026-01-01 00:00:00+00', '2026-01-01 10:00:00+00', '2026-11-28 20:52:23.379194+00', '\x572d535ba861da6b6eeeaf4f892d3b8a86e870162ffa137f76a6f0be3d7bd5fd', '\x572d535ba861da6b6eeeaf4f892d3b8a86e870162ffa137f76a6f0be3d7bd5fd', '\x572d535ba861da6b6eeeaf4f892d3b8a86e870162ffa137f76a6f0be3d7bd5fd', '\x00064748462040000000000000000001000000000000000000064748462040000006474846204000000000056c6f67696e00064750a7e4a8000000000000000001000000000000000100064750a7e4a80000064750a7e4a8000000000c6c6f67696e5f6661696c6564', '\x61d7be0d7504860921cdb6a0f85ee6e74a4bb0f7e3985ef46d3dbb6a09f28cb6', '\x4f3f26ecf85270dbf990c5da2ade3bea6971cbc9a2e16f8f398f12534d990566');
INSERT INTO public.stead_audit_event VALUES (1, '2026-01-01 00:00:00+00', '2026-11-28 20:52:23.372516+00', 'login', 'session', 's1', '7', 'alice', true, '{"try": 1e2}', NULL, '10.0.0.1', 'curl/8', 7713328083757135095, 727, '\x724a932cf6793c356daf67e473bdc695', NULL);
INSERT INTO public.stead_audit_event VALUES (3, '2026-01-03 23:59:59.999999+00', '2026-11-28 20:52:23.37406+00', 'app_installed', 'app', 'sonarr', '7', 'alice', true, NULL, NULL, NULL, NULL, 7713328083757135095, 729, '\xc96e918d2063d9c506440c0ce6bff970', NULL);
INSERT INTO public.stead_audit_event VALUES (2, '2026-01-01 10:00:00+00', '2026-11-28 20:52:23.373696+00', 'login_failed', 'session', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, 7713328083757135095, 728, NULL, '\xf1ad1e71fdd60abf26f964b2d4f2a01c0fc6ef6fdc64a9c2d4fea65c5adb7860');
INSERT INTO public.stead_audit_event VALUES (4, '2026-11-28 20:52:23.410833+00', '2026-11-28 20:52:23.410833+00', 'stead.redact', 'audit_event', '2', NULL, NULL, true, '{"reason":"asked for"}', NULL, NULL, NULL, 7713328083757135095, 753, '\x24369b8e53b1787f82cd40f269cbf244', NULL);
INSERT INTO public.stead_audit_index VALUES (1, 6, '\xe5e28001ba9108d174bfe13bfef522af8c95018a8608fc05938c0febdd04849004f6f307ff11f90384ee0bfe07830cfedf07829004b8a30cd6f207c0df12b98008');
INSERT INTO public.stead_audit_index_key VALUES (1, '\xe92cadbc5496ee50a1e1ac8c34b70c852c0dbb57037f801730a87a2a68253dcd');
INSERT INTO public.stead_audit_leaf VALUES (1, '\x000000000000000196b7c7b4c5c83757000000000000000291f91b2e9b291e68', '2026-01-01 10:00:00+00', true);
INSERT INTO public.stead_audit_posting VALUES (1, 1, '2026-01-01 10:00:00+00', 1, 0, '\x024b886c65aaa50102f313d72a30210101');
INSERT INTO public.stead_audit_posting VALUES (2, 1, '2026-01-01 10:00:00+00', 1, 0, '\x02f438d93608ec020102');
INSERT INTO public.stead_audit_posting VALUES (3, 1, '2026-01-01 10:00:00+00', 1, 0, '\x029d51fad4df490102');
INSERT INTO public.stead_audit_posting VALUES (4, 1, '2026-01-01 10:00:00+00', 1, 0, '\x02cc89ab0c0ce50102');
INSERT INTO public.stead_audit_posting VALUES (5, 1, '2026-01-01 10:00:00+00', 1, 0, '\x0289eda484737a0102');
INSERT INTO public.stead_audit_posting VALUES (6, 1, '2026-01-01 10:00:00+00', 1, 0, '\x0225a796791dfb0102');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-01 00:00:00+00', 'login', 1, 0, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-01 10:00:00+00', 'login_failed', 1, 1, '2026-01-01 10:00:00+00', '2026-01-01 10:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-01 00:00:00+00', 'login', 1, 0, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-01 00:00:00+00', 'login_failed', 1, 1, '2026-01-01 10:00:00+00', '2026-01-01 10:00:00+00');
INSERT INTO public.stead_jwt_key VALUES ('secret', 'HS256', NULL, 'joe', 'app', '2026-11-28 20:52:23.40028+00', '2026-11-28 20:52:23.40028+00', false);
INSERT INTO public.stead_jwt_key VALUES ('ed', 'EdDSA', '-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
', NULL, NULL, '2026-11-28 20:52:23.402974+00', '2026-11-28 20:52:23.402974+00', false);
INSERT INTO public.stead_jwt_private_key VALUES ('secret', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
INSERT INTO public.stead_jwt_private_key VALUES ('ed', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
');
INSERT INTO public.stead_retention VALUES ('audit', NULL, NULL, 10000, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL);
INSERT INTO public.stead_role VALUES (1, 'viewer', 'May look.', '2026-11-28 20:52:23.391813+00');
INSERT INTO public.stead_role_permission VALUES (1, 'app.*');
INSERT INTO public.stead_schema VALUES (1, 4, '2026-11-28 20:52:23.36958+00');
INSERT INTO public.stead_session VALUES ('ses_5tAVQWklirbgfIbaXOnGHw', 1, '\xbaf194809354aec55b019f6f38d81fc9576f3669bdabeefb804f6c3a14ba36ae', NULL, '2026-11-28 20:52:23.394939+00', '2036-11-25 20:52:23.394939+00', NULL, '2026-11-28 20:52:23.394939+00', '10.0.0.1', 'curl', NULL, NULL);
INSERT INTO public.stead_setting VALUES ('app.on', NULL, 'bool', 'true', NULL, NULL, false, 2, '2026-11-28 20:52:23.387173+00', NULL);
INSERT INTO public.stead_setting VALUES ('app.rate', NULL, 'real', '0.5', NULL, NULL, false, 3, '2026-11-28 20:52:23.387683+00', NULL);
INSERT INTO public.stead_setting VALUES ('app.limit', '30', 'int', '10', 'How many.', '{"min":1,"max":100}', false, 6, '2026-11-28 20:52:23.389694+00', 'bob');
INSERT INTO public.stead_setting VALUES ('app.key', 'hush', 'text', NULL, 'A key.', '{"secret":true}', true, 7, '2026-11-28 20:52:23.390136+00', 'alice');
INSERT INTO public.stead_setting VALUES ('plain', 'text', NULL, NULL, NULL, NULL, false, 8, '2026-11-28 20:52:23.390441+00', 'alice');
INSERT INTO public.stead_setting VALUES ('t', 'sts_3T3R4RtKwAehKrp3cCWcE_PRYIrRrZ1wghTOu9d2RlM', NULL, NULL, NULL, NULL, false, 10, '2026-11-28 20:52:23.396419+00', NULL);
INSERT INTO public.stead_setting VALUES ('s', 'ses_5tAVQWklirbgfIbaXOnGHw', NULL, NULL, NULL, NULL, false, 11, '2026-11-28 20:52:23.398801+00', NULL);
INSERT INTO public.stead_setting VALUES ('stead.retention.batch_ms', '60000', 'int', '2', 'SQLite: how many milliseconds a batch of a prune may make other writers wait.', '{"min":1,"max":60000}', false, 13, '2026-11-28 20:52:23.403701+00', NULL);
INSERT INTO public.stead_setting VALUES ('stead.cache.max_entries', '77', 'int', '10000', 'How many sessions, and how many users, a connection caches at most; also how many KiB of each.', '{"min":1,"max":10000000}', false, 14, '2026-11-28 20:52:23.404052+00', 'alice');
INSERT INTO public.stead_setting VALUES ('stead.cache.enabled', 'false', 'bool', 'true', 'Each connection caches sessions and users that it has read.', NULL, false, 15, '2026-11-28 20:52:23.404349+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (1, 'app.limit', 5, '20', false, '2026-11-28 20:52:23.388958+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (2, 'app.limit', 6, '30', false, '2026-11-28 20:52:23.389807+00', 'bob');
INSERT INTO public.stead_setting_change VALUES (3, 'app.key', 7, NULL, false, '2026-11-28 20:52:23.390177+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (4, 'plain', 8, 'text', false, '2026-11-28 20:52:23.390476+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (5, 'stead.session.audit', 9, 'off', false, '2026-11-28 20:52:23.39434+00', NULL);
INSERT INTO public.stead_setting_change VALUES (6, 't', 10, 'sts_3T3R4RtKwAehKrp3cCWcE_PRYIrRrZ1wghTOu9d2RlM', false, '2026-11-28 20:52:23.396479+00', NULL);
INSERT INTO public.stead_setting_change VALUES (7, 's', 11, 'ses_5tAVQWklirbgfIbaXOnGHw', false, '2026-11-28 20:52:23.398862+00', NULL);
INSERT INTO public.stead_setting_change VALUES (8, 'stead.session.audit', 12, NULL, true, '2026-11-28 20:52:23.399455+00', NULL);
INSERT INTO public.stead_setting_change VALUES (9, 'stead.retention.batch_ms', 13, '60000', false, '2026-11-28 20:52:23.403755+00', NULL);
INSERT INTO public.stead_setting_change VALUES (10, 'stead.cache.max_entries', 14, '77', false, '2026-11-28 20:52:23.404093+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (11, 'stead.cache.enabled', 15, 'false', false, '2026-11-28 20:52:23.404396+00', 'alice');
INSERT INTO public.stead_setting_version VALUES (1, 15);
INSERT INTO public.stead_user VALUES (1, 'alice', 'alice@example.org', true, true, '2026-11-28 20:52:23.390689+00', '2026-11-28 20:52:23.390689+00');
INSERT INTO public.stead_user VALUES (2, 'bob', NULL, false, true, '2026-11-28 20:52:23.391513+00', '2026-11-28 20:52:23.391513+00');
INSERT INTO public.stead_user_role VALUES (1, 1);
SELECT pg_catalog.setval('public.stead_audit_event_id_seq', 4, true);
SELECT pg_catalog.setval('public.stead_role_id_seq', 1, true);
SELECT pg_catalog.setval('public.stead_setting_change_id_seq', 11, true);
SELECT pg_catalog.setval('public.stead_user_id_seq', 2, true);
ALTER TABLE ONLY public.stead_audit_account
    ADD CONSTRAINT stead_audit_account_pkey PRIMARY KEY (account);
ALTER TABLE ONLY public.stead_audit_block
    ADD CONSTRAINT stead_audit_block_pkey PRIMARY KEY (block);
ALTER TABLE ONLY public.stead_audit_event
    ADD CONSTRAINT stead_audit_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_audit_index_key
    ADD CONSTRAINT stead_audit_index_key_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.stead_audit_index
    ADD CONSTRAINT stead_audit_index_pkey PRIMARY KEY (block);
ALTER TABLE ONLY public.stead_audit_leaf
    ADD CONSTRAINT stead_audit_leaf_pkey PRIMARY KEY (block);
ALTER TABLE ONLY public.stead_audit_posting
    ADD CONSTRAINT stead_audit_posting_pkey PRIMARY KEY (dimension, bucket, last_event_at, block, part);
ALTER TABLE ONLY public.stead_audit_rollup
    ADD CONSTRAINT stead_audit_rollup_pkey PRIMARY KEY (period, bucket_start, action);
ALTER TABLE ONLY public.stead_grant
    ADD CONSTRAINT stead_grant_pkey PRIMARY KEY (era, role_id);
ALTER TABLE ONLY public.stead_jwt_key
    ADD CONSTRAINT stead_jwt_key_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.stead_jwt_private_key
    ADD CONSTRAINT stead_jwt_private_key_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.stead_lease
    ADD CONSTRAINT stead_lease_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.stead_permit
    ADD CONSTRAINT stead_permit_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.stead_retention
    ADD CONSTRAINT stead_retention_pkey PRIMARY KEY (target);
ALTER TABLE ONLY public.stead_role_permission
    ADD CONSTRAINT stead_role_permission_pkey PRIMARY KEY (role_id, permission);
ALTER TABLE ONLY public.stead_role
    ADD CONSTRAINT stead_role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_schema
    ADD CONSTRAINT stead_schema_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_session
    ADD CONSTRAINT stead_session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_setting_change
    ADD CONSTRAINT stead_setting_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_setting
    ADD CONSTRAINT stead_setting_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.stead_setting_version
    ADD CONSTRAINT stead_setting_version_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_signal
    ADD CONSTRAINT stead_signal_pkey PRIMARY KEY (signal);
ALTER TABLE ONLY public.stead_user
    ADD CONSTRAINT stead_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_user_role
    ADD CONSTRAINT stead_user_role_pkey PRIMARY KEY (user_id, role_id);
CREATE UNIQUE INDEX stead_audit_account_block ON public.stead_audit_account USING btree (block) WHERE (block IS NOT NULL);
CREATE INDEX stead_audit_block_era ON public.stead_audit_block USING btree (era, block);
CREATE INDEX stead_audit_block_leaf ON public.stead_audit_block USING btree (first_leaf, block);
CREATE INDEX stead_audit_block_place ON public.stead_audit_block USING btree (era, last_transaction_id, last_event_id, block);
CREATE INDEX stead_audit_block_time ON public.stead_audit_block USING btree (last_event_at, first_event_at, block);
CREATE INDEX stead_audit_event_failure ON public.stead_audit_event USING btree (occurred_at, id) WHERE (NOT success);
CREATE INDEX stead_audit_event_place ON public.stead_audit_event USING btree (era, transaction_id, id);
CREATE INDEX stead_audit_event_time ON public.stead_audit_event USING btree (occurred_at, id);
CREATE INDEX stead_audit_leaf_age ON public.stead_audit_leaf USING btree (last_event_at, block);
CREATE INDEX stead_audit_leaf_unindexed ON public.stead_audit_leaf USING btree (block, block) WHERE (indexed IS NULL);
CREATE UNIQUE INDEX stead_role_name ON public.stead_role USING btree (name);
CREATE INDEX stead_session_ended ON public.stead_session USING btree ((
CASE
    WHEN (revoked_at < expires_at) THEN revoked_at
    ELSE expires_at
END), id);
CREATE INDEX stead_session_previous ON public.stead_session USING btree (previous_hash, id) WHERE (previous_hash IS NOT NULL);
CREATE UNIQUE INDEX stead_session_token ON public.stead_session USING btree (token_hash);
CREATE INDEX stead_session_user ON public.stead_session USING btree (user_id, id);
CREATE INDEX stead_setting_change_key ON public.stead_setting_change USING btree (key, version, id);
CREATE INDEX stead_setting_change_time ON public.stead_setting_change USING btree (changed_at, id);
CREATE UNIQUE INDEX stead_user_email ON public.stead_user USING btree (email);
CREATE INDEX stead_user_role_role ON public.stead_user_role USING btree (role_id, user_id, role_id);
CREATE UNIQUE INDEX stead_user_username ON public.stead_user USING btree (username);
CREATE TRIGGER stead_append_only BEFORE DELETE OR UPDATE ON public.stead_audit_account FOR EACH ROW EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_append_only BEFORE DELETE OR UPDATE ON public.stead_audit_block FOR EACH ROW EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_append_only BEFORE DELETE OR UPDATE ON public.stead_audit_event FOR EACH ROW EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_append_only BEFORE DELETE OR UPDATE ON public.stead_audit_leaf FOR EACH ROW EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_no_truncate BEFORE TRUNCATE ON public.stead_audit_account FOR EACH STATEMENT EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_no_truncate BEFORE TRUNCATE ON public.stead_audit_block FOR EACH STATEMENT EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_no_truncate BEFORE TRUNCATE ON public.stead_audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_no_truncate BEFORE TRUNCATE ON public.stead_audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION public.stead_refuse_change();
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_jwt_key FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_key ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_jwt_private_key FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_private_key ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_role FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_role_permission FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role_permission ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_session FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_session ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_setting FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_setting ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_user FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal AFTER INSERT OR DELETE OR UPDATE ON public.stead_user_role FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user_role ENABLE ALWAYS TRIGGER stead_signal;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_jwt_key FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_key ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_jwt_private_key FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_private_key ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_role FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_role_permission FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role_permission ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_session FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_session ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_setting FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_setting ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_user FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_before BEFORE INSERT OR DELETE OR UPDATE ON public.stead_user_role FOR EACH ROW EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user_role ENABLE ALWAYS TRIGGER stead_signal_before;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_jwt_key FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_key ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_jwt_private_key FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_jwt_private_key ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_role FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_role_permission FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_role_permission ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_session FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_session ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_setting FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_setting ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_user FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user ENABLE ALWAYS TRIGGER stead_signal_truncate;
CREATE TRIGGER stead_signal_truncate BEFORE TRUNCATE ON public.stead_user_role FOR EACH STATEMENT EXECUTE FUNCTION public.stead_signal_change();
ALTER TABLE public.stead_user_role ENABLE ALWAYS TRIGGER stead_signal_truncate;
ALTER TABLE ONLY public.stead_role_permission
    ADD CONSTRAINT stead_role_permission_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.stead_role(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stead_session
    ADD CONSTRAINT stead_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.stead_user(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stead_user_role
    ADD CONSTRAINT stead_user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.stead_role(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stead_user_role
    ADD CONSTRAINT stead_user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.stead_user(id) ON DELETE CASCADE;
