/*
 * report.h - the functions that summarise the audit trail. Their registry entries are in audit.c.
 */
#ifndef STEAD_AUDIT_REPORT_H
#define STEAD_AUDIT_REPORT_H

#include "trail/audit/filter.h"
#include "trail/event.h"

/* Reads the current row of a query whose first columns are EVENT_FIELDS. */
void audit_event_read(stead_rows *rows, stead_value *event);

void audit_list(stead_call *call, const stead_value *args);
stead_value audit_count(stead_call *call, const stead_value *args);
void audit_stats(stead_call *call, const stead_value *args);
void audit_top(stead_call *call, const stead_value *args);
void audit_top_actions(stead_call *call, const stead_value *args); /* the same by rollups, of which there are some */
void audit_histogram(stead_call *call, const stead_value *args);

#endif
