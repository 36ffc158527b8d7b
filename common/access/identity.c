/*
 * identity.c - see identity.h. A cache entry is one block: numbers, the ends of the permissions, then the texts. A user
 * whose block is larger than the cache takes is read every time.
 */
#include "access/identity.h"
#include "core/cache.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

typedef struct {
	uint32_t active, approved, has_email;
	uint32_t username_size, email_size, roles_size, permissions_size, permission_count;
} head; /* followed by the ends, username, email, roles, permissions, and the permissions' text */

typedef struct {
	stead_value *values;
	size_t count, room;
} list;

static void add(stead_call *call, list *list, stead_value value)
{
	list->values = stead_grow(call, list->values, list->count, &list->room, sizeof *list->values);
	list->values[list->count++] = value;
}

static int by_bytes(const void *a, const void *b)
{
	return stead_compare(*(const stead_value *)a, *(const stead_value *)b);
}

/* Sorts the list bytewise, drops duplicates, and returns it as a JSON array. */
static stead_buffer sorted(stead_call *call, list *list)
{
	stead_buffer json = {0};
	size_t kept = 0;

	if (list->count)
		qsort(list->values, list->count, sizeof *list->values, by_bytes);
	stead_append_text(call, &json, "[");
	for (size_t i = 0; i < list->count; i++) {
		if (kept && stead_compare(list->values[kept - 1], list->values[i]) == 0)
			continue;
		list->values[kept++] = list->values[i];
		stead_append_text(call, &json, kept > 1 ? "," : "");
		stead_append_json(call, &json, list->values[i]);
	}
	list->count = kept;
	stead_append_text(call, &json, "]");
	return json;
}

static void release_tree(void *tree)
{
	json_decref(tree);
}

static void unpack(const char *block, identity *out)
{
	const head *numbers = (const head *)(const void *)block;
	const char *at = block + sizeof *numbers + numbers->permission_count * sizeof(uint32_t);

	out->active = numbers->active;
	out->approved = numbers->approved;
	out->ends = (const uint32_t *)(const void *)(block + sizeof *numbers);
	out->permission_count = numbers->permission_count;
	out->username = stead_text_n(at, numbers->username_size);
	at += numbers->username_size;
	out->email = numbers->has_email ? stead_text_n(at, numbers->email_size) : stead_null(STEAD_TEXT);
	at += numbers->email_size;
	out->roles = stead_text_n(at, numbers->roles_size);
	at += numbers->roles_size;
	out->permissions = stead_text_n(at, numbers->permissions_size);
	out->text = at + numbers->permissions_size;
	out->roles.type = out->permissions.type = STEAD_JSON;
}

bool identity_cached_scope(stead_call *call, const identity_scope *scope, int64_t max_entries, identity *out)
{
	size_t size;
	const char *known = max_entries ? stead_memory_get(call, scope->space, scope->key, scope->key_size, &size) : NULL;

	if (known)
		unpack(known, out);
	return known != NULL;
}

/* A user as such: cached under the number. */
static identity_scope whole(const int64_t *user_id)
{
	return (identity_scope){&user_tables[USER_TABLE], (const char *)user_id, sizeof *user_id, stead_null(STEAD_JSON)};
}

bool identity_cached(stead_call *call, int64_t user_id, int64_t max_entries, identity *out)
{
	identity_scope scope = whole(&user_id);

	return identity_cached_scope(call, &scope, max_entries, out);
}

void identity_give_up(stead_call *call)
{
	stead_raise(call, STEAD_INTERNAL, "stead_%s: users and roles change faster than they can be read",
	            call->function->name);
}

bool identity_load(stead_call *call, int64_t user_id, int64_t max_entries, identity *out)
{
	stead_value id = stead_int(user_id);

	if (identity_cached(call, user_id, max_entries, out))
		return true;
	for (int i = 0; i < IDENTITY_ATTEMPTS; i++) {
		stead_rows *rows =
			stead_open(call, "SELECT " IDENTITY_COLUMNS " FROM stead_user u" IDENTITY_JOIN " WHERE u.id = $1", 1, &id);
		bool found = stead_next(rows) && identity_read(call, rows, 0, user_id, NULL, max_entries, out);

		if (!found || stead_memory_consistent(call))
			return found;
	}
	identity_give_up(call);
}

