/*
 * identifier.c - see identifier.h.
 *
 * Backquotes and brackets are refused: only SQLite reads them as quotes, and a text must mean the same table on both.
 */
#include "lib/identifier.h"

#include <string.h>

static bool begins(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool goes_on(unsigned char c)
{
	return begins(c) || (c >= '0' && c <= '9') || c == '$';
}

/* Reads one part into out. Returns the position after it, or NULL if there is no part. */
static const char *read_part(const char *at, const char *end, char *out)
{
	char *start = out;

	if (at < end && *at == '"') {
		for (at++; at < end && (*at != '"' || (at + 1 < end && at[1] == '"')); at++) {
			at += *at == '"';
			*out++ = *at;
		}
		if (at == end)
			return NULL;
		at++;
	} else if (at < end && begins((unsigned char)*at))
		for (; at < end && goes_on((unsigned char)*at); at++)
			*out++ = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
	*out = 0;
	return out > start ? at : NULL;
}

bool stead_identifier_parse(const char *text, size_t size, char *schema, char *name)
{
	const char *end = text + size, *at = read_part(text, end, name);

	schema[0] = 0;
	if (at && at < end && *at == '.') {
		strcpy(schema, name);
		at = read_part(at + 1, end, name);
	}
	return at == end;
}

size_t stead_identifier_quote(const char *name, bool always, char *out)
{
	const char *at = name;
	char *to = out;

	while (begins((unsigned char)*at) ? (unsigned char)*at < 0x80 && !(*at >= 'A' && *at <= 'Z')
	                                  : at > name && *at >= '0' && *at <= '9')
		at++;
	if (!*at && at > name && !always) {
		strcpy(out, name);
		return (size_t)(at - name);
	}
	*to++ = '"';
	for (at = name; *at; at++) {
		if (*at == '"')
			*to++ = '"';
		*to++ = *at;
	}
	*to++ = '"';
	*to = 0;
	return (size_t)(to - out);
}
