/*
 * sort.h - a radix sort, for many numbers at once.
 */
#ifndef STEAD_SORT_H
#define STEAD_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint64_t key;
	uint32_t number; /* goes with the key */
} stead_keyed;

/* Sorts by the keys; equal ones stay in their order. Bytes of the keys that bits has no bit of are all equal. spare has
 * room for as many. Returns where the result is: items, or spare. (Knuth, The Art of Computer Programming 3, 5.2.5) */
stead_keyed *stead_sort_keyed(stead_keyed *items, stead_keyed *spare, size_t count, uint64_t bits);

#endif
