/*
 * doctor.h - parts of what stead_doctor() says: doctor.c, shape.c, stored.c.
 */
#ifndef STEAD_SQLITE_DOCTOR_H
#define STEAD_SQLITE_DOCTOR_H

#include "host.h"

/* shape.c: what the tables lack; false: columns. */
bool examine_shape(stead_call *call);
/* stored.c: what it says of rows and tables that somebody may have changed. */
void examine_stored(stead_call *call);

#endif
