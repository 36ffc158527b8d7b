/*
 * summarise.c - see summarise.h.
 */
#include "trail/seal/summarise.h"

#include "core/upkeep.h"

const stead_lock summarise_lock = {"summarise", 4};

bool summarise_read_range(stead_call *call, int64_t first, summarise_range *range)
{
	stead_value ends[2] = {stead_int(first), stead_int(first + INDEX_RANGE - 1)};
	int blocks = 0;
	stead_rows *rows;

	if (stead_first(call, "SELECT count(*) FROM stead_audit_index WHERE block >= $1 AND block <= $2", 2, ends,
	                STEAD_INT)
	        .integer != INDEX_RANGE)
		return false;
	*range = (summarise_range){
		.first = first, .first_event_at = INT64_MAX, .last_event_at = INT64_MIN, .first_end = INT64_MAX};
	rows = stead_open(call,
	                  "SELECT events, first_event_at, last_event_at FROM stead_audit_block AS b WHERE block >= $1 AND"
	                  " block <= $2 AND NOT EXISTS (SELECT 1 FROM stead_audit_account AS a WHERE a.block = b.block)",
	                  2, ends);
	for (; stead_next(rows); blocks++) {
		stead_value events, from, to;

		if (!stead_column_sound(rows, 0, STEAD_INT, &events) || !stead_column_sound(rows, 1, STEAD_TIME, &from) ||
		    !stead_column_sound(rows, 2, STEAD_TIME, &to)) {
			stead_close(rows);
			return false;
		}
		range->events += events.integer > 0 && events.integer <= SEAL_MAX_EVENTS ? events.integer : 0;
		range->first_event_at = from.integer < range->first_event_at ? from.integer : range->first_event_at;
		range->last_event_at = to.integer > range->last_event_at ? to.integer : range->last_event_at;
		range->first_end = to.integer < range->first_end ? to.integer : range->first_end;
	}
	return blocks == INDEX_RANGE;
}

/* ---- Adding postings up ----------------------------------------------------------------------------------------- */

typedef struct {
	int64_t last_event_at, block, part;
	size_t offset, size; /* of its entries, in the text */
} posting;

typedef struct {
	stead_call *call;
	const summarise_range *range;
	int dimension;
	index_totals totals;
	bool counts;   /* there are few enough values until now */
	bool damaged;  /* a row */
	posting *rows; /* of the current bucket */
	size_t count, room;
	stead_buffer text;
} adding;

static void add_totals(adding *adding, stead_value entries)
{
	index_total totals[INDEX_MOST_TOTALS];
	int64_t most = adding->range->events / 4;
	int count;

	if (!adding->counts)
		return;
	count = entries.null ? -1 : index_read_totals(entries, totals);
	adding->damaged |= count < 0;
	adding->counts =
		!adding->damaged && index_add_totals(adding->call, &adding->totals, totals, count,
	                                         (size_t)(most < INDEX_MOST_VALUES ? most : INDEX_MOST_VALUES));
}

/* Reads the rows of a bucket, and adds them up. keep: they are kept until the next bucket. */
static void read_bucket(adding *adding, int64_t bucket, bool keep)
{
	const summarise_range *range = adding->range;
	stead_rows *rows = stead_open_as(
		adding->call, STEAD_CURSOR | STEAD_BY_KEY,
		"SELECT last_event_at, block, part, entries FROM stead_audit_posting WHERE dimension = $1 AND"
		" bucket = $2 AND last_event_at >= $3 AND last_event_at <= $4 ORDER BY last_event_at, block, part",
		4,
		(stead_value[]){stead_int(adding->dimension + 1), stead_int(bucket), stead_time(range->first_end),
	                    stead_time(range->last_event_at)});

	adding->count = 0;
	adding->text.size = 0;
	while (stead_next(rows)) {
		stead_value entries, block = stead_column(rows, 1, STEAD_INT);

		if (block.integer < range->first || block.integer >= range->first + INDEX_RANGE)
			continue;
		if (!stead_column_sound(rows, 3, STEAD_BYTES, &entries))
			entries = stead_null(STEAD_BYTES);
		add_totals(adding, entries);
		if (!keep || entries.null)
			continue;
		adding->rows = stead_grow(adding->call, adding->rows, adding->count, &adding->room, sizeof *adding->rows);
		adding->rows[adding->count++] =
			(posting){stead_column(rows, 0, STEAD_TIME).integer, block.integer,
		              stead_column(rows, 2, STEAD_INT).integer, adding->text.size, entries.size};
		stead_append(adding->call, &adding->text, entries.data, entries.size);
	}
}

