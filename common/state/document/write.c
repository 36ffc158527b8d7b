/*
 * write.c - writing one document: put, update, patch, increment, delete.
 *
 * A put is one statement; only a collection with indexes needs more. What reads a document before it changes it locks
 * its row first, so that callers at once lose nothing.
 */
#include "state/document/document.h"

#include <math.h>
#include <string.h>

#include "lib/text.h"

#define WHOLE 9007199254740992.0 /* 2^53 */

static void check_expected(stead_call *call, stead_value expected)
{
	if (!expected.null && expected.integer < 0)
		stead_raise(call, STEAD_INVALID, "stead_%s: expected_version must not be negative", call->function->name);
}

/* ---- Versions ---------------------------------------------------------------------------------------------------- */

static int64_t version_of(stead_call *call, const stead_value *key)
{
	stead_value version =
		stead_first(call, "SELECT version FROM stead_document WHERE collection = $1 AND id = $2", 2, key, STEAD_INT);

	return version.null ? 0 : version.integer;
}

static _Noreturn void refuse(stead_call *call, stead_value id, int64_t version, int64_t expected)
{
	int shown = (int)stead_utf8_cut(id.data, id.size < 200 ? id.size : 200);

	if (version)
		stead_raise(call, STEAD_CONFLICT, "stead_%s: document \"%.*s\" is at version %lld, not %lld",
		            call->function->name, shown, id.data, (long long)version, (long long)expected);
	stead_raise(call, STEAD_CONFLICT, "stead_%s: document \"%.*s\" does not exist, so it is not at version %lld",
	            call->function->name, shown, id.data, (long long)expected);
}

static _Noreturn void suppressed(stead_call *call)
{
	stead_raise_not_stored(call, "the document");
}

/* ---- Put --------------------------------------------------------------------------------------------------------- */

static int64_t store(stead_call *call, stead_value *row, stead_value expected)
{
	if (expected.null) {
		/* First as what is more frequent in the long run, and cheaper than an INSERT that finds the document: that
		 * would draw a number. If documents are only inserted, it is left out. */
		if (stead_try(call,
		              "UPDATE stead_document SET body = $3, version = version + 1, updated_at = $4"
		              " WHERE collection = $1 AND id = $2",
		              4, row) > 0)
			return 1;
		return stead_run(call,
		                 "INSERT INTO stead_document (collection, id, body, version, created_at, updated_at)"
		                 " VALUES ($1, $2, $3, 1, $4, $4) ON CONFLICT (collection, id) DO UPDATE SET body = $3,"
		                 " version = stead_document.version + 1, updated_at = $4",
		                 4, row);
	}
	if (expected.integer == 0)
		return stead_run(call,
		                 "INSERT INTO stead_document (collection, id, body, version, created_at, updated_at)"
		                 " VALUES ($1, $2, $3, 1, $4, $4) ON CONFLICT (collection, id) DO NOTHING",
		                 4, row);
	row[4] = expected;
	return stead_run(call,
	                 "UPDATE stead_document SET body = $3, version = version + 1, updated_at = $4"
	                 " WHERE collection = $1 AND id = $2 AND version = $5",
	                 5, row);
}

/* A put into a collection without indexes, if the host can do that with one statement. The statement itself makes sure
 * that there are none. */
static bool store_alone(stead_call *call, stead_value *row)
{
	if (!stead_alone_begins(call, &row[1]))
		return false;
	if (document_none_expected(call, row[0]) &&
	    (stead_try(call,
	               "UPDATE stead_document SET body = $3, version = version + 1, updated_at = $4 WHERE collection = $1"
	               " AND id = $2 AND NOT EXISTS (SELECT 1 FROM stead_document_index i WHERE i.collection = $1)",
	               4, row) ||
	     stead_run(call,
	               "INSERT INTO stead_document (body, collection, id, version, created_at, updated_at)"
	               " SELECT $3, $1, $2, 1, $4, $4"
	               " WHERE NOT EXISTS (SELECT 1 FROM stead_document_index i WHERE i.collection = $1)"
	               " ON CONFLICT (collection, id) DO UPDATE SET body = $3, version = stead_document.version + 1,"
	               " updated_at = $4",
	               4, row)))
		return true;
	stead_alone_ends(call);
	return false;
}

