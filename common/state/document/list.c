/*
 * list.c - reading collections: list and count.
 *
 * Documents are read one by one and compared with the filter, so that memory stays flat. If an indexed member is in the
 * filter, only the documents with its value are read; if it is the only one, they are what matches.
 */
#include "state/document/document.h"

#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "lib/text.h"

#define MAX_FILTER 100 /* members */
#define MAX_ROWS 10000
#define FEW 100 /* rows, which are read at once */
#define PLACE 8 /* bytes of a page token: the number of the last document */
#define CHECK 8 /* and of a hash, which tells a damaged token, and one of another filter */

typedef struct {
	stead_value name, value; /* forms */
} condition;

typedef struct {
	stead_value collection;
	int count;
	condition *list; /* by name */
	uint64_t hash;   /* of the collection and the conditions, for page tokens */
} filter;

static int by_name(const void *a, const void *b)
{
	return stead_compare(((const condition *)a)->name, ((const condition *)b)->name);
}

/* How many members there may be. They are walked, as only the first of them are in the scan. */
static int room_for(const document_body *body)
{
	return body->scan.size && body->scan.count < MAX_FILTER ? body->scan.count : MAX_FILTER;
}

static void read_conditions(stead_call *call, stead_value text, filter *filter)
{
	stead_json_walk walk;
	document_body body;

	document_read(call, text, "filter", &body);
	filter->list = stead_alloc(call, (size_t)room_for(&body) * sizeof *filter->list);
	stead_json_enter(&walk, text.data, text.size);
	while (stead_json_member(&walk)) {
		if (filter->count == MAX_FILTER)
			stead_raise(call, STEAD_INVALID, "stead_%s: filter must have at most %d members", call->function->name,
			            MAX_FILTER);
		filter->list[filter->count++] =
			(condition){document_form(call, walk.key, walk.key_size), document_form(call, walk.value, walk.value_size)};
	}
	if (filter->count > 1)
		qsort(filter->list, (size_t)filter->count, sizeof *filter->list, by_name);
	for (int i = 1; i < filter->count; i++)
		if (stead_compare(filter->list[i - 1].name, filter->list[i].name) == 0) {
			stead_value name = filter->list[i].name;

			stead_raise(call, STEAD_INVALID, "stead_%s: filter names the member %.*s twice", call->function->name,
			            (int)stead_utf8_cut(name.data, name.size < 200 ? name.size : 200), name.data);
		}
}

static uint64_t add_part(uint64_t hash, stead_value part)
{
	return stead_quick_hash(hash + part.size, part.data, part.size);
}

static filter *read_filter(stead_call *call, stead_value collection, stead_value text)
{
	filter *filter = stead_alloc(call, sizeof *filter);

	memset(filter, 0, sizeof *filter);
	document_check_names(call, collection, stead_null(STEAD_TEXT));
	filter->collection = stead_keep(call, collection);
	if (!text.null)
		read_conditions(call, text, filter);
	filter->hash = add_part(0, collection);
	for (int i = 0; i < filter->count; i++)
		filter->hash = add_part(add_part(filter->hash, filter->list[i].name), filter->list[i].value);
	return filter;
}

static bool matches(stead_call *call, const filter *filter, stead_value text)
{
	stead_scope *scope = stead_open_scope(call);
	document_body body;
	bool good = true;

	document_stored(call, text, &body);
	for (int i = 0; good && i < filter->count; i++) {
		stead_json_span member;

		good = document_member(call, &body, filter->list[i].name, &member) &&
		       document_has_form(call, member.value, member.value_size, filter->list[i].value);
	}
	stead_close_scope(call, scope);
	return good;
}

/* ---- Which documents are read ------------------------------------------------------------------------------------ */

/* How many documents have this value, but no more than most. ORDER BY keeps PostgreSQL from reading the whole table in
 * the hope of soon meeting a frequent value. */
static int64_t count_up_to(stead_call *call, stead_value index_id, stead_value value, int64_t most)
{
	return stead_first(call,
	                   "SELECT count(*) FROM (SELECT 1 AS one FROM stead_document_member WHERE index_id = $1"
	                   " AND value = $2 ORDER BY document LIMIT $3) AS matches",
	                   3, (stead_value[]){index_id, value, stead_int(most)}, STEAD_INT)
	    .integer;
}

/* The value that the filter has for an indexed member, or NULL. */
static const stead_value *wanted_value(const filter *filter, const document_index *index)
{
	const condition key = {.name = index->form};
	const condition *wanted = bsearch(&key, filter->list, (size_t)filter->count, sizeof key, by_name);

	return wanted ? &wanted->value : NULL;
}

/* Of the indexes, finds the one of a member in the filter whose value the fewest documents have, and that value. NULL:
 * there is none. */
