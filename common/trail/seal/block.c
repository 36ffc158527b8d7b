/*
 * block.c - reads blocks. See seal.h.
 */
#include "trail/seal/seal.h"

#include "lib/text.h"

void seal_read_block(stead_rows *rows, seal_block *block)
{
	int64_t *const numbers[] = {
		&block->block,        &block->era, &block->first_leaf, &block->events, &block->last_transaction_id,
		&block->last_event_id};
	int64_t *const times[] = {&block->first_event_at, &block->last_event_at, &block->sealed_at};
	stead_value *const texts[] = {&block->subtrees, &block->frontier, &block->root,
	                              &block->folded,   &block->listed,   &block->digest};
	int column = 0;

	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		*numbers[i] = stead_column(rows, column++, STEAD_INT).integer;
	for (int i = 0; i < STEAD_COUNT(times); i++)
		*times[i] = stead_column(rows, column++, STEAD_TIME).integer;
	for (int i = 0; i < STEAD_COUNT(texts); i++)
		*texts[i] = stead_column(rows, column++, STEAD_BYTES);
}

bool seal_read_block_any(stead_rows *rows, seal_block *block)
{
	int64_t *const numbers[] = {&block->block,
	                            &block->era,
	                            &block->first_leaf,
	                            &block->events,
	                            &block->last_transaction_id,
	                            &block->last_event_id,
	                            &block->first_event_at,
	                            &block->last_event_at,
	                            &block->sealed_at};
	stead_value *const texts[] = {&block->subtrees, &block->frontier, &block->root,
	                              &block->folded,   &block->listed,   &block->digest};
	bool sound = true;
	int column = 0;

	for (int i = 0; i < STEAD_COUNT(numbers); i++) {
		stead_value value;
		bool good = stead_column_sound(rows, column++, i < 6 ? STEAD_INT : STEAD_TIME, &value) && !value.null;

		*numbers[i] = good ? value.integer : 0;
		sound &= good;
	}
	for (int i = 0; i < STEAD_COUNT(texts); i++) {
		bool good = stead_column_sound(rows, column++, STEAD_BYTES, texts[i]) && !texts[i]->null;

		if (!good || !texts[i]->size)
			*texts[i] = stead_bytes("", 0);
		sound &= good;
	}
	return sound;
}

static void keep(stead_call *call, seal_block *block)
{
	stead_value *const texts[] = {&block->subtrees, &block->frontier, &block->root,
	                              &block->folded,   &block->listed,   &block->digest};

	for (int i = 0; i < STEAD_COUNT(texts); i++)
		*texts[i] = stead_keep(call, *texts[i]);
}

static bool only_block(stead_call *call, stead_rows *rows, seal_block *block)
{
	if (!stead_next(rows))
		return false;
	seal_read_block(rows, block);
	keep(call, block);
	stead_close(rows);
	return true;
}

bool seal_last_block(stead_call *call, seal_block *block)
{
	return only_block(
		call,
		stead_open(call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block ORDER BY block DESC LIMIT 1", 0, NULL),
		block);
}

bool seal_block_any(stead_call *call, int64_t number, seal_block *block)
{
	stead_rows *rows = stead_open(call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block = $1", 1,
	                              (stead_value[]){stead_int(number)});

	if (!stead_next(rows))
		return false;
	seal_read_block_any(rows, block);
	keep(call, block);
	stead_close(rows);
	return true;
}

seal_position seal_end_before(stead_call *call, int64_t era, int64_t block)
{
	stead_rows *rows = stead_open_as(call, STEAD_BY_KEY,
	                                 "SELECT last_transaction_id, last_event_id FROM stead_audit_block WHERE era = $1"
	                                 " AND block < $2 ORDER BY block DESC LIMIT 1",
	                                 2, (stead_value[]){stead_int(era), stead_int(block)});
	seal_position end = SEAL_BEFORE_ALL;

	if (stead_next(rows))
		end = (seal_position){stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer};
	stead_close(rows);
	return end;
}

/* In two queries, as SQLite seeks by the first column of a row value only. */
bool seal_find_block(stead_call *call, int64_t era, seal_position place, seal_block *block, seal_position *after)
{
	stead_value params[] = {stead_int(era), stead_int(place.transaction_id), stead_int(place.id)};
	bool found;

	found = only_block(call,
	                   stead_open(call,
	                              "SELECT " SEAL_BLOCK_FIELDS
	                              " FROM stead_audit_block WHERE era = $1 AND last_transaction_id = $2"
	                              " AND last_event_id >= $3 ORDER BY last_event_id LIMIT 1",
	                              3, params),
	                   block) ||
	        only_block(call,
	                   stead_open(call,
	                              "SELECT " SEAL_BLOCK_FIELDS
	                              " FROM stead_audit_block WHERE era = $1 AND last_transaction_id > $2"
	                              " ORDER BY last_transaction_id, last_event_id LIMIT 1",
	                              2, params),
	                   block);
	*after = seal_end_before(call, era, found ? block->block : INT64_MAX);
	return found;
}

void seal_digest(stead_sha256_stream *sha, const seal_block *block, unsigned char out[STEAD_SHA256_SIZE])
{
	const int64_t numbers[] = {block->block,
	                           block->era,
	                           block->first_leaf,
	                           block->events,
	                           block->last_transaction_id,
	                           block->last_event_id,
	                           block->first_event_at,
	                           block->last_event_at,
	                           block->sealed_at};
	const stead_value *const texts[] = {&block->subtrees, &block->frontier, &block->root, &block->folded,
	                                    &block->listed};

	stead_sha256_start(sha);
	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		stead_sha256_number(sha, numbers[i]);
	for (int i = 0; i < STEAD_COUNT(texts); i++) {
		stead_sha256_number(sha, (int64_t)texts[i]->size);
		stead_sha256_add(sha, texts[i]->data, texts[i]->size);
	}
	stead_sha256_end(sha, out);
}

bool seal_can_number(int64_t first_leaf, int64_t events)
{
	return events >= 1 && events <= SEAL_MAX_EVENTS && first_leaf >= 0 && first_leaf <= INT64_MAX / 2;
}

void seal_load_range(stead_call *call, const seal_block *block, stead_value stored, int64_t begin, merkle_range *range)
{
	if (!seal_can_number(block->first_leaf, block->events) ||
	    !merkle_load(range, begin, block->first_leaf + block->events, stored.data, stored.size))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: block %lld is damaged", call->function->name,
		                 (long long)block->block);
}

