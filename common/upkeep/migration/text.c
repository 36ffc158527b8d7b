/*
 * text.c - see migration.h: the hashes of a text.
 */
#include <string.h>

#include "lib/text.h"
#include "upkeep/migration/migration.h"

stead_value migration_without_mark(stead_value text)
{
	return text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 ? stead_text_n(text.data + 3, text.size - 3)
	                                                                   : text;
}

/* Editors, Git and shells change CRLF to LF and back, and the line ends at the end of a file; psql reads a file without
 * those. */
static void hash_usual_form(stead_call *call, stead_value text, unsigned char *hash)
{
	stead_sha256_stream stream = stead_sha256_open(call);
	const char *at = text.data, *end = text.data + text.size, *line;

	while (end > at && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	stead_sha256_start(&stream);
	for (; (line = memchr(at, '\n', (size_t)(end - at))); at = line + 1) {
		stead_sha256_add(&stream, at, (size_t)(line - at) - (line > at && line[-1] == '\r'));
		stead_sha256_byte(&stream, '\n');
	}
	stead_sha256_add(&stream, at, (size_t)(end - at));
	stead_sha256_byte(&stream, '\n');
	stead_sha256_end(&stream, hash);
	stead_sha256_check(call, &stream);
}

migration_hashes migration_hash(stead_call *call, stead_value text)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	migration_hashes out;

	stead_sha256(call, text.data, text.size, hash);
	stead_hex_encode(hash, sizeof hash, out.exact);
	hash_usual_form(call, migration_without_mark(text), hash);
	stead_hex_encode(hash, sizeof hash, out.usual);
	out.exact[MIGRATION_HEX] = out.usual[MIGRATION_HEX] = 0;
	return out;
}
