/*
 * artifact.c - artifacts of a job: files that it made, of up to 64 MiB, with their SHA-256.
 *
 * The content is stored in parts of a mebibyte each, so that no statement, and no line of an export, holds all of it.
 * Every reader computes the hash anew.
 */
#include "state/job/parts.h"

#include <string.h>

#include "core/digest.h"
#include "lib/json.h"
#include "lib/text.h"
#include "state/setting/option.h"

#define MAX_CONTENT ((size_t)64 << 20)
#define PART ((size_t)1 << 20)
#define MAX_ARTIFACT_NAME 1000
#define MAX_KINDS 1000

static void check_kind(stead_call *call, stead_value kind)
{
	const stead_option *option = &job_options[JOB_OPTION_ARTIFACT_KINDS];
	stead_value json = option_text(call, option), *known = stead_alloc(call, MAX_KINDS * sizeof *known);
	int count;

	stead_check_size(call, "kind", kind, 1, JOB_MAX_NAME);
	json.type = STEAD_JSON;
	count = stead_read_strings(call, json, option->key, MAX_KINDS, known);
	for (int i = 0; i < count; i++)
		if (stead_compare(known[i], kind) == 0)
			return;
	stead_raise_hint(call, STEAD_INVALID, "The setting stead.job.artifact_kinds lists them.",
	                 "stead_job_artifact_put: \"%.*s\" is no kind of artifacts", (int)kind.size, kind.data);
}

stead_value job_artifact_put(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	int64_t now = stead_now(call);
	int64_t stored, parts = 0;
	stead_value id;

	job_check_id(call, args[0]);
	check_kind(call, args[1]);
	stead_check_size(call, "name", args[2], 1, MAX_ARTIFACT_NAME);
	if (args[3].size > MAX_CONTENT)
		stead_raise(call, STEAD_INVALID, "stead_job_artifact_put: content must be at most %zu bytes", MAX_CONTENT);
	stead_sha256(call, args[3].data, args[3].size, hash);
	id = stead_new_uuid(call, now);
	stored = stead_run(call,
	                   "INSERT INTO stead_job_artifact (id, job_id, kind, name, size_bytes, sha256, created_at)"
	                   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	                   7,
	                   (stead_value[]){id, args[0], args[1], args[2], stead_int((int64_t)args[3].size),
	                                   stead_bytes(hash, sizeof hash), stead_time(now)});
	for (size_t at = 0; at < args[3].size; at += PART, parts++) {
		size_t size = args[3].size - at < PART ? args[3].size - at : PART;
		stead_scope *scope = stead_open_scope(call); /* the host may make a copy of the part */

		stored += stead_run(call,
		                    "INSERT INTO stead_job_artifact_part (artifact_id, part, content) VALUES ($1, $2, $3)", 3,
		                    (stead_value[]){id, stead_int(parts), stead_bytes(args[3].data + at, size)});
		stead_close_scope(call, scope);
	}
	if (stored != parts + 1)
		stead_raise_not_stored(call, "the artifact");
	return id;
}

void job_artifacts(stead_call *call, const stead_value *args)
{
	char hex[STEAD_SHA256_SIZE * 2];
	stead_rows *rows;

	job_check_id(call, args[0]);
	rows = stead_open(call,
	                  "SELECT id, kind, name, size_bytes, sha256, created_at FROM stead_job_artifact WHERE job_id = $1"
	                  " ORDER BY created_at, id",
	                  1, args);
	while (stead_next(rows)) {
		stead_value hash = stead_column(rows, 4, STEAD_BYTES);
		stead_value row[] = {stead_column(rows, 0, STEAD_TEXT),
		                     stead_column(rows, 1, STEAD_TEXT),
		                     stead_column(rows, 2, STEAD_TEXT),
		                     stead_column(rows, 3, STEAD_INT),
		                     stead_null(STEAD_TEXT),
		                     stead_column_time(rows, 5)};

		if (hash.size == STEAD_SHA256_SIZE) {
			stead_hex_encode((const unsigned char *)hash.data, hash.size, hex);
			row[4] = stead_text_n(hex, sizeof hex);
		} /* else somebody wrote it by hand */
		stead_emit(call, row);
	}
}

/* ---- Reading the content ----------------------------------------------------------------------------------------- */

static _Noreturn void corrupt(stead_call *call)
{
	stead_raise(call, STEAD_CORRUPT, "stead_job_artifact_get: the content of the artifact is not what was stored");
}

/* The content, as long as the call lasts; it is checked. */
static stead_value read_content(stead_call *call, stead_value id, stead_value size, stead_value hash)
{
	unsigned char computed[STEAD_SHA256_SIZE];
	size_t length = size.null || size.integer < 0 ? MAX_CONTENT + 1 : (size_t)size.integer, at = 0;
	stead_rows *rows;
	char *content;

	if (length > MAX_CONTENT)
		corrupt(call);
	content = stead_alloc(call, length);
	rows = stead_open_as(call, STEAD_CURSOR,
	                     "SELECT content FROM stead_job_artifact_part WHERE artifact_id = $1 ORDER BY part", 1, &id);
	while (stead_next(rows)) {
		stead_value part = stead_null(STEAD_BYTES);

		if (!stead_column_sound(rows, 0, STEAD_BYTES, &part) || part.size > length - at)
			corrupt(call);
		if (part.size)
			memcpy(content + at, part.data, part.size);
		at += part.size;
	}
	stead_sha256(call, content, at, computed);
	if (at != length || hash.size != sizeof computed || memcmp(hash.data, computed, sizeof computed) != 0)
		corrupt(call);
	return stead_bytes(content, length);
}

/* The one row is streamed: then no host keeps a copy of it. */
typedef struct {
	stead_value job_id, id;
	bool done;
} wanted;

static bool make_row(stead_call *call, void *state, stead_value *values)
{
	stead_value size, hash;
	wanted *wanted = state;
	stead_rows *rows;
	char *hex;

	if (wanted->done)
		return false;
	wanted->done = true;
	rows =
		stead_open(call, "SELECT name, kind, sha256, size_bytes FROM stead_job_artifact WHERE id = $1 AND job_id = $2",
	               2, (stead_value[]){wanted->id, wanted->job_id});
	if (!stead_next(rows))
		return false;
	values[1] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	values[2] = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
	hash = stead_keep(call, stead_column(rows, 2, STEAD_BYTES));
	size = stead_column(rows, 3, STEAD_INT);
	values[0] = read_content(call, wanted->id, size, hash);
	stead_close(rows);
	hex = stead_alloc(call, STEAD_SHA256_SIZE * 2);
	stead_hex_encode((const unsigned char *)hash.data, STEAD_SHA256_SIZE, hex);
	values[3] = stead_text_n(hex, STEAD_SHA256_SIZE * 2);
	return true;
}

void job_artifact_get(stead_call *call, const stead_value *args)
{
	wanted *state = stead_alloc(call, sizeof *state);

	job_check_id(call, args[0]);
	*state = (wanted){stead_keep(call, args[0]), stead_keep(call, args[1]), false};
	stead_stream(call, make_row, state);
}

void job_delete_artifacts(stead_call *call, stead_value job_id)
{
	stead_run(call,
	          "DELETE FROM stead_job_artifact_part WHERE artifact_id IN (SELECT id FROM stead_job_artifact"
	          " WHERE job_id = $1)",
	          1, &job_id);
	stead_run(call, "DELETE FROM stead_job_artifact WHERE job_id = $1", 1, &job_id);
}
