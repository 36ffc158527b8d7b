/*
 * registry.c - the list of modules, in documentation order. Adding a module adds its line here.
 */
#include "stead.h"

extern const stead_module stead_meta, stead_audit;

const stead_module *const stead_modules[] = {
    &stead_meta,
    &stead_audit,
    NULL,
};
