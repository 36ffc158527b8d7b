/*
 * page.c - see page.h.
 */
#include "trail/audit/page.h"

#include <string.h>

#include "core/digest.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define POSITION 16 /* bytes: time and id, big endian */
/* Bytes of SHA-256 over the position and the filter. They detect a damaged token, and one of another filter. */
#define CHECK 8

static void add_number(stead_call *call, stead_buffer *text, int64_t number)
{
	unsigned char bytes[8];

	stead_put_number(bytes, number);
	stead_append(call, text, (const char *)bytes, sizeof bytes);
}

static void add_value(stead_call *call, stead_buffer *text, stead_value value)
{
	add_number(call, text, value.null);
	if (value.null)
		return;
	if (value.type == STEAD_TEXT) {
		add_number(call, text, (int64_t)value.size);
		stead_append(call, text, value.data, value.size);
	} else
		add_number(call, text, value.type == STEAD_BOOL ? value.boolean : value.integer);
}

static void add_texts(stead_call *call, stead_buffer *text, const filter_texts *texts)
{
	const filter_list *lists[] = {&texts->exact, &texts->prefixes};

	add_number(call, text, texts->given);
	for (int i = 0; i < STEAD_COUNT(lists); i++) {
		add_number(call, text, lists[i]->count);
		for (int j = 0; j < lists[i]->count; j++)
			add_value(call, text, lists[i]->text[j]);
	}
}

audit_pages audit_pages_of(stead_call *call, const audit_filter *filter)
{
	stead_buffer text = {0};
	audit_pages pages;

	for (int i = 0; i < FILTER_TEXTS; i++) {
		add_texts(call, &text, &filter->wanted[i]);
		add_texts(call, &text, &filter->excluded[i]);
	}
	add_value(call, &text, filter->success);
	add_value(call, &text, filter->since);
	add_value(call, &text, filter->until);
	add_value(call, &text, filter->search);
	stead_sha256(call, text.data, text.size, pages.filter);
	return pages;
}

static void check_sum(stead_call *call, const audit_pages *pages, const unsigned char *position, unsigned char *out)
{
	unsigned char digest[STEAD_SHA256_SIZE], whole[POSITION + sizeof pages->filter];

	memcpy(whole, position, POSITION);
	memcpy(whole + POSITION, pages->filter, sizeof pages->filter);
	stead_sha256(call, whole, sizeof whole, digest);
	memcpy(out, digest, CHECK);
}

stead_value audit_page_token(stead_call *call, const audit_pages *pages, int64_t occurred_at, int64_t id)
{
	unsigned char token[POSITION + CHECK];
	char *text = stead_alloc(call, STEAD_BASE64_ROOM(sizeof token));

	stead_put_number(token, occurred_at);
	stead_put_number(token + 8, id);
	check_sum(call, pages, token, token + POSITION);
	return stead_text_n(text, stead_base64url_encode(token, sizeof token, text));
}

void audit_page_read(stead_call *call, const audit_pages *pages, stead_value page, int64_t *occurred_at, int64_t *id)
{
	unsigned char token[2 * (POSITION + CHECK)], check[CHECK];
	size_t size = 0;

	if (page.size > sizeof token || !stead_base64url_decode(page.data, page.size, token, &size) ||
	    size != POSITION + CHECK || (check_sum(call, pages, token, check), memcmp(check, token + POSITION, CHECK) != 0))
		stead_raise_hint(call, STEAD_INVALID, "Pass the next_page of an earlier row, with the same filter.",
		                 "stead_audit_list: page is not a page token of this filter");
	*occurred_at = stead_get_number(token);
	*id = stead_get_number(token + 8);
	/* the checksum has no secret, so a token can be forged: its time must be valid */
	if (!stead_time_valid(*occurred_at))
		stead_raise(call, STEAD_INVALID, "stead_audit_list: page is not a page token of this filter");
}
