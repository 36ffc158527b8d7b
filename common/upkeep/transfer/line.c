/*
 * line.c - the lines of an export: number, check, SHA-256. See transfer.h.
 */
#include "upkeep/transfer/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/walk.h"
#include "lib/text.h"

#define END_SIZE (sizeof ",\"check\":\"\"}" - 1 + TRANSFER_CHECK)

void transfer_start(transfer_progress *progress)
{
	*progress = (transfer_progress){0};
	running_sha256_start(&progress->sha);
}

void transfer_begin_line(stead_call *call, const transfer_progress *progress, stead_buffer *line)
{
	stead_append_text(call, line, stead_format(call, "{\"line\":%" PRId64 ",", progress->lines + 1));
}

/* The end of a line, from the comma before its check. */
static void end_of_line(transfer_progress *progress, const char *line, size_t size, char out[END_SIZE + 1])
{
	progress->check = stead_quick_hash(progress->check, line, size);
	snprintf(out, END_SIZE + 1, ",\"check\":\"%016" PRIx64 "\"}", progress->check);
}

static void add_line(transfer_progress *progress, const char *line, size_t size)
{
	running_sha256_add(&progress->sha, line, size);
	running_sha256_add(&progress->sha, "\n", 1);
	progress->lines++;
}

void transfer_end_line(stead_call *call, transfer_progress *progress, stead_buffer *line)
{
	char end[END_SIZE + 1];

	end_of_line(progress, line->data, line->size, end);
	stead_append(call, line, end, END_SIZE);
	add_line(progress, line->data, line->size);
}

bool transfer_skip(stead_value *text, const char *word)
{
	size_t size = strlen(word);

	if (text->size < size || memcmp(text->data, word, size) != 0)
		return false;
	text->data += size;
	text->size -= size;
	return true;
}

/* Which line it is instead is worth telling, if it is one. */
static _Noreturn void wrong_line(stead_call *call, int64_t expected, stead_value text)
{
	size_t digits = 0;
	int64_t number = 0;

	if (transfer_skip(&text, "{\"line\":"))
		while (digits < text.size && digits < 18 && text.data[digits] >= '0' && text.data[digits] <= '9')
			number = 10 * number + text.data[digits++] - '0';
	if (!digits || number == expected) /* it has the right number, but no end */
		stead_raise_hint(call, STEAD_INVALID, "Give whole lines of stead_export(), one after the other.",
		                 "stead_import: line %" PRId64 " is not a line of an export", expected);
	stead_raise_hint(
		call, STEAD_INVALID, "Go on with that line. Or begin again with line 1: what was taken before is thrown away.",
		"stead_import: line %.*s came where line %" PRId64 " was expected", (int)digits, text.data, expected);
}

stead_value transfer_members(stead_call *call, int64_t number, stead_value line)
{
	stead_value text = line;

	if (!transfer_skip(&text, stead_format(call, "{\"line\":%" PRId64 ",", number)))
		wrong_line(call, number, text);
	if (text.size < END_SIZE)
		wrong_line(call, number, stead_text(""));
	text.size -= END_SIZE;
	return text;
}

stead_value transfer_take_line(stead_call *call, transfer_progress *progress, stead_value line)
{
	stead_value members = transfer_members(call, progress->lines + 1, line);
	char end[END_SIZE + 1];

	end_of_line(progress, line.data, line.size - END_SIZE, end);
	if (memcmp(line.data + line.size - END_SIZE, end, END_SIZE) != 0)
		stead_raise_hint(call, STEAD_INVALID, "Take the lines from stead_export() again.",
		                 "stead_import: line %" PRId64 " is not as it was exported", progress->lines + 1);
	add_line(progress, line.data, line.size);
	return members;
}

bool transfer_next_line(stead_value *text, stead_value *line)
{
	const char *end = text->size ? memchr(text->data, '\n', text->size) : NULL;
	size_t size = end ? (size_t)(end - text->data) : text->size;

	if (!text->size)
		return false;
	*line = stead_text_n(text->data, size);
	size += end != NULL;
	text->data += size;
	text->size -= size;
	return true;
}

void transfer_hex(const transfer_progress *progress, char out[TRANSFER_HEX])
{
	unsigned char hash[RUNNING_SHA256_SIZE];

	running_sha256_value(&progress->sha, hash);
	stead_hex_encode(hash, sizeof hash, out);
}

bool transfer_moves(const stead_table *table)
{
	return !table->local;
}

int transfer_columns(const stead_table *table)
{
	int count = 0;

	while (count < STEAD_MAX_COLUMNS && table->columns[count].name)
		count++;
	return count;
}

const stead_module *transfer_module(const stead_table *wanted)
{
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		for (const stead_table *table = module->tables; table && table->name; table++)
			if (table == wanted)
				return module;
	return NULL;
}
