/*
 * scan.h - finds the sealed events that contain a text, by the trigrams of their blocks.
 *
 * Blocks without the trigrams of the text are skipped: events are read by their time, the newest first, but only in the
 * ranges of time of the blocks that are left.
 */
#ifndef STEAD_AUDIT_SCAN_H
#define STEAD_AUDIT_SCAN_H

#include "trail/audit/join.h"

/* A block fits if it has all trigrams of one of the texts. */
typedef struct {
	uint32_t **codes;
	size_t *counts;
	int count;
} scan_condition;
#define SCAN_CONDITIONS 4

typedef struct {
	stead_call *call;
	audit_span span;
	scan_condition conditions[SCAN_CONDITIONS];
	int condition_count;
	stead_rows *blocks;               /* in descending order of time; NULL: there are none left */
	int64_t block, first_at, last_at; /* the current one */
	stead_rows *events;               /* of the current range of time; NULL: none */
	audit_place place;                /* no event that is left of them is later */
} audit_scan;

/* Does the filter have texts whose trigrams are known? If so, finds them. */
bool audit_scan_applies(stead_call *call, const audit_filter *filter, audit_scan *scan);
/* Can the block have an event that matches? The block must be indexed: false otherwise. */
bool audit_scan_block(audit_scan *scan, int64_t block);
void audit_scan_open(audit_scan *scan, audit_span span);
/* No event that is left is later than this. False: none is left. */
bool audit_scan_bound(const audit_scan *scan, int64_t *at);
/* Moves on. True: there is an event, with the columns EVENT_FIELDS in events. It may not match the filter, and may not
 * be sealed. */
bool audit_scan_step(audit_scan *scan);
void audit_scan_close(audit_scan *scan);

#endif
