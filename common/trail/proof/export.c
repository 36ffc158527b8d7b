/*
 * export.c - see export.h. An event's line is enough to recompute its leaf; all lines are enough to recompute the root.
 *
 * Events are listed by time, but the tree numbers them in the order of sealing: see trail/seal/leaf_index.h. The export
 * shows the moment when it began, even if the same connection appends events before it has ended.
 */
#include "trail/proof/export.h"

#include <string.h>

#include "core/digest.h"
#include "trail/proof/absence.h"
#include "lib/timestamp.h"

#define FORMAT 2 /* of the lines: docs/audit-leaf.md */

typedef struct {
	stead_sha256_stream sha;
	leaf_index index;
	audit_filter filter;
	export_absence absence;
	stead_value since, until, text; /* of the range and the filter, for the first line */
	stead_rows *events;
	merkle_hash root;
	enum { HEAD, EVENTS, ABSENT, END, DONE } stage;
	int64_t count, unsealed, absent;
} export_state;

static void add_member(stead_call *call, stead_buffer *line, const char *name, stead_value value)
{
	stead_append_text(call, line, line->size ? ",\"" : "{\"");
	stead_append_text(call, line, name);
	stead_append_text(call, line, "\":");
	stead_append_json(call, line, value);
}

static stead_value base64(stead_call *call, const merkle_hash *hash)
{
	return seal_base64(call, stead_bytes(hash, sizeof *hash));
}

static void make_head(stead_call *call, export_state *export, stead_buffer *line)
{
	add_member(call, line, "stead_audit_export", stead_int(FORMAT));
	add_member(call, line, "since", export->since);
	add_member(call, line, "until", export->until);
	add_member(call, line, "filter", export->text);
	add_member(call, line, "tree_size", stead_int(export->absence.tree_size));
	add_member(call, line, "root_hash", base64(call, &export->root));
	export->stage = EVENTS;
}

/* A value in a form that loses nothing: numbers that may exceed 2^53 and JSON as strings, bytes in base64. */
static stead_value lossless(stead_call *call, int column, stead_value value)
{
	if (value.type == STEAD_BYTES)
		return seal_base64(call, value);
	if (column == LEAF_ERA || column == LEAF_TRANSACTION_ID)
		return stead_text(stead_format(call, "%lld", (long long)value.integer));
	if (value.type == STEAD_JSON)
		value.type = STEAD_TEXT;
	return value;
}

/* If the event alone shows that it is not as it was sealed, its hash is null: nothing vouches for its line. */
static void make_event(stead_call *call, export_state *export, const leaf_index_entry *block,
                       const stead_value event[LEAF_COLUMNS], stead_buffer *line)
{
	const stead_table_column *columns = event_tables[0].columns;
	int64_t index = leaf_index_of(block, event[LEAF_ID].integer);
	bool refused = leaf_redaction_fault(event) || (block->sealed && index < 0);
	merkle_hash leaf;

	leaf_hash(&export->sha, event, &leaf);
	stead_sha256_check(call, &export->sha);
	for (int i = 0; i < LEAF_COLUMNS; i++)
		add_member(call, line, columns[i].name, lossless(call, i, event[i]));
	add_member(call, line, "leaf_index", index < 0 ? stead_null(STEAD_INT) : stead_int(index));
	add_member(call, line, "leaf_hash", refused ? stead_null(STEAD_TEXT) : base64(call, &leaf));
	export->count++;
	export->unsealed += index < 0;
}

/* The next event that matches the filter. A block whose prune has begun counts as pruned. */
static bool next_event(stead_call *call, export_state *export, stead_buffer *line)
{
	stead_value event[LEAF_COLUMNS];

	while (stead_next(export->events)) {
		seal_position place = {stead_column(export->events, LEAF_TRANSACTION_ID, STEAD_INT).integer,
		                       stead_column(export->events, LEAF_ID, STEAD_INT).integer};
		const leaf_index_entry *block =
			leaf_index_find(call, &export->index, stead_column(export->events, LEAF_ERA, STEAD_INT).integer, place);

		if (block->account)
			continue;
		leaf_read(call, export->events, event);
		if (!audit_filter_search(&export->filter, event))
			continue;
		make_event(call, export, block, event, line);
		return true;
	}
	export->stage = ABSENT;
	return false;
}

