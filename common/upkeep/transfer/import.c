/*
 * import.c - takes the lines of an export, piece by piece.
 *
 * Until the last line has come, the lines wait in stead_transfer_piece: nobody sees half an import, nobody's writing is
 * in its way, and there is nothing to undo if it never ends. Each line's number and check are looked at when it comes.
 */
#include "upkeep/transfer/transfer.h"

#include <inttypes.h>
#include <string.h>

#include "core/finding.h"
#include "core/transfer.h"
#include "trail/event.h"

#define STORED_PIECE (1 << 20) /* bytes: the last line's call reads one stored piece after the other */

typedef struct {
	transfer_progress progress;
	transfer_sections sections;
	int64_t pieces;
	stead_value source;
	char hex[TRANSFER_HEX]; /* of all lines before the last one */
	bool complete;
} import_state;

/* ---- What is kept between calls --------------------------------------------------------------------------------- */

static bool load(stead_call *call, import_state *import)
{
	stead_rows *rows = stead_open(call, "SELECT lines, quick, sha, pieces, source FROM stead_transfer", 0, NULL);
	bool found = stead_next(rows);
	stead_value sha;

	if (!found)
		return false;
	sha = stead_column(rows, 2, STEAD_BYTES);
	if (sha.null || sha.size != RUNNING_SHA256_STORED)
		stead_raise_hint(call, STEAD_CORRUPT, "SELECT stead_import(''); throws the import away.",
		                 "stead_import: stead_transfer was changed by hand");
	import->progress.lines = stead_column(rows, 0, STEAD_INT).integer;
	import->progress.check = (uint64_t)stead_column(rows, 1, STEAD_INT).integer;
	running_sha256_load(&import->progress.sha, (const unsigned char *)sha.data);
	import->pieces = stead_column(rows, 3, STEAD_INT).integer;
	import->source = stead_keep(call, stead_column(rows, 4, STEAD_TEXT));
	stead_close(rows);
	return true;
}

static void store(stead_call *call, const import_state *import)
{
	unsigned char sha[RUNNING_SHA256_STORED];
	stead_value state = stead_bytes(sha, sizeof sha);

	running_sha256_store(&import->progress.sha, sha);
	stead_run(call,
	          "INSERT INTO stead_transfer (id, lines, quick, sha, pieces, source, began_at)"
	          " VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET lines = $1, quick = $2, sha = $3,"
	          " pieces = $4, source = $5",
	          6,
	          (stead_value[]){stead_int(import->progress.lines), stead_int((int64_t)import->progress.check), state,
	                          stead_int(import->pieces), import->source, stead_time(stead_now(call))});
}

static void throw_away(stead_call *call)
{
	stead_run(call, "DELETE FROM stead_transfer_piece", 0, NULL);
	stead_run(call, "DELETE FROM stead_transfer", 0, NULL);
}

static void store_piece(stead_call *call, import_state *import, const char *from, const char *end)
{
	stead_value row[] = {stead_int(++import->pieces), stead_text_n(from, (size_t)(end - from))};

	stead_run(call, "INSERT INTO stead_transfer_piece (piece, lines) VALUES ($1, $2)", 2, row);
}

/* ---- A piece ---------------------------------------------------------------------------------------------------- */

/* The sections, from the first line. */
static void load_sections(stead_call *call, import_state *import)
{
	stead_value first =
		stead_first(call, "SELECT lines FROM stead_transfer_piece WHERE piece = 1", 0, NULL, STEAD_TEXT);
	stead_value line, source;

	if (first.null || !transfer_next_line(&first, &line))
		stead_raise(call, STEAD_CORRUPT, "stead_import: stead_transfer_piece was changed by hand");
	transfer_read_head(call, transfer_members(call, 1, line), &import->sections, &source);
}

