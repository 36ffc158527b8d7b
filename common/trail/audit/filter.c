/*
 * filter.c - see filter.h.
 *
 * The search runs here, not in SQL: LIKE and lower() differ between the databases, and with their settings. A prefix is
 * a range of bytes in SQL, for the same reason.
 */
#include "trail/audit/filter.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "trail/event.h"
#include "trail/seal/seal.h"

#define MAX_SEARCH STEAD_MAX_NEEDLE

#define TEXT_KEYS                                                                                                      \
	[FILTER_ACTION] = {"action", STEAD_JSON}, [FILTER_RESOURCE_TYPE] = {"resource_type", STEAD_JSON},                  \
	[FILTER_RESOURCE_ID] = {"resource_id", STEAD_JSON}, [FILTER_ACTOR_ID] = {"actor_id", STEAD_JSON},                  \
	[FILTER_ACTOR_NAME] = {"actor_name", STEAD_JSON}, [FILTER_IP_ADDRESS] = {"ip_address", STEAD_JSON}

enum { KEY_SUCCESS = FILTER_TEXTS, KEY_SINCE, KEY_UNTIL, KEY_SEARCH, KEY_NOT, KEYS };

static const stead_arg keys[KEYS] = {
	TEXT_KEYS,
	[KEY_SUCCESS] = {"success", STEAD_BOOL},
	[KEY_SINCE] = {"since", STEAD_TIME},
	[KEY_UNTIL] = {"until", STEAD_TIME},
	[KEY_SEARCH] = {"search", STEAD_TEXT},
	[KEY_NOT] = {"not", STEAD_JSON},
};
static const stead_arg text_keys[FILTER_TEXTS] = {TEXT_KEYS};

/* The columns that a search reads. */
static const int searched[] = {LEAF_ACTOR_NAME, LEAF_ACTION, LEAF_RESOURCE_ID, LEAF_DETAILS};

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
	return stead_compare(*(const stead_value *)a, *(const stead_value *)b);
}

/* Sorts, and drops repetitions: the same texts in another order are the same filter. */
static void order(filter_list *list)
{
	int kept = 0;

	qsort(list->text, (size_t)list->count, sizeof *list->text, by_bytes);
	for (int i = 0; i < list->count; i++)
		if (i == 0 || stead_compare(list->text[i], list->text[kept - 1]) != 0)
			list->text[kept++] = list->text[i];
	list->count = kept;
}

static void read_texts(stead_call *call, stead_value json, const char *prefix, const char *key, filter_texts *texts)
{
	const char *name = stead_format(call, "%s.%s", prefix, key);
	stead_value *text;
	int count;

	*texts = (filter_texts){.given = !json.null};
	if (json.null)
		return;
	text = stead_alloc(call, FILTER_MOST_TEXTS * sizeof *text);
	count = stead_read_strings(call, json, name, FILTER_MOST_TEXTS, text);
	texts->exact.text = stead_alloc(call, (size_t)count * sizeof *text);
	texts->prefixes.text = stead_alloc(call, (size_t)count * sizeof *text);
	for (int i = 0; i < count; i++) {
		bool is_prefix = text[i].size && text[i].data[text[i].size - 1] == '*';
		filter_list *list = is_prefix ? &texts->prefixes : &texts->exact;

		text[i].size -= is_prefix;
		list->text[list->count++] = stead_keep(call, text[i]); /* an export gives rows when its arguments are gone */
	}
	order(&texts->exact);
	order(&texts->prefixes);
}

void audit_filter_read(stead_call *call, stead_value json, audit_filter *filter)
{
	stead_value value[KEYS], excluded[FILTER_TEXTS];

	*filter = audit_filter_range(stead_null(STEAD_TIME), stead_null(STEAD_TIME));
	if (json.null)
		return;
	stead_read_object(call, json, "filter", keys, KEYS, value);
	for (int i = 0; i < FILTER_TEXTS; i++)
		read_texts(call, value[i], "filter", keys[i].name, &filter->wanted[i]);
	if (!value[KEY_NOT].null) {
		stead_read_object(call, value[KEY_NOT], "filter.not", text_keys, FILTER_TEXTS, excluded);
		for (int i = 0; i < FILTER_TEXTS; i++)
			read_texts(call, excluded[i], "filter.not", keys[i].name, &filter->excluded[i]);
	}
	filter->success = value[KEY_SUCCESS];
	filter->since = value[KEY_SINCE];
	filter->until = value[KEY_UNTIL];
	if (value[KEY_SEARCH].null)
		return;
	if (value[KEY_SEARCH].size > MAX_SEARCH)
		stead_raise(call, STEAD_INVALID, "stead_%s: filter.search must be at most %d bytes", call->function->name,
		            MAX_SEARCH);
	filter->search = stead_keep(call, value[KEY_SEARCH]);
	if (filter->search.size) {
		char *needle = stead_alloc(call, filter->search.size);

		memcpy(needle, filter->search.data, filter->search.size);
		stead_ascii_lower(needle, filter->search.size);
		filter->needle = needle;
		filter->needle_size = filter->search.size;
	}
}

