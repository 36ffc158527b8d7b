/*
 * user_list.c - finding and listing users.
 */
#include <string.h>

#include "access/user.h"
#include "core/metric.h"
#include "lib/text.h"

#define MAX_SEARCH 320

/* Closes the JSON array of roles and emits the row. Before the first row, it does nothing. */
static void emit_user(stead_call *call, stead_value *row, stead_buffer *roles)
{
	if (!roles->size)
		return;
	stead_append_text(call, roles, "]");
	row[5] = stead_json(roles->data);
	stead_emit(call, row);
	roles->size = 0;
}

/* A pattern of LIKE for what contains the text, whatever the case of ASCII letters. */
static stead_value containing(stead_call *call, stead_value text)
{
	char *pattern = stead_alloc(call, 2 * text.size + 2);
	size_t size = 0;

	pattern[size++] = '%';
	for (size_t i = 0; i < text.size; i++) {
		if (strchr("%_!", text.data[i]))
			pattern[size++] = '!';
		pattern[size++] = text.data[i];
	}
	pattern[size++] = '%';
	stead_ascii_lower(pattern, size);
	return stead_text_n(pattern, size);
}

/* A name comes before an email: somebody may have taken another's email as a name. */
void user_find(stead_call *call, const stead_value *args)
{
#define FIND "SELECT id, username, active, approved FROM stead_user WHERE "
	stead_rows *rows = stead_open(call, FIND "username = $1", 1, args);

	if (!stead_next(rows)) {
		rows = stead_open(call, FIND "email = $1", 1, args);
		if (!stead_next(rows))
			return;
	}
	stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_INT), stead_column(rows, 1, STEAD_TEXT),
	                                 stead_column(rows, 2, STEAD_BOOL), stead_column(rows, 3, STEAD_BOOL)});
	stead_close(rows);
}

void user_list(stead_call *call, const stead_value *args)
{
	static const stead_arg keys[] = {{"username", STEAD_TEXT}, {"email", STEAD_TEXT}, {"active", STEAD_BOOL},
	                                 {"approved", STEAD_BOOL}, {"role", STEAD_TEXT},  {"user_id", STEAD_INT},
	                                 {"search", STEAD_TEXT}};
	enum { SEARCH = STEAD_COUNT(keys) - 1 };
	static const char *const conditions[] = {
		" AND username = $%d",
		" AND email = $%d",
		" AND active = $%d",
		" AND approved = $%d",
		(" AND EXISTS (SELECT 1 FROM stead_user_role f JOIN stead_role g ON g.id = f.role_id"
	     " WHERE f.user_id = stead_user.id AND g.name = $%d)"),
		" AND id = $%d",
		" AND lower(username || '\n' || coalesce(email, '')) LIKE $%d ESCAPE '!'"};
	static const stead_type types[] = {STEAD_INT, STEAD_TEXT, STEAD_TEXT, STEAD_BOOL, STEAD_BOOL};
	stead_value given[STEAD_COUNT(keys)], params[STEAD_COUNT(keys) + 2] = {args[2], args[1]}, row[8];
	stead_buffer sql = {0}, roles = {0};
	stead_rows *rows;
	int count = 2;

	if (args[1].integer < 1 || args[1].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_user_list: max_rows must be 1 to 1000");
	stead_append_text(call, &sql,
	                  "SELECT u.id, u.username, u.email, u.active, u.approved, u.created_at, u.updated_at, r.name FROM"
	                  " (SELECT * FROM stead_user WHERE id > $1");
	if (!args[0].null) {
		stead_read_object(call, args[0], "filter", keys, STEAD_COUNT(keys), given);
		stead_check_size(call, "filter.search", given[SEARCH], 1, MAX_SEARCH);
		if (!given[SEARCH].null)
			given[SEARCH] = containing(call, given[SEARCH]);
		for (int i = 0; i < STEAD_COUNT(keys); i++)
			if (!given[i].null) {
				params[count++] = given[i];
				/* a literal above, with the parameter's number in place of %d */
				const char *dollar = strchr(conditions[i], '$');

				stead_append(call, &sql, conditions[i], (size_t)(dollar + 1 - conditions[i]));
				stead_append_text(call, &sql, stead_format(call, "%d%s", count, dollar + 3));
			}
	}
	stead_append_text(call, &sql,
	                  " ORDER BY id LIMIT $2) u LEFT JOIN stead_user_role m ON m.user_id = u.id"
	                  " LEFT JOIN stead_role r ON r.id = m.role_id ORDER BY u.id, r.name");
	rows = stead_open_as(call, STEAD_ONE_TIME, sql.data, count, params);
	while (stead_next(rows)) {
		stead_value id = stead_column(rows, 0, STEAD_INT), role = stead_column(rows, 7, STEAD_TEXT);

		if (!roles.size || id.integer != row[0].integer) {
			emit_user(call, row, &roles);
			for (int i = 0; i < STEAD_COUNT(types); i++)
				row[i] = stead_keep(call, stead_column(rows, i, types[i]));
			row[6] = stead_column_time(rows, 5);
			row[7] = stead_column_time(rows, 6);
			stead_append_text(call, &roles, "[");
		}
		if (!role.null) {
			stead_append_text(call, &roles, roles.size > 1 ? "," : "");
			stead_append_json(call, &roles, role);
		}
	}
	emit_user(call, row, &roles);
}

static const metric users = {"user_rows", METRIC_GAUGE, "Users." METRIC_CAPPED};

void user_measure(stead_call *call, stead_buffer *out)
{
	metric_add(call, out, &users,
	           metric_count(call, 1, "SELECT count(*) FROM (SELECT 1 FROM stead_user LIMIT $1) AS counted"));
}