#define KEPT_HINT                                                                                                      \
	"Does a trigger or a policy on stead_audit_posting keep its rows from being deleted, or suppress them?"

/* Stores the rows of a bucket again, one after the other. */
static void store_again(adding *adding, int64_t bucket)
{
	stead_call *call = adding->call;
	const summarise_range *range = adding->range;
	stead_value *values = stead_alloc(call, INDEX_POSTING_COLUMNS * adding->count * sizeof *values);
	int64_t deleted, stored;

	if (!adding->count)
		return;
	deleted = stead_run(call,
	                    "DELETE FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND last_event_at >= $3"
	                    " AND last_event_at <= $4 AND block >= $5 AND block < $6",
	                    6,
	                    (stead_value[]){stead_int(adding->dimension + 1), stead_int(bucket),
	                                    stead_time(range->first_end), stead_time(range->last_event_at),
	                                    stead_int(range->first), stead_int(range->first + INDEX_RANGE)});
	if (deleted != (int64_t)adding->count)
		stead_raise_hint(call, STEAD_CORRUPT, KEPT_HINT, "stead_%s: %lld of %lld postings could be deleted",
		                 call->function->name, (long long)deleted, (long long)adding->count);
	for (size_t i = 0; i < adding->count; i++) {
		const posting *row = &adding->rows[i];
		stead_value *value = values + INDEX_POSTING_COLUMNS * i;

		value[0] = stead_int(adding->dimension + 1);
		value[1] = stead_int(bucket);
		value[2] = stead_time(row->last_event_at);
		value[3] = stead_int(row->block);
		value[4] = stead_int(row->part);
		value[5] = stead_bytes(adding->text.data + row->offset, row->size);
	}
	stored = index_store_postings(call, (int64_t)adding->count, values);
	if (stored != deleted)
		stead_raise_hint(call, STEAD_CORRUPT, KEPT_HINT, "stead_%s: %lld of %lld postings could be stored again",
		                 call->function->name, (long long)stored, (long long)deleted);
}

/* Adds up the postings of a range. again: they are stored again, too. A summary without rows: a posting is damaged. */
static void summarise(stead_call *call, const summarise_range *range, int dimension, bool again, index_summary *summary)
{
	adding adding = {.call = call, .range = range, .dimension = dimension, .counts = SUMMARISED >> dimension & 1};
	index_frequent frequent;

	adding.damaged = index_find_frequent(call, dimension, range->first_end, range->last_event_at, range->first,
	                                     range->first + INDEX_RANGE - 1, &frequent);
	adding.counts &= !adding.damaged;
	for (int64_t bucket = 0; (again || adding.counts) && (bucket = index_next_bucket(&frequent, bucket));) {
		read_bucket(&adding, bucket, again);
		if (again)
			store_again(&adding, bucket);
	}
	*summary = (index_summary){.first_event_at = range->first_event_at, .last_event_at = range->last_event_at};
	if (adding.counts)
		index_summarise(call, &adding.totals, summary);
	else if (!adding.damaged) {
		summary->rows = stead_alloc(call, sizeof *summary->rows);
		summary->rows[summary->count++] = stead_bytes("", 0);
	}
}

bool summarise_make(stead_call *call, const summarise_range *range, int dimension, index_summary *summary)
{
	summarise(call, range, dimension, false, summary);
	return summary->count > 0;
}

/* ---- Upkeep ----------------------------------------------------------------------------------------------------- */

/* The ranges of a dimension that have a summary. */
typedef struct {
	int64_t *first;
	bool *spoilt;
	size_t count, at;
} summaries;

static void read_summaries(stead_call *call, int dimension, summaries *have)
{
	/* SQLite reads the index of ranges only if it has all that is asked for: else it would read all parts */
	stead_rows *rows = stead_open(call,
	                              "SELECT s.first_block, (SELECT t.entries IS NULL FROM stead_audit_summary AS t WHERE"
	                              " t.dimension = s.dimension AND t.first_block = s.first_block AND t.part = 0)"
	                              " FROM stead_audit_summary AS s WHERE s.dimension = $1 AND s.part = 0"
	                              " ORDER BY s.first_block",
	                              1, (stead_value[]){stead_int(dimension + 1)});
	size_t room = 0, more = 0;

	*have = (summaries){0};
	for (; stead_next(rows); have->count++) {
		have->first = stead_grow(call, have->first, have->count, &room, sizeof *have->first);
		have->spoilt = stead_grow(call, have->spoilt, have->count, &more, sizeof *have->spoilt);
		have->first[have->count] = stead_column(rows, 0, STEAD_INT).integer;
		have->spoilt[have->count] = stead_column(rows, 1, STEAD_BOOL).boolean;
	}
}

