/*
 * fold.c - see fold.h.
 */
#include "trail/seal/fold.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/sha256.h"
#include "lib/text.h"
#include "trail/seal/seal.h"

/* The slot of the item, or the empty one where it would be. */
static uint32_t *find(const fold_table *table, int64_t bucket_start, stead_value action)
{
	for (uint64_t at = stead_quick_hash((uint64_t)bucket_start, action.data, action.size);; at++) {
		uint32_t *slot = &table->slots[at & (table->slot_count - 1)];
		const fold_item *item = *slot ? &table->items[*slot - 1] : NULL;

		if (!item || (item->bucket_start == bucket_start && item->action.size == action.size &&
		              memcmp(item->action.data, action.data, action.size) == 0))
			return slot;
	}
}

static void make_room(stead_call *call, fold_table *table)
{
	table->items = stead_grow(call, table->items, table->count, &table->room, sizeof *table->items);
	if (2 * (table->count + 1) <= table->slot_count)
		return;
	table->slot_count = table->slot_count ? 2 * table->slot_count : 64;
	table->slots = stead_alloc(call, table->slot_count * sizeof *table->slots);
	memset(table->slots, 0, table->slot_count * sizeof *table->slots);
	for (size_t i = 0; i < table->count; i++)
		*find(table, table->items[i].bucket_start, table->items[i].action) = (uint32_t)i + 1;
}

/* Copies an action into the table's memory. If it is full, it gets new memory; the actions in the old stay there. */
static stead_value keep_action(stead_call *call, fold_table *table, stead_value action)
{
	if (action.size > table->text_room - table->text_size) {
		table->text_room = 2 * table->text_room + action.size + 1000;
		table->text = stead_alloc(call, table->text_room);
		table->text_size = 0;
	}
	if (action.size)
		memcpy(table->text + table->text_size, action.data, action.size);
	action.data = table->text + table->text_size;
	table->text_size += action.size;
	return action;
}

void fold_add(stead_call *call, fold_table *table, const fold_item *item)
{
	fold_item *known;
	uint32_t *slot;

	make_room(call, table);
	slot = find(table, item->bucket_start, item->action);
	if (!*slot) {
		table->items[table->count] = *item;
		table->items[table->count].action = keep_action(call, table, item->action);
		*slot = (uint32_t)++table->count;
		return;
	}
	known = &table->items[*slot - 1];
	known->events = fold_plus(known->events, item->events);
	known->failures = fold_plus(known->failures, item->failures);
	if (item->first_event_at < known->first_event_at)
		known->first_event_at = item->first_event_at;
	if (item->last_event_at > known->last_event_at)
		known->last_event_at = item->last_event_at;
}

void fold_event(stead_call *call, fold_table *table, int64_t occurred_at, stead_value action, bool success)
{
	fold_add(call, table,
	         &(fold_item){stead_bucket_start(STEAD_HOUR, occurred_at), action, 1, !success, occurred_at, occurred_at});
}

fold_item *fold_find(const fold_table *table, int64_t bucket_start, stead_value action)
{
	uint32_t *slot = table->slot_count ? find(table, bucket_start, action) : NULL;

	return slot && *slot ? &table->items[*slot - 1] : NULL;
}

static int compare(const void *left, const void *right)
{
	const fold_item *a = left, *b = right;

	if (a->bucket_start != b->bucket_start)
		return a->bucket_start < b->bucket_start ? -1 : 1;
	return stead_compare(a->action, b->action);
}

void fold_sort(fold_table *table)
{
	if (table->count)
		qsort(table->items, table->count, sizeof *table->items, compare);
	table->slot_count = 0;
}

stead_value fold_store(stead_call *call, const fold_table *table)
{
	stead_buffer out = {0};

	stead_append(call, &out, "", 0);
	for (size_t i = 0; i < table->count; i++) {
		const fold_item *item = &table->items[i];
		const int64_t numbers[] = {item->bucket_start, item->events, item->failures, item->first_event_at,
		                           item->last_event_at};
		unsigned char head[44];

		for (int k = 0; k < STEAD_COUNT(numbers); k++)
			stead_put_number(head + 8 * k, numbers[k]);
		for (int k = 0; k < 4; k++)
			head[40 + k] = (unsigned char)(item->action.size >> (24 - 8 * k));
		stead_append(call, &out, (const char *)head, sizeof head);
		stead_append(call, &out, item->action.data, item->action.size);
	}
	return stead_bytes(out.data, out.size);
}

bool fold_read(stead_value stored, size_t *offset, fold_item *item)
{
	const unsigned char *at = (const unsigned char *)stored.data + *offset;
	size_t left = stored.size - *offset, size;

	if (left < 44)
		return false;
	size = (size_t)at[40] << 24 | (size_t)at[41] << 16 | (size_t)at[42] << 8 | at[43];
	if (size > left - 44)
		return false;
	*item = (fold_item){stead_get_number(at),      stead_text_n((const char *)at + 44, size),
	                    stead_get_number(at + 8),  stead_get_number(at + 16),
	                    stead_get_number(at + 24), stead_get_number(at + 32)};
	*offset += 44 + size;
	return true;
}

enum { ROLLUP_COLUMNS = 7, ROLLUP_BATCH = 250 };

/* The counts of a row may have been changed by hand, so that the sum would exceed the largest number. */
static void upsert(stead_call *call, const stead_value *rows, int64_t count)
{
	int64_t stored = stead_run_rows(
		call,
		"INSERT INTO stead_audit_rollup AS known (period, bucket_start, action, events, failures, first_event_at,"
		" last_event_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (period, bucket_start, action) DO UPDATE SET"
		" events = known.events + excluded.events, failures = known.failures + excluded.failures, first_event_at ="
		" CASE WHEN excluded.first_event_at < known.first_event_at THEN excluded.first_event_at ELSE"
		" known.first_event_at END, last_event_at = CASE WHEN excluded.last_event_at > known.last_event_at THEN"
		" excluded.last_event_at ELSE known.last_event_at END WHERE known.events <= 9223372036854775807 -"
		" excluded.events AND known.failures <= 9223372036854775807 - excluded.failures",
		ROLLUP_COLUMNS, count, rows);

	if (stored < count)
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT,
		                 "stead_%s: the counts in stead_audit_rollup are out of range", call->function->name);
}

static void upsert_all(stead_call *call, const char *period, const fold_table *table)
{
	stead_value(*rows)[ROLLUP_COLUMNS] = stead_alloc(call, ROLLUP_BATCH * sizeof *rows);
	int count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const fold_item *item = &table->items[i];
		stead_value row[] = {stead_text(period),
		                     stead_time(item->bucket_start),
		                     item->action,
		                     stead_int(item->events),
		                     stead_int(item->failures),
		                     stead_time(item->first_event_at),
		                     stead_time(item->last_event_at)};

		memcpy(rows[count++], row, sizeof row);
		if (count == ROLLUP_BATCH || i + 1 == table->count) {
			stead_scope *scope = stead_open_scope(call);

			upsert(call, rows[0], count);
			stead_close_scope(call, scope);
			count = 0;
		}
	}
}

void fold_roll_up(stead_call *call, const fold_table *hours)
{
	fold_table days = {0};

	for (size_t i = 0; i < hours->count; i++) {
		fold_item day = hours->items[i];

		day.bucket_start = stead_bucket_start(STEAD_DAILY, day.bucket_start);
		fold_add(call, &days, &day);
	}
	upsert_all(call, "hour", hours);
	upsert_all(call, "day", &days);
}