/* What is wrong with the beginning, or with a table, is told at once, not when all lines have come. */
static void take_line(stead_call *call, import_state *import, stead_value line)
{
	int64_t number = import->progress.lines + 1, last;
	transfer_progress before = import->progress;
	stead_value members;

	if (import->complete)
		stead_raise(call, STEAD_INVALID, "stead_import: line %" PRId64 " comes after the last line", number);
	members = transfer_take_line(call, &import->progress, line);
	if (number == 1) {
		transfer_read_head(call, members, &import->sections, &import->source);
		transfer_refuse_rows(call, &import->sections);
	} else if (transfer_skip(&members, "\"row\":["))
		return;
	else if (transfer_skip(&members, "\"rows\":{")) {
		transfer_hex(&before, import->hex);
		import->complete = true;
	} else {
		if (!import->sections.count)
			load_sections(call, import);
		transfer_read_table(call, number, members, &import->sections, &last);
	}
}

static bool is_first(stead_value lines)
{
	return transfer_skip(&lines, "{\"line\":1,");
}

static void take_lines(stead_call *call, import_state *import, stead_value lines)
{
	const char *from = lines.data, *end = lines.data;
	stead_value line;

	while (transfer_next_line(&lines, &line)) {
		if (lines.data - from > STORED_PIECE && end > from) {
			store_piece(call, import, from, end);
			from = end;
		}
		end = lines.data;
		take_line(call, import, line);
	}
	if (end > from)
		store_piece(call, import, from, end);
}

/* The target's audit trail tells where its rows came from. */
static void record(stead_call *call, const import_state *import, const char *rows)
{
	stead_buffer details = {0};

	stead_append_text(call, &details, "{\"from\":");
	stead_append_json(call, &details, import->source);
	stead_append_text(call, &details,
	                  stead_format(call, ",\"lines\":%" PRId64 ",\"rows\":%s,\"sha256\":\"%.*s\"}",
	                               import->progress.lines, rows, TRANSFER_HEX, import->hex));
	event_record(call, "stead.import", "import", stead_null(STEAD_TEXT), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT),
	             stead_json_n(details.data, details.size), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
}

stead_value transfer_import(stead_call *call, const stead_value *args)
{
	import_state *import = stead_alloc(call, sizeof *import);
	stead_value rest = args[0], line;
	const char *rows = NULL;

	if (args[0].size > TRANSFER_PIECE && transfer_next_line(&rest, &line) && rest.size)
		stead_raise_hint(call, STEAD_INVALID, "Give fewer lines at once.",
		                 "stead_import: lines must be at most %d bytes, or a single line", TRANSFER_PIECE);
	stead_lock_table(call, &transfer_tables[TRANSFER_STATE]);
	*import = (import_state){.source = stead_null(STEAD_TEXT)};
	if (!args[0].size || is_first(args[0]))
		throw_away(call);
	if (!args[0].size)
		return stead_json("{\"lines\":0,\"complete\":false}");
	if (!load(call, import))
		transfer_start(&import->progress);
	take_lines(call, import, args[0]);
	if (import->complete) {
		rows = transfer_complete(call, import->pieces, import->hex);
		throw_away(call);
		record(call, import, rows);
	} else
		store(call, import);
	return stead_json(stead_format(call, "{\"lines\":%" PRId64 ",\"complete\":%s%s%s}", import->progress.lines,
	                               rows ? "true" : "false", rows ? ",\"rows\":" : "", rows ? rows : ""));
}

void transfer_examine(stead_call *call)
{
	stead_rows *rows = stead_open(call, "SELECT lines, began_at FROM stead_transfer", 0, NULL);
	const char *wrong = NULL;

	if (stead_next(rows))
		wrong = stead_format(call, "an import is not complete: %" PRId64 " lines came so far",
		                     stead_column(rows, 0, STEAD_INT).integer);
	stead_close(rows);
	stead_judge(call, "import", STEAD_WARN, wrong, "no import is under way",
	            "Send its other lines, or all lines again. SELECT stead_import(''); throws it away.");
}
