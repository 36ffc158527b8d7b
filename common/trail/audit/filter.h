/*
 * filter.h - the filter of stead_audit_list and others: its JSON, its WHERE clause, and the same test in C.
 */
#ifndef STEAD_AUDIT_FILTER_H
#define STEAD_AUDIT_FILTER_H

#include "core/query.h"

/* The keys whose values are texts. `not` takes the same keys. */
enum {
	FILTER_ACTION,
	FILTER_RESOURCE_TYPE,
	FILTER_RESOURCE_ID,
	FILTER_ACTOR_ID,
	FILTER_ACTOR_NAME,
	FILTER_IP_ADDRESS,
	FILTER_TEXTS
};

#define FILTER_MOST_TEXTS 100 /* in the array of one key */

/* Texts in ascending order of their bytes, each once. */
typedef struct {
	stead_value *text;
	int count;
} filter_list;

/* What a key was given: a value fits if it is one of exact, or begins with one of prefixes. The prefix "" fits every
 * value. A null never fits. */
typedef struct {
	bool given; /* false: the lists are empty, and mean nothing */
	filter_list exact, prefixes;
} filter_texts;

typedef struct {
	filter_texts wanted[FILTER_TEXTS];   /* of each key that is given, the event's value must fit */
	filter_texts excluded[FILTER_TEXTS]; /* of each key that is given, it must not */
	stead_value success, since, until;   /* a bool and two times; null: not given */
	stead_value search;                  /* as given: the page token covers it */
	const char *needle;                  /* the text to search for, in lower case; NULL: no search */
	size_t needle_size;
} audit_filter;

/* Reads the filter argument; a null accepts every event. The filter lives as long as the call. */
void audit_filter_read(stead_call *call, stead_value json, audit_filter *filter);
/* A filter that accepts the events of a range. A null since or until means no limit. */
audit_filter audit_filter_range(stead_value since, stead_value until);
/* Has it nothing but since and until? */
bool audit_filter_is_range(const audit_filter *filter);

/* Appends " WHERE ..." for the whole filter except the search. Returns the word before a further condition: WHERE or
 * AND. */
const char *audit_filter_where(stead_call *call, stead_query *query, const audit_filter *filter);
/* Appends the same as a condition alone. */
void audit_filter_condition(stead_call *call, stead_query *query, const audit_filter *filter);
/* Does the event match the whole filter, as audit_filter_where and audit_filter_search together would find? The event's
 * columns are in the order of the table, here and below. */
bool audit_filter_accepts(const audit_filter *filter, const stead_value *event);
/* The same of a row that has the event's columns; it reads only those that it needs. */
bool audit_filter_accepts_row(const audit_filter *filter, stead_rows *rows);
/* Does the event contain the text to search for? True without one. */
bool audit_filter_search(const audit_filter *filter, const stead_value *event);

#endif
