/*
 * buffer.c - growing text in the call's memory, and values as JSON. What is appended is written where it stays: a text
 * made aside would be copied.
 */
#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "stead.h"
#include "lib/text.h"
#include "lib/timestamp.h"

static void grow(stead_call *call, stead_buffer *buffer, size_t size)
{
	size_t room = (buffer->size + size + 64) * 2;
	char *bigger = stead_alloc(call, room);

	if (buffer->size)
		memcpy(bigger, buffer->data, buffer->size);
	buffer->data = bigger;
	buffer->room = room;
}

/* Room for size more bytes and a NUL; returns where they go. */
static inline char *reserve(stead_call *call, stead_buffer *buffer, size_t size)
{
	if (size >= buffer->room - buffer->size) /* one byte is reserved for the NUL */
		grow(call, buffer, size);
	return buffer->data + buffer->size;
}

/* What was reserved is written up to here. */
static inline void written(stead_buffer *buffer, char *end)
{
	*end = 0;
	buffer->size = (size_t)(end - buffer->data);
}

static inline char *put(char *at, const char *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

void stead_reserve(stead_call *call, stead_buffer *buffer, size_t size)
{
	buffer->room = size + 1;
	buffer->data = stead_alloc(call, buffer->room);
	written(buffer, buffer->data);
}

void stead_append(stead_call *call, stead_buffer *buffer, const char *data, size_t size)
{
	char *at = reserve(call, buffer, size);

	written(buffer, size ? put(at, data, size) : at); /* if size is 0, data may be NULL */
}

void stead_append_text(stead_call *call, stead_buffer *buffer, const char *text)
{
	stead_append(call, buffer, text, strlen(text));
}

static char *put_time(char *at, int64_t time)
{
	if (!stead_time_valid(time)) /* someone wrote an infinite time into the row by hand */
		return time > 0 ? put(at, "\"infinity\"", 10) : put(at, "\"-infinity\"", 11);
	*at++ = '"';
	stead_time_format(time, at);
	at[STEAD_TIME_SIZE] = '"';
	return at + STEAD_TIME_SIZE + 1;
}

static char *put_text(char *at, const char *text, size_t size)
{
	*at++ = '"';
	at = size ? put(at, text, size) : at; /* if size is 0, there may be no text */
	*at++ = '"';
	return at;
}

enum { SMALL = 40 }; /* bytes that a value takes at most that is neither text nor JSON */

/* How many bytes a value takes at most as JSON. */
static inline size_t room_for(const stead_value *value, bool *escapes)
{
	*escapes = false;
	if (value->null || value->type < STEAD_TEXT || value->type == STEAD_TIME)
		return SMALL;
	if (value->type == STEAD_JSON)
		return value->size;
	*escapes = stead_json_needs_escape(value->data, value->size);
	return (*escapes ? value->size * 6 : value->size) + 2;
}

static inline char *put_value(char *at, const stead_value *value, bool escapes)
{
	if (value->null)
		return put(at, "null", 4);
	switch (value->type) {
	case STEAD_BOOL:
		return value->boolean ? put(at, "true", 4) : put(at, "false", 5);
	case STEAD_INT:
		return at + stead_integer_write(value->integer, at);
	case STEAD_REAL:
		return at + snprintf(at, SMALL, "%.17g", value->real);
	case STEAD_TIME:
		return put_time(at, value->integer);
	case STEAD_JSON:
		return at + stead_json_compact(value->data, value->size, at);
	default:
		return escapes ? at + stead_json_quote(value->data, value->size, at) : put_text(at, value->data, value->size);
	}
}

void stead_append_json(stead_call *call, stead_buffer *buffer, stead_value value)
{
	bool escapes;
	char *at = reserve(call, buffer, room_for(&value, &escapes));

	written(buffer, put_value(at, &value, escapes));
}

/* Room for a name and what follows it; writes the name. */
static inline char *begin_member(stead_call *call, stead_buffer *object, const char *name, size_t more)
{
	size_t size = strlen(name);
	char *at = reserve(call, object, size + 4 + more);

	if (!object->size)
		*at++ = '{';
	else if (at[-1] != '{')
		*at++ = ',';
	*at++ = '"';
	return put(put(at, name, size), "\":", 2);
}

void stead_append_name(stead_call *call, stead_buffer *object, const char *name)
{
	written(object, begin_member(call, object, name, 0));
}

void stead_append_member(stead_call *call, stead_buffer *object, const char *name, stead_value value)
{
	bool escapes;
	size_t room = room_for(&value, &escapes);
	char *at = begin_member(call, object, name, room);

	written(object, put_value(at, &value, escapes));
}
