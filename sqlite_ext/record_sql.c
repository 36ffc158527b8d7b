/*
 * record_sql.c - writes the triggers that record a table, and the expressions that read a row as recorded JSON. They
 * call nothing but SQLite's own functions, so that the file works without Stead.
 *
 * A row that INSERT OR REPLACE or UPDATE OR REPLACE deletes fires no trigger (unless recursive_triggers is on). Nor
 * does a trigger know whether its statement replaces rows, ignores the conflict, or updates instead (ON CONFLICT). So a
 * trigger before the change notes the rows that it may replace in stead_replaced, and one after it records those that
 * are gone.
 */
#include "record.h"

#include <string.h>

#define NOW "strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', 'now')" /* in a format */

const char *sql_text(stead_call *call, const char *data, size_t size)
{
	char *out = stead_alloc(call, 2 * size + 3), *at = out;

	*at++ = '\'';
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\'')
			*at++ = '\'';
		*at++ = data[i];
	}
	*at++ = '\'';
	*at = 0;
	return out;
}

/* An expression for a column's value. What it does costs each change: a function that SQL calls costs more than an
 * operator, and an expression that is not evaluated costs its registers all the same. So it has no more than the column
 * can hold. In a REAL, 15 digits are the shortest form of most numbers, and 18 are enough for all. */
static const char *value_sql(stead_call *call, const char *row, const recorded_column *column)
{
	const char *x = stead_format(call, "%s.%s", row, column->sql), *text, *real;

	if (column->stored == STORED_ROWID)
		return x;
	text = stead_format(call,
	                    " WHEN 'text' THEN CASE WHEN instr(%s, CAST(x'00' AS TEXT)) THEN '{\"hex\":\"' || hex(%s)"
	                    " || '\"}' ELSE json_quote(%s) END",
	                    x, x, x);
	real = stead_format(
		call,
		" WHEN 'real' THEN CASE WHEN %s > 1.7976931348623157e308 THEN '\"Infinity\"'"
		" WHEN %s < -1.7976931348623157e308 THEN '\"-Infinity\"' WHEN abs(%s) BETWEEN 1e-15 AND 1e15"
		" AND CAST(printf('%%!.15g', %s) AS REAL) = %s THEN printf('%%!.15g', %s) ELSE printf('%%!.18g', %s) END",
		x, x, x, x, x, x, x);
	return stead_format(call,
	                    "CASE typeof(%s)%s%s%s%s%s WHEN 'null' THEN 'null' ELSE '{\"hex\":\"' || hex(%s) || '\"}' END",
	                    x, column->stored == STORED_ANY ? " WHEN 'integer' THEN " : "",
	                    column->stored == STORED_ANY ? x : "", column->stored == STORED_REAL ? real : text,
	                    column->stored == STORED_REAL ? text : "", column->stored == STORED_ANY ? real : "", x);
}

/* Between the parts of a long expression. Parts are grouped, as SQLite limits how deep an expression may be. */
#define GROUP 32
static void append_part(stead_call *call, stead_buffer *out, int index, const char *operator, const char * part)
{
	if (index % GROUP == 0)
		stead_append_text(call, out, index ? stead_format(call, ")%s(", operator) : "(");
	else
		stead_append_text(call, out, operator);
	stead_append_text(call, out, part);
}

/* An object of these columns; where changed is set, of those that differ between OLD and NEW. */
static const char *object_sql(stead_call *call, const char *row, int count, const recorded_column *columns,
                              const char *const *changed)
{
	stead_buffer out = {0};

	for (int i = 0; i < count; i++) {
		const char *name = stead_format(call, "%s:", columns[i].json);
		const char *value = value_sql(call, row, &columns[i]), *part;

		name = sql_text(call, stead_format(call, "%s%s", changed || i ? "," : "{", name), strlen(name) + 1);
		part = changed ? stead_format(call, "CASE WHEN %s THEN %s || %s ELSE '' END", changed[i], name, value)
		               : stead_format(call, "%s || %s", name, value);
		append_part(call, &out, i, " || ", part);
	}
	if (!count)
		return "'{}'";
	return changed ? stead_format(call, "'{' || substr(%s), 2) || '}'", out.data)
	               : stead_format(call, "%s) || '}'", out.data);
}

const char *record_key_sql(stead_call *call, const recorded_table *table, const char *row)
{
	return table->key_count ? object_sql(call, row, table->key_count, table->key, NULL) : "NULL";
}

const char *record_values_sql(stead_call *call, const recorded_table *table, const char *row)
{
	return object_sql(call, row, table->count, table->columns, NULL);
}

