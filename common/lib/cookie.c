/*
 * cookie.c - see cookie.h. One pass over the header; nothing a client sends is an error.
 */
#include "lib/cookie.h"

#include <string.h>

typedef struct {
	const char *data; /* NULL: absent */
	size_t size;
} piece;

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static piece trim(const char *from, const char *to)
{
	while (from < to && is_space(*from))
		from++;
	while (from < to && is_space(to[-1]))
		to--;
	return (piece){from, (size_t)(to - from)};
}

static void take(piece *slot, piece value)
{
	if (!slot->data && value.size > 0)
		*slot = value;
}

/* The slot that a suffix of the name means: 0 to 4, STEAD_COOKIE_SLOTS for _active, -1 for any other suffix. */
static int slot_of(const char *suffix, size_t size)
{
	if (size == 2 && suffix[0] == '_' && suffix[1] >= '0' && suffix[1] < '0' + STEAD_COOKIE_SLOTS)
		return suffix[1] - '0';
	return size == 7 && memcmp(suffix, "_active", 7) == 0 ? STEAD_COOKIE_SLOTS : -1;
}

bool stead_cookie_find(const char *header, size_t size, const char *name, size_t name_size, const char **value,
                       size_t *value_size)
{
	piece slots[STEAD_COOKIE_SLOTS + 1] = {{0}}, plain = {0}, *found = NULL, *active = &slots[STEAD_COOKIE_SLOTS];
	const char *at = header, *end = header + size;

	while (at < end) {
		const char *stop = memchr(at, ';', (size_t)(end - at)), *equals;
		piece key, text;

		stop = stop ? stop : end;
		equals = memchr(at, '=', (size_t)(stop - at));
		if (equals) {
			key = trim(at, equals);
			text = trim(equals + 1, stop);
			if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"') {
				text.data++;
				text.size -= 2;
			}
			if (key.size >= name_size && memcmp(key.data, name, name_size) == 0) {
				int slot = slot_of(key.data + name_size, key.size - name_size);

				if (key.size == name_size)
					take(&plain, text);
				else if (slot >= 0)
					take(&slots[slot], text);
			}
		}
		at = stop + (stop < end);
	}
	if (active->size == 1 && *active->data >= '0' && *active->data < '0' + STEAD_COOKIE_SLOTS)
		found = &slots[*active->data - '0'];
	for (int i = 0; i < STEAD_COOKIE_SLOTS && !(found && found->data); i++)
		found = &slots[i];
	if (!(found && found->data))
		found = &plain;
	*value = found->data;
	*value_size = found->size;
	return found->data != NULL;
}

bool stead_cookie_name(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 127 || strchr("()<>@,;:\\\"/[]?={}", name[i]))
			return false;
	return size > 0;
}