/* Makes a summary of a range, if it can have one. there: it had one, and its postings were stored again. */
static void make_summary(stead_call *call, summarise_place *place, bool scattered, bool there)
{
	stead_scope *scope = stead_open_scope(call);
	summarise_range range;
	index_summary summary;

	/* once more with the lock: a prune may have begun before */
	if (summarise_read_range(call, place->first, &range)) {
		place->busy = !stead_try_lock(call, &summarise_lock, 0, NULL);
		if (!place->busy && summarise_read_range(call, place->first, &range)) {
			index_key_touch(call);
			summarise(call, &range, place->dimension, scattered && !there, &summary);
			place->made = summary.count > 0;
			if (place->made || !there)
				index_store_summary(call, place->dimension, place->first, &summary);
		}
	}
	stead_close_scope(call, scope);
}

/* The first range, from that on, that has an indexed block; a null: there is none. */
static stead_value next_range(stead_call *call, int64_t first)
{
	stead_value block = stead_first(call, "SELECT min(block) FROM stead_audit_index WHERE block >= $1", 1,
	                                (stead_value[]){stead_int(first)}, STEAD_INT);

	return block.null ? block : stead_int(index_range_of(block.integer));
}

/* Makes the next one of a dimension, unless a prune is at work. */
static void next_of_dimension(stead_call *call, summarise_place *place, int64_t last)
{
	bool scattered = !stead_stores_by_key(call);
	summaries have;

	if (!scattered && !(SUMMARISED >> place->dimension & 1))
		return;
	read_summaries(call, place->dimension, &have);
	while (place->first <= last - INDEX_RANGE + 1 && !place->made && !place->busy) {
		bool there;

		while (have.at < have.count && have.first[have.at] < place->first)
			have.at++;
		there = have.at < have.count && have.first[have.at] == place->first;
		if (!there) {
			stead_value next = next_range(call, place->first);

			if (next.null)
				return;
			if (next.integer > place->first) {
				place->first = next.integer;
				continue;
			}
		}
		if (!there || have.spoilt[have.at])
			make_summary(call, place, scattered, there);
		place->first += INDEX_RANGE;
	}
}

/* What a prune has left, as it did not see it, or another had it locked. */
static void delete_pruned(stead_call *call)
{
	int64_t before = 0;
	stead_value first;

	for (;;) {
		first = stead_first(call,
		                    "SELECT s.first_block FROM stead_audit_summary AS s WHERE s.part = 0 AND EXISTS (SELECT 1"
		                    " FROM stead_audit_account AS a WHERE a.block >= s.first_block AND a.block < s.first_block"
		                    " + $1) LIMIT 1",
		                    1, (stead_value[]){stead_int(INDEX_RANGE)}, STEAD_INT);
		if (first.null || first.integer == before)
			break;
		before = first.integer;
		index_delete_summaries(call, before);
	}
}

static void search(stead_call *call, void *data)
{
	summarise_place *place = data;
	int64_t last = stead_first(call, "SELECT max(block) FROM stead_audit_block", 0, NULL, STEAD_INT).integer;
	stead_value oldest = stead_first(call, "SELECT min(block) FROM stead_audit_leaf", 0, NULL, STEAD_INT);
	stead_scope *scope = stead_open_scope(call);

	if (!place->dimension && !place->first)
		delete_pruned(call);
	while (!oldest.null && oldest.integer >= 1 && place->dimension < INDEX_DIMENSIONS) {
		if (place->first < oldest.integer)
			place->first = index_range_of(oldest.integer);
		next_of_dimension(call, place, last);
		if (place->made || place->busy)
			break;
		place->dimension++;
		place->first = 0;
	}
	stead_close_scope(call, scope);
}

const char *summarise_next(stead_call *call, summarise_place *place)
{
	const char *why;

	place->made = place->busy = false;
	why = stead_attempt(call, search, place);
	if (why) { /* the next step goes on behind it */
		place->made = place->busy = false;
		place->first += INDEX_RANGE;
	}
	return why;
}