/* 'a' and 'A' differ whatever the column's collation, as do 1 and 1.0. */
static const char *differs_sql(stead_call *call, const recorded_column *column)
{
	const char *name = column->sql;

	if (column->stored == STORED_ROWID)
		return stead_format(call, "OLD.%s <> NEW.%s", name, name);
	if (column->stored != STORED_ANY)
		return stead_format(call, "OLD.%s IS NOT NEW.%s COLLATE BINARY", name, name);
	return stead_format(call, "(OLD.%s IS NOT NEW.%s COLLATE BINARY OR typeof(OLD.%s) <> typeof(NEW.%s))", name, name,
	                    name, name);
}

static const char *any_differs_sql(stead_call *call, int count, const recorded_column *columns)
{
	stead_buffer out = {0};

	for (int i = 0; i < count; i++)
		append_part(call, &out, i, " OR ", differs_sql(call, &columns[i]));
	return count ? stead_format(call, "(%s))", out.data) : "false";
}

/* A value of a filter. SQLite stores a bool as an integer. */
static const char *wanted_sql(stead_call *call, stead_value value)
{
	return stead_equals(value, "true")    ? "'1'"
	       : stead_equals(value, "false") ? "'0'"
	                                      : sql_text(call, value.data, value.size);
}

const char *record_passes_sql(stead_call *call, const recorded_table *table, const char *row)
{
	stead_buffer out = {0};

	for (int i = 0; i < table->how->filter_count; i++) {
		const stead_record_filter *filter = &table->how->filters[i];

		stead_append_text(
			call, &out,
			stead_format(call, "%sCAST(%s AS TEXT) IN (", i ? " AND " : "(", value_sql(call, row, &table->filters[i])));
		for (int k = 0; k < filter->count; k++)
			stead_append_text(call, &out,
			                  stead_format(call, "%s%s", k ? ", " : "", wanted_sql(call, filter->values[k])));
		stead_append_text(call, &out, ")");
	}
	if (!out.size)
		return NULL;
	stead_append_text(call, &out, ")");
	return out.data;
}

/* The statement that stores a change: an INSERT from a SELECT with this FROM and WHERE. */
static const char *store_sql(stead_call *call, const recorded_table *table, const char *operation, const char *key,
                             const char *old_values, const char *new_values, const char *from, const char *where)
{
	const stead_recording *how = table->how;
	stead_buffer columns = {0}, values = {0};

	for (const char *const *who = how->who; *who; who++) {
		stead_append_text(call, &columns, stead_format(call, ", %s", *who));
		stead_append_text(call, &values, stead_format(call, ", l.value ->> '$.%s'", *who));
	}
	return stead_format(
		call,
		"  INSERT INTO stead_%s (changed_at, table_name, operation, row_key, old_values, new_values%s)\n"
		"    SELECT " NOW ", %s, '%s',\n    %s,\n    %s,\n    %s%s\n"
		"    FROM %s LEFT JOIN stead_local AS l ON l.id = 1 WHERE %s;\n",
		how->target->name, columns.data ? columns.data : "", sql_text(call, how->name.data, how->name.size), operation,
		key, old_values, new_values, values.data ? values.data : "", from, where);
}

#define ONE_ROW "(SELECT 1)"

static const char *inserted_sql(stead_call *call, const recorded_table *table, const char *where)
{
	return store_sql(call, table, STEAD_RECORD_INSERT, record_key_sql(call, table, "NEW"), "NULL",
	                 record_values_sql(call, table, "NEW"), ONE_ROW, where);
}

static const char *deleted_sql(stead_call *call, const recorded_table *table, const char *where)
{
	return store_sql(call, table, STEAD_RECORD_DELETE, record_key_sql(call, table, "OLD"),
	                 record_values_sql(call, table, "OLD"), "NULL", ONE_ROW, where);
}

/* ---- Rows that are replaced -------------------------------------------------------------------------------------- */

/* Does the row o have the values of NEW in the columns of a unique index? */
static const char *conflicts_sql(stead_call *call, const recorded_table *table)
{
	stead_buffer out = {0};

	for (int i = 0; i < table->index_count; i++) {
		const unique_index *index = &table->indexes[i];

		stead_append_text(call, &out, i ? " OR (" : "(");
		for (int k = 0; k < index->count; k++) {
			const char *value = stead_format(call, "NEW.%s", index->columns[k].sql);

			if (index->defaults[k]) /* before the change, it is still NULL */
				value = stead_format(call, "coalesce(%s, %s)", value, index->defaults[k]);
			stead_append_text(call, &out,
			                  stead_format(call, "%so.%s = %s COLLATE %s", k ? " AND " : "", index->columns[k].sql,
			                               value, index->collations[k]));
		}
		stead_append_text(call, &out, ")");
	}
	return out.data;
}

