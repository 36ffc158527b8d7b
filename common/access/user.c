/*
 * user.c - users, and the roles they have.
 *
 * A user has roles, and a role has permissions; a user has the permissions of all their roles (identity.h). Names are
 * compared byte by byte: an application for which Alice and alice are one user lowers names first. A writer locks the
 * rows that must not change (FOR UPDATE, FOR SHARE). ON CONFLICT detects names that are taken, so that two callers
 * cannot both get one.
 */
#include <string.h>

#include "access/identity.h"
#include "lib/json.h"
#include "state/setting/option.h"
#include "access/role.h"
#include "access/user.h"

#define MAX_USER_ID INT64_C(4611686018427387903)

const stead_option user_options[] = {
	[USER_AUDIT] = {"stead.user.audit", "bool", "true",
                    "Creating, changing and deleting a user, and giving and taking roles, are events of the audit log.",
                    NULL},
	{0},
};

static void audit(stead_call *call, const char *action, stead_value user_id, int count, const change_fact *facts)
{
	if (option_value(call, &user_options[USER_AUDIT]))
		change_record(call, action, "user", stead_text(stead_format(call, "%lld", (long long)user_id.integer)),
		              stead_null(STEAD_TEXT), count, facts);
}

void user_audit_create(stead_call *call, stead_value user_id, const stead_value *row)
{
	audit(call, "stead.user.create", user_id, 4,
	      (change_fact[]){{"username", row[0]}, {"email", row[1]}, {"active", row[2]}, {"approved", row[3]}});
}

/* ---- Users ------------------------------------------------------------------------------------------------------- */

static _Noreturn void no_user(stead_call *call, int64_t user_id)
{
	stead_raise(call, STEAD_NOT_FOUND, "stead_%s: user %lld does not exist", call->function->name, (long long)user_id);
}

/* Raises if a user other than not_id has the name or the email. */
static void check_taken(stead_call *call, stead_value username, stead_value email, stead_value not_id)
{
	if (stead_any(call, "SELECT 1 FROM stead_user WHERE username = $1 AND id <> $2", 2,
	              (stead_value[]){username, not_id}))
		stead_raise(call, STEAD_CONFLICT, "stead_%s: username \"%.*s\" is taken", call->function->name,
		            (int)username.size, username.data);
	if (!email.null &&
	    stead_any(call, "SELECT 1 FROM stead_user WHERE email = $1 AND id <> $2", 2, (stead_value[]){email, not_id}))
		stead_raise(call, STEAD_CONFLICT, "stead_%s: email \"%.*s\" is taken", call->function->name, (int)email.size,
		            email.data);
}

static stead_value user_named(stead_call *call, stead_value username)
{
	return stead_first(call, "SELECT id FROM stead_user WHERE username = $1", 1, &username, STEAD_INT);
}

/* Inserts the user. Returns the id, which is the caller's or the database's; null: something is taken. */
static stead_value insert_user(stead_call *call, const stead_value *args, stead_value now)
{
	stead_value row[] = {args[0], args[1], args[2], args[3], now, args[4]};

	if (args[4].null)
		return stead_insert(call,
		                    "INSERT INTO stead_user (username, email, active, approved, created_at, updated_at)"
		                    " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING id",
		                    5, row);
	return stead_insert(call,
	                    "INSERT INTO stead_user (id, username, email, active, approved, created_at, updated_at)"
	                    " VALUES ($6, $1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING id",
	                    6, row);
}

/* What belongs to a user, and what the user signs in with: a later user with the same id must not have it. */
static void delete_belongings(stead_call *call, const stead_value *user_id)
{
	stead_run(call, "DELETE FROM stead_session WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_key_hash WHERE key_id IN (SELECT id FROM stead_key WHERE user_id = $1)", 1,
	          user_id);
	stead_run(call, "DELETE FROM stead_key WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_password WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_totp WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_recovery_code WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_challenge WHERE user_id = $1", 1, user_id);
	stead_run(call, "DELETE FROM stead_user_role WHERE user_id = $1", 1, user_id);
}

