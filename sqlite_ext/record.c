/*
 * record.c - the port's recording: what a table is like, its triggers, and a row as recorded JSON. See core/record.h.
 */
#include "begin.h"
#include "record.h"

#include <string.h>

#include "core/local.h"
#include "lib/text.h"

static const char *bare_of(const stead_foreign *table)
{
	return ((const foreign *)table)->bare;
}

/* ---- What the table is like ------------------------------------------------------------------------------------- */

typedef struct {
	const char *name;
	bool typed; /* it has a declared type */
	stored stored;
	bool not_null;
	const char *value; /* the literal that REPLACE stores in place of NULL; NULL: none */
	int64_t in_key;    /* its place in the primary key, from 1; 0: it is not in it */
} column;

typedef struct {
	int count, primary; /* columns, and those of the primary key */
	column *columns;    /* also generated ones */
	int index_count;
	unique_index *indexes; /* without those over expressions */
	const char **key;      /* NULL: none; as unquoted names */
	int key_count;
	bool key_is_rowid;
} looks;

/* Other defaults than literals are left alone: a name is a text there, but a column in a trigger. */
static const char *literal_default(stead_call *call, stead_value value)
{
	return !value.null && value.size && strchr("'+-.0123456789", *value.data) ? stead_string(call, value) : NULL;
}

/* By the affinity that SQLite derives from the declared type. */
static stored stored_by(const char *type)
{
	static const struct {
		const char *part;
		stored stored;
	} parts[] = {{"%INT%", STORED_ANY},  {"%CHAR%", STORED_TEXT}, {"%CLOB%", STORED_TEXT}, {"%TEXT%", STORED_TEXT},
	             {"%BLOB%", STORED_ANY}, {"%REAL%", STORED_REAL}, {"%FLOA%", STORED_REAL}, {"%DOUB%", STORED_REAL}};

	for (size_t i = 0; i < STEAD_COUNT(parts); i++)
		if (sqlite3_strlike(parts[i].part, type, 0) == 0)
			return parts[i].stored;
	return STORED_ANY;
}

static void read_columns(stead_call *call, const char *name, looks *looks)
{
	stead_rows *rows = open_as_is(call, stead_format(call, "PRAGMA main.table_xinfo(%s)", name));
	size_t room = 0, count = 0;

	while (stead_next(rows)) {
		if (stead_column(rows, 6, STEAD_INT).integer == 1) /* hidden, as only virtual tables have them */
			continue;
		looks->columns = stead_grow(call, looks->columns, count, &room, sizeof *looks->columns);
		looks->columns[count] = (column){stead_string(call, stead_column(rows, 1, STEAD_TEXT)),
		                                 stead_column(rows, 2, STEAD_TEXT).size > 0,
		                                 stored_by(stead_string(call, stead_column(rows, 2, STEAD_TEXT))),
		                                 stead_column(rows, 3, STEAD_BOOL).boolean,
		                                 literal_default(call, stead_column(rows, 4, STEAD_TEXT)),
		                                 stead_column(rows, 5, STEAD_INT).integer};
		looks->primary += looks->columns[count++].in_key > 0;
	}
	if (count == 0) /* an authorizer left the pragma out */
		raise_sqlite(call, LEFT_OUT);
	looks->count = (int)count;
}

static const column *find_column(const looks *looks, const char *name)
{
	for (int i = 0; i < looks->count; i++)
		if (strcmp(looks->columns[i].name, name) == 0)
			return &looks->columns[i];
	return NULL;
}

static recorded_column column_of(stead_call *call, const looks *looks, const char *name)
{
	const column *column = find_column(looks, name);
	bool rowid = looks->key_is_rowid && strcmp(looks->key[0], name) == 0;
	stead_buffer json = {0};

	stead_append_json(call, &json, stead_text(name));
	return (recorded_column){name, stead_quoted(call, name, true), json.data,
	                         rowid    ? STORED_ROWID
	                         : column ? column->stored
	                                  : STORED_ANY};
}

