/*
 * chart.h - charts as inline SVG. Their text does not scale with the page, so that a phone can show it: places along
 * the page are in percent, heights in pixels.
 */
#ifndef STEAD_OVERVIEW_CHART_H
#define STEAD_OVERVIEW_CHART_H

#include "upkeep/overview/page.h"

/* A column for each bucket of time, with the failures in another colour at its foot. */
typedef struct {
	const char *title;     /* what a reader of the screen is told, a literal */
	const char *only;      /* NULL, or what the columns are, if they show the failures alone */
	bool hourly;           /* or daily */
	const char *key;       /* of the table behind it */
	stead_collected *rows; /* of stead_audit_histogram */
} chart_columns;
void chart_over_time(overview_page *page, const chart_columns *chart);

/* A bar for each row of a list, which is not empty, with its name and number above it. */
typedef struct {
	const char *title;
	size_t count;
	const stead_value *names;
	const int64_t *numbers, *parts; /* parts may be NULL: how much of the bar is in the colour of failures */
} chart_bars;
void chart_ranking(overview_page *page, const chart_bars *chart);

#endif