stead_value user_ensure(stead_call *call, stead_value username)
{
	stead_value args[] = {username, stead_null(STEAD_TEXT), stead_bool(true), stead_bool(true), stead_null(STEAD_INT)};
	stead_value id = user_named(call, username), now = stead_time(stead_now(call));

	for (int i = 0; id.null && i <= STEAD_SEQUENCE_RETRIES; i++) {
		if (i > 0 && !stead_sequence_repair(call, &user_tables[USER_TABLE]))
			break;
		id = insert_user(call, args, now);
		if (!id.null)
			user_audit_create(call, id, args);
		else
			id = user_named(call, username); /* another caller may have been faster */
	}
	if (id.null)
		stead_raise_not_stored(call, "the user");
	return id;
}

static stead_value user_create(stead_call *call, const stead_value *args)
{
	stead_value now = stead_time(stead_now(call)), id;

	stead_check_size(call, "username", args[0], 1, MAX_USERNAME);
	stead_check_size(call, "email", args[1], 1, MAX_EMAIL);
	if (!args[4].null && (args[4].integer < 1 || args[4].integer > MAX_USER_ID))
		stead_raise(call, STEAD_INVALID, "stead_user_create: user_id must be 1 to %lld", (long long)MAX_USER_ID);
	check_taken(call, args[0], args[1], stead_int(0)); /* before inserting: a failed INSERT would use up a number */
	id = insert_user(call, args, now);
	if (!id.null) {
		if (!args[4].null) {
			/* An earlier user with this id can have left rows: someone deleted the user by hand, or stead_user_delete()
			 * ran with a snapshot from before the rows were there. */
			delete_belongings(call, &id);
			stead_sequence_advance(call, &user_tables[USER_TABLE], id.integer);
		}
		user_audit_create(call, id, args);
		return id;
	}
	check_taken(call, args[0], args[1], stead_int(0)); /* another caller may have been faster */
	if (!args[4].null)
		stead_raise(call, STEAD_CONFLICT, "stead_user_create: user_id %lld is taken", (long long)args[4].integer);
	for (int i = 0; i < STEAD_SEQUENCE_RETRIES && id.null && stead_sequence_repair(call, &user_tables[USER_TABLE]); i++)
		id = insert_user(call, args, now);
	if (id.null)
		stead_raise_not_stored(call, "the user");
	user_audit_create(call, id, args);
	return id;
}

static stead_value user_update(stead_call *call, const stead_value *args)
{
	enum { USERNAME, EMAIL, ACTIVE, APPROVED, KEYS };
	static const stead_arg keys[KEYS] = {
		{"username", STEAD_TEXT}, {"email", STEAD_TEXT}, {"active", STEAD_BOOL}, {"approved", STEAD_BOOL}};
	json_t *tree = stead_read_json(call, args[1], "changes");
	stead_value given[KEYS], row[KEYS];
	stead_buffer before = {0}, after = {0};
	stead_rows *rows;

	stead_read_object(call, args[1], "changes", keys, KEYS, given);
	for (int i = 0; i < KEYS; i++)
		if (i != EMAIL && given[i].null && json_object_get(tree, keys[i].name))
			stead_raise(call, STEAD_INVALID, "stead_user_update: changes.%s must not be null", keys[i].name);
	stead_check_size(call, "changes.username", given[USERNAME], 1, MAX_USERNAME);
	stead_check_size(call, "changes.email", given[EMAIL], 1, MAX_EMAIL);
	rows =
		stead_open(call, "SELECT username, email, active, approved FROM stead_user WHERE id = $1 FOR UPDATE", 1, args);
	if (!stead_next(rows))
		no_user(call, args[0].integer);
	for (int i = 0; i < KEYS; i++)
		row[i] = stead_keep(call, stead_column(rows, i, keys[i].type));
	stead_close(rows);
	for (int i = 0; i < KEYS; i++)
		if (json_object_get(tree, keys[i].name) && !stead_same(given[i], row[i])) {
			stead_append_member(call, &before, keys[i].name, row[i]);
			stead_append_member(call, &after, keys[i].name, given[i]);
			row[i] = given[i];
		}
	if (!after.size)
		return stead_bool(false);
	check_taken(call, row[USERNAME], row[EMAIL], args[0]);
	if (!stead_run(call,
	               "UPDATE stead_user SET username = $1, email = $2, active = $3, approved = $4, updated_at = $5"
	               " WHERE id = $6",
	               6,
	               (stead_value[]){row[USERNAME], row[EMAIL], row[ACTIVE], row[APPROVED], stead_time(stead_now(call)),
	                               args[0]}))
		stead_raise_not_stored(call, "the user");
	stead_append_text(call, &before, "}");
	stead_append_text(call, &after, "}");
	audit(call, "stead.user.update", args[0], 2,
	      (change_fact[]){{"before", stead_json(before.data)}, {"after", stead_json(after.data)}});
	return stead_bool(true);
}

