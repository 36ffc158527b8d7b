/*
 * walk.h - walks the registry: modules and what they declare, in documentation order.
 *
 * Each function returns what comes after its argument, the first one for NULL, and NULL at the end: for (const
 * stead_table *table = NULL; (table = stead_next_table(table));)
 */
#ifndef STEAD_WALK_H
#define STEAD_WALK_H

#include "core/declare.h"

const stead_module *stead_next_module(const stead_module *after);
const stead_table *stead_next_table(const stead_table *after);
const stead_option *stead_next_option(const stead_option *after);
const stead_target *stead_next_target(const stead_target *after);
/* leaves out those that are gone */
const stead_function *stead_next_function(const stead_function *after);

/* The table of that name, which has no prefix; or NULL. */
const stead_table *stead_find_table(const char *name);

#endif
