/*
 * record_row.c - a row of the application's as recorded JSON, read with the rights of the caller. See core/record.h.
 *
 * The owner of the table must not get code of his own run with these rights.
 */
#include "privilege.h"
#include "record.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "lib/text.h"

static const foreign *of(const stead_foreign *table)
{
	return (const foreign *)table;
}

typedef struct search {
	const foreign *table;
	const stead_recording *recording;
	stead_value key, found;
	const stead_value *parts;
	int count; /* columns of the key */
	AttrNumber columns[MAX_KEY];
	Oid as[MAX_KEY]; /* the types that the parts are read as */
	Datum values[MAX_KEY];
	bool read; /* each part is a value of its type */
} search;

/* A part of the key as text; NULL: it is none. */
static const char *part_text(stead_call *call, stead_value part)
{
	if (part.type == STEAD_BYTES) {
		char *hex = stead_alloc(call, 2 * part.size + 1);

		stead_hex_encode((const unsigned char *)part.data, part.size, hex);
		return stead_format(call, "\\x%.*s", (int)(2 * part.size), hex);
	}
	return part.type == STEAD_JSON && *part.data == 'n' ? NULL : stead_string(call, part);
}

static bool is_recorded(const stead_recording *how, const AttrNumber *key, int key_count, Form_pg_attribute column)
{
	if (column->attisdropped)
		return false;
	for (int i = 0; i < key_count; i++)
		if (key[i] == column->attnum)
			return true;
	return stead_records(how, stead_text(NameStr(column->attname)));
}

static bool is_among(const stead_record_filter *filter, stead_value value)
{
	for (int i = 0; i < filter->count; i++)
		if (stead_compare(filter->values[i], value) == 0)
			return true;
	return false;
}

/* Do the filters let the row that was found pass? */
static bool passes(stead_call *call, const stead_recording *how, TupleDesc columns)
{
	HeapTuple tuple = SPI_tuptable->vals[0];
	TupleDesc got = SPI_tuptable->tupdesc;

	for (int i = 0; i < how->filter_count; i++) {
		const stead_record_filter *filter = &how->filters[i];
		stead_buffer json = {0};

		for (int k = 0; k < columns->natts && !json.size; k++) {
			Form_pg_attribute column = TupleDescAttr(columns, k);
			bool null;
			Datum value;

			if (column->attisdropped || !stead_equals(filter->column, NameStr(column->attname)))
				continue;
			value = SPI_getbinval(tuple, got, SPI_fnumber(got, NameStr(column->attname)), &null);
			record_append_value(call, &json, column, value, null);
		}
		if (!json.size || !is_among(filter, stead_json(json.data)))
			return false;
	}
	return true;
}

static void take_found(stead_call *call, search *search, Relation relation)
{
	const AttrNumber *key = search->columns;
	int key_count = search->count;
	TupleDesc columns = RelationGetDescr(relation), got = SPI_tuptable->tupdesc;
	HeapTuple tuple = SPI_tuptable->vals[0];
	stead_buffer json = {0}, of_key = {0};
	int level = record_begin_settings();
	bool null, pass;

	for (int i = 0; i < key_count; i++) {
		Datum value =
			SPI_getbinval(tuple, got, SPI_fnumber(got, NameStr(TupleDescAttr(columns, key[i] - 1)->attname)), &null);

		record_append_member(call, &of_key, TupleDescAttr(columns, key[i] - 1), value, null);
	}
	stead_append_text(call, &of_key, "}");
	for (int i = 0; i < columns->natts; i++) {
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (is_recorded(search->recording, key, key_count, column)) {
			Datum value = SPI_getbinval(tuple, got, SPI_fnumber(got, NameStr(column->attname)), &null);

			record_append_member(call, &json, column, value, null);
		}
	}
	stead_append_text(call, &json, "}");
	pass = passes(call, search->recording, columns);
	record_end_settings(level);
	if (pass && of_key.size == search->key.size && memcmp(of_key.data, search->key.data, of_key.size) == 0)
		search->found = stead_json(json.data);
}

/* Is a text read as this type, and compared, by nothing but what superusers made? The constraint of a domain, also of
 * one within an array or a composite type, is anybody's code, which must not run with the rights of whoever asks. */
