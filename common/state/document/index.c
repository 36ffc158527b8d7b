/*
 * index.c - indexed members of documents: rows of stead_document_member, which are written with the document.
 *
 * A writer looks for the indexes of its collection after it has written the document. From then on it holds the lock on
 * the table that a change of an index waits for, so none can come in between. A connection remembers the indexes. Where
 * it must not, in a transaction that keeps an older snapshot, the row that every change of an index updates is locked:
 * if it has changed since that snapshot, the database reports the conflict.
 */
#include "state/document/document.h"

#include <string.h>

#include "core/cache.h"
#include "core/digest.h"
#include "core/upkeep.h"
#include "lib/text.h"

#define MAX_CACHED 1024
#define MAX_VALUE 200 /* bytes of a form; of a longer one the hash is kept */
#define BATCH 256     /* rows */

/* ---- Which members are indexed ----------------------------------------------------------------------------------- */

static void add_index(stead_call *call, document_indexes *out, int64_t id, bool is_unique, stead_value member)
{
	document_index *index = &out->list[out->count++];

	index->id = id;
	index->is_unique = is_unique;
	index->member = stead_keep(call, member);
	index->form = document_name_form(call, index->member);
}

void document_indexes_read(stead_call *call, stead_value collection, document_indexes *out)
{
	stead_rows *rows =
		stead_open(call, "SELECT id, unique_values, member FROM stead_document_index WHERE collection = $1 ORDER BY id",
	               1, &collection);

	out->count = 0;
	while (stead_next(rows) && out->count < DOCUMENT_MAX_INDEXES)
		add_index(call, out, stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_BOOL).boolean,
		          stead_column(rows, 2, STEAD_TEXT));
	stead_close(rows);
}

typedef struct {
	int64_t id;
	uint32_t size;
	uint32_t is_unique;
} remembered; /* followed by the name */

static void remember(stead_call *call, stead_value collection, const document_indexes *indexes)
{
	const stead_memory_source source = {&document_tables[INDEX_TABLE], 0};
	stead_buffer text = {0};

	stead_append_text(call, &text, "i"); /* of no index, too, something is remembered */
	for (int i = 0; i < indexes->count; i++) {
		const document_index *index = &indexes->list[i];
		remembered head = {index->id, (uint32_t)index->member.size, index->is_unique};

		stead_append(call, &text, (const char *)&head, sizeof head);
		stead_append(call, &text, index->member.data, index->member.size);
	}
	stead_memory_put(call, &document_tables[INDEX_TABLE], collection.data, collection.size, text.data, text.size,
	                 &source, 1, MAX_CACHED);
}

/* What remember() has put together. False: there is nothing. */
static bool unpack(stead_call *call, const char *known, size_t size, document_indexes *out)
{
	out->count = 0;
	for (const char *at = known ? known + 1 : NULL; at && at < known + size;) {
		remembered head;

		memcpy(&head, at, sizeof head);
		at += sizeof head;
		add_index(call, out, head.id, head.is_unique, stead_text_n(at, head.size));
		at += head.size;
	}
	return known != NULL;
}

/* False: it must be read. */
static bool recall(stead_call *call, stead_value collection, document_indexes *out)
{
	size_t size = 0;
	const char *known = stead_memory_get(call, &document_tables[INDEX_TABLE], collection.data, collection.size, &size);

	return unpack(call, known, size, out);
}

bool document_indexes_hint(stead_call *call, stead_value collection, document_indexes *out)
{
	size_t size = 0;
	const char *known = stead_memory_hint(call, &document_tables[INDEX_TABLE], collection.data, collection.size, &size);

	return unpack(call, known, size, out);
}

void document_indexes_expect(stead_call *call, stead_value collection, document_indexes *out)
{
	if (recall(call, collection, out))
		return;
	document_indexes_read(call, collection, out);
	remember(call, collection, out);
	stead_memory_done(call);
}

