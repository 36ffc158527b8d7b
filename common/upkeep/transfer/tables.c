/*
 * tables.c - the tables of an import that is under way.
 */
#include "upkeep/transfer/transfer.h"

const stead_table transfer_tables[] = {
	[TRANSFER_STATE] =
		{
			.name = "transfer",
			.doc = "The import that is under way: one row, or none.",
			.schema = 5,
			.local = true,
			.columns =
				{
					{"id", STEAD_INT, "Always 1.", .key = true},
					{"lines", STEAD_INT, "How many lines came.", .range = {0, INT64_MAX}},
					{"quick", STEAD_INT, "The check of the last of them."},
					{"sha", STEAD_BYTES, "The state of the SHA-256 over them."},
					{"pieces", STEAD_INT, "How many rows they are in.", .range = {0, INT64_MAX}},
					{"source", STEAD_TEXT, "The database and the version that exported them."},
					{"began_at", STEAD_TIME, "When the first piece came."},
				},
		},
	[TRANSFER_PIECES] =
		{
			.name = "transfer_piece",
			.doc = "The lines of the import that is under way, until the last one has come.",
			.schema = 5,
			.local = true,
			.columns =
				{
					{"piece", STEAD_INT, "Number of the piece, from 1.", .key = true},
					{"lines", STEAD_TEXT, "Some lines. Secrets are in them.", .as_it_is = true},
				},
		},
	{0},
};
