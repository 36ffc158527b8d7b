/*
 * signin.c - signing in: the entry of the module. Its other files have the bodies of the functions.
 */
#include "access/login/login.h"

static const stead_function functions[] = {
	{
		.name = "password_set",
		.doc =
			"Sets the password of a user; returns true. password: 8 to 1024 bytes. It is hashed with Argon2id, at the "
			"cost that the settings stead.login.memory_kib, .passes and .lanes say. Ends the user's sessions, unless "
			"the setting stead.login.keep_sessions is true. An unknown user is an error (not found). Writes the event "
			"stead.login.password. Pass the password as a parameter: the text of a statement can be in a log.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}, {"password", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = password_set,
	},
	{
		.name = "password_hash_set",
		.doc =
			"Takes over the hash of a user's password from another system; returns true. hash: $argon2id$ (at most "
			"256 MiB and 16 passes, 1 GiB in all), $2a$, $2b$ or $2y$ (bcrypt, cost up to 14), $y$ (yescrypt) and $7$ "
			"(scrypt, both up to 64 MiB), $6$ (SHA-512, up to 1000000 rounds). When the user next signs in, a hash of "
			"another kind or cost than today's is replaced. For the rest see stead_password_set.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}, {"hash", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = password_hash_set,
	},
	{
		.name = "login",
		.doc =
			"Judges a name or email and a password; if they are right, begins a session. Returns an object with a "
			"reason: ok (with user_id, session_id and token); invalid: unknown name, no password and wrong password "
			"alike; limited (with retry_after_ms); or, once the password was right, with user_id: inactive, "
			"unapproved, code_required, code_wrong, setup_required (a role of theirs needs a second factor, and there "
			"is none). code: of 6 digits, or a recovery code. Nothing that a user types is an error. Attempts are "
			"limited by the settings stead.login.*: so commit, whatever the answer. Writes the event stead.login with "
			"the reason.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"username", STEAD_TEXT, .nullable = true, .raw = true},
                 {"password", STEAD_TEXT, .nullable = true, .raw = true},
                 {"code", STEAD_TEXT, .optional = true, .raw = true},
                 {"ip_address", STEAD_TEXT, .optional = true, .raw = true},
                 {"user_agent", STEAD_TEXT, .optional = true, .raw = true}},
		.returns = STEAD_JSON,
		.call = login_attempt,
	},
	{
		.name = "totp_begin",
		.doc =
			"Begins to set up a second factor of a user: codes by time (RFC 6238, SHA-1, 6 digits, 30 seconds). "
			"Returns "
			"an object with secret (base32) and uri, for a QR code; no later call returns them. issuer: 1 to 200 "
			"bytes, the name of your application. A second factor that the user has stays until another is confirmed.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}, {"issuer", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = totp_begin,
	},
	{
		.name = "totp_confirm",
		.doc =
			"Confirms it with a code, which shows that the user has the secret. Returns {\"confirmed\":false}, or true "
			"with recovery_codes: 8 codes of 10 characters, which no later call returns. From then on, stead_login "
			"wants a code.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}, {"code", STEAD_TEXT, .nullable = true, .raw = true}},
		.returns = STEAD_JSON,
		.call = totp_confirm,
	},
	{
		.name = "totp_disable",
		.doc = "Takes the second factor from a user, with its recovery codes; returns true if there was one.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}},
		.returns = STEAD_BOOL,
		.call = totp_disable,
	},
	{
		.name = "recovery_codes",
		.doc = "Makes new recovery codes for a user who has a second factor; the old ones are void. Returns an object "
			   "with "
			   "recovery_codes: 8 codes of 10 characters, each good for one stead_login in place of a code.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}},
		.returns = STEAD_JSON,
		.call = recovery_codes,
	},
	{
		.name = "role_require_second_factor",
		.doc =
			"Says whether users with a role need a second factor: stead_login then answers setup_required to those who "
			"have none. Returns true if that changed. An unknown role is an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"required", STEAD_BOOL, .fallback = "true"}},
		.returns = STEAD_BOOL,
		.call = role_require_second_factor,
	},
	{
		.name = "invite_create",
		.doc =
			"Invites somebody to become a user, by the user created_by; returns the code, once. ttl_seconds: 1 to "
			"31622400. The new user gets the role role_name; with email, the invite is for that email only. An unknown "
			"user or role is an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"created_by", STEAD_INT},
                 {"ttl_seconds", STEAD_INT, .fallback = "604800"},
                 {"role_name", STEAD_TEXT, .optional = true},
                 {"email", STEAD_TEXT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = invite_create,
	},
	{
		.name = "invite_redeem",
		.doc =
			"Makes the user who was invited, active and approved. Returns an object with a reason: ok (with user_id), "
			"unknown, used, expired, revoked, or taken: another user has the username or the email, and the invite "
			"stays good. email: that of the invite unless given. Names, emails and passwords that could not be a "
			"user's are errors.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"code", STEAD_TEXT, .nullable = true, .raw = true},
                 {"username", STEAD_TEXT},
                 {"email", STEAD_TEXT, .nullable = true},
                 {"password", STEAD_TEXT, .optional = true}},
		.returns = STEAD_JSON,
		.call = invite_redeem,
	},
	{
		.name = "invite_revoke",
		.doc = "Revokes an invite; returns true if it was not used or revoked before.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"invite_id", STEAD_INT}},
		.returns = STEAD_BOOL,
		.call = invite_revoke,
	},
	{
		.name = "invite_list",
		.doc = "Lists all invites, newest first. used_by: the user whom it made.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns = {{"invite_id", STEAD_INT},
                    {"created_by", STEAD_INT},
                    {"role_name", STEAD_TEXT},
                    {"email", STEAD_TEXT},
                    {"created_at", STEAD_TIME},
                    {"expires_at", STEAD_TIME},
                    {"used_at", STEAD_TIME},
                    {"used_by", STEAD_INT},
                    {"revoked_at", STEAD_TIME}},
		.rows = invite_list,
	},
	{
		.name = "challenge_create",
		.doc =
			"Makes a token for a purpose of the application's, such as a password reset or the confirmation of an "
			"email; returns it, once. purpose: 1 to 200 bytes; ttl_seconds: 1 to 31622400. It voids the user's earlier "
			"token for that purpose. An unknown user is an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}, {"purpose", STEAD_TEXT}, {"ttl_seconds", STEAD_INT, .fallback = "600"}},
		.returns = STEAD_TEXT,
		.call = challenge_create,
	},
	{
		.name = "challenge_redeem",
		.doc = "Uses a token for its purpose. Returns an object with a reason: ok (with user_id), unknown (also one "
			   "that a "
			   "later one voided, or for another purpose), used, expired. A token is good once.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}, {"purpose", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = challenge_redeem,
	},
};

const stead_module stead_signin = {
	.name = "signin", /* stead_login is the symbol of a function */
	.doc = "Signing in: passwords, second factors, invites, challenges.",
	.tables = login_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = login_options,
};
