/*
 * role.c - roles and their permissions. Their tables are declared with those of users, in tables.c.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "access/identity.h"
#include "access/role.h"
#include "state/setting/option.h"

#define MAX_DESCRIPTION 8192
#define MAX_TOLD (256 << 10) /* bytes of a list of permissions in an event */

const stead_option role_options[] = {
	[ROLE_AUDIT] = {"stead.role.audit", "bool", "true",
                    "Creating, deleting, renaming a role and changing its permissions are events of the audit log.",
                    NULL},
	{0},
};

void role_audit(stead_call *call, const char *action, stead_value name, int count, const change_fact *facts)
{
	if (option_value(call, &role_options[ROLE_AUDIT]))
		change_record(call, action, "role", name, stead_null(STEAD_TEXT), count, facts);
}

static stead_value take_id(stead_call *call, stead_rows *rows, stead_value name)
{
	stead_value id;

	if (!stead_next(rows))
		stead_raise(call, STEAD_NOT_FOUND, "stead_%s: role \"%.*s\" does not exist", call->function->name,
		            (int)(name.size < 200 ? name.size : 200), name.data);
	id = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	return id;
}

stead_value role_find(stead_call *call, stead_value name)
{
	return take_id(call, stead_open(call, "SELECT id FROM stead_role WHERE name = $1 FOR SHARE", 1, &name), name);
}

/* The same, and nobody else can change it. */
static stead_value role_lock(stead_call *call, stead_value name)
{
	return take_id(call, stead_open(call, "SELECT id FROM stead_role WHERE name = $1 FOR UPDATE", 1, &name), name);
}

static _Noreturn void role_exists(stead_call *call, stead_value name)
{
	stead_raise(call, STEAD_CONFLICT, "stead_%s: role \"%.*s\" exists", call->function->name, (int)name.size,
	            name.data);
}

static stead_value role_create(stead_call *call, const stead_value *args)
{
	stead_value id = stead_null(STEAD_INT), now = stead_time(stead_now(call));

	stead_check_size(call, "role_name", args[0], 1, MAX_ROLE);
	stead_check_size(call, "description", args[1], 0, MAX_DESCRIPTION);
	if (stead_any(call, "SELECT 1 FROM stead_role WHERE name = $1", 1, args))
		role_exists(call, args[0]);
	for (int i = 0; id.null && i <= STEAD_SEQUENCE_RETRIES; i++) {
		if (i > 0 && !stead_sequence_repair(call, &user_tables[ROLE_TABLE]))
			break;
		id = stead_insert(call,
		                  "INSERT INTO stead_role (name, description, created_at) VALUES ($1, $2, $3)"
		                  " ON CONFLICT DO NOTHING RETURNING id",
		                  3, (stead_value[]){args[0], args[1], now});
		if (id.null && stead_any(call, "SELECT 1 FROM stead_role WHERE name = $1", 1, args))
			role_exists(call, args[0]); /* another caller was faster */
	}
	if (id.null)
		stead_raise_not_stored(call, "the role");
	role_audit(call, "stead.role.create", args[0], 1, &(change_fact){"description", args[1]});
	return id;
}

static stead_value role_delete(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call, "SELECT id FROM stead_role WHERE name = $1 FOR UPDATE", 1, args);
	stead_value id;

	if (!stead_next(rows))
		return stead_bool(false);
	id = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	stead_run(call, "DELETE FROM stead_user_role WHERE role_id = $1", 1, &id);
	stead_run(call, "DELETE FROM stead_role_permission WHERE role_id = $1", 1, &id);
	stead_run(call, "DELETE FROM stead_second_factor_role WHERE role_id = $1", 1, &id);
	if (!stead_run(call, "DELETE FROM stead_role WHERE id = $1", 1, &id))
		return stead_bool(false);
	role_audit(call, "stead.role.delete", args[0], 0, NULL);
	return stead_bool(true);
}

void role_check_grant(stead_call *call, const char *name, stead_value permission)
{
	stead_check_size(call, name, permission, 1, MAX_PERMISSION);
	for (size_t i = 0; i < permission.size; i++) {
		if ((unsigned char)permission.data[i] <= ' ')
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must not contain spaces or control characters",
			            call->function->name, name);
		/* in any other place it would be an ordinary character, and not grant what the caller expects */
		if (permission.data[i] == '*' &&
		    (i + 1 < permission.size || (i > 0 && permission.data[i - 1] != '.') || i == 1))
			stead_raise(call, STEAD_INVALID,
			            "stead_%s: %s may have * only by itself or at the end, after a dot (app.*)",
			            call->function->name, name);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return stead_compare(*(const stead_value *)a, *(const stead_value *)b);
}