static void index_document(stead_call *call, stead_value collection, stead_value id, stead_value body)
{
	stead_value number, key[] = {collection, id};
	document_indexes indexes;

	document_indexes_get(call, collection, &indexes);
	if (!indexes.count)
		return;
	number =
		stead_first(call, "SELECT number FROM stead_document WHERE collection = $1 AND id = $2", 2, key, STEAD_INT);
	if (number.null)
		suppressed(call);
	document_index_one(call, collection, &indexes, number.integer, body);
}

stead_value document_put(stead_call *call, const stead_value *args)
{
	stead_value row[5] = {args[0], args[2], args[1], stead_time(stead_now(call))}, expected = args[3];
	document_body body;

	document_check_names(call, args[0], args[2]);
	check_expected(call, expected);
	document_read(call, args[1], "document", &body);
	if (row[1].null)
		row[1] = document_take_id(call, &body, "document");
	row[2] = body.text;
	row[2].type = STEAD_TEXT;
	if (expected.null && store_alone(call, row))
		return row[1];
	if (store(call, row, expected) == 0) {
		if (!expected.null && version_of(call, row) != expected.integer)
			refuse(call, row[1], version_of(call, row), expected.integer);
		suppressed(call);
	}
	index_document(call, args[0], row[1], row[2]);
	return row[1];
}

/* ---- Changes ----------------------------------------------------------------------------------------------------- */

typedef struct {
	stead_value number, body;
	int64_t version;
} document;

/* Locks the document. False: there is none. */
static bool lock(stead_call *call, const stead_value *key, stead_value expected, document *out)
{
	stead_rows *rows = stead_open(
		call, "SELECT number, body, version FROM stead_document WHERE collection = $1 AND id = $2 FOR UPDATE", 2, key);
	bool found = stead_next(rows);

	*out = (document){0};
	if (found) {
		out->number = stead_column(rows, 0, STEAD_INT);
		out->body = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
		out->version = stead_column(rows, 2, STEAD_INT).integer;
	}
	stead_close(rows);
	if (!expected.null && out->version != expected.integer)
		refuse(call, key[1], out->version, expected.integer);
	return found;
}

static void replace(stead_call *call, stead_value collection, const document *at, stead_value body)
{
	stead_value row[] = {at->number, body, stead_time(stead_now(call))};
	document_indexes indexes;

	if (stead_run(call, "UPDATE stead_document SET body = $2, version = version + 1, updated_at = $3 WHERE number = $1",
	              3, row) == 0)
		suppressed(call);
	document_indexes_get(call, collection, &indexes);
	if (indexes.count)
		document_index_one(call, collection, &indexes, at->number.integer, body);
}

static stead_value change(stead_call *call, const stead_value *args, const char *name, bool shallow)
{
	stead_value merged;
	document_body body;
	document at;

	document_check_names(call, args[0], args[1]);
	check_expected(call, args[3]);
	document_read(call, args[2], name, &body);
	if (!lock(call, args, args[3], &at))
		return stead_null(STEAD_JSON);
	document_stored(call, at.body, &body);
	merged = document_merge(call, at.body, args[2], shallow);
	replace(call, args[0], &at, merged);
	merged.type = STEAD_JSON;
	return merged;
}

stead_value document_update(stead_call *call, const stead_value *args)
{
	return change(call, args, "changes", true);
}

stead_value document_patch(stead_call *call, const stead_value *args)
{
	return change(call, args, "patch", false);
}

/* ---- Increment --------------------------------------------------------------------------------------------------- */

static _Noreturn void no_number(stead_call *call, stead_value member, const char *why)
{
	stead_raise(call, STEAD_INVALID, "stead_document_increment: member \"%.*s\" %s",
	            (int)stead_utf8_cut(member.data, member.size < 200 ? member.size : 200), member.data, why);
}