audit_filter audit_filter_range(stead_value since, stead_value until)
{
	return (audit_filter){
		.success = stead_null(STEAD_BOOL), .since = since, .until = until, .search = stead_null(STEAD_TEXT)};
}

bool audit_filter_is_range(const audit_filter *filter)
{
	for (int i = 0; i < FILTER_TEXTS; i++)
		if (filter->wanted[i].given || filter->excluded[i].given)
			return false;
	return filter->success.null && !filter->needle;
}

/* ---- In SQL ----------------------------------------------------------------------------------------------------- */

/* Appends a condition: the column begins with the prefix. Columns are compared by their bytes on both databases. */
static void add_prefix(stead_call *call, stead_query *query, const char *column, stead_value prefix)
{
	unsigned char last = prefix.size ? (unsigned char)prefix.data[prefix.size - 1] : 0;
	char *end;

	if (!prefix.size) {
		stead_append_text(call, &query->text, stead_format(call, "%s IS NOT NULL", column));
		return;
	}
	stead_query_add(call, query, stead_format(call, "(%s >= $", column), prefix);
	if (last == 0x7f || last == 0xbf) { /* with one more, the end of the range would be no UTF-8 */
		int characters = 0;

		for (size_t i = 0; i < prefix.size; i++)
			characters += (prefix.data[i] & 0xc0) != 0x80;
		stead_query_add(call, query, stead_format(call, " AND substr(%s, 1, %d) = $)", column, characters), prefix);
	} else {
		end = stead_alloc(call, prefix.size);
		memcpy(end, prefix.data, prefix.size);
		end[prefix.size - 1]++;
		stead_query_add(call, query, stead_format(call, " AND %s < $)", column), stead_text_n(end, prefix.size));
	}
}

/* Appends a condition, in parentheses: the column fits the texts. */
static void add_texts(stead_call *call, stead_query *query, const char *column, const filter_texts *texts)
{
	const char *join = "";

	if (!texts->exact.count && !texts->prefixes.count) {
		stead_append_text(call, &query->text, "(1 = 0)");
		return;
	}
	stead_append_text(call, &query->text, "(");
	if (texts->exact.count == 1)
		stead_query_add(call, query, stead_format(call, "%s = $", column), texts->exact.text[0]);
	else if (texts->exact.count) {
		stead_append_text(call, &query->text, stead_format(call, "%s IN (", column));
		for (int i = 0; i < texts->exact.count; i++)
			stead_query_add(call, query, i ? ", $" : "$", texts->exact.text[i]);
		stead_append_text(call, &query->text, ")");
	}
	for (int i = 0; i < texts->prefixes.count; i++) {
		join = texts->exact.count || i ? " OR " : "";
		stead_append_text(call, &query->text, join);
		add_prefix(call, query, column, texts->prefixes.text[i]);
	}
	stead_append_text(call, &query->text, ")");
}

static void add_success(stead_call *call, stead_query *query, const audit_filter *filter)
{
	bool wanted = false;

	for (int i = 0; i < FILTER_TEXTS; i++)
		wanted = wanted || filter->wanted[i].given;
	/* with another key, the index of failures is the worst choice, and SQLite might choose it: IS TRUE hides it */
	stead_append_text(call, &query->text,
	                  filter->success.boolean ? "success"
	                  : wanted                ? "(NOT success) IS TRUE"
	                                          : "NOT success");
}