/* Its columns in their order; false: it is over an expression. *never_null: no column may be null. */
static bool read_index(stead_call *call, const looks *looks, const char *name, unique_index *out, bool *never_null)
{
	stead_rows *rows =
		open_as_is(call, stead_format(call, "PRAGMA main.index_xinfo(%s)", stead_quoted(call, name, true)));
	bool plain = true;

	*out = (unique_index){.columns = stead_alloc(call, (size_t)looks->count * sizeof(recorded_column)),
	                      .collations = stead_alloc(call, (size_t)looks->count * sizeof(char *)),
	                      .defaults = stead_alloc(call, (size_t)looks->count * sizeof(char *))};
	*never_null = true;
	while (stead_next(rows)) {
		stead_value column_name = stead_column(rows, 2, STEAD_TEXT);
		const column *column;

		if (!stead_column(rows, 5, STEAD_BOOL).boolean) /* what it has beside its key */
			continue;
		column = column_name.null ? NULL : find_column(looks, stead_string(call, column_name));
		plain = plain && column && out->count < looks->count;
		if (!plain)
			continue;
		*never_null = *never_null && column->not_null;
		out->columns[out->count] = column_of(call, looks, column->name);
		out->defaults[out->count] = column->not_null ? column->value : NULL;
		out->collations[out->count++] = stead_quoted(call, stead_string(call, stead_column(rows, 4, STEAD_TEXT)), true);
	}
	return plain;
}

static void set_key(stead_call *call, looks *looks, const unique_index *index)
{
	looks->key = stead_alloc(call, (size_t)index->count * sizeof *looks->key);
	looks->key_count = index->count;
	for (int i = 0; i < index->count; i++)
		looks->key[i] = index->columns[i].name;
}

/* The key is the primary key, or else the first unique index whose columns are never null. */
static void read_indexes(stead_call *call, const char *name, looks *looks)
{
	stead_rows *rows = open_as_is(
		call,
		stead_format(call,
	                 "SELECT name, origin, partial FROM pragma_index_list(%s, 'main') WHERE \"unique\" ORDER BY name",
	                 sql_text(call, name, strlen(name))));
	size_t room = 0;
	bool has_primary = false;

	while (stead_next(rows)) {
		const char *index = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		bool primary = stead_equals(stead_column(rows, 1, STEAD_TEXT), "pk");
		bool partial = stead_column(rows, 2, STEAD_BOOL).boolean, never_null;
		unique_index found;

		has_primary |= primary;
		if (!read_index(call, looks, index, &found, &never_null))
			continue;
		looks->indexes = stead_grow(call, looks->indexes, (size_t)looks->index_count, &room, sizeof *looks->indexes);
		looks->indexes[looks->index_count++] = found;
		if (!looks->primary && !looks->key && !partial && never_null)
			set_key(call, looks, &found);
	}
	if (!looks->primary)
		return;
	looks->key = stead_alloc(call, (size_t)looks->primary * sizeof *looks->key);
	looks->key_count = looks->primary;
	for (int i = 0; i < looks->count; i++)
		if (looks->columns[i].in_key)
			looks->key[looks->columns[i].in_key - 1] = looks->columns[i].name;
	if (has_primary)
		return;
	looks->key_is_rowid = true;
	looks->indexes = stead_grow(call, looks->indexes, (size_t)looks->index_count, &room, sizeof *looks->indexes);
	looks->indexes[looks->index_count] =
		(unique_index){1, stead_alloc(call, sizeof(recorded_column)), stead_alloc(call, sizeof(char *)),
	                   stead_alloc(call, sizeof(char *))};
	looks->indexes[looks->index_count].columns[0] = column_of(call, looks, looks->key[0]);
	looks->indexes[looks->index_count].defaults[0] = NULL;
	looks->indexes[looks->index_count++].collations[0] = "BINARY";
}

