/*
 * transfer.h - the lines of an export, and how far an export or an import is.
 *
 * Every line is a JSON object that begins with its number and ends with a check. The check is a quick hash of the line
 * and of all lines before it: it tells which line was damaged, lost, doubled or moved. The last line also has the
 * SHA-256 of all lines before it. docs/moving.md describes the format.
 */
#ifndef STEAD_TRANSFER_TRANSFER_H
#define STEAD_TRANSFER_TRANSFER_H

#include "lib/crypto/running_sha256.h"
#include "stead.h"

#define TRANSFER_FORMAT 1
#define TRANSFER_CHECK 16                      /* characters of a check */
#define TRANSFER_HEX (2 * RUNNING_SHA256_SIZE) /* of the SHA-256 */
#define TRANSFER_PIECE (16 << 20)              /* bytes of one piece at most, unless it is a single line */
#define TRANSFER_LAST (INT64_MAX / 2)          /* the highest number that a sequence may go on from */

extern const stead_table transfer_tables[];
enum { TRANSFER_STATE, TRANSFER_PIECES };

typedef struct {
	int64_t lines;
	uint64_t check;     /* of the last line */
	running_sha256 sha; /* of all lines */
} transfer_progress;

void transfer_start(transfer_progress *progress);
/* Begins the next line, and ends it. Between the two its members are appended, without a comma at either end. */
void transfer_begin_line(stead_call *call, const transfer_progress *progress, stead_buffer *line);
void transfer_end_line(stead_call *call, transfer_progress *progress, stead_buffer *line);
/* Takes the next line, without its line feed: finds its members, or raises. */
stead_value transfer_take_line(stead_call *call, transfer_progress *progress, stead_value line);
/* The same for a line that was taken before: its number is looked at, its check is not. */
stead_value transfer_members(stead_call *call, int64_t number, stead_value line);
/* Cuts the next line off the text; without the line feed. False: the text is empty. */
bool transfer_next_line(stead_value *text, stead_value *line);
/* The SHA-256 of all lines so far. */
void transfer_hex(const transfer_progress *progress, char out[TRANSFER_HEX]);

/* Does the text begin with this word? Then *text becomes the rest. */
bool transfer_skip(stead_value *text, const char *word);

/* Is the table exported? */
bool transfer_moves(const stead_table *table);
int transfer_columns(const stead_table *table);
const stead_module *transfer_module(const stead_table *table);

/* ---- export.c -------------------------------------------------------------------------------------------------- */

void transfer_export(stead_call *call, const stead_value *args);

/* ---- read.c: what lines say ------------------------------------------------------------------------------------- */

/* The names of sections that the first line has; their number. */
enum { TRANSFER_MOST_SECTIONS = 64 };
typedef struct {
	const stead_module *module[TRANSFER_MOST_SECTIONS];
	int64_t rows[TRANSFER_MOST_SECTIONS];
	int count;
} transfer_sections;
void transfer_read_head(stead_call *call, stead_value members, transfer_sections *sections, stead_value *source);
/* A line that begins a table. *last: see stead_sequence_last(). */
const stead_table *transfer_read_table(stead_call *call, int64_t line, stead_value members,
                                       const transfer_sections *sections, int64_t *last);
/* A row: all columns of the table. */
void transfer_read_row(stead_call *call, int64_t line, stead_value members, const stead_table *table,
                       stead_value *values);
/* The last line, against the rows that came and the SHA-256 of the lines before it. */
void transfer_read_end(stead_call *call, int64_t line, stead_value members, const transfer_sections *sections,
                       const char hex[TRANSFER_HEX]);
int transfer_section_of(const transfer_sections *sections, const stead_table *table); /* -1: of none */

/* ---- import.c, complete.c --------------------------------------------------------------------------------------- */

stead_value transfer_import(stead_call *call, const stead_value *args);
/* Raises if a table of the sections has rows. */
void transfer_refuse_rows(stead_call *call, const transfer_sections *sections);
/* Stores what the pieces have, once all lines came; hex is the SHA-256 of all but the last. Returns the rows of each
 * section, as JSON. */
const char *transfer_complete(stead_call *call, int64_t pieces, const char hex[TRANSFER_HEX]);
void transfer_examine(stead_call *call);

#endif
