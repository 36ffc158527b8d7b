/*
 * body.c - the text of documents: what is valid, and finding and comparing members.
 */
#include "state/document/document.h"

#include <string.h>

#include "core/digest.h"
#include "lib/json_canonical.h"

void document_check_names(stead_call *call, stead_value collection, stead_value id)
{
	stead_check_size(call, "collection", collection, 1, DOCUMENT_MAX_COLLECTION);
	stead_check_size(call, "document_id", id, 1, DOCUMENT_MAX_ID);
}

void document_read(stead_call *call, stead_value text, const char *name, document_body *out)
{
	out->text = text;
	stead_check_object(call, text, name, &out->scan);
}

void document_stored(stead_call *call, stead_value text, document_body *out)
{
	char reason[80];

	out->text = text;
	stead_json_scan_text(text.data, text.size, &out->scan);
	if (!out->scan.size && !stead_is_json(call, text, reason))
		stead_raise(call, STEAD_CORRUPT, "stead_%s: a stored document %s", call->function->name, reason);
	if (text.data[stead_json_begin(text.data, text.size)] != '{')
		stead_raise(call, STEAD_CORRUPT, "stead_%s: a stored document is not a JSON object", call->function->name);
}

stead_value document_form(stead_call *call, const char *data, size_t size)
{
	char *out = stead_alloc(call, STEAD_CANONICAL_ROOM(size)), *spare = NULL;
	stead_canonical_part *parts = NULL;

	if (*data == '{' || *data == '[') {
		spare = stead_alloc(call, STEAD_CANONICAL_ROOM(size));
		parts = stead_alloc(call, STEAD_CANONICAL_PARTS(size) * sizeof *parts);
	}
	return stead_text_n(out, stead_json_canonical(data, size, out, spare, parts));
}

stead_value document_name_form(stead_call *call, stead_value name)
{
	char *text = stead_alloc(call, name.size * 6 + 2);

	return document_form(call, text, stead_json_quote(name.data, name.size, text));
}

bool document_has_form(stead_call *call, const char *data, size_t size, stead_value form)
{
	stead_sameness sameness = stead_json_has_form(data, size, form.data, form.size);

	return sameness == STEAD_UNKNOWN ? stead_compare(document_form(call, data, size), form) == 0
	                                 : sameness == STEAD_SAME;
}

bool document_member(stead_call *call, const document_body *body, stead_value name_form, stead_json_span *found)
{
	bool any = false;

	if (body->scan.size && body->scan.count <= STEAD_JSON_SPANS) {
		for (int i = body->scan.count - 1; i >= 0 && !any; i--) {
			*found = body->scan.members[i];
			any = document_has_form(call, found->key, found->key_size, name_form);
		}
	} else {
		stead_json_walk walk;

		stead_json_enter(&walk, body->text.data, body->text.size);
		while (stead_json_member(&walk))
			if (document_has_form(call, walk.key, walk.key_size, name_form)) {
				*found = (stead_json_span){walk.key, walk.key_size, walk.value, walk.value_size};
				any = true;
			}
	}
	return any;
}

stead_value document_string(stead_call *call, const char *data, size_t size, const char *name)
{
	stead_value text = stead_json_n(data, size), value;

	stead_read_strings(call, text, name, 1, &value);
	return value;
}

/* ---- The id ------------------------------------------------------------------------------------------------------ */

static stead_value with_new_id(stead_call *call, document_body *body)
{
	stead_value id = stead_new_uuid(call, stead_now(call));
	const char *brace = memchr(body->text.data, '{', body->text.size), *end = body->text.data + body->text.size;
	stead_buffer text = {0};
	stead_json_walk walk;

	stead_json_enter(&walk, body->text.data, body->text.size);
	stead_append(call, &text, body->text.data, (size_t)(brace + 1 - body->text.data));
	stead_append_text(call, &text, "\"id\":");
	stead_append_json(call, &text, id);
	if (stead_json_member(&walk))
		stead_append_text(call, &text, ",");
	stead_append(call, &text, brace + 1, (size_t)(end - brace - 1));
	if (text.size > STEAD_MAX_TEXT)
		stead_raise(call, STEAD_INVALID, "stead_%s: the document with its id would have more than %d bytes",
		            call->function->name, STEAD_MAX_TEXT);
	body->text.data = text.data;
	body->text.size = text.size;
	return id;
}

stead_value document_take_id(stead_call *call, document_body *body, const char *name)
{
	stead_json_span member;
	stead_value id;

	if (!document_member(call, body, stead_text("\"id\""), &member))
		return with_new_id(call, body);
	if (*member.value == '"')
		id = document_string(call, member.value, member.value_size, name);
	else if (*member.value == '-' || (*member.value >= '0' && *member.value <= '9'))
		id = stead_text_n(member.value, member.value_size);
	else
		stead_raise(call, STEAD_INVALID, "stead_%s: %s.id must be a string or a number", call->function->name, name);
	if (id.size < 1 || id.size > DOCUMENT_MAX_ID)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s.id must be 1 to %d bytes", call->function->name, name,
		            DOCUMENT_MAX_ID);
	return id;
}
