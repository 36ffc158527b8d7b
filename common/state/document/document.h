/*
 * document.h - what the files of documents share.
 */
#ifndef STEAD_DOCUMENT_H
#define STEAD_DOCUMENT_H

#include "lib/json.h"
#include "stead.h"

#define DOCUMENT_MAX_COLLECTION 200
#define DOCUMENT_MAX_ID 1000
#define DOCUMENT_MAX_MEMBER 1000
#define DOCUMENT_MAX_INDEXES 16

enum { DOCUMENT_TABLE, MEMBER_TABLE, INDEX_TABLE, LOCK_TABLE };
extern const stead_table document_tables[];

/* ---- body.c: the text of documents ------------------------------------------------------------------------------- */

void document_check_names(stead_call *call, stead_value collection, stead_value id);

/* A document's text, and what one pass over it found. */
typedef struct {
	stead_value text;
	stead_json_scan scan;
} document_body;

/* Scans an argument; raises unless it is a valid JSON object. */
void document_read(stead_call *call, stead_value text, const char *name, document_body *out);
/* Scans what is stored; raises unless it is a valid JSON object: somebody may have written it by hand. */
void document_stored(stead_call *call, stead_value text, document_body *out);

/* The form that equal values share (lib/json_canonical.h) of valid JSON, and that of a string that is no JSON yet. */
stead_value document_form(stead_call *call, const char *data, size_t size);
stead_value document_name_form(stead_call *call, stead_value name);
/* Has valid JSON this form? */
bool document_has_form(stead_call *call, const char *data, size_t size, stead_value form);
/* Finds the last member whose name has this form. */
bool document_member(stead_call *call, const document_body *body, stead_value name_form, stead_json_span *found);
/* The value of a valid JSON string, given with its quotes. */
stead_value document_string(stead_call *call, const char *data, size_t size, const char *name);

/* The id of a document: its member "id", or a new one, which is put first into the text. */
stead_value document_take_id(stead_call *call, document_body *body, const char *name);

/* ---- merge.c: changing documents --------------------------------------------------------------------------------- */

/* RFC 7396; shallow: a member of changes replaces the whole member, null too. Both are objects. The result has no
 * insignificant white space. */
stead_value document_merge(stead_call *call, stead_value body, stead_value changes, bool shallow);

/* ---- index.c: indexed members ------------------------------------------------------------------------------------ */

typedef struct {
	int64_t id;
	bool is_unique;
	stead_value member, form; /* its name, and the form of that */
} document_index;
typedef struct {
	int count;
	document_index list[DOCUMENT_MAX_INDEXES];
} document_indexes;

/* The indexes of a collection, as the snapshot has them. */
void document_indexes_read(stead_call *call, stead_value collection, document_indexes *out);
/* The same, but perhaps as another snapshot has them. */
void document_indexes_expect(stead_call *call, stead_value collection, document_indexes *out);
/* The same, but as they were at some time; false: nothing is known. */
bool document_indexes_hint(stead_call *call, stead_value collection, document_indexes *out);
/* Does it seem to have none? */
bool document_none_expected(stead_call *call, stead_value collection);
/* The same for a writer, after it has written a document: then they stay as they are until the transaction ends. */
void document_indexes_get(stead_call *call, stead_value collection, document_indexes *out);
/* The value of a row of stead_document_member for a form. */
stead_value document_index_value(stead_call *call, stead_value form);
/* Writes the indexed members of a document that has changed; or of all documents of the collection. */
void document_index_one(stead_call *call, stead_value collection, const document_indexes *indexes, int64_t number,
                        stead_value body);
void document_index_all(stead_call *call, stead_value collection, const document_indexes *indexes);
/* Deletes those of a document, or of documents of the collection that are gone. */
void document_unindex_one(stead_call *call, int64_t number);
void document_unindex_gone(stead_call *call, const document_indexes *indexes);

stead_value document_index_define(stead_call *call, const stead_value *args);
stead_value document_unindex(stead_call *call, const stead_value *args);
void document_collections(stead_call *call, const stead_value *args);

/* ---- write.c, save.c, list.c: the functions ---------------------------------------------------------------------- */

stead_value document_put(stead_call *call, const stead_value *args);
stead_value document_update(stead_call *call, const stead_value *args);
stead_value document_patch(stead_call *call, const stead_value *args);
stead_value document_increment(stead_call *call, const stead_value *args);
stead_value document_delete(stead_call *call, const stead_value *args);
stead_value document_save(stead_call *call, const stead_value *args);
stead_value document_clear(stead_call *call, const stead_value *args);
stead_value document_count(stead_call *call, const stead_value *args);
void document_list(stead_call *call, const stead_value *args);
stead_measure document_measure; /* measure.c */

#endif
