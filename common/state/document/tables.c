/*
 * tables.c - the tables of documents.
 */
#include "state/document/document.h"

const stead_table document_tables[] = {
	[DOCUMENT_TABLE] =
		{
			.name = "document",
			.doc = "JSON documents in named collections.",
			.schema = 5,
			.columns =
				{
					{"number", STEAD_INT, "Its place in the order of first insertion.", .key = true, .serial = true,
                     .never_reused = true}, /* a page, and a row of stead_document_member, may know it */
					{"collection", STEAD_TEXT, "1 to 200 bytes."},
					{"id", STEAD_TEXT, "1 to 1000 bytes; unique in its collection."},
					{"body", STEAD_TEXT, "A JSON object, as given."},
					{"version", STEAD_INT, "1, and one more with each change.", .range = {1, INT64_MAX},
                     .unchecked = true},
					{"created_at", STEAD_TIME, "When it was inserted."},
					{"updated_at", STEAD_TIME, "When it last changed."},
				},
			.indexes = {{"id", "collection, id", .unique = true}, {"place", "collection"}},
		},
	[MEMBER_TABLE] =
		{
			.name = "document_member",
			.doc = "The values of indexed members: a row for each, written with the document.",
			.schema = 5,
			.columns =
				{
					{"index_id", STEAD_INT, "The index.", .key = true},
					{"value", STEAD_TEXT, "The value in the form that equal values share; # and its SHA-256 if long.",
                     .key = true},
					{"document", STEAD_INT, "The document's number.", .key = true},
					{"is_unique", STEAD_BOOL, "No other document may have this value."},
				},
			.indexes = {{"document", "document"}, {"unique", "index_id, value", .where = "is_unique", .unique = true}},
		},
	[INDEX_TABLE] =
		{
			.name = "document_index",
			.doc = "Which members of which collections are indexed.",
			.schema = 5,
			.cached = true,
			.columns =
				{
					{"id", STEAD_INT, "Number of the index.", .key = true, .serial = true},
					{"collection", STEAD_TEXT, "The collection."},
					{"member", STEAD_TEXT, "The name of the member, at the top level."},
					{"unique_values", STEAD_BOOL, "No two documents of the collection may have the same value."},
				},
			.indexes = {{"member", "collection, member", .unique = true}},
		},
	[LOCK_TABLE] =
		{
			.name = "document_lock",
			.doc = "What callers wait for: a row for each collection that was saved as a whole, and one for all "
				   "indexes, whose name is empty.",
			.schema = 5,
			.columns =
				{
					{"name", STEAD_TEXT, "The collection, or empty.", .key = true},
					{"changes", STEAD_INT, "Grows with each save, or each change of an index."},
				},
		},
	{0},
};
