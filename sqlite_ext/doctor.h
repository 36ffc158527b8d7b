/*
 * doctor.h - the parts of stead_doctor(): doctor.c, shape.c, stored.c.
 */
#ifndef STEAD_SQLITE_DOCTOR_H
#define STEAD_SQLITE_DOCTOR_H

#include "host.h"

/* shape.c: reports what the tables lack. False: a column is missing. */
bool examine_shape(stead_call *call);
/* stored.c: reports rows and tables that somebody may have changed. */
void examine_stored(stead_call *call);

#endif
