/*
 * totals.c - see summary.h.
 */
#include "trail/index/summary.h"

#include <string.h>

static index_total *find(const index_totals *table, uint64_t hash)
{
	size_t at = (size_t)hash & (table->size - 1);

	while (table->items[at].events && table->items[at].hash != hash)
		at = (at + 1) & (table->size - 1);
	return &table->items[at];
}

static void make_room(stead_call *call, index_totals *table, size_t more)
{
	index_totals old = *table;

	while (2 * (table->count + more) > table->size)
		table->size = table->size ? 2 * table->size : 4096;
	if (table->size == old.size)
		return;
	table->items = stead_alloc(call, table->size * sizeof *table->items);
	memset(table->items, 0, table->size * sizeof *table->items);
	for (size_t i = 0; i < old.size; i++)
		if (old.items[i].events)
			*find(table, old.items[i].hash) = old.items[i];
}

/* The table is larger than the processor's cache, so all are asked for before the first is used. */
bool index_add_totals(stead_call *call, index_totals *table, const index_total *totals, int count, size_t most)
{
	make_room(call, table, (size_t)count);
	for (int i = 0; i < count; i++)
		__builtin_prefetch(&table->items[(size_t)totals[i].hash & (table->size - 1)], 1);
	for (int i = 0; i < count; i++) {
		index_total *item = find(table, totals[i].hash);

		if (!item->events) {
			*item = totals[i];
			if (++table->count > most)
				return false;
			continue;
		}
		item->events += totals[i].events;
		item->failures += totals[i].failures;
	}
	return true;
}