static looks look_at(stead_call *call, const stead_foreign *table)
{
	looks looks = {0};

	read_columns(call, stead_quoted(call, bare_of(table), true), &looks);
	read_indexes(call, bare_of(table), &looks);
	return looks;
}

stead_shape stead_shape_of(stead_call *call, const stead_foreign *table)
{
	looks looks = look_at(call, table);
	stead_shape shape = {.count = looks.count, .key_count = looks.key_count};

	shape.names = stead_alloc(call, (size_t)shape.count * sizeof *shape.names);
	shape.key = stead_alloc(call, (size_t)shape.key_count * sizeof *shape.key);
	for (int i = 0; i < shape.count; i++)
		shape.names[i] = stead_text(looks.columns[i].name);
	for (int i = 0; i < shape.key_count; i++)
		shape.key[i] = stead_text(looks.key[i]);
	return shape;
}

static bool is_recorded(const stead_recording *how, const looks *looks, const char *name)
{
	for (int i = 0; i < looks->key_count; i++)
		if (strcmp(looks->key[i], name) == 0)
			return true;
	return stead_records(how, stead_text(name));
}

static recorded_table *describe(stead_call *call, const stead_foreign *table, const stead_recording *how)
{
	recorded_table *out = stead_alloc(call, sizeof *out);
	looks looks = look_at(call, table);
	size_t size = (size_t)looks.count * sizeof(recorded_column);

	*out = (recorded_table){.how = how, .bare = bare_of(table), .index_count = looks.index_count};
	out->columns = stead_alloc(call, size);
	out->key = stead_alloc(call, size);
	out->filters = stead_alloc(call, (size_t)how->filter_count * sizeof *out->filters);
	for (int i = 0; i < looks.count; i++)
		if (is_recorded(how, &looks, looks.columns[i].name))
			out->columns[out->count++] = column_of(call, &looks, looks.columns[i].name);
	for (int i = 0; i < looks.key_count; i++)
		out->key[i] = column_of(call, &looks, looks.key[i]);
	for (int i = 0; i < how->filter_count; i++)
		out->filters[i] = column_of(call, &looks, stead_string(call, how->filters[i].column));
	out->key_count = looks.key_count;
	out->rowid = looks.key_is_rowid ? out->key[0].sql : NULL;
	out->indexes = looks.indexes;
	return out;
}

/* ---- Triggers ---------------------------------------------------------------------------------------------------- */

/* The names of the table's triggers of this kind. */
static int find_triggers(stead_call *call, const stead_foreign *table, const char *names[2 * RECORD_TRIGGERS])
{
	stead_rows *rows;
	int count = 0;

	ask_of_columns(call, "SELECT sql FROM main.sqlite_schema");
	rows = open_as_is(call, "SELECT name FROM main.sqlite_schema WHERE type = 'trigger'"
	                        " AND tbl_name = ?1 COLLATE NOCASE AND name GLOB '" RECORD_PREFIX "*'");
	sqlite3_bind_text(rows->statement, 1, bare_of(table), -1, SQLITE_STATIC);
	while (count < 2 * RECORD_TRIGGERS && stead_next(rows))
		names[count++] = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
	stead_close(rows);
	return count;
}

bool stead_record_stop(stead_call *call, const stead_foreign *table)
{
	const char *names[2 * RECORD_TRIGGERS];
	int count = find_triggers(call, table, names);

	for (int i = 0; i < count; i++)
		execute(call, stead_format(call, "DROP TRIGGER main.%s", stead_quoted(call, names[i], true)));
	return count > 0;
}

void stead_record_start(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	recorded_table *described = describe(call, table, recording);
	stead_value known;

	stead_run(call, "INSERT INTO stead_local (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", 1,
	          (stead_value[]){stead_int(0)});
	known = stead_local_get(call);
	if (!known.null)
		local_store(call, known);
	stead_record_stop(call, table);
	for (int i = 0; i < RECORD_TRIGGERS; i++) {
		const char *sql = record_trigger_sql(call, described, i);

		if (sql)
			execute(call, stead_format(call, "CREATE TRIGGER main.%s", sql + strlen("CREATE TRIGGER ")));
	}
}