/* Reads and caches a role: its name, then its permissions. For each, the block has the size, then the text. */
static stead_buffer read_role(stead_call *call, int64_t role_id, int64_t max_entries)
{
	stead_value id = stead_int(role_id);
	stead_buffer block = {0};
	stead_rows *rows = stead_open(call,
	                              "SELECT r.name, p.permission FROM stead_role r LEFT JOIN stead_role_permission p"
	                              " ON p.role_id = r.id WHERE r.id = $1",
	                              1, &id);

	while (stead_next(rows))
		for (int i = block.size ? 1 : 0; i < 2; i++) {
			stead_value text = stead_column(rows, i, STEAD_TEXT);
			uint32_t size = (uint32_t)text.size;

			if (text.null)
				continue;
			stead_append(call, &block, (const char *)&size, sizeof size);
			stead_append(call, &block, text.data, size);
		}
	if (max_entries)
		stead_memory_put(
			call, &user_tables[ROLE_TABLE], &role_id, sizeof role_id, block.data ? block.data : "", block.size,
			(stead_memory_source[]){{&user_tables[ROLE_TABLE], 0}, {&user_tables[ROLE_PERMISSION_TABLE], 0}}, 2,
			max_entries);
	return block;
}

/* Adds a role's name and permissions to the lists; nothing if the role does not exist. */
static void add_role(stead_call *call, int64_t role_id, int64_t max_entries, list *roles, list *permissions)
{
	size_t size = 0, at = 0;
	const char *block =
		max_entries ? stead_memory_get(call, &user_tables[ROLE_TABLE], &role_id, sizeof role_id, &size) : NULL;

	if (block)
		block = stead_keep(call, stead_text_n(block, size)).data; /* a later get or put may free it */
	else {
		stead_buffer made = read_role(call, role_id, max_entries);

		block = made.data;
		size = made.size;
	}
	while (at < size) {
		uint32_t length;

		memcpy(&length, block + at, sizeof length);
		add(call, at ? permissions : roles, stead_text_n(block + at + sizeof length, length));
		at += sizeof length + length;
	}
}

/* Does one grant cover all that the other does? */
static bool covers(stead_value grant, stead_value other)
{
	size_t stem = grant.size ? grant.size - 1 : 0; /* with the dot */

	if (stead_compare(grant, other) == 0 || (grant.size == 1 && grant.data[0] == '*'))
		return true;
	return grant.size >= 2 && grant.data[stem] == '*' && grant.data[stem - 1] == '.' && other.size > stem &&
	       memcmp(grant.data, other.data, stem) == 0;
}

/* Leaves of the permissions what the scope's list grants, too. Two grants have in common the one that the other covers,
 * or nothing. The list was stored by Stead, or by hand. */
static void intersect(stead_call *call, list *permissions, stead_value allowed)
{
	list common = {0};
	char reason[80];
	bool no_memory = false;
	json_t *tree = allowed.null ? NULL : stead_json_read(allowed.data, allowed.size, reason, &no_memory), *item;
	size_t index;

	if (no_memory)
		stead_raise_no_memory(call);
	if (tree)
		stead_defer(call, release_tree, tree);
	if (json_is_array(tree))
		json_array_foreach(tree, index, item)
		{
			stead_value grant;
			bool covered = false;

			if (!json_is_string(item))
				continue;
			grant = stead_text_n(json_string_value(item), json_string_length(item));
			for (size_t i = 0; i < permissions->count && !covered; i++)
				covered = covers(permissions->values[i], grant);
			if (covered)
				add(call, &common, grant);
			for (size_t i = 0; i < permissions->count && !covered; i++)
				if (covers(grant, permissions->values[i]))
					add(call, &common, permissions->values[i]);
		}
	*permissions = common;
}

