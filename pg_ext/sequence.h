/*
 * sequence.h - the sequences of numbered tables: sequence.c.
 */
#ifndef STEAD_PG_SEQUENCE_H
#define STEAD_PG_SEQUENCE_H

#include "host.h"

#include "commands/sequence.h"
#include "utils/relcache.h"

/* The sequence of an identity column, or InvalidOid. Only one column of a table is asked for. */
Oid sequence_of_column(Relation table, AttrNumber column);

#endif
