/*
 * parts.h - the parts of the page, each of which asks the functions that know.
 */
#ifndef STEAD_OVERVIEW_PARTS_H
#define STEAD_OVERVIEW_PARTS_H

#include "upkeep/overview/page.h"

/* style.c: the style sheet, in pieces: a compiler need not take a literal of more than 4095 bytes. */
extern const char *const overview_styles[];

/* What several parts show. */
typedef struct {
	stead_collected stats, doctor;
	int64_t failed, warned; /* findings */
} overview_facts;

void overview_events(overview_page *page, const overview_facts *facts);   /* events.c */
void overview_tops(overview_page *page);                                  /* top.c */
void overview_keeping(overview_page *page);                               /* keeping.c: sealing and retention */
void overview_people(overview_page *page);                                /* people.c */
void overview_jobs(overview_page *page);                                  /* jobs.c */
void overview_findings(overview_page *page, const overview_facts *facts); /* findings.c */

#endif
