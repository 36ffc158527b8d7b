/*
 * rollup.c - see rollup.h.
 */
#include "trail/seal/rollup.h"

#include "trail/seal/seal.h"
#include "lib/timestamp.h"

bool rollup_any(stead_call *call)
{
	return stead_any(call, "SELECT 1 FROM stead_audit_block LIMIT 1", 0, NULL);
}

static _Noreturn void out_of_range(stead_call *call)
{
	stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT,
	                 "stead_%s: the counts in stead_audit_rollup are out of range", call->function->name);
}

int64_t rollup_read_sum(stead_call *call, stead_rows *rows, int index)
{
	int64_t high = stead_column(rows, index, STEAD_INT).integer, low = stead_column(rows, index + 1, STEAD_INT).integer;

	if (high < 0 || high > INT32_MAX)
		out_of_range(call);
	return high << 32 | low;
}

int64_t rollup_plus(stead_call *call, int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		out_of_range(call);
	return sum;
}

static int64_t ceiling(stead_bucket bucket, int64_t time)
{
	int64_t start = stead_bucket_start(bucket, time);

	return start == time ? time : stead_bucket_next(bucket, start);
}

#define END_OF_TIME (STEAD_TIME_MAX + 1) /* midnight */

rollup_range rollup_split(stead_value since, stead_value until)
{
	rollup_range range = {.since = since.null ? STEAD_TIME_MIN : since.integer,
	                      .until = until.null ? END_OF_TIME : until.integer};

	range.hour_from = ceiling(STEAD_HOUR, range.since);
	range.hour_until = range.until == END_OF_TIME ? END_OF_TIME : stead_bucket_start(STEAD_HOUR, range.until);
	if (range.hour_from >= range.hour_until) /* there is no whole hour */
		range.hour_from = range.hour_until = range.until;
	range.day_from = range.hour_from == END_OF_TIME ? END_OF_TIME : ceiling(STEAD_DAILY, range.hour_from);
	range.day_until = range.hour_until == END_OF_TIME ? END_OF_TIME : stead_bucket_start(STEAD_DAILY, range.hour_until);
	if (range.day_from >= range.day_until)
		range.day_from = range.day_until = range.hour_until;
	return range;
}

void rollup_between(stead_call *call, stead_query *query, const char *column, int64_t from, int64_t until)
{
	if (from > STEAD_TIME_MIN)
		stead_query_add(call, query, stead_format(call, " AND %s >= $", column), stead_time(from));
	if (until <= STEAD_TIME_MAX)
		stead_query_add(call, query, stead_format(call, " AND %s < $", column), stead_time(until));
}

/* A part of a range that is counted in one way. */
typedef struct {
	const char *period; /* of its rollups; NULL: by its events, in an incomplete hour */
	int64_t from, until;
} piece;
#define PIECES 5

/* Those that are not empty. Returns how many. */
static int pieces_of(const rollup_range *range, piece pieces[PIECES])
{
	const piece all[PIECES] = {{"day", range->day_from, range->day_until},
	                           {"hour", range->hour_from, range->day_from},
	                           {"hour", range->day_until, range->hour_until},
	                           {NULL, range->since, range->hour_from},
	                           {NULL, range->hour_until, range->until}};
	int count = 0;

	for (int i = 0; i < PIECES; i++)
		if (all[i].from < all[i].until)
			pieces[count++] = all[i];
	return count;
}

#define COUNTED                                                                                                        \
	" UNION ALL SELECT action, count(*), count(*) FILTER (WHERE NOT success), min(occurred_at), max(occurred_at) "     \
	"FROM "

static void count_piece(stead_call *call, stead_query *query, const piece *piece)
{
	if (piece->period)
		stead_append_text(call, &query->text,
		                  stead_format(call,
		                               " UNION ALL SELECT action, events, failures, first_event_at, last_event_at"
		                               " FROM stead_audit_rollup WHERE period = '%s'",
		                               piece->period));
	else
		stead_append_text(call, &query->text, COUNTED "stead_audit_event WHERE true");
	rollup_between(call, query, piece->period ? "bucket_start" : "occurred_at", piece->from, piece->until);
	stead_append_text(call, &query->text, piece->period ? "" : " GROUP BY action");
}

/* A number as SQL. The lowest one cannot be a literal: SQL reads the sign apart, and the digits alone are too large. */
static const char *literal(stead_call *call, int64_t number)
{
	return number == INT64_MIN ? "(-9223372036854775807 - 1)" : stead_format(call, "%lld", (long long)number);
}

/* Appends a part of a range of an era, a SELECT of a union. first: nothing is before it. */
static void add_part(stead_call *call, stead_buffer *sql, const char *select, int64_t era, const seal_part *part,
                     bool first)
{
	stead_append_text(call, sql, first ? "" : " UNION ALL ");
	stead_append_text(call, sql, select);
	if (part->kind == SEAL_UNNUMBERED)
		stead_append_text(call, sql, "era = 0 AND transaction_id = 0");
	else
		stead_append_text(
			call, sql,
			stead_format(call, STEAD_NUMBERED " AND era = %s AND transaction_id %s %s", literal(call, era),
		                 part->kind == SEAL_TRANSACTION ? "=" : ">",
		                 literal(call, part->kind == SEAL_TRANSACTION ? part->transaction_id : part->after)));
	if (part->kind == SEAL_BETWEEN)
		stead_append_text(call, sql, stead_format(call, " AND transaction_id < %s", literal(call, part->until)));
	else if (part->kind != SEAL_BEYOND && part->after > INT64_MIN) /* no event has that id */
		stead_append_text(call, sql, stead_format(call, " AND id > %s", literal(call, part->after)));
	if ((part->kind == SEAL_TRANSACTION || part->kind == SEAL_UNNUMBERED) && part->until < INT64_MAX)
		stead_append_text(call, sql, stead_format(call, " AND id <= %s", literal(call, part->until)));
}

