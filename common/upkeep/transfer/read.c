/*
 * read.c - what the lines of an export say. They are hostile input: a line counts only if it is exactly of the form
 * that stead_export() writes, and a value only if its column can hold it. The names of tables and columns are the
 * registry's.
 */
#include "upkeep/transfer/transfer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/walk.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/timestamp.h"

static _Noreturn void refuse(stead_call *call, int64_t line, const char *why)
{
	stead_raise_hint(call, STEAD_INVALID, "Only what stead_export() wrote can be imported.",
	                 "stead_import: line %" PRId64 " %s", line, why);
}

static _Noreturn void malformed(stead_call *call, int64_t line)
{
	refuse(call, line, "is not a line of an export");
}

/* The number at the beginning of the text, in its only form. False: there is none. */
static bool read_number(stead_value *text, int64_t *number)
{
	size_t size = text->size && text->data[0] == '-', first = size;
	uint64_t value = 0, most = (uint64_t)INT64_MAX + size;

	for (; size < text->size && text->data[size] >= '0' && text->data[size] <= '9'; size++) {
		unsigned digit = (unsigned)(text->data[size] - '0');

		if (value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (size == first || (text->data[first] == '0' && (size > first + 1 || first)))
		return false;
	*number = first ? (int64_t)-value : (int64_t)value;
	text->data += size;
	text->size -= size;
	return true;
}

/* ---- Strings ---------------------------------------------------------------------------------------------------- */

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolves the escapes that stead_json_quote() writes, and no others. */
static bool unescape(const char *data, size_t size, char *out, size_t *out_size)
{
	static const char escaped[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	char *p = out;

	for (size_t i = 0; i < size; i++) {
		const char *found;

		if (data[i] != '\\') {
			*p++ = data[i];
			continue;
		}
		if (++i == size)
			return false;
		found = data[i] ? strchr(escaped, data[i]) : NULL;
		if (found)
			*p++ = meant[found - escaped];
		else if (data[i] == 'u' && size - i > 4 && memcmp(data + i + 1, "00", 2) == 0 &&
		         (data[i + 3] == '0' || data[i + 3] == '1') && hex_value(data[i + 4]) >= 0 &&
		         (data[i + 3] == '1' || data[i + 4] != '0')) {
			*p++ = (char)((data[i + 3] - '0') * 16 + hex_value(data[i + 4]));
			i += 4;
		} else
			return false;
	}
	*out_size = (size_t)(p - out);
	return true;
}

/* The string at the beginning of the text. One without escapes stays where it is. */
static bool read_string(stead_call *call, stead_value *text, stead_value *out)
{
	const char *from = text->data + 1, *at = from, *end = text->data + text->size;
	bool plain = true;

	if (!text->size || text->data[0] != '"')
		return false;
	for (; at < end && *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			return false;
		if (*at == '\\') {
			plain = false;
			at++;
		}
	}
	if (at >= end)
		return false;
	*out = stead_text_n(from, (size_t)(at - from));
	if (!plain) {
		char *copy = stead_alloc(call, out->size);

		if (!unescape(from, out->size, copy, &out->size))
			return false;
		out->data = copy;
	}
	text->data = at + 1;
	text->size = (size_t)(end - at - 1);
	return true;
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

/* Plain base64, padded; strict, as base64url_decode() is. */
static bool read_bytes(stead_call *call, stead_value text, stead_value *out)
{
	char *copy = stead_alloc(call, text.size + 1), *bytes = stead_alloc(call, text.size + 1);
	size_t size = text.size;

	if (size % 4)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text.data[i] == '-' || text.data[i] == '_')
			return false;
		copy[i] = text.data[i] == '+' ? '-' : text.data[i] == '/' ? '_' : text.data[i];
	}
	for (int i = 0; i < 2 && size && copy[size - 1] == '='; i++)
		size--;
	*out = stead_bytes(bytes, 0);
	return stead_base64url_decode(copy, size, (unsigned char *)bytes, &out->size);
}

static bool read_real(stead_call *call, stead_value *text, stead_value *out)
{
	size_t size = 0;
	char reason[80];
	bool no_memory;
	json_t *number;

	*out = stead_real(0);
	if (transfer_skip(text, "\"Infinity\"")) {
		out->real = strtod("inf", NULL);
		return true;
	}
	if (transfer_skip(text, "\"-Infinity\"")) {
		out->real = -strtod("inf", NULL);
		return true;
	}
	while (size < text->size && size < 40 && strchr("+-.0123456789e", text->data[size]) && text->data[size])
		size++;
	number = stead_json_read(text->data, size, reason, &no_memory);
	if (no_memory)
		stead_raise_no_memory(call);
	if (!json_is_real(number)) {
		json_decref(number);
		return false;
	}
	out->real = json_real_value(number);
	json_decref(number);
	text->data += size;
	text->size -= size;
	return true;
}

static bool read_bool(stead_value *text, stead_value *out)
{
	*out = stead_bool(transfer_skip(text, "true"));
	return out->boolean || transfer_skip(text, "false");
}

static bool is_in_range(const stead_table_column *column, int64_t number)
{
	return (!column->range[0] && !column->range[1]) || (number >= column->range[0] && number <= column->range[1]);
}

/* The value at the beginning of the text. False: it is none, or the column cannot hold it. */
static bool read_value(stead_call *call, int64_t line, stead_value *text, const stead_table_column *column,
                       stead_value *out)
{
	stead_value string;

	*out = stead_null(column->type);
	if (transfer_skip(text, "null"))
		return column->nullable;
	if (column->local)
		return false;
	switch (column->type) {
	case STEAD_BOOL:
		return read_bool(text, out);
	case STEAD_INT:
		out->null = false;
		return read_number(text, &out->integer) && is_in_range(column, out->integer);
	case STEAD_REAL:
		return read_real(call, text, out);
	default:
		break;
	}
	if (!read_string(call, text, &string))
		return false;
	switch (column->type) {
	case STEAD_TIME:
		*out = stead_time(0);
		return stead_time_parse_exact(string.data, string.size, &out->integer);
	case STEAD_BYTES:
		return read_bytes(call, string, out);
	case STEAD_JSON:
		string.type = STEAD_JSON;
		if (!stead_json_is_plain(string.data, string.size))
			stead_check_json(call, string, stead_format(call, "line %" PRId64 ": %s", line, column->name));
		break;
	default:
		break;
	}
	*out = string;
	return true;
}

void transfer_read_row(stead_call *call, int64_t line, stead_value members, const stead_table *table,
                       stead_value *values)
{
	if (!transfer_skip(&members, "\"row\":["))
		malformed(call, line);
	for (int i = 0; i < transfer_columns(table); i++) {
		const stead_table_column *column = &table->columns[i];

		/* the value is not shown: it may be a secret */
		if ((i && !transfer_skip(&members, ",")) || !read_value(call, line, &members, column, &values[i]))
			refuse(call, line, stead_format(call, "has a %s that stead_%s cannot hold", column->name, table->name));
	}
	if (!transfer_skip(&members, "]") || members.size)
		malformed(call, line);
}

/* ---- Other lines ------------------------------------------------------------------------------------------------ */

int transfer_section_of(const transfer_sections *sections, const stead_table *table)
{
	const stead_module *module = transfer_moves(table) ? transfer_module(table) : NULL;

	for (int i = 0; module && i < sections->count; i++)
		if (sections->module[i] == module)
			return i;
	return -1;
}

/* The next name of a list of strings; moves *text behind it. */
static bool next_name(stead_call *call, stead_value *text, bool first, stead_value *name)
{
	return (first || transfer_skip(text, ",")) && read_string(call, text, name);
}

static const char *shown(stead_call *call, stead_value name)
{
	return stead_format(call, "%.*s", (int)stead_utf8_cut(name.data, name.size > 80 ? 80 : name.size), name.data);
}

static const stead_module *find_module(stead_value name)
{
	const stead_module *module = NULL;

	while ((module = stead_next_module(module)) && !stead_equals(name, module->name))
		;
	return module;
}

void transfer_read_head(stead_call *call, stead_value members, transfer_sections *sections, stead_value *source)
{
	int64_t format, schema;
	stead_value version, database, name;

	*sections = (transfer_sections){0};
	if (!transfer_skip(&members, "\"stead_export\":") || !read_number(&members, &format))
		refuse(call, 1, "is not the first line of an export");
	if (format != TRANSFER_FORMAT)
		refuse(call, 1,
		       stead_format(call, "has format %" PRId64 ", but this library reads %d", format, TRANSFER_FORMAT));
	if (!transfer_skip(&members, ",\"version\":") || !read_string(call, &members, &version) ||
	    !transfer_skip(&members, ",\"schema\":") || !read_number(&members, &schema) ||
	    !transfer_skip(&members, ",\"database\":") || !read_string(call, &members, &database) ||
	    !transfer_skip(&members, ",\"sections\":["))
		malformed(call, 1);
	if (schema != STEAD_VERSION_SCHEMA)
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Upgrade Stead on both sides to the same version, and export again.",
		                 "stead_import: the export has schema version %" PRId64 ", but these tables have %d", schema,
		                 STEAD_VERSION_SCHEMA);
	while (!transfer_skip(&members, "]")) {
		const stead_module *module;

		if (!next_name(call, &members, sections->count == 0, &name) || sections->count == TRANSFER_MOST_SECTIONS)
			malformed(call, 1);
		module = find_module(name);
		if (!module)
			refuse(call, 1, stead_format(call, "has a section that this library does not know: %s", shown(call, name)));
		for (int i = 0; i < sections->count; i++)
			if (sections->module[i] == module)
				malformed(call, 1);
		sections->module[sections->count++] = module;
	}
	if (members.size || version.size > 80 || database.size > 80)
		malformed(call, 1);
	*source =
		stead_text(stead_format(call, "%.*s %.*s", (int)database.size, database.data, (int)version.size, version.data));
}

const stead_table *transfer_read_table(stead_call *call, int64_t line, stead_value members,
                                       const transfer_sections *sections, int64_t *last)
{
	const stead_table *table = NULL;
	stead_value name;
	int columns;

	if (!transfer_skip(&members, "\"table\":") || !read_string(call, &members, &name) ||
	    !transfer_skip(&members, ",\"columns\":["))
		malformed(call, line);
	while ((table = stead_next_table(table)) && !stead_equals(name, table->name))
		;
	if (!table || transfer_section_of(sections, table) < 0)
		refuse(call, line, stead_format(call, "has a table that is in none of the sections: %s", shown(call, name)));
	columns = transfer_columns(table);
	for (int i = 0; i < columns; i++)
		if (!next_name(call, &members, i == 0, &name) || !stead_equals(name, table->columns[i].name))
			refuse(call, line, stead_format(call, "has other columns than stead_%s", table->name));
	if (!transfer_skip(&members, "],\"last\":") || !read_number(&members, last) || *last < 0 || *last > TRANSFER_LAST ||
	    members.size)
		refuse(call, line, stead_format(call, "does not describe stead_%s", table->name));
	return table;
}

void transfer_read_end(stead_call *call, int64_t line, stead_value members, const transfer_sections *sections,
                       const char hex[TRANSFER_HEX])
{
	if (!transfer_skip(&members, "\"rows\":{"))
		malformed(call, line);
	for (int i = 0; i < sections->count; i++) {
		stead_value name;
		int64_t rows;

		if (!next_name(call, &members, i == 0, &name) || !stead_equals(name, sections->module[i]->name) ||
		    !transfer_skip(&members, ":") || !read_number(&members, &rows))
			malformed(call, line);
		if (rows != sections->rows[i])
			refuse(call, line,
			       stead_format(call, "counts %" PRId64 " rows of section %s, but %" PRId64 " came", rows,
			                    sections->module[i]->name, sections->rows[i]));
	}
	if (!transfer_skip(&members, "},\"sha256\":\""))
		malformed(call, line);
	if (members.size != TRANSFER_HEX + 1 || members.data[TRANSFER_HEX] != '"' ||
	    memcmp(members.data, hex, TRANSFER_HEX) != 0)
		refuse(call, line, "has another SHA-256 than the lines that came");
}