int role_read_grants(stead_call *call, const char *name, stead_value json, stead_value out[ROLE_MAX_GRANTS])
{
	int count, kept = 0;

	if (!json_is_array(stead_read_json(call, json, name)))
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be an array of strings", call->function->name, name);
	count = stead_read_strings(call, json, name, ROLE_MAX_GRANTS, out);
	for (int i = 0; i < count; i++)
		role_check_grant(call, stead_format(call, "%s[%d]", name, i), out[i]);
	if (count)
		qsort(out, (size_t)count, sizeof *out, by_bytes);
	for (int i = 0; i < count; i++)
		if (!kept || stead_compare(out[kept - 1], out[i]) != 0)
			out[kept++] = out[i];
	return kept;
}

/* Both return whether that changed something. */
static bool give(stead_call *call, stead_value role_id, stead_value permission)
{
	return stead_run(call,
	                 "INSERT INTO stead_role_permission (role_id, permission) VALUES ($1, $2)"
	                 " ON CONFLICT (role_id, permission) DO NOTHING",
	                 2, (stead_value[]){role_id, permission}) > 0;
}

static bool take(stead_call *call, stead_value role_id, stead_value permission)
{
	return stead_run(call, "DELETE FROM stead_role_permission WHERE role_id = $1 AND permission = $2", 2,
	                 (stead_value[]){role_id, permission}) > 0;
}

static stead_value role_rename(stead_call *call, const stead_value *args)
{
	stead_value id;

	stead_check_size(call, "new_name", args[1], 1, MAX_ROLE);
	id = role_lock(call, args[0]);
	if (stead_same(args[0], args[1]))
		return stead_bool(false);
	if (stead_any(call, "SELECT 1 FROM stead_role WHERE name = $1", 1, &args[1]))
		role_exists(call, args[1]);
	if (!stead_run(call, "UPDATE stead_role SET name = $1 WHERE id = $2", 2, (stead_value[]){args[1], id}))
		stead_raise_not_stored(call, "the role");
	role_audit(call, "stead.role.rename", args[0], 1, &(change_fact){"new_name", args[1]});
	return stead_bool(true);
}

/* A list of permissions, which an event tells while there is room. */
typedef struct {
	stead_buffer json;
	int64_t count;
} list;

static void add(stead_call *call, list *list, stead_value permission)
{
	if (list->json.size < MAX_TOLD) {
		stead_append_text(call, &list->json, list->count ? "," : "[");
		stead_append_json(call, &list->json, permission);
	}
	list->count++;
}

/* The list as JSON, or how many there are if they are too many to tell. */
static stead_value told(stead_call *call, list *list)
{
	if (list->json.size >= MAX_TOLD)
		return stead_int(list->count);
	stead_append_text(call, &list->json, list->count ? "]" : "[]");
	return stead_json(list->json.data);
}

/* The one list is what the role has, the other what it shall have; both are sorted. */
static stead_value role_set(stead_call *call, const stead_value *args)
{
	stead_value *wanted = stead_alloc(call, ROLE_MAX_GRANTS * sizeof *wanted), *had = NULL, id;
	int wanted_count = role_read_grants(call, "permissions", args[1], wanted), at = 0;
	size_t had_count = 0, room = 0, i = 0;
	list granted = {0}, revoked = {0};
	stead_rows *rows;

	id = role_lock(call, args[0]);
	rows =
		stead_open(call, "SELECT permission FROM stead_role_permission WHERE role_id = $1 ORDER BY permission", 1, &id);
	while (stead_next(rows)) {
		had = stead_grow(call, had, had_count, &room, sizeof *had);
		had[had_count++] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	}
	while (i < had_count || at < wanted_count) {
		int order = i == had_count ? 1 : at == wanted_count ? -1 : stead_compare(had[i], wanted[at]);

		if (order < 0 && take(call, id, had[i]))
			add(call, &revoked, had[i]);
		else if (order > 0 && give(call, id, wanted[at]))
			add(call, &granted, wanted[at]);
		i += order <= 0;
		at += order >= 0;
	}
	if (!granted.count && !revoked.count)
		return stead_bool(false);
	role_audit(call, "stead.role.set", args[0], 2,
	           (change_fact[]){{"granted", told(call, &granted)}, {"revoked", told(call, &revoked)}});
	return stead_bool(true);
}