static const document_index *choose(stead_call *call, const filter *filter, const document_indexes *indexes,
                                    stead_value *value)
{
	const document_index *choices[DOCUMENT_MAX_INDEXES];
	stead_value values[DOCUMENT_MAX_INDEXES];
	int64_t least;
	int count = 0, best = 0;
	bool chosen = false;

	for (int i = 0; i < indexes->count; i++) {
		const stead_value *wanted = wanted_value(filter, &indexes->list[i]);

		if (!wanted)
			continue;
		choices[count] = &indexes->list[i];
		values[count++] = document_index_value(call, *wanted);
	}
	/* in rounds, so that a frequent value costs no more than some times the rarest */
	for (int64_t most = 32; count > 1 && !chosen && most < 8 * MAX_ROWS; most *= 8) {
		least = most;
		for (int i = 0; i < count && least; i++) {
			int64_t found = count_up_to(call, stead_int(choices[i]->id), values[i], least);

			if (found < least) {
				least = found;
				best = i;
				chosen = true;
			}
		}
	}
	if (!count)
		return NULL;
	*value = values[best];
	return choices[best];
}

/* Does an index of a member in the filter find what matches, and nothing else? */
static bool is_exact(const filter *filter)
{
	return filter->count == 1;
}

/* What is read of each document: the first columns, or all. */
enum { FIRST_COLUMNS, ALL_COLUMNS };
#define FIRST(of) of "number, " of "id, " of "body"
#define ALL(of) FIRST(of) ", " of "version, " of "created_at, " of "updated_at"

/* If PostgreSQL's planner takes the collection for a large one, it reads by the primary key: all others, too. */
static stead_rows *open_all(stead_call *call, const filter *filter, int columns, int64_t after, int64_t most)
{
#define FROM_ALL " FROM stead_document WHERE collection = $1 AND number > $2 ORDER BY number LIMIT $3"
	static const char *const sql[] = {"SELECT " FIRST("") FROM_ALL, "SELECT " ALL("") FROM_ALL};
	stead_value params[] = {filter->collection, stead_int(after), stead_int(most)};

	return stead_open_as(call, STEAD_CURSOR | STEAD_BY_KEY, sql[columns], 3, params);
}

/* By the index of that member, if there is one in this snapshot; else there are no rows. */
static stead_rows *open_indexed(stead_call *call, const filter *filter, int columns, stead_value member,
                                stead_value value, int64_t after, int64_t most)
{
#define FROM_INDEXED                                                                                                   \
	" FROM stead_document_member m JOIN stead_document d ON d.number = m.document WHERE m.index_id ="                  \
	" (SELECT id FROM stead_document_index WHERE collection = $1 AND member = $2)"                                     \
	" AND m.value = $3 AND m.document > $4 ORDER BY m.document LIMIT $5"
	static const char *const sql[] = {"SELECT " FIRST("d.") FROM_INDEXED, "SELECT " ALL("d.") FROM_INDEXED};
	stead_value params[] = {filter->collection, member, value, stead_int(after), stead_int(most)};

	return stead_open_as(call, most > FEW ? STEAD_CURSOR : STEAD_BY_KEY, sql[columns], 5, params);
}

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

/* It needs no secret, as whoever forges a token gets a place in a list that he may read anyway. */
static void check_sum(const filter *filter, const unsigned char *place, unsigned char *out)
{
	stead_put_number(out, (int64_t)stead_quick_hash(filter->hash, (const char *)place, PLACE));
}

static stead_value page_after(stead_call *call, const filter *filter, int64_t number)
{
	unsigned char token[PLACE + CHECK];
	char *text = stead_alloc(call, STEAD_BASE64_ROOM(sizeof token));

	stead_put_number(token, number);
	check_sum(filter, token, token + PLACE);
	return stead_text_n(text, stead_base64url_encode(token, sizeof token, text));
}

static int64_t read_page(stead_call *call, const filter *filter, stead_value page)
{
	unsigned char token[2 * (PLACE + CHECK)], check[CHECK];
	size_t size = 0;

	if (page.null)
		return 0;
	if (page.size > sizeof token || !stead_base64url_decode(page.data, page.size, token, &size) ||
	    size != PLACE + CHECK || (check_sum(filter, token, check), memcmp(check, token + PLACE, CHECK) != 0))
		stead_raise_hint(call, STEAD_INVALID, "Pass the next_page of an earlier row, with the same filter.",
		                 "stead_document_list: page is not a page token of this collection and filter");
	return stead_get_number(token);
}

/* ---- The functions ----------------------------------------------------------------------------------------------- */

typedef struct listing {
	const filter *filter;
	stead_rows *rows;
	int64_t left;
	bool begun;  /* the first row is current */
	bool checks; /* what is read is compared with the filter */
	bool looks_at[6];
} listing;

