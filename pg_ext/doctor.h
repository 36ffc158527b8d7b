/*
 * doctor.h - the parts of stead_doctor(): doctor.c, definition.c, owner.c, granted.c, sequence.c.
 */
#ifndef STEAD_PG_DOCTOR_H
#define STEAD_PG_DOCTOR_H

#include "host.h"

/* owner.c; false: no query can use the tables that are there. */
bool examine_owners(stead_call *call);
/* definition.c */
void examine_definitions(stead_call *call);
/* granted.c */
void examine_grants(stead_call *call);
/* sequence.c */
void report_numbers(stead_call *call);

/* ---- elsewhere.c ------------------------------------------------------------------------------------------------ */

#define ENCODING_REMEDY "Use a database with ENCODING 'UTF8'."
/* SQL that recreates the extension in a schema, with the tables there and what was granted. */
const char *renewal(const char *schema);
/* Part of stead_init(): refuses to make tables while another schema holds some of Stead's. */
void refuse_elsewhere(frame *frame);
void examine_elsewhere(stead_call *call);

#endif
