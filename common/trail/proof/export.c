/*
 * export.c - events as lines of JSON, from which alone a leaf can be recomputed, and the root with the lines of what is not
 * among them. See export.h.
 *
 * Events come by their time but are numbered in the tree by the order of sealing: see trail/seal/shelf.h. All is of the moment at
 * which the export begins: what its own connection appends meanwhile is not in it.
 */
#include "trail/proof/export.h"

#include <string.h>

#include "core/digest.h"
#include "trail/proof/absence.h"
#include "lib/timestamp.h"

#define FORMAT 2 /* of the lines: docs/audit-leaf.md */

typedef struct {
	stead_sha256_stream sha;
	seal_shelves shelves;
	audit_filter filter;
	seal_absence absence;
	stead_value since, until, text; /* what was asked for; a null: nothing */
	stead_rows *events;
	merkle_hash root;
	enum { HEAD, EVENTS, ABSENT, END, DONE } stage;
	int64_t count, unsealed, absent;
} exporting;

static void add_member(stead_call *call, stead_buffer *line, const char *name, stead_value value)
{
	stead_append_text(call, line, line->size ? ",\"" : "{\"");
	stead_append_text(call, line, name);
	stead_append_text(call, line, "\":");
	stead_append_json(call, line, value);
}

static stead_value base64(stead_call *call, const merkle_hash *hash)
{
	return seal_base64(call, seal_bytes(hash, sizeof *hash));
}

static void make_head(stead_call *call, exporting *now, stead_buffer *line)
{
	add_member(call, line, "stead_audit_export", stead_int(FORMAT));
	add_member(call, line, "since", now->since);
	add_member(call, line, "until", now->until);
	add_member(call, line, "filter", now->text);
	add_member(call, line, "tree_size", stead_int(now->absence.tree_size));
	add_member(call, line, "root_hash", base64(call, &now->root));
	now->stage = EVENTS;
}

/* A value in a form that says all: a number that may be beyond 2^53 and JSON, whose bytes count, as strings, bytes in base64. */
static stead_value written(stead_call *call, int column, stead_value value)
{
	if (value.type == STEAD_BYTES)
		return seal_base64(call, value);
	if (column == LEAF_ERA || column == LEAF_TRANSACTION_ID)
		return stead_text(stead_format(call, "%lld", (long long)value.integer));
	if (value.type == STEAD_JSON)
		value.type = STEAD_TEXT;
	return value;
}

/* An event that is not what was sealed, as can be seen from itself, has a null for a hash: nothing vouches for its line. */
static void make_event(stead_call *call, exporting *now, const seal_shelf *shelf, const stead_value event[LEAF_COLUMNS],
                       stead_buffer *line)
{
	const stead_table_column *columns = event_tables[0].columns;
	int64_t index = shelf_leaf(shelf, event[LEAF_ID].integer);
	bool refused = leaf_redaction_fault(event) || (shelf->sealed && index < 0);
	merkle_hash leaf;

	leaf_hash(&now->sha, event, &leaf);
	stead_sha256_check(call, &now->sha);
	for (int i = 0; i < LEAF_COLUMNS; i++)
		add_member(call, line, columns[i].name, written(call, i, event[i]));
	add_member(call, line, "leaf_index", index < 0 ? stead_null(STEAD_INT) : stead_int(index));
	add_member(call, line, "leaf_hash", refused ? stead_null(STEAD_TEXT) : base64(call, &leaf));
	now->count++;
	now->unsealed += index < 0;
}

/* The next event that is wanted. What a prune has begun to delete is pruned, and is not read. */
static bool next_event(stead_call *call, exporting *now, stead_buffer *line)
{
	stead_value event[LEAF_COLUMNS];

	while (stead_next(now->events)) {
		seal_position place = {stead_column(now->events, LEAF_TRANSACTION_ID, STEAD_INT).integer,
		                    stead_column(now->events, LEAF_ID, STEAD_INT).integer};
		const seal_shelf *shelf =
		    shelf_find(call, &now->shelves, stead_column(now->events, LEAF_ERA, STEAD_INT).integer, place);

		if (shelf->account)
			continue;
		leaf_read(call, now->events, event);
		if (!audit_filter_search(&now->filter, event))
			continue;
		make_event(call, now, shelf, event, line);
		return true;
	}
	now->stage = ABSENT;
	return false;
}

static bool next_absence(stead_call *call, exporting *now, stead_buffer *line)
{
	const merkle_range *run = &now->absence.run;

	if (!absence_next(call, &now->absence)) {
		now->stage = END;
		return false;
	}
	stead_sha256_check(call, &now->sha);
	add_member(call, line, "first_leaf", stead_int(run->begin));
	add_member(call, line, "leaves", stead_int(run->end - run->begin));
	add_member(call, line, "pruned", stead_bool(now->absence.run_pruned));
	stead_append_text(call, line, ",\"subtrees\":[");
	for (int i = 0; i < run->count; i++) {
		stead_append_text(call, line, i ? "," : "");
		stead_append_json(call, line, base64(call, &run->node[i]));
	}
	stead_append_text(call, line, "]");
	now->absent += run->end - run->begin;
	return true;
}

