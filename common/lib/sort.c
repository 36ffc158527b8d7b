/*
 * sort.c - see sort.h.
 */
#include "lib/sort.h"

stead_keyed *stead_sort_keyed(stead_keyed *items, stead_keyed *spare, size_t count, uint64_t bits)
{
	for (int shift = 0; shift < 64; shift += 8) {
		size_t begin[256] = {0}, before = 0;
		stead_keyed *sorted = spare;

		if (!(bits >> shift & 255))
			continue;
		for (size_t i = 0; i < count; i++)
			begin[items[i].key >> shift & 255]++;
		for (int i = 0; i < 256; i++) {
			size_t some = begin[i];

			begin[i] = before;
			before += some;
		}
		for (size_t i = 0; i < count; i++)
			sorted[begin[items[i].key >> shift & 255]++] = items[i];
		spare = items;
		items = sorted;
	}
	return items;
}
