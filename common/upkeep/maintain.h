/*
 * maintain.h - stead_maintain(), for the module meta.
 */
#ifndef STEAD_MAINTAIN_H
#define STEAD_MAINTAIN_H

#include "stead.h"

stead_value maintain(stead_call *call, const stead_value *args);

#endif
