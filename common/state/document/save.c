/*
 * save.c - whole collections: save and clear.
 *
 * Who saves a collection waits for others who save it, by a row of stead_document_lock, so that two arrays never mix.
 * Who puts a document meanwhile does so before or after, as with any DELETE.
 */
#include "state/document/document.h"

#include <string.h>

#include "lib/text.h"

#define MOST_ROWS 256
#define MOST_BYTES (1 << 20)

static int64_t delete_all(stead_call *call, stead_value collection)
{
	return stead_run(call, "DELETE FROM stead_document WHERE collection = $1", 1, &collection);
}

/* Several at once of one collection must wait for each other. */
static void begin(stead_call *call, stead_value collection)
{
	document_check_names(call, collection, stead_null(STEAD_TEXT));
	stead_run(call,
	          "INSERT INTO stead_document_lock (name, changes) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE"
	          " SET changes = stead_document_lock.changes + 1",
	          1, &collection);
}

stead_value document_clear(stead_call *call, const stead_value *args)
{
	document_indexes indexes;
	int64_t gone;

	begin(call, args[0]);
	gone = delete_all(call, args[0]);
	document_indexes_get(call, args[0], &indexes);
	document_unindex_gone(call, &indexes);
	return stead_int(gone);
}

typedef struct {
	stead_value id, body, version, created_at;
} item;

/* What the document of that id was before: the new one continues its versions. */
static void continue_old(stead_call *call, stead_value collection, item *item, stead_value now)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT version, created_at FROM stead_document WHERE collection = $1 AND id = $2"
	                              " FOR UPDATE",
	                              2, (stead_value[]){collection, item->id});

	item->version = stead_int(1);
	item->created_at = now;
	if (stead_next(rows)) {
		int64_t version = stead_column(rows, 0, STEAD_INT).integer;

		item->version = stead_int(version < INT64_MAX ? version + 1 : version);
		item->created_at = stead_column_time(rows, 1);
		if (item->created_at.null)
			item->created_at = now;
	}
	stead_close(rows);
}

static void store(stead_call *call, stead_value collection, const item *items, size_t count, stead_value now)
{
	stead_value *values = stead_alloc(call, count * 6 * sizeof *values);

	for (size_t i = 0; i < count; i++) {
		stead_value *row = values + i * 6;

		row[0] = collection;
		row[1] = items[i].id;
		row[2] = items[i].body;
		row[3] = items[i].version;
		row[4] = items[i].created_at;
		row[5] = now;
	}
	if (stead_run_rows(
			call,
			"INSERT INTO stead_document (collection, id, body, version, created_at, updated_at)"
			" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (collection, id) DO UPDATE SET body = excluded.body,"
			" version = stead_document.version + 1, updated_at = excluded.updated_at",
			6, (int64_t)count, values) != (int64_t)count)
		stead_raise_not_stored(call, "a document");
}

static int compare_ids(const void *a, const void *b)
{
	return stead_compare((*(const item *const *)a)->id, (*(const item *const *)b)->id);
}

static void refuse_twice(stead_call *call, item *items, size_t count)
{
	const item **sorted = stead_alloc(call, count * sizeof *sorted);

	for (size_t i = 0; i < count; i++)
		sorted[i] = &items[i];
	qsort(sorted, count, sizeof *sorted, compare_ids);
	for (size_t i = 1; i < count; i++)
		if (stead_compare(sorted[i - 1]->id, sorted[i]->id) == 0) {
			stead_value id = sorted[i]->id;

			stead_raise(call, STEAD_CONFLICT, "stead_document_save: documents has the id \"%.*s\" twice",
			            (int)stead_utf8_cut(id.data, id.size < 200 ? id.size : 200), id.data);
		}
}

static item *read_items(stead_call *call, stead_value documents, size_t *count)
{
	item *items = NULL;
	stead_json_walk walk;
	size_t room = 0;

	*count = 0;
	stead_check_json(call, documents, "documents");
	stead_json_enter(&walk, documents.data, documents.size);
	if (walk.in_object || memchr(documents.data, '[', documents.size) != walk.at - 1)
		stead_raise(call, STEAD_INVALID, "stead_document_save: documents must be a JSON array");
	while (stead_json_member(&walk)) {
		stead_value text = stead_json_n(walk.value, walk.value_size);
		const char *name = stead_format(call, "documents[%zu]", *count);
		document_body body;

		stead_check_size(call, name, text, 0, STEAD_MAX_TEXT);
		document_read(call, text, name, &body);
		items = stead_grow(call, items, *count, &room, sizeof *items);
		items[*count].id = document_take_id(call, &body, name);
		items[*count].body = stead_text_n(body.text.data, body.text.size);
		++*count;
	}
	return items;
}

stead_value document_save(stead_call *call, const stead_value *args)
{
	stead_value now = stead_time(stead_now(call));
	document_indexes indexes;
	size_t count, bytes = 0;
	item *items;

	document_check_names(call, args[0], stead_null(STEAD_TEXT));
	items = read_items(call, args[1], &count);
	if (count)
		refuse_twice(call, items, count);
	begin(call, args[0]);
	for (size_t i = 0; i < count; i++)
		continue_old(call, args[0], &items[i], now);
	delete_all(call, args[0]);
	for (size_t i = 0, first = 0; i < count; i++) {
		bytes += items[i].body.size;
		if (i + 1 < count && i + 1 - first < MOST_ROWS && bytes < MOST_BYTES)
			continue;
		store(call, args[0], items + first, i + 1 - first, now);
		first = i + 1;
		bytes = 0;
	}
	document_indexes_get(call, args[0], &indexes);
	document_unindex_gone(call, &indexes);
	document_index_all(call, args[0], &indexes);
	return stead_int((int64_t)count);
}