static const char *forget_sql(stead_call *call, const recorded_table *table, const char *and)
{
	return stead_format(call, "  DELETE FROM stead_replaced WHERE table_name = %s%s;\n",
	                    sql_text(call, table->how->name.data, table->how->name.size), and);
}

static const char *note_sql(stead_call *call, const recorded_table *table, bool update)
{
	const char *passes = record_passes_sql(call, table, "o");

	return stead_format(call,
	                    "%s  INSERT OR REPLACE INTO stead_replaced (table_name, row_key, old_values)\n"
	                    "    SELECT %s, %s, %s\n    FROM %s AS o WHERE (%s)%s%s%s%s;\n",
	                    forget_sql(call, table, ""), sql_text(call, table->how->name.data, table->how->name.size),
	                    record_key_sql(call, table, "o"), record_values_sql(call, table, "o"),
	                    stead_quoted(call, table->bare, true), conflicts_sql(call, table), passes ? " AND " : "",
	                    passes ? passes : "",
	                    update ? stead_format(call, " AND %s <> ", record_key_sql(call, table, "o")) : "",
	                    update ? record_key_sql(call, table, "OLD") : "");
}

/* A trigger before INSERT sees a rowid that SQLite has yet to choose as -1. So the row that really has -1 is noted too,
 * and may be there still. */
static const char *unless_there_sql(stead_call *call, const recorded_table *table)
{
	const char *key;

	if (!table->rowid)
		return "";
	key = stead_format(call, "{%s:-1}", table->key[0].json);
	return stead_format(
		call, " AND NOT (g.row_key = %s AND NEW.%s <> -1 AND EXISTS (SELECT 1 FROM %s AS o WHERE o.%s = -1))",
		sql_text(call, key, strlen(key)), table->rowid, stead_quoted(call, table->bare, true), table->rowid);
}

/* A noted row is gone if it is the new row's key that it had, or if it is not among those that now have the new row's
 * values in a unique index. */
static const char *replaced_sql(stead_call *call, const recorded_table *table, const char *and)
{
	return stead_format(
		call, "%s%s",
		store_sql(
			call, table, STEAD_RECORD_DELETE, "g.row_key", "g.old_values", "NULL", "stead_replaced AS g",
			stead_format(
				call,
				"g.table_name = %s AND (g.row_key = %s OR g.row_key NOT IN (SELECT %s FROM %s AS o WHERE %s))%s%s",
				sql_text(call, table->how->name.data, table->how->name.size), record_key_sql(call, table, "NEW"),
				record_key_sql(call, table, "o"), stead_quoted(call, table->bare, true), conflicts_sql(call, table),
				unless_there_sql(call, table), and)),
		forget_sql(call, table, ""));
}

/* Is a column of a unique index among those that the UPDATE changes? */
static const char *index_differs_sql(stead_call *call, const recorded_table *table)
{
	stead_buffer out = {0};

	for (int i = 0; i < table->index_count; i++)
		for (int k = 0; k < table->indexes[i].count; k++)
			stead_append_text(
				call, &out,
				stead_format(call, "%s%s", out.size ? " OR " : "", differs_sql(call, &table->indexes[i].columns[k])));
	return out.data;
}

/* Appends to the list of UPDATE OF. An UPDATE may call the rowid by another name. */
static void append_of(stead_call *call, stead_buffer *of, const char *column)
{
	stead_append_text(call, of, stead_format(call, "%s%s", of->size ? ", " : " OF rowid, _rowid_, oid, ", column));
}

/* The columns whose UPDATE can change the key, or whether the filters hold. */
static const char *of_key(stead_call *call, const recorded_table *table)
{
	stead_buffer of = {0};

	for (int i = 0; i < table->key_count; i++)
		append_of(call, &of, table->key[i].sql);
	for (int i = 0; i < table->how->filter_count; i++)
		append_of(call, &of, table->filters[i].sql);
	return of.data;
}

/* Those whose UPDATE can replace rows. */
static const char *of_indexes(stead_call *call, const recorded_table *table)
{
	stead_buffer of = {0};

	for (int i = 0; i < table->index_count; i++)
		for (int k = 0; k < table->indexes[i].count; k++)
			append_of(call, &of, table->indexes[i].columns[k].sql);
	return of.data;
}

/* ---- Triggers ---------------------------------------------------------------------------------------------------- */