static stead_value user_delete(stead_call *call, const stead_value *args)
{
	stead_value username =
		stead_first(call, "SELECT username FROM stead_user WHERE id = $1 FOR UPDATE", 1, args, STEAD_TEXT);

	delete_belongings(call, args);
	if (!stead_run(call, "DELETE FROM stead_user WHERE id = $1", 1, args))
		return stead_bool(false);
	audit(call, "stead.user.delete", args[0], 1, &(change_fact){"username", username});
	return stead_bool(true);
}

/* ---- Roles and permissions of a user ----------------------------------------------------------------------------- */

/* Raises if there is no such user. Nobody can delete the user until the transaction ends. */
static void lock_user(stead_call *call, stead_value user_id)
{
	if (!stead_any(call, "SELECT 1 FROM stead_user WHERE id = $1 FOR SHARE", 1, &user_id))
		no_user(call, user_id.integer);
}

bool user_add_role(stead_call *call, stead_value user_id, stead_value role_name)
{
	if (!stead_run(call,
	               "INSERT INTO stead_user_role (user_id, role_id) VALUES ($1, $2)"
	               " ON CONFLICT (user_id, role_id) DO NOTHING",
	               2, (stead_value[]){user_id, role_find(call, role_name)}))
		return false;
	audit(call, "stead.user.role_add", user_id, 1, &(change_fact){"role", role_name});
	return true;
}

static stead_value user_role_add(stead_call *call, const stead_value *args)
{
	lock_user(call, args[0]);
	return stead_bool(user_add_role(call, args[0], args[1]));
}

static stead_value user_role_remove(stead_call *call, const stead_value *args)
{
	lock_user(call, args[0]);
	if (!stead_run(call, "DELETE FROM stead_user_role WHERE user_id = $1 AND role_id = $2", 2,
	               (stead_value[]){args[0], role_find(call, args[1])}))
		return stead_bool(false);
	audit(call, "stead.user.role_remove", args[0], 1, &(change_fact){"role", args[1]});
	return stead_bool(true);
}

static void user_permissions(stead_call *call, const stead_value *args)
{
	stead_rows *rows =
		stead_open(call,
	               "SELECT p.permission, r.name FROM stead_user u JOIN stead_user_role m ON m.user_id = u.id"
	               " JOIN stead_role r ON r.id = m.role_id JOIN stead_role_permission p ON p.role_id = r.id"
	               " WHERE u.id = $1 AND u.active AND u.approved ORDER BY p.permission, r.name",
	               1, args);

	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT)});
}

static stead_value user_has(stead_call *call, const stead_value *args)
{
	identity user;

	identity_check_permission(call, args[1]);
	return stead_bool(identity_load(call, args[0].integer, option_memory_entries(call), &user) && user.active &&
	                  user.approved && identity_permits(&user, args[1]));
}