/* "SELECT ... WHERE ": a condition of the range follows. */
static const char *begin_select(stead_call *call, stead_query *query, const char *columns, const stead_query *condition)
{
	const char *select = stead_format(call, "SELECT %s FROM stead_audit_event WHERE ", columns);

	if (!condition)
		return select;
	query->params = condition->params;
	query->count = condition->count;
	query->room = condition->room;
	/* IS TRUE keeps the planner from using another index than that of sealing, which would read more events */
	return stead_format(call, "%s(%s) IS TRUE AND ", select, condition->text.data);
}

void rollup_range_of_era(stead_call *call, stead_query *query, const char *columns, const stead_query *condition,
                         int64_t era, seal_position after, seal_position until)
{
	const char *select = begin_select(call, query, columns, condition);
	seal_part parts[SEAL_PARTS];
	int count = seal_split(era, after, until, parts);

	for (int i = 0; i < count; i++)
		add_part(call, &query->text, select, era, &parts[i], !i);
}

/* Appends the parts of what is not sealed of an era that have an event. Returns whether still nothing is there. */
static bool add_unsealed(stead_call *call, stead_buffer *sql, const char *select, int64_t era, bool first)
{
	seal_part parts[SEAL_PARTS];
	int count = seal_split(era, seal_end_of_era(call, era), SEAL_AFTER_ALL, parts);

	for (int i = 0; i < count; i++)
		if (seal_any_of_part(call, era, &parts[i])) {
			add_part(call, sql, select, era, &parts[i], first);
			first = false;
		}
	return first;
}

/* The query has up to four parts for each era, so that an index finds the era's unsealed events. Those without an event
 * are left out: a query of few parts is planned faster. A union may have only so many parts (SQLite: 500). There are
 * few eras, usually; of those beyond MOST_ERAS, every event is read. */
#define MOST_ERAS 100

bool rollup_unsealed(stead_call *call, stead_query *query, const char *columns, const stead_query *condition)
{
	const char *select = begin_select(call, query, columns, condition);
	stead_buffer *sql = &query->text;
	seal_eras eras = {0};
	bool first = true;
	int count = 0;

	for (; count < MOST_ERAS && seal_next_era(call, &eras); count++)
		first = add_unsealed(call, sql, select, eras.era, first);
	if (count == MOST_ERAS)
		stead_append_text(call, sql,
		                  stead_format(call,
		                               "%s%s%sera > %s AND NOT EXISTS (SELECT 1 FROM stead_audit_block AS b"
		                               " WHERE b.era = stead_audit_event.era AND (b.last_transaction_id >"
		                               " transaction_id OR (b.last_transaction_id = transaction_id AND"
		                               " b.last_event_id >= id)))",
		                               first ? "" : " UNION ALL ", select, eras.era < 0 ? "" : STEAD_NUMBERED " AND ",
		                               literal(call, eras.era)));
	return count == MOST_ERAS || !first;
}

/* The first SELECT of the union gives no row; it names the columns. */
void rollup_sealed(stead_call *call, stead_query *query, const rollup_range *range)
{
	piece pieces[PIECES];
	int count = pieces_of(range, pieces);

	stead_append_text(call, &query->text,
	                  "(SELECT action, events, failures, first_event_at, last_event_at FROM stead_audit_rollup WHERE"
	                  " false");
	for (int i = 0; i < count; i++)
		count_piece(call, query, &pieces[i]);
	stead_append_text(call, &query->text, ") AS parts");
}

/* The times of the first or the last bucket that there is from one time to another: no other bucket has an earlier or a
 * later event. PostgreSQL plans this faster than min() and max(), which it tries to find in each index. */
static void times_of_bucket(stead_call *call, stead_query *query, const char *order, const piece *piece)
{
	stead_append_text(call, &query->text,
	                  stead_format(call,
	                               " UNION ALL SELECT first_event_at, last_event_at FROM (SELECT first_event_at,"
	                               " last_event_at FROM stead_audit_rollup WHERE period = '%s'",
	                               piece->period));
	rollup_between(call, query, "bucket_start", piece->from, piece->until);
	stead_append_text(call, &query->text, stead_format(call, " ORDER BY %s LIMIT 1) AS bucket", order));
}

static void times_of_piece(stead_call *call, stead_query *query, const piece *piece)
{
	if (piece->period) {
		times_of_bucket(call, query, "bucket_start, first_event_at", piece);
		times_of_bucket(call, query, "bucket_start DESC, last_event_at DESC", piece);
		return;
	}
	stead_append_text(call, &query->text,
	                  " UNION ALL SELECT min(occurred_at), max(occurred_at) FROM stead_audit_event WHERE true");
	rollup_between(call, query, "occurred_at", piece->from, piece->until);
}

void rollup_times(stead_call *call, stead_query *query, const rollup_range *range)
{
	piece pieces[PIECES];
	int count = pieces_of(range, pieces);

	stead_append_text(call, &query->text, "SELECT first_event_at, last_event_at FROM stead_audit_rollup WHERE false");
	for (int i = 0; i < count; i++)
		times_of_piece(call, query, &pieces[i]);
}
