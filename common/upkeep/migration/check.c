/*
 * check.c - stead_migration_check(): the manifest beside the ledger, both in bytewise order.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "upkeep/migration/migration.h"

/* A version of the manifest. A hash that was given may be of either form. */
typedef struct {
	stead_value version;
	migration_hashes hashes;
} entry;

static int compare_entries(const void *a, const void *b)
{
	return stead_compare(((const entry *)a)->version, ((const entry *)b)->version);
}

/* "sha256:" and 64 digits, in either case, as lower case; false: it begins otherwise. */
static bool read_hash(stead_call *call, stead_value text, stead_value version, char *out)
{
	static const char prefix[] = "sha256:";
	size_t skip = sizeof prefix - 1;

	if (text.size < skip || memcmp(text.data, prefix, skip) != 0)
		return false;
	for (size_t i = skip; i < text.size && i < skip + MIGRATION_HEX; i++) {
		char c = text.data[i];

		out[i - skip] = c >= 'A' && c <= 'F' ? (char)(c + 'a' - 'A') : c;
	}
	out[MIGRATION_HEX] = 0;
	if (text.size != skip + MIGRATION_HEX || strspn(out, "0123456789abcdef") != MIGRATION_HEX)
		stead_raise(call, STEAD_INVALID,
		            "stead_%s: manifest.%.*s must have 64 hexadecimal digits after sha256:", call->function->name,
		            (int)version.size, version.data);
	return true;
}

static entry read_entry(stead_call *call, const stead_json_walk *walk)
{
	stead_value key = stead_json_n(walk->key, walk->key_size);
	stead_value value = stead_json_n(walk->value, walk->value_size), text;
	entry entry;

	stead_read_string(call, key, "manifest", &entry.version);
	stead_check_size(call, "a version of manifest", entry.version, 1, MIGRATION_MAX_VERSION);
	if (!stead_read_string(call, value, "manifest", &text))
		stead_raise(call, STEAD_INVALID, "stead_%s: manifest.%.*s must be a string", call->function->name,
		            (int)entry.version.size, entry.version.data);
	if (read_hash(call, text, entry.version, entry.hashes.exact))
		entry.hashes.usual[0] = 0;
	else {
		stead_check_size(call, stead_format(call, "manifest.%.*s", (int)entry.version.size, entry.version.data), text,
		                 1, MIGRATION_MAX_STATEMENTS);
		entry.hashes = migration_hash(call, text);
	}
	return entry;
}

static entry *read_manifest(stead_call *call, stead_value manifest, size_t *count)
{
	entry *entries = NULL;
	size_t room = 0;
	stead_json_walk walk;

	stead_check_json(call, manifest, "manifest");
	stead_json_enter(&walk, manifest.data, manifest.size);
	if (!walk.in_object)
		stead_raise(call, STEAD_INVALID, "stead_%s: manifest must be a JSON object", call->function->name);
	for (*count = 0; stead_json_member(&walk); ++*count) {
		entries = stead_grow(call, entries, *count, &room, sizeof *entries);
		entries[*count] = read_entry(call, &walk);
	}
	if (*count)
		qsort(entries, *count, sizeof *entries, compare_entries);
	for (size_t i = 1; i < *count; i++)
		if (compare_entries(&entries[i - 1], &entries[i]) == 0)
			stead_raise(call, STEAD_INVALID, "stead_%s: manifest.%.*s is given twice", call->function->name,
			            (int)entries[i].version.size, entries[i].version.data);
	return entries;
}

static void emit_status(stead_call *call, stead_value version, const char *status)
{
	stead_emit(call, (stead_value[]){version, stead_text(status)});
}

/* Those of the manifest that come before a version of the ledger, or all that are left. */
static void emit_pending(stead_call *call, const entry *entries, size_t *at, size_t count, const stead_value *before)
{
	for (; *at < count && (!before || stead_compare(entries[*at].version, *before) < 0); ++*at)
		emit_status(call, entries[*at].version, before ? "late" : "pending");
}

static bool is_same_text(const entry *entry, stead_value exact, stead_value usual)
{
	if (!entry->hashes.usual[0])
		return stead_equals(exact, entry->hashes.exact) || stead_equals(usual, entry->hashes.exact);
	return stead_equals(exact, entry->hashes.exact) || stead_equals(usual, entry->hashes.usual);
}

void migration_check(stead_call *call, const stead_value *args)
{
	size_t count, at = 0;
	entry *entries = read_manifest(call, args[0], &count);
	stead_rows *rows = stead_open_as(
		call, STEAD_CURSOR, "SELECT version, sha256, usual_sha256 FROM stead_migration ORDER BY version", 0, NULL);

	while (stead_next(rows)) {
		stead_value version = stead_column(rows, 0, STEAD_TEXT);

		emit_pending(call, entries, &at, count, &version);
		if (at == count || stead_compare(entries[at].version, version) != 0)
			emit_status(call, version, "unknown");
		else
			emit_status(
				call, version,
				is_same_text(&entries[at++], stead_column(rows, 1, STEAD_TEXT), stead_column(rows, 2, STEAD_TEXT))
					? "applied"
					: "changed");
	}
	emit_pending(call, entries, &at, count, NULL);
}
