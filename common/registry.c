/*
 * registry.c - the list of modules, in documentation order. Adding a module adds its line here.
 */
#include "stead.h"

/* clang-format off */
#define MODULES(each) \
	each(meta) \
	each(audit) \
	each(context) \
	each(capture) \
	each(seal) \
	each(verify) \
	each(proof) \
	each(setting) \
	each(cache) \
	each(counter) \
	each(user) \
	each(role) \
	each(session) \
	each(key) \
	each(jwt) \
	each(limit) \
	each(signin) \
	each(document) \
	each(job) \
	each(retention) \
	each(migration) \
	each(transfer) \
	each(overview) \
	each(monitoring) \
	each(backups)
/* clang-format on */

#define DECLARATION(name) extern const stead_module stead_##name;
#define POINTER(name) &stead_##name,

MODULES(DECLARATION)
const stead_module *const stead_modules[] = {MODULES(POINTER) NULL};
