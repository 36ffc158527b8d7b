/*
 * checkpoint.c - see checkpoint.h.
 */
#include "lib/crypto/checkpoint.h"

#include <string.h>

#include "lib/text.h"

#define ROOT_TEXT 44 /* 32 bytes in base64, the last character a = */

/* Is the next character a space by Unicode's White_Space property, beyond ASCII, or a control character of two
 * bytes? */
static bool is_space(const unsigned char *at, size_t left)
{
	static const char *const spaces[] = {"\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
	                                     "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

	if (left >= 2 && at[0] == 0xc2 && at[1] < 0xa0) /* U+0080 to U+009F, next line (U+0085) among them */
		return true;
	if (left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] <= 0x8a) /* U+2000 to U+200A */
		return true;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (strlen(spaces[i]) <= left && memcmp(at, spaces[i], strlen(spaces[i])) == 0)
			return true;
	return false;
}

bool checkpoint_origin_valid(const char *origin, size_t size)
{
	const unsigned char *at = (const unsigned char *)origin;

	for (size_t i = 0; i < size; i++)
		if (at[i] <= ' ' || at[i] == 0x7f || at[i] == '+' || is_space(at + i, size - i))
			return false;
	return size > 0;
}

typedef struct {
	const char *at, *end;
} reader;

/* The next line, without its end; false: there is none. */
static bool next_line(reader *in, const char **line, size_t *size)
{
	const char *stop;

	if (in->at == in->end)
		return false;
	stop = memchr(in->at, '\n', (size_t)(in->end - in->at));
	*line = in->at;
	*size = (size_t)((stop ? stop : in->end) - in->at);
	in->at = stop ? stop + 1 : in->end;
	return true;
}

static bool read_size(const char *line, size_t size, int64_t *out)
{
	int64_t number = 0;

	if (size == 0 || (*line == '0' && size > 1))
		return false;
	for (size_t i = 0; i < size; i++) {
		int digit = line[i] - '0';

		if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*out = number;
	return true;
}

static bool read_root(const char *line, size_t size, merkle_hash *out)
{
	char text[ROOT_TEXT - 1]; /* as base64url, unpadded */
	unsigned char bytes[sizeof text];
	size_t decoded;

	if (size != ROOT_TEXT || line[size - 1] != '=')
		return false;
	for (size_t i = 0; i < sizeof text; i++) {
		if (line[i] == '-' || line[i] == '_')
			return false;
		text[i] = line[i] == '+' ? '-' : line[i] == '/' ? '_' : line[i];
	}
	if (!stead_base64url_decode(text, sizeof text, bytes, &decoded) || decoded != sizeof *out)
		return false;
	memcpy(out->bytes, bytes, sizeof *out);
	return true;
}

/* Is it valid UTF-8 without control characters other than line ends? */
static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			return false;
	return stead_utf8_valid(text, size);
}

bool checkpoint_read(const char *text, size_t size, int64_t *tree_size, merkle_hash *root)
{
	static const char dash[] = "\xe2\x80\x94 "; /* a signature line begins with it */
	reader in = {text, text + size};
	const char *line;
	bool signatures = false;
	size_t length;

	if (!is_plain(text, size) || !next_line(&in, &line, &length) || length == 0 || /* any origin */
	    !next_line(&in, &line, &length) || !read_size(line, length, tree_size) || !next_line(&in, &line, &length) ||
	    !read_root(line, length, root))
		return false;
	while (next_line(&in, &line, &length)) {
		if (signatures && (length < sizeof dash || memcmp(line, dash, sizeof dash - 1) != 0))
			return false;
		signatures |= length == 0; /* the empty line ends the extension lines, which are never empty */
	}
	return true;
}
