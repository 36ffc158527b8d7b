/*
 * redact.h - stead_audit_redact. Its registry entry is in seal.c.
 */
#ifndef STEAD_SEAL_REDACT_H
#define STEAD_SEAL_REDACT_H

#include "stead.h"

stead_value audit_redact(stead_call *call, const stead_value *args);

#endif