bool document_none_expected(stead_call *call, stead_value collection)
{
	document_indexes indexes;
	size_t size;

	if (stead_memory_hint(call, &document_tables[INDEX_TABLE], collection.data, collection.size, &size))
		return size == 1; /* see remember() */
	document_indexes_expect(call, collection, &indexes);
	return indexes.count == 0;
}

void document_indexes_get(stead_call *call, stead_value collection, document_indexes *out)
{
	if (recall(call, collection, out))
		return;
	if (!stead_any(call, "SELECT 1 FROM stead_document_lock WHERE name = '' FOR SHARE", 0, NULL))
		stead_run(call, "INSERT INTO stead_document_lock (name, changes) VALUES ('', 0) ON CONFLICT DO NOTHING", 0,
		          NULL);
	document_indexes_read(call, collection, out);
	remember(call, collection, out);
}

/* ---- Their values ------------------------------------------------------------------------------------------------ */

stead_value document_index_value(stead_call *call, stead_value form)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	char *text;

	if (form.size <= MAX_VALUE)
		return form;
	stead_sha256(call, form.data, form.size, hash);
	text = stead_alloc(call, 1 + 2 * sizeof hash);
	text[0] = '#'; /* no form begins with it */
	stead_hex_encode(hash, sizeof hash, text + 1);
	return stead_text_n(text, 1 + 2 * sizeof hash);
}

/* The value of an indexed member of a document, or a null: it has no such member. */
static stead_value value_of(stead_call *call, const document_index *index, const document_body *body)
{
	stead_json_span member;

	if (!document_member(call, body, index->form, &member))
		return stead_null(STEAD_TEXT);
	return document_index_value(call, document_form(call, member.value, member.value_size));
}

static _Noreturn void not_unique(stead_call *call, stead_value collection, const document_index *index, stead_value id)
{
	stead_raise(call, STEAD_CONFLICT,
	            "stead_%s: document \"%.*s\" of collection \"%.*s\" has the same value of the unique member \"%.*s\"",
	            call->function->name, (int)stead_utf8_cut(id.data, id.size < 200 ? id.size : 200), id.data,
	            (int)collection.size, collection.data,
	            (int)stead_utf8_cut(index->member.data, index->member.size < 200 ? index->member.size : 200),
	            index->member.data);
}

static const char insert_member[] =
	"INSERT INTO stead_document_member (index_id, value, document, is_unique) VALUES ($1, $2, $3, $4)"
	" ON CONFLICT DO NOTHING";

/* Why was the row not stored? If another document has the value, that is a conflict. If that document is gone, as
 * somebody deleted it by hand, its row goes, too. */
static void settle(stead_call *call, stead_value collection, const document_index *index, const stead_value *row)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT m.document, d.id FROM stead_document_member m LEFT JOIN stead_document d"
	                              " ON d.number = m.document WHERE m.index_id = $1 AND m.value = $2"
	                              " ORDER BY CASE WHEN m.document = $3 THEN 0 ELSE 1 END LIMIT 1",
	                              3, row);
	stead_value other = stead_null(STEAD_INT), id = stead_null(STEAD_TEXT);

	if (stead_next(rows)) {
		other = stead_column(rows, 0, STEAD_INT);
		id = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
	}
	stead_close(rows);
	if (!other.null && other.integer == row[2].integer)
		return;
	if (other.null || !id.null)
		not_unique(call, collection, index, other.null ? stead_text("?") : id);
	stead_run(call, "DELETE FROM stead_document_member WHERE document = $1", 1, &other);
	if (stead_run(call, insert_member, 4, row) == 0)
		not_unique(call, collection, index, stead_text("?"));
}

