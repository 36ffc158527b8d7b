/*
 * export.h - the export of events as lines of JSON. The registry entry is in proof.c; docs/audit-leaf.md describes the
 * lines.
 */
#ifndef STEAD_EXPORT_H
#define STEAD_EXPORT_H

#include "stead.h"

void audit_export(stead_call *call, const stead_value *args);

#endif