static stead_value role_grant(stead_call *call, const stead_value *args)
{
	stead_value permission = args[1];

	role_check_grant(call, "permission", permission);
	if (!give(call, role_find(call, args[0]), permission))
		return stead_bool(false);
	role_audit(call, "stead.role.grant", args[0], 1, &(change_fact){"permission", permission});
	return stead_bool(true);
}

static stead_value role_revoke(stead_call *call, const stead_value *args)
{
	if (!take(call, role_find(call, args[0]), args[1]))
		return stead_bool(false);
	role_audit(call, "stead.role.revoke", args[0], 1, &(change_fact){"permission", args[1]});
	return stead_bool(true);
}

static void role_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows =
		stead_open(call,
	               "SELECT r.id, r.name, r.description, coalesce(c.users, 0), p.permission FROM stead_role r"
	               " LEFT JOIN (SELECT role_id, count(*) AS users FROM stead_user_role GROUP BY role_id) c"
	               " ON c.role_id = r.id LEFT JOIN stead_role_permission p ON p.role_id = r.id"
	               " ORDER BY r.name, p.permission",
	               0, NULL);
	stead_value row[4], last = stead_null(STEAD_INT);
	stead_buffer permissions = {0};
	bool more;

	(void)args;
	do {
		stead_value id = stead_null(STEAD_INT), permission;

		more = stead_next(rows);
		if (more)
			id = stead_column(rows, 0, STEAD_INT);
		if (!last.null && (!more || id.integer != last.integer)) {
			stead_append_text(call, &permissions, "]");
			row[2] = stead_json(permissions.data);
			stead_emit(call, row);
		}
		if (!more)
			break;
		if (last.null || id.integer != last.integer) {
			row[0] = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
			row[1] = stead_keep(call, stead_column(rows, 2, STEAD_TEXT));
			row[3] = stead_column(rows, 3, STEAD_INT);
			permissions.size = 0;
			stead_append_text(call, &permissions, "[");
		}
		permission = stead_column(rows, 4, STEAD_TEXT);
		if (!permission.null) {
			stead_append_text(call, &permissions, permissions.size > 1 ? "," : "");
			stead_append_json(call, &permissions, permission);
		}
		last = id;
	} while (more);
}

static const stead_function functions[] = {
	{
		.name = "role_create",
		.doc = "Creates a role and returns its id. role_name: 1 to 200 bytes; description: at most 8192. A name that "
			   "is taken is an error (conflict).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"description", STEAD_TEXT, .optional = true}},
		.returns = STEAD_INT,
		.call = role_create,
	},
	{
		.name = "role_delete",
		.doc = "Deletes a role and takes it from all users; returns true if there was one.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = role_delete,
	},
	{
		.name = "role_grant",
		.doc = "Grants a permission to a role; returns true if the role did not have it. permission: 1 to 200 bytes "
			   "without spaces, such as app.view. app.* grants everything below app, and * grants everything. An "
			   "unknown role is an error (not found).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"permission", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = role_grant,
	},
	{
		.name = "role_set",
		.doc = "Gives a role exactly these permissions, at once; returns true if something changed. permissions: a "
			   "JSON array of at most 1000, each as for stead_role_grant; an empty one takes all. An unknown role is "
			   "an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"permissions", STEAD_JSON}},
		.returns = STEAD_BOOL,
		.call = role_set,
	},
	{
		.name = "role_rename",
		.doc = "Renames a role; its users keep it. Returns true, or false if that is its name already. new_name: 1 to "
			   "200 bytes. An unknown role is an error (not found), and so is a name that is taken (conflict).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"new_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = role_rename,
	},
	{
		.name = "role_revoke",
		.doc = "Takes a permission from a role, by the name it was granted with; returns true if the role had it. An "
			   "unknown role is an error (not found).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"permission", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = role_revoke,
	},
	{
		.name = "role_list",
		.doc = "Lists roles by name. permissions is a JSON array, sorted bytewise; users is how many users have the "
			   "role.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns =
			{{"role_name", STEAD_TEXT}, {"description", STEAD_TEXT}, {"permissions", STEAD_JSON}, {"users", STEAD_INT}},
		.rows = role_list,
	},
};

const stead_module stead_role = {
	.name = "role",
	.doc = "Roles and their permissions.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = role_options,
};
