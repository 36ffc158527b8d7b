/*
 * page.c - see page.h.
 */
#include "core/page.h"

#include "core/digest.h"
#include "lib/text.h"

#define CHECK 8 /* bytes of SHA-256 */

stead_value stead_page_token(stead_call *call, int count, const stead_value *filter, stead_value id)
{
	unsigned char digest[STEAD_SHA256_SIZE];
	char check[STEAD_BASE64_ROOM(CHECK)];
	stead_buffer text = {0};

	for (int i = 0; i < count; i++) {
		stead_append_json(call, &text, filter[i]);
		stead_append_text(call, &text, "\n");
	}
	stead_append(call, &text, id.data, id.size);
	stead_sha256(call, text.data, text.size, digest);
	stead_base64url_encode(digest, CHECK, check);
	return stead_text(stead_format(call, "%.*s.%s", (int)id.size, id.data, check));
}

stead_value stead_page_read(stead_call *call, int count, const stead_value *filter, stead_value page, size_t most)
{
	size_t check = STEAD_BASE64_ROOM(CHECK) - 2; /* unpadded, as CHECK is no multiple of 3 */
	stead_value id = stead_text_n(page.data, page.size > check ? page.size - check - 1 : 0);

	if (page.size > most + check + 1 || id.size == 0 || !stead_same(stead_page_token(call, count, filter, id), page))
		stead_raise_hint(call, STEAD_INVALID, "Pass the next_page of an earlier row, with the same filter.",
		                 "stead_%s: page is not a page token of this filter", call->function->name);
	return id;
}