static bool is_harmless(Oid type)
{
	Oid element = get_element_type(type);

	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr))
		return false;
	if (type < FirstNormalObjectId || get_typtype(type) == TYPTYPE_ENUM)
		return true;
	return get_typtype(type) == TYPTYPE_BASE && (!OidIsValid(element) || is_harmless(element));
}

/* An error means that the key is none of the column's type. */
static void read_parts(stead_call *call, void *data)
{
	search *search = data;
	frame *frame = frame_of(call);
	int level = record_begin_settings();

	become(frame, frame->saved_user);
	for (int i = 0; i < search->count; i++) {
		const char *text = part_text(call, search->parts[i]);
		Oid type = getBaseType(get_atttype(search->table->relation, search->columns[i])), input, of_element;

		if (!text)
			break;
		search->read = i + 1 == search->count;
		search->as[i] = is_harmless(type) ? type : TEXTOID;
		getTypeInputInfo(search->as[i], &input, &of_element);
		search->values[i] = OidInputFunctionCall(input, (char *)text, of_element, -1);
	}
	become(frame, owner_of_tables(frame));
	record_end_settings(level);
}

static const char *equals_of(Oid type)
{
	Oid equals = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(equals));
	Form_pg_operator found;
	const char *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", equals);
	found = (Form_pg_operator)GETSTRUCT(tuple);
	name = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(found->oprnamespace)),
	                NameStr(found->oprname));
	ReleaseSysCache(tuple);
	return name;
}

/* The names of operators are qualified and their operands of their very types, so that no others fit better. What is
 * not harmless is compared as the text that the type's output function makes, for which no index serves. */
static const char *query_of(const search *search, Relation relation)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT * FROM %s%s", relation->rd_rel->relkind == RELKIND_RELATION ? "ONLY " : "",
	                 search->table->sql_name);
	for (int i = 0; i < search->count; i++) {
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), search->columns[i] - 1);
		const char *name = quote_identifier(NameStr(column->attname));
		Oid as = search->as[i];

		appendStringInfoString(&sql, i ? " AND " : " WHERE ");
		if (as == getBaseType(column->atttypid))
			appendStringInfo(&sql, "CAST(%s AS %s)", name, format_type_with_typemod(as, -1));
		else
			appendStringInfo(&sql, "pg_catalog.format('%%s', %s)", name);
		appendStringInfo(&sql, " %s $%d", equals_of(as), i + 1);
	}
	return sql.data;
}

static void find_row(stead_call *call, search *search)
{
	frame *frame = frame_of(call);
	Relation relation = table_open(search->table->relation, AccessShareLock);
	int level, code;

	search->count = record_find_key(relation, search->columns);
	/* there are no subtransactions in a parallel query: there, a key of another type is an error */
	if (IsInParallelMode())
		read_parts(call, search);
	else if (stead_attempt(call, read_parts, search))
		search->read = false;
	if (search->read) {
		level = record_begin_settings();
		become(frame, frame->saved_user);
		code = SPI_execute_with_args(query_of(search, relation), search->count, search->as, search->values, NULL, true,
		                             1);
		become(frame, owner_of_tables(frame));
		record_end_settings(level);
		if (code == SPI_OK_SELECT && SPI_processed == 1)
			take_found(call, search, relation);
	}
	table_close(relation, AccessShareLock);
}

stead_value stead_record_row(stead_call *call, const stead_foreign *table, const stead_recording *recording,
                             stead_value key, const stead_value *parts)
{
	frame *frame = frame_of(call);
	search *search = stead_alloc(call, sizeof *search); /* not on the stack: it must survive an error */
	Oid caller;

	*search = (struct search){
		.table = of(table), .recording = recording, .key = key, .parts = parts, .found = stead_null(STEAD_JSON)};
	begin_query(call);
	caller = frame->saved_user;
	if (pg_class_aclcheck(of(table)->relation, caller, ACL_SELECT) != ACLCHECK_OK)
		stead_raise(call, STEAD_DENIED, "permission denied for table %s", table->name.data);
	if (check_enable_rls(of(table)->relation, caller, true) == RLS_ENABLED)
		stead_raise(call, STEAD_DENIED, "stead_%s: row security hides rows of table %s from the caller",
		            call->function->name, table->name.data);
	find_row(call, search);
	return search->found;
}
