/*
 * bearer.c - see bearer.h.
 */
#include "lib/bearer.h"

#include <string.h>

#include "lib/text.h"

#define SCHEME 6 /* bytes of the word */

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_of_token(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~' || c == '+' || c == '/';
}

bool stead_bearer_find(const char *header, size_t size, const char **token, size_t *token_size)
{
	size_t at = 0;

	while (size && is_white(*header))
		header++, size--;
	while (size && is_white(header[size - 1]))
		size--;
	if (size <= SCHEME || !stead_same_word(header, SCHEME, "bearer") || !is_white(header[SCHEME]))
		return false;
	header += SCHEME;
	size -= SCHEME;
	while (is_white(*header)) /* what is left ends in something else */
		header++, size--;
	while (at < size && is_of_token(header[at]))
		at++;
	*token = header;
	*token_size = size;
	if (at == 0)
		return false;
	while (at < size && header[at] == '=')
		at++;
	return at == size;
}