/* The columns whose change is an update. One of the key's is none: see RECORD_MOVE. */
static const recorded_column *beside_key(stead_call *call, const recorded_table *table, int *count)
{
	recorded_column *columns = stead_alloc(call, (size_t)table->count * sizeof *columns);

	*count = 0;
	for (int i = 0; i < table->count; i++) {
		bool in_key = false;

		for (int k = 0; k < table->key_count; k++)
			in_key |= strcmp(table->key[k].name, table->columns[i].name) == 0;
		if (!in_key)
			columns[(*count)++] = table->columns[i];
	}
	return columns;
}

static const char *update_sql(stead_call *call, const recorded_table *table, int count, const recorded_column *columns)
{
	const char **changed = stead_alloc(call, (size_t)count * sizeof *changed);

	for (int i = 0; i < count; i++)
		changed[i] = differs_sql(call, &columns[i]);
	return store_sql(call, table, STEAD_RECORD_UPDATE, record_key_sql(call, table, "OLD"),
	                 object_sql(call, "OLD", count, columns, table->key_count ? changed : NULL),
	                 object_sql(call, "NEW", count, columns, changed), ONE_ROW, "true");
}

static const char *both(stead_call *call, const char *a, const char *b)
{
	return !a ? b : !b ? a : stead_format(call, "%s AND %s", a, b);
}

const char *record_trigger_sql(stead_call *call, const recorded_table *table, int kind)
{
	static const char *const names[] = {
		"insert", "update", "move", "delete", "before_insert", "before_update", "replaced_by_update"};
	static const char *const events[] = {"AFTER INSERT",  "AFTER UPDATE",  "AFTER UPDATE", "AFTER DELETE",
	                                     "BEFORE INSERT", "BEFORE UPDATE", "AFTER UPDATE"};
	const char *old = record_passes_sql(call, table, "OLD"), *new = record_passes_sql(call, table, "NEW"), *when = NULL;
	const char *of = "", *body, *replaced = "", *moved;
	const recorded_column *columns;
	int count;
	const char *moves = any_differs_sql(call, table->key_count, table->key);

	if (kind >= RECORD_REPLACE && (!table->key_count || !table->index_count))
		return NULL;
	if (kind == RECORD_MOVE && !table->key_count && !old)
		return NULL;
	moved = old ? stead_format(call, "((%s) IS NOT (%s) OR ((%s) AND %s))", old, new, old, moves) : moves;
	/* an UPDATE that changes no index replaces nothing: what is noted then is of an INSERT that did not happen */
	if (table->key_count && table->index_count)
		replaced = replaced_sql(
			call, table,
			kind == RECORD_MOVE && old ? stead_format(call, " AND (%s)", index_differs_sql(call, table)) : "");
	switch (kind) {
	case RECORD_INSERT:
		body = stead_format(call, "%s%s", replaced, inserted_sql(call, table, new ? new : "true"));
		break;
	case RECORD_UPDATE:
		columns = beside_key(call, table, &count);
		when = both(call, both(call, old, new),
		            stead_format(call, "NOT %s AND %s", moves, any_differs_sql(call, count, columns)));
		body = update_sql(call, table, count, columns);
		break;
	case RECORD_MOVE:
		of = of_key(call, table);
		when = moved;
		body = stead_format(call, "%s%s%s", replaced, deleted_sql(call, table, old ? old : "true"),
		                    inserted_sql(call, table, new ? new : "true"));
		break;
	case RECORD_DELETE:
		body = stead_format(
			call, "%s%s", deleted_sql(call, table, old ? old : "true"),
			table->key_count && table->index_count
				? forget_sql(call, table, stead_format(call, " AND row_key = %s", record_key_sql(call, table, "OLD")))
				: "");
		break;
	case RECORD_REPLACE:
		body = note_sql(call, table, false);
		break;
	case RECORD_REPLACE_BY_UPDATE:
		of = of_indexes(call, table);
		when = index_differs_sql(call, table);
		body = note_sql(call, table, true);
		break;
	default:
		of = of_indexes(call, table);
		when = stead_format(call, "(%s) AND NOT %s", index_differs_sql(call, table), moved);
		body = replaced;
	}
	return stead_format(call, "CREATE TRIGGER %s %s%s ON %s%s%s\nBEGIN\n%sEND",
	                    stead_quoted(call, stead_format(call, RECORD_PREFIX "%s_%s", names[kind], table->bare), true),
	                    events[kind], of, stead_quoted(call, table->bare, true), when ? "\nWHEN " : "",
	                    when ? when : "", body);
}