static void make_end(stead_call *call, exporting *now, stead_buffer *line)
{
	add_member(call, line, "events", stead_int(now->count));
	add_member(call, line, "unsealed_events", stead_int(now->unsealed));
	add_member(call, line, "absent_leaves", stead_int(now->absent));
	now->stage = DONE;
}

static bool make_line(stead_call *call, void *state, stead_value *values)
{
	exporting *now = state;
	stead_buffer line = {0};

	if (now->stage == DONE)
		return false;
	if (now->stage == HEAD)
		make_head(call, now, &line);
	else if (!(now->stage == EVENTS && next_event(call, now, &line)) && !(now->stage == ABSENT && next_absence(call, now, &line)))
		make_end(call, now, &line);
	stead_append_text(call, &line, "}");
	values[0] = stead_text_n(line.data, line.size);
	return true;
}

/* What is wanted: the arguments since and until are as if the filter had them, too. Kept, as lines are made after the call. */
static void read_wanted(stead_call *call, exporting *now, const stead_value *args)
{
	stead_value *since = &now->filter.value[FILTER_SINCE], *until = &now->filter.value[FILTER_UNTIL];

	audit_filter_read(call, args[2], &now->filter);
	for (int i = 0; i < FILTER_KEYS; i++)
		now->filter.value[i] = stead_keep(call, now->filter.value[i]);
	if (since->null || (!args[0].null && args[0].integer > since->integer))
		*since = args[0];
	if (until->null || (!args[1].null && args[1].integer < until->integer))
		*until = args[1];
	now->since = *since;
	now->until = *until;
	now->text = stead_keep(call, args[2]);
	now->text.type = STEAD_TEXT;
	now->absence.timed = true;
	for (int i = 0; i < FILTER_KEYS; i++)
		now->absence.timed = now->absence.timed && (i == FILTER_SINCE || i == FILTER_UNTIL || now->filter.value[i].null);
	if (since->null) /* what has no time that can be told is not sealed, and stead_doctor() names it */
		*since = stead_time(STEAD_TIME_MIN);
}

/* The tree as it is now, and what is needed to tell the leaves that are not in the export. */
static void read_tree(stead_call *call, exporting *now)
{
	seal_absence *absence = &now->absence;
	merkle_range *whole = &absence->run;
	seal_block last = {.block = 0};

	merkle_empty(whole, 0);
	if (seal_last_block(call, &last))
		seal_load_range(call, &last, last.frontier, 0, whole);
	merkle_root(&now->sha, whole, &now->root);
	stead_sha256_check(call, &now->sha);
	if (last.block && (last.root.size != sizeof now->root || memcmp(last.root.data, &now->root, sizeof now->root) != 0))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_export: the blocks do not make up the tree");
	absence->tree_size = whole->end;
	absence->sha = &now->sha;
	absence->shelves = &now->shelves;
	absence->filter = &now->filter;
	absence->last_account =
	    stead_first(call, "SELECT coalesce(max(account), 0) FROM stead_audit_account", 0, NULL, STEAD_INT).integer;
	absence->hashes = stead_alloc(call, (size_t)now->shelves.room * sizeof *absence->hashes);
	absence->absent = stead_alloc(call, (size_t)now->shelves.room);
	merkle_empty(whole, 0);
	absence->blocks = stead_open_as(call, STEAD_CURSOR, SEAL_ABSENCE_QUERY, 1, (stead_value[]){stead_int(last.block)});
}

void seal_export(stead_call *call, const stead_value *args)
{
	exporting *now = stead_alloc(call, sizeof *now);
	stead_query query = {0};
	stead_value last_id;
	const char *join;

	*now = (exporting){.sha = stead_sha256_open(call)};
	read_wanted(call, now, args);
	shelves_open(call, &now->shelves);
	last_id = stead_first(call, "SELECT max(id) FROM stead_audit_event", 0, NULL, STEAD_INT);
	stead_append_text(call, &query.text, "SELECT " LEAF_FIELDS " FROM stead_audit_event");
	join = audit_filter_where(call, &query, &now->filter);
	stead_append_text(call, &query.text, join);
	stead_query_add(call, &query, "occurred_at <= $", stead_time(STEAD_TIME_MAX));
	stead_query_add(call, &query, " AND id <= $ ORDER BY occurred_at, id", stead_int(last_id.null ? INT64_MIN : last_id.integer));
	now->events = stead_query_open(call, &query);
	read_tree(call, now);
	stead_stream(call, make_line, now);
}
