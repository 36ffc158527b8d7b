/*
 * transfer.c - moving everything Stead keeps from one database to another. docs/moving.md tells how.
 *
 * export.c writes the lines, import.c takes them, complete.c stores their rows. line.c and read.c know what a line is.
 */
#include "upkeep/transfer/transfer.h"

static const stead_function functions[] = {
	{
		.name = "export",
		.doc = "Returns all rows that Stead keeps, as lines of JSON, as of one moment. Either database can import them "
			   "with stead_import(). The first line names the format, the version, the schema version and the "
			   "database. The last line has the number of rows of each section, and the SHA-256 of all lines before "
			   "it. sections: an array of names of modules; all, unless told. Secrets and hashes are in the lines: "
			   "treat them as a backup. On SQLite, the connection must not write until it has the last line.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.direct_only = true,
		.args = {{"sections", STEAD_JSON, .optional = true}},
		.columns = {{"line", STEAD_TEXT}},
		.rows = transfer_export,
	},
	{
		.name = "import",
		.doc =
			"Takes the next piece of an export: whole lines, one or more, at most 16 MiB or a single line. Returns as "
			"JSON how many lines came so far, and whether that is all. The lines are kept aside until the last one "
			"has come. Then its call checks and stores all rows; the sections must have none before. A line that "
			"was changed, left out, doubled or moved is an error that names it. After an error nothing of the piece "
			"is taken: go on with the right line, or begin again with the first. Empty text throws away what came.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"lines", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = transfer_import,
	},
};

const stead_module stead_transfer = {
	.name = "transfer",
	.doc = "Moving everything between the databases, as lines of JSON.",
	.tables = transfer_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.examine = transfer_examine,
};
