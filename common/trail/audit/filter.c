/*
 * filter.c - see filter.h.
 *
 * The search runs here, not in SQL: LIKE and lower() differ between the databases, and with their settings.
 */
#include "trail/audit/filter.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto/sha256.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define MAX_SEARCH STEAD_MAX_NEEDLE

static const stead_arg keys[FILTER_KEYS] = {
	[FILTER_ACTION] = {"action", STEAD_TEXT},
	[FILTER_RESOURCE_TYPE] = {"resource_type", STEAD_TEXT},
	[FILTER_RESOURCE_ID] = {"resource_id", STEAD_TEXT},
	[FILTER_ACTOR_ID] = {"actor_id", STEAD_TEXT},
	[FILTER_ACTOR_NAME] = {"actor_name", STEAD_TEXT},
	[FILTER_SUCCESS] = {"success", STEAD_BOOL},
	[FILTER_SINCE] = {"since", STEAD_TIME},
	[FILTER_UNTIL] = {"until", STEAD_TIME},
	[FILTER_SEARCH] = {"search", STEAD_TEXT},
};

void audit_filter_read(stead_call *call, stead_value json, audit_filter *filter)
{
	filter->needle = NULL;
	for (int i = 0; i < FILTER_KEYS; i++)
		filter->value[i] = stead_null(keys[i].type);
	if (json.null)
		return;
	stead_read_object(call, json, "filter", keys, FILTER_KEYS, filter->value);
	for (int i = 0; i < FILTER_KEYS; i++) /* an export gives rows when its arguments are gone */
		if (filter->value[i].type == STEAD_TEXT)
			filter->value[i] = stead_keep(call, filter->value[i]);
	if (!filter->value[FILTER_SEARCH].null && filter->value[FILTER_SEARCH].size > MAX_SEARCH)
		stead_raise(call, STEAD_INVALID, "stead_%s: filter.search must be at most %d bytes", call->function->name,
		            MAX_SEARCH);
	if (!filter->value[FILTER_SEARCH].null && filter->value[FILTER_SEARCH].size) {
		char *needle = stead_alloc(call, filter->value[FILTER_SEARCH].size);

		memcpy(needle, filter->value[FILTER_SEARCH].data, filter->value[FILTER_SEARCH].size);
		stead_ascii_lower(needle, filter->value[FILTER_SEARCH].size);
		filter->needle = needle;
		filter->needle_size = filter->value[FILTER_SEARCH].size;
	}
}

const char *audit_filter_where(stead_call *call, stead_query *query, const audit_filter *filter)
{
	static const char *const conditions[] = {
		"action = $", "resource_type = $", "resource_id = $", "actor_id = $", "actor_name = $",
		"",           "occurred_at >= $",  "occurred_at < $",
	};
	const char *join = " WHERE ";

	for (int i = 0; i < FILTER_SEARCH; i++)
		if (!filter->value[i].null) {
			stead_append_text(call, &query->text, join);
			if (i != FILTER_SUCCESS)
				stead_query_add(call, query, conditions[i], filter->value[i]);
			else if (filter->value[i].boolean)
				stead_append_text(call, &query->text, "success");
			else /* with another key, the index of failures is the worst choice, and SQLite might choose it: IS TRUE
			        hides it */
				stead_append_text(call, &query->text, query->count > 0 ? "(NOT success) IS TRUE" : "NOT success");
			join = " AND ";
		}
	return join;
}

bool audit_filter_search(const audit_filter *filter, const stead_value *event)
{
	static const int searched[] = {7, 3, 5, 9}; /* actor_name, action, resource_id, details */

	if (!filter->needle)
		return true;
	for (int i = 0; i < STEAD_COUNT(searched); i++) {
		const stead_value *value = &event[searched[i]];

		if (!value->null && stead_contains(value->data, value->size, filter->needle, filter->needle_size))
			return true;
	}
	return false;
}

bool audit_filter_accepts(const audit_filter *filter, const stead_value *event)
{
	static const int columns[] = {[FILTER_ACTION] = 3,   [FILTER_RESOURCE_TYPE] = 4, [FILTER_RESOURCE_ID] = 5,
	                              [FILTER_ACTOR_ID] = 6, [FILTER_ACTOR_NAME] = 7,    [FILTER_SUCCESS] = 8};

	for (int i = 0; i < STEAD_COUNT(columns); i++) {
		const stead_value *wanted = &filter->value[i], *value = &event[columns[i]];

		if (wanted->null)
			continue;
		if (value->null ||
		    (i == FILTER_SUCCESS ? value->boolean != wanted->boolean
		                         : value->size != wanted->size || memcmp(value->data, wanted->data, value->size) != 0))
			return false;
	}
	if (!filter->value[FILTER_SINCE].null && event[1].integer < filter->value[FILTER_SINCE].integer)
		return false;
	if (!filter->value[FILTER_UNTIL].null && event[1].integer >= filter->value[FILTER_UNTIL].integer)
		return false;
	return audit_filter_search(filter, event);
}

/* ---- Page tokens ----------------------------------------------------------------------------------------------- */

#define POSITION 16 /* bytes: time and id, big endian */
#define CHECK                                                                                                          \
	8 /* bytes of SHA-256 over the position and the filter: they detect a damaged token, or another filter's */

static void check_sum(stead_call *call, const audit_filter *filter, const unsigned char *position, unsigned char *out)
{
	unsigned char digest[SHA256_DIGEST_LENGTH], number[8];
	stead_buffer text = {0};

	stead_append(call, &text, (const char *)position, POSITION);
	for (int i = 0; i < FILTER_KEYS; i++) {
		const stead_value *value = &filter->value[i];
		bool is_text = value->type == STEAD_TEXT;

		/* a text's length, or a scalar; -1 for an absent key */
		stead_put_number(number, value->null                 ? -1
		                         : is_text                   ? (int64_t)value->size
		                         : value->type == STEAD_BOOL ? value->boolean
		                                                     : value->integer);
		stead_append(call, &text, (const char *)number, sizeof number);
		if (is_text && !value->null)
			stead_append(call, &text, value->data, value->size);
	}
	SHA256((const unsigned char *)text.data, text.size, digest);
	memcpy(out, digest, CHECK);
}

stead_value audit_page_token(stead_call *call, const audit_filter *filter, int64_t occurred_at, int64_t id)
{
	unsigned char token[POSITION + CHECK];
	char *text = stead_alloc(call, STEAD_BASE64_ROOM(sizeof token));

	stead_put_number(token, occurred_at);
	stead_put_number(token + 8, id);
	check_sum(call, filter, token, token + POSITION);
	return stead_text_n(text, stead_base64url_encode(token, sizeof token, text));
}

void audit_page_read(stead_call *call, const audit_filter *filter, stead_value page, int64_t *occurred_at, int64_t *id)
{
	unsigned char token[2 * (POSITION + CHECK)], check[CHECK];
	size_t size = 0;

	if (page.size > sizeof token || !stead_base64url_decode(page.data, page.size, token, &size) ||
	    size != POSITION + CHECK ||
	    (check_sum(call, filter, token, check), memcmp(check, token + POSITION, CHECK) != 0))
		stead_raise_hint(call, STEAD_INVALID, "Pass the next_page of an earlier row, with the same filter.",
		                 "stead_audit_list: page is not a page token of this filter");
	*occurred_at = stead_get_number(token);
	*id = stead_get_number(token + 8);
	if (!stead_time_valid(
			*occurred_at)) /* the checksum has no secret, so a token can be forged: its time must be valid */
		stead_raise(call, STEAD_INVALID, "stead_audit_list: page is not a page token of this filter");
}
