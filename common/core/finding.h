/*
 * finding.h - rows of stead_doctor(): check_name, status, detail, remedy.
 */
#ifndef STEAD_FINDING_H
#define STEAD_FINDING_H

#include "core/declare.h"

typedef enum { STEAD_OK, STEAD_WARN, STEAD_FAIL } stead_status;

/* Emits a row; remedy may be NULL. */
void stead_finding(stead_call *call, const char *check, stead_status status, const char *detail, const char *remedy);
/* Emits the row of a check that passed or not. wrong is what is wrong, or NULL if nothing is: then the row is STEAD_OK,
 * says what is good, and has no remedy. */
void stead_judge(stead_call *call, const char *check, stead_status status, const char *wrong, const char *good,
                 const char *remedy);

#endif
