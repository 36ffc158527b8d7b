/*
 * script.c - see script.h: how a statement is named in an error.
 */
#include "core/script.h"

#include <string.h>

#define SHOWN 80 /* characters of a statement */

size_t stead_script_blank(const char *text, size_t size, bool nested)
{
	size_t at = 0;

	for (;;) {
		while (at < size && text[at] && strchr(" \t\r\n\f\v", text[at]))
			at++;
		if (size - at >= 3 && memcmp(text + at, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark */
			at += 3;
		else if (at + 1 < size && text[at] == '-' && text[at + 1] == '-') {
			const char *end = memchr(text + at, '\n', size - at);

			at = end ? (size_t)(end - text) : size;
		} else if (at + 1 < size && text[at] == '/' && text[at + 1] == '*') {
			int depth = 1;

			for (at += 2; at < size && depth; at++)
				if (at + 1 < size && text[at] == '*' && text[at + 1] == '/')
					depth--, at++;
				else if (at + 1 < size && text[at] == '/' && text[at + 1] == '*' && nested)
					depth++, at++;
		} else
			return at;
	}
}

/* On one line, in quotes. */
static const char *shown(stead_call *call, const char *statement, size_t size)
{
	stead_buffer out = {0};
	size_t at = 0;

	for (int count = 0; at < size; count++) {
		size_t end = at + 1;

		while (end < size && ((unsigned char)statement[end] & 0xC0) == 0x80)
			end++;
		if (count == SHOWN)
			break;
		if ((unsigned char)statement[at] < ' ')
			stead_append_text(call, &out, " ");
		else
			stead_append(call, &out, statement + at, end - at);
		at = end;
	}
	return stead_format(call, "\"%s%s\"", out.size ? out.data : "", at < size ? "..." : "");
}

const char *stead_script_failure(stead_call *call, int64_t number, const char *statement, size_t size,
                                 const char *message)
{
	return stead_format(call, "stead_%s: statement %lld %s failed: %s", call->function->name, (long long)number,
	                    shown(call, statement, size), message);
}

void stead_script_refuse(stead_call *call, int64_t number, const char *statement, size_t size)
{
	stead_raise_hint(call, STEAD_UNSUPPORTED,
	                 "The statements run within one transaction and as one user: run this one by itself, before or"
	                 " after.",
	                 "stead_%s: statement %lld %s cannot run within a migration", call->function->name,
	                 (long long)number, shown(call, statement, size));
}

void stead_script_refuse_parameters(stead_call *call, int64_t number, const char *statement, size_t size)
{
	stead_raise(call, STEAD_INVALID, "stead_%s: statement %lld %s has a parameter, which nothing gives a value",
	            call->function->name, (long long)number, shown(call, statement, size));
}