static bool next_row(stead_call *call, void *state, stead_value *row)
{
	listing *listing = state;
	const bool *looks_at = listing->looks_at;
	stead_rows *rows = listing->rows;

	if (listing->left == 0)
		return false;
	while (listing->begun || stead_next(rows)) {
		listing->begun = false;
		for (int i = 0; i < STEAD_COUNT(listing->looks_at); i++)
			row[i].null = true;
		if (listing->checks || looks_at[1])
			row[1] = stead_column(rows, 2, STEAD_TEXT);
		if (listing->checks && !matches(call, listing->filter, row[1]))
			continue;
		listing->left--;
		row[1].type = STEAD_JSON;
		if (looks_at[0])
			row[0] = stead_column(rows, 1, STEAD_TEXT);
		if (looks_at[2])
			row[2] = stead_column(rows, 3, STEAD_INT);
		if (looks_at[3])
			row[3] = stead_column_time(rows, 4);
		if (looks_at[4])
			row[4] = stead_column_time(rows, 5);
		if (looks_at[5])
			row[5] = page_after(call, listing->filter, stead_column(rows, 0, STEAD_INT).integer);
		return true;
	}
	return false;
}

/* Is every member in the filter indexed? Then no index that was made meanwhile is missed. */
static bool are_indexed(const filter *filter, const document_indexes *indexes)
{
	int found = 0;

	for (int i = 0; i < indexes->count; i++)
		found += wanted_value(filter, &indexes->list[i]) != NULL;
	return found == filter->count;
}

/* What the connection remembers of the indexes may be of another snapshot. If it is, the index that it names gives no
 * rows. */
static void begin_indexed(stead_call *call, listing *listing, int columns, int64_t after)
{
	const filter *filter = listing->filter;
	const document_index *index;
	document_indexes indexes;
	stead_value value;

	if (!document_indexes_hint(call, filter->collection, &indexes) || !are_indexed(filter, &indexes))
		document_indexes_expect(call, filter->collection, &indexes);
	index = choose(call, filter, &indexes, &value);
	if (!index)
		return;
	listing->rows =
		open_indexed(call, filter, columns, index->member, value, after, is_exact(filter) ? listing->left : INT64_MAX);
	listing->begun = stead_next(listing->rows);
	listing->checks = !is_exact(filter);
	if (!listing->begun && !stead_any(call, "SELECT 1 FROM stead_document_index WHERE collection = $1 AND member = $2",
	                                  2, (stead_value[]){filter->collection, index->member})) {
		listing->rows = NULL;
		listing->checks = true;
	}
}

void document_list(stead_call *call, const stead_value *args)
{
	listing *listing = stead_alloc(call, sizeof *listing);
	const filter *filter;
	int64_t after;
	int columns;

	if (args[2].integer < 1 || args[2].integer > MAX_ROWS)
		stead_raise(call, STEAD_INVALID, "stead_document_list: max_rows must be 1 to %d", MAX_ROWS);
	filter = read_filter(call, args[0], args[1]);
	*listing = (struct listing){.filter = filter, .left = args[2].integer, .checks = filter->count > 0};
	for (int i = 0; i < STEAD_COUNT(listing->looks_at); i++)
		listing->looks_at[i] = stead_looks_at(call, i);
	columns = listing->looks_at[2] || listing->looks_at[3] || listing->looks_at[4] ? ALL_COLUMNS : FIRST_COLUMNS;
	after = read_page(call, filter, args[3]);
	if (filter->count)
		begin_indexed(call, listing, columns, after);
	if (!listing->rows)
		listing->rows = open_all(call, filter, columns, after, filter->count ? INT64_MAX : args[2].integer);
	stead_stream(call, next_row, listing);
}

stead_value document_count(stead_call *call, const stead_value *args)
{
	const filter *filter = read_filter(call, args[0], args[1]);
	const document_index *index;
	document_indexes indexes;
	stead_value value;
	stead_rows *rows;
	int64_t count = 0;

	if (!filter->count)
		return stead_first(call, "SELECT count(*) FROM stead_document WHERE collection = $1", 1, args, STEAD_INT);
	document_indexes_read(call, filter->collection, &indexes);
	index = choose(call, filter, &indexes, &value);
	if (index && is_exact(filter))
		return stead_first(call,
		                   "SELECT count(*) FROM stead_document_member m JOIN stead_document d ON d.number = m.document"
		                   " WHERE m.index_id = $1 AND m.value = $2",
		                   2, (stead_value[]){stead_int(index->id), value}, STEAD_INT);
	rows = index ? open_indexed(call, filter, FIRST_COLUMNS, index->member, value, 0, INT64_MAX)
	             : open_all(call, filter, FIRST_COLUMNS, 0, INT64_MAX);
	while (stead_next(rows))
		count += matches(call, filter, stead_column(rows, 2, STEAD_TEXT));
	return stead_int(count);
}