bool identity_read(stead_call *call, stead_rows *rows, int column, int64_t user_id, const identity_scope *scope,
                   int64_t max_entries, identity *out)
{
	identity_scope whole_user = whole(&user_id);
	list roles = {0}, permissions = {0};
	stead_buffer block = {0}, ids = {0}, roles_json, permissions_json;
	stead_value username = stead_keep(call, stead_column(rows, column, STEAD_TEXT));
	stead_value email = stead_keep(call, stead_column(rows, column + 1, STEAD_TEXT));
	head numbers;
	uint32_t end = 0;

	if (username.null) {
		stead_close(rows);
		return false;
	}
	numbers = (head){.active = stead_column(rows, column + 2, STEAD_BOOL).boolean,
	                 .approved = stead_column(rows, column + 3, STEAD_BOOL).boolean,
	                 .has_email = !email.null,
	                 .username_size = (uint32_t)username.size,
	                 .email_size = (uint32_t)email.size};
	do {
		stead_value role = stead_column(rows, column + 4, STEAD_INT);

		if (!role.null)
			stead_append(call, &ids, (const char *)&role.integer, sizeof role.integer);
	} while (stead_next(rows));
	for (size_t at = 0; at < ids.size; at += sizeof(int64_t)) {
		int64_t role_id;

		memcpy(&role_id, ids.data + at, sizeof role_id);
		add_role(call, role_id, max_entries, &roles, &permissions);
	}
	if (scope)
		intersect(call, &permissions, scope->permissions);
	else
		scope = &whole_user;
	roles_json = sorted(call, &roles);
	permissions_json = sorted(call, &permissions);
	numbers.roles_size = (uint32_t)roles_json.size;
	numbers.permissions_size = (uint32_t)permissions_json.size;
	numbers.permission_count = (uint32_t)permissions.count;
	stead_append(call, &block, (const char *)&numbers, sizeof numbers);
	for (size_t i = 0; i < permissions.count; i++) {
		end += (uint32_t)permissions.values[i].size;
		stead_append(call, &block, (const char *)&end, sizeof end);
	}
	stead_append(call, &block, username.data, username.size);
	if (!email.null)
		stead_append(call, &block, email.data, email.size);
	stead_append(call, &block, roles_json.data, roles_json.size);
	stead_append(call, &block, permissions_json.data, permissions_json.size);
	for (size_t i = 0; i < permissions.count; i++)
		stead_append(call, &block, permissions.values[i].data, permissions.values[i].size);
	if (max_entries)
		stead_memory_put(call, scope->space, scope->key, scope->key_size, block.data, block.size,
		                 (stead_memory_source[]){{&user_tables[USER_TABLE], user_id},
		                                         {&user_tables[USER_ROLE_TABLE], user_id},
		                                         {&user_tables[ROLE_TABLE], 0},
		                                         {&user_tables[ROLE_PERMISSION_TABLE], 0},
		                                         {scope->space, user_id}},
		                 scope == &whole_user ? 4 : 5, max_entries);
	unpack(block.data, out);
	return true;
}

/* Binary search for a grant that is the first size bytes of name, followed by tail. */
static bool has_grant(const identity *identity, const char *name, size_t size, const char *tail)
{
	size_t tail_size = strlen(tail);
	uint32_t low = 0, high = identity->permission_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t begin = middle ? identity->ends[middle - 1] : 0;
		size_t have = identity->ends[middle] - begin, common = have < size ? have : size;
		const char *text = identity->text + begin;
		int order = common ? memcmp(text, name, common) : 0;

		if (order == 0 && have < size)
			order = -1;
		if (order == 0) {
			size_t after = have - size;

			order = memcmp(text + size, tail, after < tail_size ? after : tail_size);
			if (order == 0)
				order = (after > tail_size) - (after < tail_size);
		}
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool identity_permits(const identity *identity, stead_value permission)
{
	if (identity->permission_count == 0)
		return false;
	if (has_grant(identity, permission.data, permission.size, "") || has_grant(identity, "", 0, "*"))
		return true;
	for (size_t i = 0; i + 1 < permission.size; i++) /* something must follow the dot */
		if (permission.data[i] == '.' && has_grant(identity, permission.data, i + 1, "*"))
			return true;
	return false;
}

void identity_check_permission(stead_call *call, stead_value permission)
{
	stead_check_size(call, "permission", permission, 1, MAX_PERMISSION);
}