void document_index_one(stead_call *call, stead_value collection, const document_indexes *indexes, int64_t number,
                        stead_value text)
{
	stead_value values[DOCUMENT_MAX_INDEXES], document = stead_int(number), (*stale)[3] = NULL;
	document_body body;
	bool there[DOCUMENT_MAX_INDEXES] = {false};
	size_t count = 0, room = 0;
	stead_rows *rows;

	document_stored(call, text, &body);
	for (int i = 0; i < indexes->count; i++)
		values[i] = value_of(call, &indexes->list[i], &body);
	rows = stead_open(call, "SELECT index_id, value FROM stead_document_member WHERE document = $1", 1, &document);
	while (stead_next(rows)) {
		stead_value id = stead_column(rows, 0, STEAD_INT), value = stead_column(rows, 1, STEAD_TEXT);
		bool good = false;

		for (int i = 0; i < indexes->count; i++)
			if (indexes->list[i].id == id.integer && !values[i].null && stead_same(values[i], value))
				there[i] = good = true;
		if (good)
			continue;
		stale = stead_grow(call, stale, count, &room, sizeof *stale);
		stale[count][0] = id;
		stale[count][1] = stead_keep(call, value);
		stale[count++][2] = document;
	}
	for (size_t i = 0; i < count; i++)
		stead_run(call, "DELETE FROM stead_document_member WHERE index_id = $1 AND value = $2 AND document = $3", 3,
		          stale[i]);
	for (int i = 0; i < indexes->count; i++) {
		const document_index *index = &indexes->list[i];
		stead_value row[] = {stead_int(index->id), values[i], document, stead_bool(index->is_unique)};

		if (!there[i] && !values[i].null && stead_run(call, insert_member, 4, row) == 0)
			settle(call, collection, index, row);
	}
}

/* Stores rows of one index, four values each. */
static void store(stead_call *call, stead_value collection, const document_index *index, int count,
                  const stead_value *rows)
{
	if (count == 0 || stead_run_rows(call, insert_member, 4, count, rows) == count)
		return;
	for (int i = 0; i < count; i++)
		settle(call, collection, index, rows + (size_t)i * 4);
}

void document_index_all(stead_call *call, stead_value collection, const document_indexes *indexes)
{
	for (int i = 0; i < indexes->count; i++) {
		const document_index *index = &indexes->list[i];
		stead_rows *documents = stead_open_as(
			call, STEAD_CURSOR | STEAD_BY_KEY,
			"SELECT number, body FROM stead_document WHERE collection = $1 ORDER BY number", 1, &collection);
		bool more = true;

		while (more) {
			stead_scope *scope = stead_open_scope(call);
			stead_value *batch = stead_alloc(call, 4 * BATCH * sizeof *batch);
			int count = 0;

			while (count < BATCH && (more = stead_next(documents))) {
				stead_value value, *row = batch + (size_t)count * 4;
				document_body body;

				document_stored(call, stead_column(documents, 1, STEAD_TEXT), &body);
				value = value_of(call, index, &body);
				if (value.null)
					continue;
				row[0] = stead_int(index->id);
				row[1] = value;
				row[2] = stead_column(documents, 0, STEAD_INT);
				row[3] = stead_bool(index->is_unique);
				count++;
			}
			store(call, collection, index, count, batch);
			stead_close_scope(call, scope);
		}
	}
}

void document_unindex_one(stead_call *call, int64_t number)
{
	stead_value document = stead_int(number);

	stead_run(call, "DELETE FROM stead_document_member WHERE document = $1", 1, &document);
}

void document_unindex_gone(stead_call *call, const document_indexes *indexes)
{
	for (int i = 0; i < indexes->count; i++) {
		stead_value id = stead_int(indexes->list[i].id);

		stead_run(call,
		          "DELETE FROM stead_document_member WHERE index_id = $1 AND NOT EXISTS (SELECT 1 FROM stead_document d"
		          " WHERE d.number = stead_document_member.document)",
		          1, &id);
	}
}

/* ---- Changing which are ------------------------------------------------------------------------------------------ */

static void begin_change(stead_call *call, const stead_value *args)
{
	document_check_names(call, args[0], stead_null(STEAD_TEXT));
	stead_check_size(call, "member", args[1], 1, DOCUMENT_MAX_MEMBER);
	stead_keep_writers_out(call, &document_tables[DOCUMENT_TABLE]);
	stead_run(call,
	          "INSERT INTO stead_document_lock (name, changes) VALUES ('', 1) ON CONFLICT (name) DO UPDATE"
	          " SET changes = stead_document_lock.changes + 1",
	          0, NULL);
}