static const stead_function functions[] = {
	{
		.name = "user_create",
		.doc = "Creates a user and returns the id. username: 1 to 200 bytes; email: 1 to 320. With user_id (1 to 2^62 "
			   "- 1) an application keeps its own ids; ids that the database chooses later are higher. A username, "
			   "email or id that is taken is an error (conflict). They are compared byte by byte.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"username", STEAD_TEXT},
                 {"email", STEAD_TEXT, .optional = true},
                 {"active", STEAD_BOOL, .fallback = "true"},
                 {"approved", STEAD_BOOL, .fallback = "true"},
                 {"user_id", STEAD_INT, .optional = true}},
		.returns = STEAD_INT,
		.call = user_create,
	},
	{
		.name = "user_update",
		.doc = "Changes a user; returns true if something changed. changes: a JSON object with any of username, email "
			   "(null removes it), active, approved. From the next call on, an inactive or unapproved user has no "
			   "permissions and no valid session. When the user is active and approved again, sessions that were not "
			   "revoked are valid again. An unknown user is an error (not found).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}, {"changes", STEAD_JSON}},
		.returns = STEAD_BOOL,
		.call = user_update,
	},
	{
		.name = "user_delete",
		.doc = "Deletes a user, with all their sessions, role memberships and passwords; returns true if there "
			   "was one. The audit log does not change.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}},
		.returns = STEAD_BOOL,
		.call = user_delete,
	},
	{
		.name = "user_list",
		.doc = "Lists users by id. filter: a JSON object with any of user_id, username, email, active, approved, "
			   "role, search; all of them must match. search: username or email contains this text (1 to 320 bytes), "
			   "whatever the case of ASCII letters. max_rows: 1 to 1000; after_id: the last id of the previous page. "
			   "roles is a JSON "
			   "array, sorted bytewise.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.args = {{"filter", STEAD_JSON, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "50"},
                 {"after_id", STEAD_INT, .fallback = "0"}},
		.columns = {{"user_id", STEAD_INT},
                    {"username", STEAD_TEXT},
                    {"email", STEAD_TEXT},
                    {"active", STEAD_BOOL},
                    {"approved", STEAD_BOOL},
                    {"roles", STEAD_JSON},
                    {"created_at", STEAD_TIME},
                    {"updated_at", STEAD_TIME}},
		.rows = user_list,
	},
	{
		.name = "user_find",
		.doc = "Finds a user by username or else by email, byte by byte; no row: there is none. It is for a sign-in "
			   "page, which stead_user_list is not: an application need not be an admin.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"login", STEAD_TEXT}},
		.columns = {{"id", STEAD_INT}, {"username", STEAD_TEXT}, {"active", STEAD_BOOL}, {"approved", STEAD_BOOL}},
		.rows = user_find,
	},
	{
		.name = "user_role_add",
		.doc = "Gives a user a role; returns true if the user did not have it. An unknown user or role is an error "
			   "(not found).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}, {"role_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = user_role_add,
	},
	{
		.name = "user_role_remove",
		.doc = "Takes a role from a user; returns true if the user had it. An unknown user or role is an error (not "
			   "found).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT}, {"role_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = user_role_remove,
	},
	{
		.name = "user_permissions",
		.doc = "Lists the permissions of a user, each with the role that grants it, sorted bytewise by permission, "
			   "then role. An unknown, inactive or unapproved user has none.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}},
		.columns = {{"permission", STEAD_TEXT}, {"role_name", STEAD_TEXT}},
		.rows = user_permissions,
	},
	{
		.name = "user_has",
		.doc = "Returns true if a role of the user grants the permission: by its name, by a grant that ends in .* "
			   "(app.* grants app.sonarr and app.sonarr.view, not app), or by *. An unknown, inactive or unapproved "
			   "user has no permissions.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}, {"permission", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = user_has,
	},
};

const stead_module stead_user = {
	.name = "user",
	.doc = "Users, their roles and permissions.",
	.tables = user_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = user_options,
	.measure = user_measure,
};
