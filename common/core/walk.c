/*
 * walk.c - walks the registry. See walk.h.
 */
#include "core/walk.h"

#include <string.h>

const stead_module *stead_next_module(const stead_module *after)
{
	bool found = !after;

	for (const stead_module *const *module = stead_modules; *module; module++) {
		if (found)
			return *module;
		found = *module == after;
	}
	return NULL;
}

/* The next item of an array that ends with an item without a name. */
#define NEXT_OF(function, type, array, name)                                                                           \
	const type *function(const type *after)                                                                            \
	{                                                                                                                  \
		bool found = !after;                                                                                           \
                                                                                                                       \
		if (after && after[1].name)                                                                                    \
			return after + 1;                                                                                          \
		for (const stead_module *const *module = stead_modules; *module; module++)                                     \
			for (const type *item = (*module)->array; item && item->name; item++) {                                    \
				if (found)                                                                                             \
					return item;                                                                                       \
				found = item == after;                                                                                 \
			}                                                                                                          \
		return NULL;                                                                                                   \
	}

NEXT_OF(stead_next_table, stead_table, tables, name)
NEXT_OF(stead_next_option, stead_option, options, key)
NEXT_OF(stead_next_target, stead_target, targets, name)

const stead_function *stead_next_function(const stead_function *after)
{
	bool found = !after;

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (int i = 0; i < (*module)->function_count; i++) {
			if (found && !(*module)->functions[i].gone)
				return &(*module)->functions[i];
			found |= &(*module)->functions[i] == after;
		}
	return NULL;
}

const stead_table *stead_find_table(const char *name)
{
	const stead_table *table = NULL;

	while ((table = stead_next_table(table)) && strcmp(table->name, name) != 0)
		;
	return table;
}
