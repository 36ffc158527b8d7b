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
    digest bytea NOT NULL
);
COMMENT ON TABLE public.stead_audit_account IS 'What was pruned of the log and of its rollups: an account is made before anything is deleted. Append-only.';
COMMENT ON COLUMN public.stead_audit_account.account IS 'Number of the account, from 1, without gaps.';
COMMENT ON COLUMN public.stead_audit_account.block IS 'The block whose events are pruned; null: rollups of before the cutoff are.';
COMMENT ON COLUMN public.stead_audit_account.cutoff IS 'What was older was pruned.';
COMMENT ON COLUMN public.stead_audit_account.events IS 'How many events the block had.';
COMMENT ON COLUMN public.stead_audit_account.made_at IS 'When, by the clock of the database.';
COMMENT ON COLUMN public.stead_audit_account.digest IS 'SHA-256 of the account before''s digest, of these columns and of the block''s digest.';
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
    digest bytea NOT NULL
);
COMMENT ON TABLE public.stead_audit_block IS 'Sealed events: one row a block, a stretch of the log in the order of (era, transaction_id, id). Append-only.';
COMMENT ON COLUMN public.stead_audit_block.block IS 'Number of the block, from 1, without gaps.';
COMMENT ON COLUMN public.stead_audit_block.era IS 'The era of its events.';
COMMENT ON COLUMN public.stead_audit_block.first_leaf IS 'Number of its first leaf in the Merkle tree, from 0.';
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
COMMENT ON COLUMN public.stead_audit_block.listed IS 'SHA-256 of the list of its leaves.';
COMMENT ON COLUMN public.stead_audit_block.digest IS 'SHA-256 of the columns before.';
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
COMMENT ON TABLE public.stead_audit_event IS 'The audit trail: one row an event, append-only.';
COMMENT ON COLUMN public.stead_audit_event.id IS 'Number of the event, growing, never given again; gaps are possible.';
COMMENT ON COLUMN public.stead_audit_event.occurred_at IS 'When it happened, as the application says.';
COMMENT ON COLUMN public.stead_audit_event.recorded_at IS 'When it was logged, by the clock of the database.';
COMMENT ON COLUMN public.stead_audit_event.action IS 'What was done, such as user.login.';
COMMENT ON COLUMN public.stead_audit_event.resource_type IS 'What kind of thing it was done to.';
COMMENT ON COLUMN public.stead_audit_event.resource_id IS 'Which one, as the application names it.';
COMMENT ON COLUMN public.stead_audit_event.actor_id IS 'Who did it, as the application names them.';
COMMENT ON COLUMN public.stead_audit_event.actor_name IS 'The name they went by then.';
COMMENT ON COLUMN public.stead_audit_event.success IS 'Whether it succeeded.';
COMMENT ON COLUMN public.stead_audit_event.details IS 'What else is to be known, byte for byte as given.';
COMMENT ON COLUMN public.stead_audit_event.error IS 'Why it failed.';
COMMENT ON COLUMN public.stead_audit_event.ip_address IS 'Where it came from.';
COMMENT ON COLUMN public.stead_audit_event.user_agent IS 'What program it came through.';
COMMENT ON COLUMN public.stead_audit_event.era IS 'Whose transactions are counted: on PostgreSQL the cluster''s system identifier.';
COMMENT ON COLUMN public.stead_audit_event.transaction_id IS 'The transaction that logged it, by which sealing tells what is settled.';
COMMENT ON COLUMN public.stead_audit_event.nonce IS 'Random bytes, so that what a redaction leaves cannot be guessed.';
COMMENT ON COLUMN public.stead_audit_event.redacted IS 'Once redacted: the SHA-256 of what the personal columns held.';
ALTER TABLE public.stead_audit_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.stead_audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.stead_audit_leaf (
    block bigint NOT NULL,
    leaves bytea NOT NULL
);
COMMENT ON TABLE public.stead_audit_leaf IS 'The leaves of blocks that are not pruned, by which a changed event is told from one that is missing. Append-only.';
COMMENT ON COLUMN public.stead_audit_leaf.block IS 'The block.';
COMMENT ON COLUMN public.stead_audit_leaf.leaves IS 'For each event its id, 8 bytes big endian, and the first 8 bytes of its leaf hash.';
CREATE TABLE public.stead_audit_rollup (
    period text NOT NULL COLLATE pg_catalog."C",
    bucket_start timestamp with time zone NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    events bigint NOT NULL,
    failures bigint NOT NULL,
    first_event_at timestamp with time zone NOT NULL,
    last_event_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_audit_rollup IS 'How many sealed events of each action there were in each hour and day (UTC), pruned ones included.';
COMMENT ON COLUMN public.stead_audit_rollup.period IS 'hour or day.';
COMMENT ON COLUMN public.stead_audit_rollup.bucket_start IS 'When it begins.';
COMMENT ON COLUMN public.stead_audit_rollup.action IS 'The action.';
COMMENT ON COLUMN public.stead_audit_rollup.events IS 'How many events.';
COMMENT ON COLUMN public.stead_audit_rollup.failures IS 'How many of them failed.';
COMMENT ON COLUMN public.stead_audit_rollup.first_event_at IS 'The earliest occurred_at.';
COMMENT ON COLUMN public.stead_audit_rollup.last_event_at IS 'The latest occurred_at.';
CREATE TABLE public.stead_jwt_key (
    kid text NOT NULL COLLATE pg_catalog."C",
    algorithm text NOT NULL COLLATE pg_catalog."C",
    public_key text COLLATE pg_catalog."C",
    issuer text COLLATE pg_catalog."C",
    audience_claim text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_jwt_key IS 'Keys of JSON Web Tokens: what verifies.';
COMMENT ON COLUMN public.stead_jwt_key.kid IS 'Name of the key in a token''s header, 1 to 200 bytes.';
COMMENT ON COLUMN public.stead_jwt_key.algorithm IS 'Its one algorithm: HS256, RS256, PS256, ES256, EdDSA and so on.';
COMMENT ON COLUMN public.stead_jwt_key.public_key IS 'PEM; null for HS, whose secret both signs and verifies.';
COMMENT ON COLUMN public.stead_jwt_key.issuer IS 'What the claim iss must be; null: anything.';
COMMENT ON COLUMN public.stead_jwt_key.audience_claim IS 'What the claim aud must be or contain; null: anything.';
COMMENT ON COLUMN public.stead_jwt_key.created_at IS 'When the kid was first set.';
COMMENT ON COLUMN public.stead_jwt_key.updated_at IS 'When it last changed.';
CREATE TABLE public.stead_jwt_private_key (
    kid text NOT NULL COLLATE pg_catalog."C",
    private_key text NOT NULL COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_jwt_private_key IS 'Keys of JSON Web Tokens: what signs. As secret as a password.';
COMMENT ON COLUMN public.stead_jwt_private_key.kid IS 'The key.';
COMMENT ON COLUMN public.stead_jwt_private_key.private_key IS 'PEM (PKCS #8), or the base64url secret for HS.';
CREATE TABLE public.stead_lease (
    name text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL COLLATE pg_catalog."C",
    expires_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_lease IS 'Who is at a piece of upkeep that only one call does at a time. Between calls it is empty; on PostgreSQL it stays so.';
COMMENT ON COLUMN public.stead_lease.name IS 'The function that is called, without the prefix.';
COMMENT ON COLUMN public.stead_lease.holder IS 'Number of the process, its machine, and its connection.';
COMMENT ON COLUMN public.stead_lease.expires_at IS 'From then on it is anyone''s.';
CREATE TABLE public.stead_permit (
    name text NOT NULL COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_permit IS 'Names the append-only table that a statement of Stead''s own is changing. Between statements it is empty; on PostgreSQL it stays so.';
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
    total_deleted bigint NOT NULL
);
COMMENT ON TABLE public.stead_retention IS 'How long rows are kept: one row a target whose policy, hold or runs are on record.';
COMMENT ON COLUMN public.stead_retention.target IS 'Stead''s name for it, or the name of a table, quoted as SQL needs it.';
COMMENT ON COLUMN public.stead_retention.time_column IS 'The column of the table that tells the age of a row.';
COMMENT ON COLUMN public.stead_retention.keep_days IS 'What is strictly older goes; null: nothing does.';
COMMENT ON COLUMN public.stead_retention.batch_rows IS 'How many rows one batch deletes at most.';
COMMENT ON COLUMN public.stead_retention.hold_reason IS 'Why nothing of it may be pruned now; null: it may.';
COMMENT ON COLUMN public.stead_retention.owner IS 'The role that the table belonged to when the policy was set; null on SQLite.';
COMMENT ON COLUMN public.stead_retention.last_run_at IS 'When it was pruned last; of runs that delete nothing one in an hour is noted.';
COMMENT ON COLUMN public.stead_retention.last_deleted IS 'How many rows went then.';
COMMENT ON COLUMN public.stead_retention.total_deleted IS 'How many rows went so far.';
CREATE TABLE public.stead_role (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    description text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.stead_role IS 'The roles: one row each.';
COMMENT ON COLUMN public.stead_role.id IS 'The role''s number; never given twice.';
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
COMMENT ON COLUMN public.stead_schema.version IS 'The schema version stead_init() brought the tables to.';
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
    revoke_reason text COLLATE pg_catalog."C"
);
COMMENT ON TABLE public.stead_session IS 'The sessions, ended ones too.';
COMMENT ON COLUMN public.stead_session.id IS 'Name of the session, no secret.';
COMMENT ON COLUMN public.stead_session.user_id IS 'Whose it is.';
COMMENT ON COLUMN public.stead_session.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN public.stead_session.previous_hash IS 'SHA-256 of the token before the last rotation.';
COMMENT ON COLUMN public.stead_session.created_at IS 'When it began.';
COMMENT ON COLUMN public.stead_session.expires_at IS 'From this moment on it is not valid.';
COMMENT ON COLUMN public.stead_session.idle_seconds IS 'How long it may go unseen; null: any time.';
COMMENT ON COLUMN public.stead_session.last_seen_at IS 'When it was marked as seen last.';
COMMENT ON COLUMN public.stead_session.ip_address IS 'Where it was created from.';
COMMENT ON COLUMN public.stead_session.user_agent IS 'By what program.';
COMMENT ON COLUMN public.stead_session.revoked_at IS 'When it was ended before its time.';
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
COMMENT ON TABLE public.stead_setting IS 'Settings: definition and value, one row a key.';
COMMENT ON COLUMN public.stead_setting.key IS '1 to 200 bytes.';
COMMENT ON COLUMN public.stead_setting.value IS 'The value, or null: the default holds.';
COMMENT ON COLUMN public.stead_setting.type IS 'text, bool, int, real or json; null: not defined, plain text.';
COMMENT ON COLUMN public.stead_setting.default_value IS 'What holds while there is no value.';
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
COMMENT ON TABLE public.stead_setting_change IS 'What settings were set to: one row a change.';
COMMENT ON COLUMN public.stead_setting_change.id IS 'Number of the row.';
COMMENT ON COLUMN public.stead_setting_change.key IS 'The setting.';
COMMENT ON COLUMN public.stead_setting_change.version IS 'The version of all settings that the change made.';
COMMENT ON COLUMN public.stead_setting_change.value IS 'What it was set to; null when deleted, and for a secret.';
COMMENT ON COLUMN public.stead_setting_change.deleted IS 'It went back to the default.';
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
    version bigint NOT NULL
);
COMMENT ON TABLE public.stead_setting_version IS 'The version of all settings: one row, which every change counts up.';
COMMENT ON COLUMN public.stead_setting_version.id IS 'Always 1.';
COMMENT ON COLUMN public.stead_setting_version.version IS 'Grows with every change.';
CREATE TABLE public.stead_signal (
    signal bigint NOT NULL,
    generation bigint NOT NULL
);
COMMENT ON TABLE public.stead_signal IS 'What tells connections to forget what they remember. On PostgreSQL it stays empty: there messages do.';
COMMENT ON COLUMN public.stead_signal.signal IS 'Number of a signal; -1: all of them.';
COMMENT ON COLUMN public.stead_signal.generation IS 'Row -1: how many were given; another: which of these was the last of its kind.';
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
COMMENT ON COLUMN public.stead_user.id IS 'The user''s number; never given twice.';
COMMENT ON COLUMN public.stead_user.username IS '1 to 200 bytes; no two users have the same.';
COMMENT ON COLUMN public.stead_user.email IS 'At most 320 bytes; no two users have the same.';
COMMENT ON COLUMN public.stead_user.active IS 'False: nothing is granted, and sessions are not valid.';
COMMENT ON COLUMN public.stead_user.approved IS 'False: likewise, until somebody approves.';
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
INSERT INTO public.stead_audit_account VALUES (1, 1, '2026-05-12 07:28:51.538611+00', 3, '2026-11-28 07:28:51.541028+00', '\xe36caf680b6c52448b2500714036479e6d11483c7915222da0d9052551493ef2');
INSERT INTO public.stead_audit_account VALUES (2, 2, '2026-05-12 07:28:51.538611+00', 2, '2026-11-28 07:28:51.544374+00', '\xb2b07a8da197c625a643abddaaa280c938b99901104390faa4a21711760bbe9f');
INSERT INTO public.stead_audit_block VALUES (1, 7713121013957283314, 0, 3, 729, 3, '2026-01-01 00:00:00+00', '2026-01-03 23:59:59.999999+00', '2026-11-28 07:28:51.480034+00', '\x2d9b4ce0ee39822ba8e6b3d63bbcde2ffa31f5bd4939cf78f2c90cb153f209f9dd48f549980ee81161b4f13d814e90f8eaaff6b8478a64d68372b089d6c3bb71', '\x2d9b4ce0ee39822ba8e6b3d63bbcde2ffa31f5bd4939cf78f2c90cb153f209f9dd48f549980ee81161b4f13d814e90f8eaaff6b8478a64d68372b089d6c3bb71', '\xa7a46dc19d7feda487e4082cac2bde5bea19db5b19959a1bcda5a70508c607ca', '\x00064748462040000000000000000001000000000000000000064748462040000006474846204000000000056c6f67696e00064750a7e4a8000000000000000001000000000000000100064750a7e4a80000064750a7e4a8000000000c6c6f67696e5f6661696c656400064783c912bc0000000000000000010000000000000000000647849fa65fff000647849fa65fff0000000d6170705f696e7374616c6c6564', '\x2e18ea0d704551f4075f69d7e375f920bd62f1fb44bd24d09d9552e1c44c3007', '\xb373d2f14eee40039b4e34a6e014d5d33414e2ec23c5902b5bf1df84b55d2112');
INSERT INTO public.stead_audit_block VALUES (2, 7713121013957283314, 3, 2, 732, 5, '2001-02-03 04:05:06.789012+00', '2026-01-04 00:00:00+00', '2026-11-28 07:28:51.53599+00', '\x4f760210549fa3a1b44a0df6a295aef8b7f7e2244b5f44f6d6b16f615e7c75a99c0b334dd848ce32c81e4a2c72da88cac43dec74a4d2fe6c87fe02d4857863c6', '\x407849b2aff5042d1d837e702e4cee1c48ada61e4ace02112081b9a01f4075199c0b334dd848ce32c81e4a2c72da88cac43dec74a4d2fe6c87fe02d4857863c6', '\xd7c160cc4c7accaa7f2e875b3adcd269a3627fe539f4983e91203f47e6918a32', '\x00037c5f183510000000000000000001000000000000000100037c5f2a7e4a9400037c5f2a7e4a9400000005636166c3a9000647849fa6600000000000000000010000000000000000000647849fa66000000647849fa6600000000006737061727365', '\x74d8d496c0b98835433090284e0ca12d08b1596383b9528072d2b2743c35ee84', '\xc05efc553ca65daf4f1b845f8f8bf6da896c1f48ebed0c20854d1d8a4f44e8e0');
INSERT INTO public.stead_audit_block VALUES (3, 7713121013957283314, 5, 3, 743, 8, '2026-11-01 00:00:00+00', '2026-11-28 07:28:51.586081+00', '2026-11-28 07:28:51.605589+00', '\x19347a2b6e2042db38c0770ad657e750b83a581f11dee3b3ea25d9440c26c2455ac9b217535b1086fd41091057c5b7ecf25174c71a5c4c336276959c6bb500bd', '\xedc61f6149bcd29ba2ab222ae3dfc7138c4c1250216dc1fb3f56b52ceb0cb9ef', '\xedc61f6149bcd29ba2ab222ae3dfc7138c4c1250216dc1fb3f56b52ceb0cb9ef', '\x00065f2bb5e240000000000000000001000000000000000000065f2bb5e2400000065f2bb5e24000000000046b65707400066150b9a2dc00000000000000000100000000000000000006615120d82d9c0006615120d82d9c0000000b73746561642e7072756e6500066150b9a2dc00000000000000000100000000000000000006615120d8c4210006615120d8c4210000001473746561642e73657373696f6e2e637265617465', '\xac37b3cb5cece74c220fe6855fa275de6cf9da83f96743e3a65e0dc6e929421d', '\x351f04a8b00c3d736a65ed349e77d852d6848b9f2d0c02d301bc245817155256');
INSERT INTO public.stead_audit_event VALUES (6, '2026-11-28 07:28:51.547548+00', '2026-11-28 07:28:51.547548+00', 'stead.prune', 'retention', 'audit', NULL, NULL, true, '{"target":"audit","cutoff":"2026-05-12T07:28:51.538611Z","rows":5,"account":2,"digest":"srB6jaGXxiWmQ6vdqqKAyTi5mQEQQ5D6pKIXEXYLvp8="}', NULL, NULL, NULL, 7713121013957283314, 734, '\x15abb816f11022810ffb93ddeb456a3b', NULL);
INSERT INTO public.stead_audit_event VALUES (7, '2026-11-01 00:00:00+00', '2026-11-28 07:28:51.569991+00', 'kept', 'type', 'k', '7', 'alice', true, NULL, NULL, NULL, NULL, 7713121013957283314, 735, '\x488f790902e3a3a64c55cb6a954239af', NULL);
INSERT INTO public.stead_audit_event VALUES (8, '2026-11-28 07:28:51.586081+00', '2026-11-28 07:28:51.586081+00', 'stead.session.create', 'session', 'ses_-sXA_EnDsmntYFGwfRjItw', '1', 'alice', true, NULL, NULL, NULL, NULL, 7713121013957283314, 743, '\x579c4a113ad68e8b08598bf9e0a637e2', NULL);
INSERT INTO public.stead_audit_leaf VALUES (3, '\x000000000000000619347a2b6e2042db0000000000000007f2631cbfb8b0bfef0000000000000008df3aeb72725cef06');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-01 00:00:00+00', 'login', 1, 0, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-01 10:00:00+00', 'login_failed', 1, 1, '2026-01-01 10:00:00+00', '2026-01-01 10:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-03 23:00:00+00', 'app_installed', 1, 0, '2026-01-03 23:59:59.999999+00', '2026-01-03 23:59:59.999999+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-01 00:00:00+00', 'login', 1, 0, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-01 00:00:00+00', 'login_failed', 1, 1, '2026-01-01 10:00:00+00', '2026-01-01 10:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-03 00:00:00+00', 'app_installed', 1, 0, '2026-01-03 23:59:59.999999+00', '2026-01-03 23:59:59.999999+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2001-02-03 04:00:00+00', 'café', 1, 1, '2001-02-03 04:05:06.789012+00', '2001-02-03 04:05:06.789012+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-01-04 00:00:00+00', 'sparse', 1, 0, '2026-01-04 00:00:00+00', '2026-01-04 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2001-02-03 00:00:00+00', 'café', 1, 1, '2001-02-03 04:05:06.789012+00', '2001-02-03 04:05:06.789012+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-01-04 00:00:00+00', 'sparse', 1, 0, '2026-01-04 00:00:00+00', '2026-01-04 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-11-01 00:00:00+00', 'kept', 1, 0, '2026-11-01 00:00:00+00', '2026-11-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-11-28 07:00:00+00', 'stead.prune', 1, 0, '2026-11-28 07:28:51.547548+00', '2026-11-28 07:28:51.547548+00');
INSERT INTO public.stead_audit_rollup VALUES ('hour', '2026-11-28 07:00:00+00', 'stead.session.create', 1, 0, '2026-11-28 07:28:51.586081+00', '2026-11-28 07:28:51.586081+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-11-01 00:00:00+00', 'kept', 1, 0, '2026-11-01 00:00:00+00', '2026-11-01 00:00:00+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-11-28 00:00:00+00', 'stead.prune', 1, 0, '2026-11-28 07:28:51.547548+00', '2026-11-28 07:28:51.547548+00');
INSERT INTO public.stead_audit_rollup VALUES ('day', '2026-11-28 00:00:00+00', 'stead.session.create', 1, 0, '2026-11-28 07:28:51.586081+00', '2026-11-28 07:28:51.586081+00');
INSERT INTO public.stead_jwt_key VALUES ('k', 'HS256', NULL, NULL, NULL, '2026-11-28 07:28:51.586833+00', '2026-11-28 07:28:51.586833+00');
INSERT INTO public.stead_jwt_private_key VALUES ('k', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
INSERT INTO public.stead_retention VALUES ('audit', NULL, 90, 10000, NULL, NULL, '2026-11-28 07:28:51.538611+00', 5, 5);
INSERT INTO public.stead_retention VALUES ('session', NULL, 7, 10000, NULL, NULL, NULL, 0, 0);
INSERT INTO public.stead_role VALUES (1, 'viewer', NULL, '2026-11-28 07:28:51.577921+00');
INSERT INTO public.stead_role_permission VALUES (1, 'app.*');
INSERT INTO public.stead_schema VALUES (1, 3, '2026-11-28 07:28:51.440705+00');
INSERT INTO public.stead_session VALUES ('ses_-sXA_EnDsmntYFGwfRjItw', 1, '\x126bc659c1e013f88085684006940e044791a0c00c55b70bd22b95984c12b0e9', NULL, '2026-11-28 07:28:51.58527+00', '2026-12-05 07:28:51.58527+00', NULL, '2026-11-28 07:28:51.58527+00', NULL, NULL, NULL, NULL);
INSERT INTO public.stead_setting VALUES ('app.limit', '20', 'int', '10', 'How many.', '{"min":1,"max":100}', false, 2, '2026-11-28 07:28:51.575169+00', 'alice');
INSERT INTO public.stead_setting_change VALUES (1, 'app.limit', 2, '20', false, '2026-11-28 07:28:51.575216+00', 'alice');
INSERT INTO public.stead_setting_version VALUES (1, 2);
INSERT INTO public.stead_user VALUES (1, 'alice', 'alice@example.org', true, true, '2026-11-28 07:28:51.575667+00', '2026-11-28 07:28:51.575667+00');
INSERT INTO public.stead_user_role VALUES (1, 1);
SELECT pg_catalog.setval('public.stead_audit_event_id_seq', 8, true);
SELECT pg_catalog.setval('public.stead_role_id_seq', 1, true);
SELECT pg_catalog.setval('public.stead_setting_change_id_seq', 1, true);
SELECT pg_catalog.setval('public.stead_user_id_seq', 1, true);
ALTER TABLE ONLY public.stead_audit_account
    ADD CONSTRAINT stead_audit_account_pkey PRIMARY KEY (account);
ALTER TABLE ONLY public.stead_audit_block
    ADD CONSTRAINT stead_audit_block_pkey PRIMARY KEY (block);
ALTER TABLE ONLY public.stead_audit_event
    ADD CONSTRAINT stead_audit_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stead_audit_leaf
    ADD CONSTRAINT stead_audit_leaf_pkey PRIMARY KEY (block);
ALTER TABLE ONLY public.stead_audit_rollup
    ADD CONSTRAINT stead_audit_rollup_pkey PRIMARY KEY (period, bucket_start, action);
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
CREATE INDEX stead_audit_event_action ON public.stead_audit_event USING btree (action, occurred_at, id);
CREATE INDEX stead_audit_event_actor_id ON public.stead_audit_event USING btree (actor_id, occurred_at, id) WHERE (actor_id IS NOT NULL);
CREATE INDEX stead_audit_event_actor_name ON public.stead_audit_event USING btree (actor_name, occurred_at, id) WHERE (actor_name IS NOT NULL);
CREATE INDEX stead_audit_event_failure ON public.stead_audit_event USING btree (occurred_at, id) WHERE (NOT success);
CREATE INDEX stead_audit_event_place ON public.stead_audit_event USING btree (era, transaction_id, id);
CREATE INDEX stead_audit_event_resource_id ON public.stead_audit_event USING btree (resource_id, occurred_at, id) WHERE (resource_id IS NOT NULL);
CREATE INDEX stead_audit_event_resource_type ON public.stead_audit_event USING btree (resource_type, occurred_at, id) WHERE (resource_type IS NOT NULL);
CREATE INDEX stead_audit_event_time ON public.stead_audit_event USING btree (occurred_at, id);
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
