/*
 * page.h - writes HTML: markup as it is, and everything else escaped.
 *
 * A figure that a test compares with the function that gives it has a key, the attribute data-key: stats.total_events,
 * or top_action.0.events for the first row of a list.
 */
#ifndef STEAD_OVERVIEW_PAGE_H
#define STEAD_OVERVIEW_PAGE_H

#include "core/collect.h"
#include "stead.h"

typedef struct {
	stead_call *call;
	stead_buffer html;
	int64_t now;
} overview_page;

#define PAGE_TEXT_MOST 600 /* bytes of a text that are shown, unless told; what is cut ends in an ellipsis */

/* Markup, which is a literal. */
void page_put(overview_page *page, const char *markup);
/* The same by printf's rules. Its arguments are numbers and literals, never what somebody stored. */
void page_format(overview_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text that anybody may have chosen; nothing for a null. Control characters and invisible ones are shown by name, as
 * they could make a name look like another's, or turn the text around. Its direction does not reach beyond it. */
void page_text(overview_page *page, stead_value text, size_t most);
/* The same within SVG's text, which is cut to about the width of so many characters. */
void page_label(overview_page *page, stead_value text, int width);
/* 1234567 as 1,234,567. */
void page_number(overview_page *page, int64_t number);
/* A number as short as an axis needs it: 950, 12k, 1.5M. */
void page_short_number(overview_page *page, int64_t number);
/* part of whole in percent, with one or two decimals; a dash if whole is 0. */
void page_share(overview_page *page, int64_t part, int64_t whole);
/* A time, down to the second; a dash for a null. */
void page_time(overview_page *page, stead_value time);
/* The same with a key. */
void page_keyed_time(overview_page *page, stead_value time, const char *key, ...) __attribute__((format(printf, 3, 4)));
/* A time, as its date (2026-11-29), its time of day (14:00), both, or its day (29 Nov). */
typedef enum { PAGE_DATE, PAGE_CLOCK, PAGE_MINUTE, PAGE_DAY } page_moment;
void page_when(overview_page *page, int64_t time, page_moment form);

/* A cell of a table with a number that has a key. label names its column where the table becomes a list. */
void page_cell(overview_page *page, const char *label, int64_t number, const char *key, ...)
	__attribute__((format(printf, 4, 5)));
/* A tile: a number that has a key, and what it counts. tone: "", "bad" or "warn". */
void page_tile(overview_page *page, const char *what, const char *tone, int64_t number, const char *key);

#endif
