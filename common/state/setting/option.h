/*
 * option.h - Stead's own options: settings named stead.*, declared by their modules (stead_option), set and listed like
 * any other. Only a value that was set is a row of stead_setting; definition and default are the library's.
 */
#ifndef STEAD_OPTION_H
#define STEAD_OPTION_H

#include "stead.h"

extern const stead_table setting_tables[]; /* the first is stead_setting */

/* The values of int or, as 0 or 1, of bool options; one that is none (written to the table by hand) is taken for the
 * default. */
void option_values(stead_call *call, const stead_option *const *options, int count, int64_t *values);
int64_t option_value(stead_call *call, const stead_option *option);
/* The option of that key, or NULL. */
const stead_option *option_find(stead_value key);
/* The first option, by key, that comes after key (all of them come after a null), or NULL. */
const stead_option *option_after(stead_value key);

/* May anything be remembered of sessions and users, and how many of each (stead.cache.*)? 0: nothing. */
int64_t option_cache_entries(stead_call *call);
extern const stead_option cache_options[];

#endif