static bool next_absence(stead_call *call, export_state *export, stead_buffer *line)
{
	const merkle_range *run = &export->absence.run;

	if (!absence_next(call, &export->absence)) {
		export->stage = END;
		return false;
	}
	stead_sha256_check(call, &export->sha);
	add_member(call, line, "first_leaf", stead_int(run->begin));
	add_member(call, line, "leaves", stead_int(run->end - run->begin));
	add_member(call, line, "pruned", stead_bool(export->absence.run_pruned));
	stead_append_text(call, line, ",\"subtrees\":[");
	for (int i = 0; i < run->count; i++) {
		stead_append_text(call, line, i ? "," : "");
		stead_append_json(call, line, base64(call, &run->node[i]));
	}
	stead_append_text(call, line, "]");
	export->absent += run->end - run->begin;
	return true;
}

static void make_end(stead_call *call, export_state *export, stead_buffer *line)
{
	add_member(call, line, "events", stead_int(export->count));
	add_member(call, line, "unsealed_events", stead_int(export->unsealed));
	add_member(call, line, "absent_leaves", stead_int(export->absent));
	export->stage = DONE;
}

static bool make_line(stead_call *call, void *state, stead_value *values)
{
	export_state *export = state;
	stead_buffer line = {0};

	if (export->stage == DONE)
		return false;
	if (export->stage == HEAD)
		make_head(call, export, &line);
	else if (!(export->stage == EVENTS && next_event(call, export, &line)) &&
	         !(export->stage == ABSENT && next_absence(call, export, &line)))
		make_end(call, export, &line);
	stead_append_text(call, &line, "}");
	values[0] = stead_text_n(line.data, line.size);
	return true;
}

/* Reads the filter; since and until narrow it. */
static void read_filter(stead_call *call, export_state *export, const stead_value *args)
{
	stead_value *since = &export->filter.since, *until = &export->filter.until;

	audit_filter_read(call, args[2], &export->filter);
	if (since->null || (!args[0].null && args[0].integer > since->integer))
		*since = args[0];
	if (until->null || (!args[1].null && args[1].integer < until->integer))
		*until = args[1];
	export->since = *since;
	export->until = *until;
	export->text = stead_keep(call, args[2]); /* lines are made when the arguments are gone */
	export->text.type = STEAD_TEXT;
	export->absence.timed = audit_filter_is_range(&export->filter);
	if (since->null) /* leaves out events with an invalid time: they are not sealed, and stead_doctor() names them */
		*since = stead_time(STEAD_TIME_MIN);
}

/* Reads the tree's current state, and prepares the search for absent leaves. */
static void read_tree(stead_call *call, export_state *export)
{
	export_absence *absence = &export->absence;
	merkle_range *whole = &absence->run;
	seal_block last = {.block = 0};

	merkle_empty(whole, 0);
	if (seal_last_block(call, &last))
		seal_load_range(call, &last, last.frontier, 0, whole);
	merkle_root(&export->sha, whole, &export->root);
	stead_sha256_check(call, &export->sha);
	if (last.block &&
	    (last.root.size != sizeof export->root || memcmp(last.root.data, &export->root, sizeof export->root) != 0))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT,
		                 "stead_audit_export: the blocks do not make up the tree");
	absence->tree_size = whole->end;
	absence->sha = &export->sha;
	absence->index = &export->index;
	absence->filter = &export->filter;
	absence->last_account =
		stead_first(call, "SELECT coalesce(max(account), 0) FROM stead_audit_account", 0, NULL, STEAD_INT).integer;
	absence->hashes = stead_alloc(call, (size_t) export->index.room * sizeof *absence->hashes);
	absence->absent = stead_alloc(call, (size_t) export->index.room);
	merkle_empty(whole, 0);
	absence->blocks = stead_open_as(call, STEAD_CURSOR, ABSENCE_QUERY, 1, (stead_value[]){stead_int(last.block)});
}

void audit_export(stead_call *call, const stead_value *args)
{
	export_state *export = stead_alloc(call, sizeof *export);
	stead_query query = {0};
	stead_value last_id;
	const char *join;

	*export = (export_state){.sha = stead_sha256_open(call)};
	read_filter(call, export, args);
	leaf_index_open(call, &export->index);
	last_id = stead_first(call, "SELECT max(id) FROM stead_audit_event", 0, NULL, STEAD_INT);
	stead_append_text(call, &query.text, "SELECT " LEAF_FIELDS " FROM stead_audit_event");
	join = audit_filter_where(call, &query, &export->filter);
	stead_append_text(call, &query.text, join);
	stead_query_add(call, &query, "occurred_at <= $", stead_time(STEAD_TIME_MAX));
	stead_query_add(call, &query, " AND id <= $ ORDER BY occurred_at, id",
	                stead_int(last_id.null ? INT64_MIN : last_id.integer));
	export->events = stead_query_open(call, &query);
	read_tree(call, export);
	stead_stream(call, make_line, export);
}