static stead_value insert_index(stead_call *call, const stead_value *args)
{
	stead_value id =
		stead_insert_numbered(call, &document_tables[INDEX_TABLE],
	                          "INSERT INTO stead_document_index (collection, member, unique_values) VALUES ($1, $2, $3)"
	                          " ON CONFLICT DO NOTHING RETURNING id",
	                          3, args);

	if (id.null)
		stead_raise_not_stored(call, "the index");
	return id;
}

stead_value document_index_define(stead_call *call, const stead_value *args)
{
	document_indexes indexes, changed = {0};

	begin_change(call, args);
	document_indexes_read(call, args[0], &indexes);
	for (int i = 0; i < indexes.count; i++)
		if (stead_same(indexes.list[i].member, args[1])) {
			stead_value id = stead_int(indexes.list[i].id);

			if (indexes.list[i].is_unique == args[2].boolean)
				return stead_bool(false);
			stead_run(call, "DELETE FROM stead_document_member WHERE index_id = $1", 1, &id);
			stead_run(call, "UPDATE stead_document_index SET unique_values = $2 WHERE id = $1", 2,
			          (stead_value[]){id, args[2]});
			add_index(call, &changed, id.integer, args[2].boolean, args[1]);
		}
	if (!changed.count) {
		if (indexes.count == DOCUMENT_MAX_INDEXES)
			stead_raise(call, STEAD_INVALID, "stead_document_index: a collection has at most %d indexes",
			            DOCUMENT_MAX_INDEXES);
		add_index(call, &changed, insert_index(call, args).integer, args[2].boolean, args[1]);
	}
	document_index_all(call, args[0], &changed);
	return stead_bool(true);
}

stead_value document_unindex(stead_call *call, const stead_value *args)
{
	stead_value id;

	begin_change(call, args);
	id = stead_returning(call, "DELETE FROM stead_document_index WHERE collection = $1 AND member = $2 RETURNING id", 2,
	                     args, STEAD_INT);
	if (!id.null)
		stead_run(call, "DELETE FROM stead_document_member WHERE index_id = $1", 1, &id);
	return stead_bool(!id.null);
}

void document_collections(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(
		call,
		"SELECT c.collection, c.documents, i.member, i.unique_values FROM (SELECT n.collection, count(*) FILTER (WHERE"
		" d.number IS NOT NULL) AS documents FROM (SELECT collection FROM stead_document_index UNION"
		" SELECT collection FROM stead_document) AS n LEFT JOIN stead_document d ON d.collection = n.collection"
		" GROUP BY n.collection) AS c"
		" LEFT JOIN stead_document_index i ON i.collection = c.collection ORDER BY c.collection, i.member",
		0, NULL);
	stead_value row[3] = {stead_null(STEAD_TEXT)};
	stead_buffer indexes = {0};
	bool more;

	(void)args;
	do {
		stead_value collection, member;

		more = stead_next(rows);
		collection = more ? stead_column(rows, 0, STEAD_TEXT) : stead_null(STEAD_TEXT);
		if (!row[0].null && !(more && stead_same(row[0], collection))) {
			stead_append_text(call, &indexes, "]");
			row[2] = stead_json(indexes.data);
			stead_emit(call, row);
		}
		if (!more)
			break;
		if (row[0].null || !stead_same(row[0], collection)) {
			row[0] = stead_keep(call, collection);
			row[1] = stead_column(rows, 1, STEAD_INT);
			indexes.size = 0;
			stead_append_text(call, &indexes, "[");
		}
		member = stead_column(rows, 2, STEAD_TEXT);
		if (!member.null) {
			stead_append_text(call, &indexes, indexes.size > 1 ? ",{\"member\":" : "{\"member\":");
			stead_append_json(call, &indexes, member);
			stead_append_text(call, &indexes, ",\"unique\":");
			stead_append_json(call, &indexes, stead_column(rows, 3, STEAD_BOOL));
			stead_append_text(call, &indexes, "}");
		}
	} while (more);
}