/* Appends the conditions with AND between them, and a word before the first one. Returns whether there is any. */
static bool add_conditions(stead_call *call, stead_query *query, const audit_filter *filter, const char *first)
{
	const char *join = first;

	for (int excluded = 0; excluded < 2; excluded++)
		for (int i = 0; i < FILTER_TEXTS; i++) {
			const filter_texts *texts = excluded ? &filter->excluded[i] : &filter->wanted[i];

			if (!texts->given)
				continue;
			stead_append_text(call, &query->text, join);
			add_texts(call, query, keys[i].name, texts);
			if (excluded)
				stead_append_text(call, &query->text, " IS NOT TRUE"); /* so a null is not excluded */
			join = " AND ";
		}
	if (!filter->success.null) {
		stead_append_text(call, &query->text, join);
		add_success(call, query, filter);
		join = " AND ";
	}
	if (!filter->since.null) {
		stead_append_text(call, &query->text, join);
		stead_query_add(call, query, "occurred_at >= $", filter->since);
		join = " AND ";
	}
	if (!filter->until.null) {
		stead_append_text(call, &query->text, join);
		stead_query_add(call, query, "occurred_at < $", filter->until);
		join = " AND ";
	}
	return join != first;
}

const char *audit_filter_where(stead_call *call, stead_query *query, const audit_filter *filter)
{
	return add_conditions(call, query, filter, " WHERE ") ? " AND " : " WHERE ";
}

void audit_filter_condition(stead_call *call, stead_query *query, const audit_filter *filter)
{
	if (!add_conditions(call, query, filter, ""))
		stead_append_text(call, &query->text, "true");
}

/* ---- In C ------------------------------------------------------------------------------------------------------- */

static bool fits(const filter_texts *texts, const stead_value *value)
{
	if (value->null)
		return false;
	if (texts->exact.count &&
	    bsearch(value, texts->exact.text, (size_t)texts->exact.count, sizeof *texts->exact.text, by_bytes))
		return true;
	for (int i = 0; i < texts->prefixes.count; i++) {
		const stead_value *prefix = &texts->prefixes.text[i];

		if (value->size >= prefix->size && (!prefix->size || memcmp(value->data, prefix->data, prefix->size) == 0))
			return true;
	}
	return false;
}

static bool fits_key(const audit_filter *filter, int key, const stead_value *value)
{
	return (!filter->wanted[key].given || fits(&filter->wanted[key], value)) &&
	       (!filter->excluded[key].given || !fits(&filter->excluded[key], value));
}

static bool fits_range(const audit_filter *filter, stead_value at)
{
	return (filter->since.null || at.integer >= filter->since.integer) &&
	       (filter->until.null || at.integer < filter->until.integer);
}

bool audit_filter_accepts(const audit_filter *filter, const stead_value *event)
{
	for (int i = 0; i < FILTER_TEXTS; i++)
		if (!fits_key(filter, i, &event[seal_index_columns[i]]))
			return false;
	if (!filter->success.null && event[LEAF_SUCCESS].boolean != filter->success.boolean)
		return false;
	if (!fits_range(filter, event[LEAF_OCCURRED_AT]))
		return false;
	return audit_filter_search(filter, event);
}

bool audit_filter_search(const audit_filter *filter, const stead_value *event)
{
	if (!filter->needle)
		return true;
	for (int i = 0; i < STEAD_COUNT(searched); i++) {
		const stead_value *value = &event[searched[i]];

		if (!value->null && stead_contains(value->data, value->size, filter->needle, filter->needle_size))
			return true;
	}
	return false;
}

/* With the most telling columns first; most events end at the first one. */
bool audit_filter_accepts_row(const audit_filter *filter, stead_rows *rows)
{
	stead_value event[EVENT_COLUMNS];

	for (int i = 0; i < FILTER_TEXTS; i++) {
		stead_value *value = &event[seal_index_columns[i]];

		if (!filter->wanted[i].given && !filter->excluded[i].given)
			continue;
		*value = stead_column(rows, seal_index_columns[i], STEAD_TEXT);
		if (!fits_key(filter, i, value))
			return false;
	}
	if (!filter->success.null && stead_column(rows, LEAF_SUCCESS, STEAD_BOOL).boolean != filter->success.boolean)
		return false;
	if (!filter->since.null || !filter->until.null) {
		event[LEAF_OCCURRED_AT] = stead_column_time(rows, LEAF_OCCURRED_AT);
		if (event[LEAF_OCCURRED_AT].null || !fits_range(filter, event[LEAF_OCCURRED_AT]))
			return false;
	}
	for (int i = 0; i < STEAD_COUNT(searched) && filter->needle; i++)
		event[searched[i]] = stead_column(rows, searched[i], event_tables[0].columns[searched[i]].type);
	return audit_filter_search(filter, event);
}