static bool is_whole(double number)
{
	return number >= -WHOLE && number <= WHOLE && number == floor(number);
}

/* The sum as JSON. An integer plus a whole number is an integer. */
static json_t *add(stead_call *call, stead_value member, const stead_json_span *was, double by)
{
	json_t *old = NULL;
	double sum = by;
	int64_t whole;

	if (was) {
		stead_value text = stead_json_n(was->value, was->value_size);

		old = stead_read_json(call, text, "member");
		if (!json_is_number(old))
			no_number(call, member, "is not a number");
		if (json_is_real(old) && !memchr(was->value, '.', was->value_size) &&
		    !memchr(was->value, 'e', was->value_size) && !memchr(was->value, 'E', was->value_size))
			no_number(call, member, "is an integer out of range");
		sum += json_number_value(old);
	}
	if ((!old || json_is_integer(old)) && is_whole(by)) {
		if (__builtin_add_overflow(old ? json_integer_value(old) : 0, (int64_t)by, &whole))
			no_number(call, member, "would be out of range");
		return json_integer(whole);
	}
	if (!isfinite(sum))
		no_number(call, member, "would be out of range");
	return json_real(sum);
}

static void release(void *data)
{
	json_decref(data);
}

stead_value document_increment(stead_call *call, const stead_value *args)
{
	stead_value name_form, result = stead_null(STEAD_REAL);
	stead_buffer changes = {0};
	document_body body;
	stead_json_span was;
	char number[64];
	json_t *sum;
	size_t size;
	document at;

	document_check_names(call, args[0], args[1]);
	stead_check_size(call, "member", args[2], 1, DOCUMENT_MAX_MEMBER);
	if (!isfinite(args[3].real))
		stead_raise(call, STEAD_INVALID, "stead_document_increment: by must be a finite number");
	if (!lock(call, args, stead_null(STEAD_INT), &at))
		return result;
	document_stored(call, at.body, &body);
	name_form = document_name_form(call, args[2]);
	sum = add(call, args[2], document_member(call, &body, name_form, &was) ? &was : NULL, args[3].real);
	if (!sum)
		stead_raise_no_memory(call);
	stead_defer(call, release, sum);
	size = json_dumpb(sum, number, sizeof number, JSON_ENCODE_ANY); /* whatever the locale, the shortest text */
	if (!size || size > sizeof number)
		stead_raise_no_memory(call);
	stead_append_text(call, &changes, "{");
	stead_append_json(call, &changes, args[2]);
	stead_append_text(call, &changes, ":");
	stead_append(call, &changes, number, size);
	stead_append_text(call, &changes, "}");
	replace(call, args[0], &at, document_merge(call, at.body, stead_text_n(changes.data, changes.size), true));
	return stead_real(json_number_value(sum));
}

/* ---- Delete ------------------------------------------------------------------------------------------------------ */

stead_value document_delete(stead_call *call, const stead_value *args)
{
	stead_value number, key[] = {args[0], args[1], args[2]};
	document_indexes indexes;

	document_check_names(call, args[0], args[1]);
	check_expected(call, args[2]);
	if (args[2].null)
		number = stead_returning(call, "DELETE FROM stead_document WHERE collection = $1 AND id = $2 RETURNING number",
		                         2, key, STEAD_INT);
	else
		number = stead_returning(call,
		                         "DELETE FROM stead_document WHERE collection = $1 AND id = $2 AND version = $3"
		                         " RETURNING number",
		                         3, key, STEAD_INT);
	if (number.null) {
		int64_t version = args[2].null ? 0 : version_of(call, key);

		if (!args[2].null && version != args[2].integer)
			refuse(call, key[1], version, args[2].integer);
		return stead_bool(false);
	}
	document_indexes_get(call, args[0], &indexes);
	if (indexes.count)
		document_unindex_one(call, number.integer);
	return stead_bool(true);
}
