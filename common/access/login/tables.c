/*
 * tables.c - the tables of signing in, and its options. No function shows the hashes and secrets in them.
 */
#include "access/login/login.h"

/* OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane. */
const stead_option login_options[] = {
	[LOGIN_KIB] = {"stead.login.memory_kib", "int", "19456", "Argon2id's memory for one password, in KiB.",
                   "{\"min\":128,\"max\":262144}"},
	[LOGIN_PASSES] = {"stead.login.passes", "int", "2",
                      "Argon2id's passes over that memory; at most 1 GiB in all passes together.",
                      "{\"min\":1,\"max\":16}"},
	[LOGIN_LANES] = {"stead.login.lanes", "int", "1", "Argon2id's lanes (parallelism), which one thread computes.",
                     "{\"min\":1,\"max\":16}"},
	[LOGIN_NAME_COUNT] = {"stead.login.name_attempts", "int", "10",
                          "So many attempts for one name in stead.login.name_seconds; 0: any number.",
                          "{\"min\":0,\"max\":1000000}"},
	[LOGIN_NAME_SECONDS] = {"stead.login.name_seconds", "int", "300", "See stead.login.name_attempts.",
                            "{\"min\":1,\"max\":86400}"},
	[LOGIN_ADDRESS_COUNT] = {"stead.login.address_attempts", "int", "100",
                             "So many attempts from one address in stead.login.address_seconds; 0: any number.",
                             "{\"min\":0,\"max\":1000000}"},
	[LOGIN_ADDRESS_SECONDS] = {"stead.login.address_seconds", "int", "300", "See stead.login.address_attempts.",
                               "{\"min\":1,\"max\":86400}"},
	[LOGIN_KEEP_SESSIONS] = {"stead.login.keep_sessions", "bool", "false",
                             "A user's sessions go on when their password changes.", NULL},
	[LOGIN_AUDIT] = {"stead.login.audit", "bool", "true",
                     "Attempts to sign in, and changes of passwords, second factors and invites, are events of the "
                     "audit log.",
                     NULL},
	{0},
};

const stead_table login_tables[] = {
	[PASSWORD_TABLE] =
		{
			.name = "password",
			.doc = "The hash of each user's password.",
			.schema = 5,
			.columns =
				{
					{"user_id", STEAD_INT, "The user.", .key = true, .references = "user"},
					{"hash", STEAD_TEXT, "The hash, as text that names its kind and cost."},
					{"changed_at", STEAD_TIME, "When the password last changed."},
				},
		},
	[TOTP_TABLE] =
		{
			.name = "totp",
			.doc = "The users who have a second factor, or are setting one up.",
			.schema = 5,
			.columns =
				{
					{"user_id", STEAD_INT, "The user.", .key = true, .references = "user"},
					{"secret", STEAD_BYTES, "The secret that was confirmed; null: none yet.", .nullable = true},
					{"pending", STEAD_BYTES, "A secret that is not confirmed yet.", .nullable = true},
					{"last_step", STEAD_INT, "The latest 30 seconds, since 1970, whose code was used."},
					{"confirmed_at", STEAD_TIME, "When the secret was confirmed.", .nullable = true},
				},
		},
	[RECOVERY_TABLE] =
		{
			.name = "recovery_code",
			.doc = "The hashes of recovery codes that were not used.",
			.schema = 5,
			.columns =
				{
					{"user_id", STEAD_INT, "The user.", .key = true, .references = "user"},
					{"code_hash", STEAD_BYTES, "Argon2id of the code.", .key = true},
					{"salt", STEAD_BYTES, "Its salt: the same in all codes that were made at once."},
				},
		},
	[SECOND_FACTOR_TABLE] =
		{
			.name = "second_factor_role",
			.doc = "The roles whose users need a second factor.",
			.schema = 5,
			.columns = {{"role_id", STEAD_INT, "The role.", .key = true, .references = "role"}},
		},
	[INVITE_TABLE] =
		{
			.name = "invite",
			.doc = "The invites: one row each.",
			.schema = 5,
			.columns =
				{
					{"id", STEAD_INT, "The invite's number.", .key = true, .serial = true},
					{"code_hash", STEAD_BYTES, "SHA-256 of the code."},
					{"created_by", STEAD_INT, "The user who invites."},
					{"role_name", STEAD_TEXT, "The role that the new user gets.", .nullable = true},
					{"email", STEAD_TEXT, "The only email that it is for.", .nullable = true},
					{"created_at", STEAD_TIME, "When it was made."},
					{"expires_at", STEAD_TIME, "From this moment on it is void."},
					{"used_at", STEAD_TIME, "When it was redeemed.", .nullable = true},
					{"used_by", STEAD_INT, "The user whom that made.", .nullable = true},
					{"revoked_at", STEAD_TIME, "When it was revoked.", .nullable = true},
				},
			.indexes = {{"code", "code_hash", .unique = true}},
		},
	[CHALLENGE_TABLE] =
		{
			.name = "challenge",
			.doc = "The latest challenge of each user and purpose.",
			.schema = 5,
			.columns =
				{
					{"user_id", STEAD_INT, "The user.", .key = true, .references = "user"},
					{"purpose", STEAD_TEXT, "What it is for, such as password_reset.", .key = true},
					{"token_hash", STEAD_BYTES, "SHA-256 of the token."},
					{"expires_at", STEAD_TIME, "From this moment on it is void."},
					{"used_at", STEAD_TIME, "When it was redeemed.", .nullable = true},
				},
			.indexes = {{"token", "token_hash", .unique = true}},
		},
	{0},
};