/* If the table was recreated with other types, an era may be no integer. It is skipped, as it would be read as a lower
 * one, and the caller's loop would never end. That takes another query, which is slower. */
static bool least_era(stead_call *call, int64_t from, int64_t until, int64_t *era)
{
	stead_value range[] = {stead_int(from), stead_int(until)}, least;
	stead_rows *rows = stead_open_as(call, STEAD_BY_KEY,
	                                 "SELECT era FROM stead_audit_event WHERE " STEAD_NUMBERED
	                                 " AND era >= $1 AND era <= $2 ORDER BY era, transaction_id, id LIMIT 1",
	                                 2, range);
	bool sound;

	if (!stead_next(rows))
		return false;
	sound = stead_column_sound(rows, 0, STEAD_INT, &least);
	stead_close(rows);
	if (!sound)
		least = stead_first(call,
		                    "SELECT min(era) FROM stead_audit_event WHERE " STEAD_NUMBERED
		                    " AND era >= $1 AND era <= $2 AND era = CAST(era AS bigint)",
		                    2, range, STEAD_INT);
	*era = least.integer;
	return !least.null && least.integer >= from;
}

/* Has era 0 events? Those without numbers are looked for from the latest on: rows of other eras may come before it. */
static bool has_era_0(stead_call *call)
{
	static const char *const queries[] = {
		"SELECT id FROM stead_audit_event WHERE era = 0 AND transaction_id = 0"
		" ORDER BY era DESC, transaction_id DESC, id DESC LIMIT 1",
		"SELECT id FROM stead_audit_event WHERE " STEAD_NUMBERED
		" AND era = 0 AND transaction_id < 0 ORDER BY era, transaction_id, id LIMIT 1",
		"SELECT id FROM stead_audit_event WHERE " STEAD_NUMBERED
		" AND era = 0 AND transaction_id > 0 ORDER BY era, transaction_id, id LIMIT 1",
	};

	for (int i = 0; i < STEAD_COUNT(queries); i++)
		if (stead_any_as(call, STEAD_BY_KEY, queries[i], 0, NULL))
			return true;
	return false;
}

/* The next era is always higher, whatever the rows contain. */
bool seal_next_era(stead_call *call, seal_eras *eras)
{
	int64_t from = eras->begun ? eras->era + (eras->era < INT64_MAX) : INT64_MIN;

	if (eras->begun && from == eras->era)
		return false;
	eras->begun = true;
	if (from < 0 && least_era(call, from, -1, &eras->era))
		return true;
	if (from <= 0 && has_era_0(call)) {
		eras->era = 0;
		return true;
	}
	return least_era(call, from > 1 ? from : 1, INT64_MAX, &eras->era);
}

bool seal_next_in_order(stead_call *call, seal_order *order)
{
	int64_t horizon;

	if (!order->begun)
		stead_horizon(call, &order->current, &horizon);
	order->begun = true;
	while (!order->ended) {
		order->ended = !seal_next_era(call, &order->eras);
		order->era = order->ended ? order->current : order->eras.era;
		if (order->ended || order->era != order->current)
			return true;
	}
	return false;
}

stead_value seal_base64(stead_call *call, stead_value bytes)
{
	char *text;

	if (bytes.null)
		return stead_null(STEAD_TEXT);
	text = stead_alloc(call, STEAD_BASE64_ROOM(bytes.size));
	return stead_text_n(text, stead_base64_encode((const unsigned char *)bytes.data, bytes.size, text));
}