/* Does exactly this trigger exist? SQLite keeps the SQL without the schema's name. */
static bool is_as_made(stead_call *call, const char *sql)
{
	stead_rows *rows = open_as_is(call, "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND sql = ?1");
	bool found;

	sqlite3_bind_text(rows->statement, 1, sql, -1, SQLITE_STATIC);
	found = stead_next(rows);
	stead_close(rows);
	return found;
}

const char *stead_record_problem(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	recorded_table *described = describe(call, table, recording);
	const char *names[2 * RECORD_TRIGGERS];
	int wanted = 0, count = find_triggers(call, table, names);

	if (!count)
		return "has no triggers that capture its changes";
	for (int i = 0; i < RECORD_TRIGGERS; i++) {
		const char *sql = record_trigger_sql(call, described, i);

		wanted += sql != NULL;
		if (sql && !is_as_made(call, sql))
			return "was changed since capturing began: its triggers capture the columns and the key of then";
	}
	return wanted == count ? NULL : "has other triggers than those that capture its changes";
}

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

/* A part of a key as an SQL literal. NULL: it is none. */
static const char *literal_sql(stead_call *call, stead_value part)
{
	if (part.type == STEAD_TEXT)
		return sql_text(call, part.data, part.size);
	if (part.type == STEAD_BYTES) {
		char *hex = stead_alloc(call, 2 * part.size + 1);

		stead_hex_encode((const unsigned char *)part.data, part.size, hex);
		return stead_format(call, "x'%.*s'", (int)(2 * part.size), hex);
	}
	return *part.data == '-' || (*part.data >= '0' && *part.data <= '9') ? stead_string(call, part) : NULL;
}

/* Raises if an authorizer leaves out a column of the table; of one without a declared type that cannot be seen. */
static void ask_of_row(stead_call *call, const stead_foreign *table)
{
	looks looks = {0};
	const char **typed;
	int count = 0;

	read_columns(call, stead_quoted(call, bare_of(table), true), &looks);
	typed = stead_alloc(call, (size_t)looks.count * sizeof *typed);
	for (int i = 0; i < looks.count; i++)
		if (looks.columns[i].typed)
			typed[count++] = stead_quoted(call, looks.columns[i].name, true);
	ask_of_table(call, stead_quoted(call, bare_of(table), true), count, typed);
}

stead_value stead_record_row(stead_call *call, const stead_foreign *table, const stead_recording *recording,
                             stead_value key, const stead_value *parts)
{
	recorded_table *described = describe(call, table, recording);
	const char *passes = record_passes_sql(call, described, "o");
	stead_buffer where = {0};
	stead_rows *rows;
	stead_value found = stead_null(STEAD_JSON);

	if (passes)
		stead_append_text(call, &where, stead_format(call, "%s AND ", passes));
	/* the literals find the row by the key's index; the comparison as JSON says whether it is that one */
	for (int i = 0; i < described->key_count; i++) {
		const char *literal = literal_sql(call, parts[i]);

		if (literal)
			stead_append_text(call, &where, stead_format(call, "o.%s = %s AND ", described->key[i].sql, literal));
	}
	ask_of_row(call, table);
	rows = open_as_is(call, stead_format(call, "SELECT %s FROM main.%s AS o WHERE %s%s = %s",
	                                     record_values_sql(call, described, "o"),
	                                     stead_quoted(call, described->bare, true), where.data ? where.data : "",
	                                     record_key_sql(call, described, "o"), sql_text(call, key.data, key.size)));
	if (stead_next(rows))
		found = stead_keep(call, stead_column(rows, 0, STEAD_JSON));
	stead_close(rows);
	return found;
}
