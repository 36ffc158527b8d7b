/*
 * document.c - JSON documents in named collections: the registry entries.
 *
 * The text of a document is kept as given. When two values are equal is decided in one place, lib/json_canonical.h, for
 * filters and for indexes, on both databases.
 */
#include "state/document/document.h"

static stead_value document_get(stead_call *call, const stead_value *args)
{
	stead_value body = stead_null(STEAD_JSON);
	stead_rows *rows;

	document_check_names(call, args[0], args[1]);
	rows =
		stead_open_as(call, STEAD_BY_KEY, "SELECT body FROM stead_document WHERE collection = $1 AND id = $2", 2, args);
	if (stead_next(rows)) { /* and stays open, as the result may point to it: it is not copied twice */
		body = stead_column(rows, 0, STEAD_TEXT);
		body.type = STEAD_JSON;
	}
	return body;
}

static stead_value document_version(stead_call *call, const stead_value *args)
{
	stead_value version = stead_int(0);
	stead_rows *rows;

	document_check_names(call, args[0], args[1]);
	rows = stead_open_as(call, STEAD_BY_KEY, "SELECT version FROM stead_document WHERE collection = $1 AND id = $2", 2,
	                     args);
	if (stead_next(rows))
		version = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	return version;
}

#define EXPECTED "expected_version: the version the document must be at, 0 for none, else it is an error (conflict)."
#define FILTER                                                                                                         \
	"filter: an object of at most 100 members; a document must have all of them, with equal values. Types are "        \
	"distinct, 1 = 1.0, null matches null alone, and objects are equal whatever the order of their members. "

static const stead_function functions[] = {
	{
		.name = "document_put",
		.doc =
			"Inserts a document, in the place of the one of that id if there is one, and returns the id. collection: 1 "
			"to 200 bytes. "
			"document: a JSON object of at most 1 MiB, kept as given. document_id: 1 to 1000 bytes; unless given, it "
			"is the member \"id\", a string or a number; without one, a new UUID, which is put first into the "
			"document. " EXPECTED " Replacing keeps the place in the order.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"document", STEAD_JSON},
                 {"document_id", STEAD_TEXT, .optional = true},
                 {"expected_version", STEAD_INT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = document_put,
	},
	{
		.name = "document_get",
		.doc = "Returns a document as it was given, or null if there is none.",
		.since = "0.2",
		.effect = STEAD_READS,
		.one_statement = true,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT}, {"document_id", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = document_get,
	},
	{
		.name = "document_version",
		.doc = "Returns the version of a document, or 0 if there is none. It begins with 1 and grows by 1 with each "
			   "change.",
		.since = "0.2",
		.effect = STEAD_READS,
		.one_statement = true,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT}, {"document_id", STEAD_TEXT}},
		.returns = STEAD_INT,
		.call = document_version,
	},
	{
		.name = "document_update",
		.doc = "Replaces members of a document at the top level, each as a whole, and returns the document; null if "
			   "there is none. A null is stored as null. " EXPECTED,
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"document_id", STEAD_TEXT},
                 {"changes", STEAD_JSON},
                 {"expected_version", STEAD_INT, .optional = true}},
		.returns = STEAD_JSON,
		.call = document_update,
	},
	{
		.name = "document_patch",
		.doc = "Changes a document by a JSON Merge Patch (RFC 7396), in which objects are merged and null removes, and "
			   "returns the document; null if there is none. " EXPECTED,
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"document_id", STEAD_TEXT},
                 {"patch", STEAD_JSON},
                 {"expected_version", STEAD_INT, .optional = true}},
		.returns = STEAD_JSON,
		.call = document_patch,
	},
	{
		.name = "document_increment",
		.doc =
			"Adds to a number in a document and returns the sum; null if there is no such document. member: its name, "
			"at the top level; if it is absent it counts as 0. If it is no number, or the sum is out of range, it is "
			"an error. An integer plus a whole number stays an integer, of 64 bits.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"document_id", STEAD_TEXT},
                 {"member", STEAD_TEXT},
                 {"by", STEAD_REAL, .fallback = "1"}},
		.returns = STEAD_REAL,
		.call = document_increment,
	},
	{
		.name = "document_delete",
		.doc = "Deletes a document; returns false if there was none. " EXPECTED,
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"document_id", STEAD_TEXT},
                 {"expected_version", STEAD_INT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = document_delete,
	},
	{
		.name = "document_list",
		.doc = "Lists the documents of a collection in the order of first insertion. " FILTER
			   "max_rows: 1 to 10000. page: the next_page of a row, to list what follows it.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT},
                 {"filter", STEAD_JSON, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "100"},
                 {"page", STEAD_TEXT, .optional = true}},
		.columns = {{"document_id", STEAD_TEXT},
                    {"document", STEAD_JSON},
                    {"version", STEAD_INT},
                    {"created_at", STEAD_TIME},
                    {"updated_at", STEAD_TIME},
                    {"next_page", STEAD_TEXT}},
		.rows = document_list,
	},
	{
		.name = "document_count",
		.doc = "Counts the documents of a collection. " FILTER,
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT}, {"filter", STEAD_JSON, .optional = true}},
		.returns = STEAD_INT,
		.call = document_count,
	},
	{
		.name = "document_save",
		.doc = "Replaces a whole collection by an array of documents, in its order, and returns how many; all or none. "
			   "The array has at most 64 MiB. Ids are taken as by stead_document_put; the same id twice is an error "
			   "(conflict). A document that was there before continues its versions.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT}, {"documents", STEAD_JSON, .most = 64 << 20}},
		.returns = STEAD_INT,
		.call = document_save,
	},
	{
		.name = "document_clear",
		.doc = "Deletes all documents of a collection and returns how many. Its indexes stay.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"collection", STEAD_TEXT}},
		.returns = STEAD_INT,
		.call = document_clear,
	},
	{
		.name = "document_index",
		.doc = "Indexes a member of a collection's documents, so that lists and counts with that member in the filter "
			   "read only what matches; returns false if it was indexed so before. member: its name, at the top level, "
			   "1 to 1000 bytes; at most 16 of a collection. unique_values: no two documents may have the same value; "
			   "where two have, it is an error (conflict). Nobody writes documents meanwhile.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"collection", STEAD_TEXT},
                 {"member", STEAD_TEXT},
                 {"unique_values", STEAD_BOOL, .fallback = "false"}},
		.returns = STEAD_BOOL,
		.call = document_index_define,
	},
	{
		.name = "document_unindex",
		.doc = "Drops the index of a member; returns false if there was none.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"collection", STEAD_TEXT}, {"member", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = document_unindex,
	},
	{
		.name = "document_collections",
		.doc = "Lists the collections that have documents or indexes, by name. indexes: an array of "
			   "{\"member\",\"unique\"}.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.columns = {{"collection", STEAD_TEXT}, {"documents", STEAD_INT}, {"indexes", STEAD_JSON}},
		.rows = document_collections,
	},
};

const stead_module stead_document = {
	.name = "document",
	.doc = "JSON documents in named collections.",
	.tables = document_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.measure = document_measure,
};
