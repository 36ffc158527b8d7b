/*
 * option.h - Stead's own options: settings named stead.*, which modules declare (stead_option). They are set and listed
 * like any other setting. A row of stead_setting has only a value that was set; definition and default are in the
 * library.
 */
#ifndef STEAD_OPTION_H
#define STEAD_OPTION_H

#include "stead.h"

extern const stead_table setting_tables[]; /* the first is stead_setting */

/* The values of int options, or of bool options as 0 or 1. A value that does not fit the definition, which someone
 * wrote by hand, counts as the default. */
void option_values(stead_call *call, const stead_option *const *options, int count, int64_t *values);
int64_t option_value(stead_call *call, const stead_option *option);
/* The value of a text or json option. It is not cached. */
stead_value option_text(stead_call *call, const stead_option *option);
/* The option with that key, or NULL. */
const stead_option *option_find(stead_value key);
/* The option with the next higher key, or NULL. After a null comes the first option. */
const stead_option *option_after(stead_value key);

/* How many sessions, users and texts of sessions a connection may remember, of each (stead.memory.*). 0: none. */
int64_t option_memory_entries(stead_call *call);
extern const stead_option memory_options[];
/* The module's upgrade: options that an earlier schema version knew by another name. */
void option_upgrade(stead_call *call, int64_t from);

#endif
