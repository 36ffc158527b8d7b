/*
 * export.h - the export of events as lines of JSON; the registry entry is in seal.c, docs/audit-leaf.md has the line.
 */
#ifndef STEAD_SEAL_EXPORT_H
#define STEAD_SEAL_EXPORT_H

#include "stead.h"

void seal_export(stead_call *call, const stead_value *args);

#endif
