/*
 * value.c - values between PostgreSQL and Stead: arguments, parameters, columns and results.
 */
#include "host.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "lib/timestamp.h"

#define ENDLESS (INT64_MAX / 2) /* stands for infinity */

const char *pg_type_name(stead_type type)
{
	static const char *const names[] = {
		"", "boolean", "bigint", "double precision", "text", "timestamp with time zone", "json", "bytea"};

	return names[type];
}

Oid type_oid(stead_type type)
{
	static const Oid oids[] = {InvalidOid, BOOLOID, INT8OID, FLOAT8OID, TEXTOID, TIMESTAMPTZOID, JSONOID, BYTEAOID};

	return oids[type];
}

/* The Datum of a value, made in the current memory context. */
Datum to_datum(stead_value value)
{
	if (value.null)
		return (Datum)0;
	switch (value.type) {
	case STEAD_BOOL:
		return BoolGetDatum(value.boolean);
	case STEAD_INT:
		return Int64GetDatum(value.integer);
	case STEAD_REAL:
		return Float8GetDatum(value.real);
	case STEAD_TIME:
		return TimestampTzGetDatum(value.integer >= ENDLESS    ? DT_NOEND
		                           : value.integer <= -ENDLESS ? DT_NOBEGIN
		                                                       : value.integer - EPOCH_DIFFERENCE);
	default: /* text, json and bytea have the same form */
		if (value.size > MaxAllocSize - VARHDRSZ)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("result is too large")));
		return PointerGetDatum(cstring_to_text_with_len(value.data, (int)value.size));
	}
}

stead_value read_argument(FunctionCallInfo fcinfo, int index, stead_type type)
{
	struct varlena *text;
	int64_t time;

	if (index >= PG_NARGS() || PG_ARGISNULL(index))
		return stead_null(type);
	switch (type) {
	case STEAD_BOOL:
		return stead_bool(PG_GETARG_BOOL(index));
	case STEAD_INT:
		return stead_int(PG_GETARG_INT64(index));
	case STEAD_REAL:
		return stead_real(PG_GETARG_FLOAT8(index));
	case STEAD_TIME:
		time = PG_GETARG_TIMESTAMPTZ(index);
		if (TIMESTAMP_NOT_FINITE(time) || time > INT64_MAX - EPOCH_DIFFERENCE)
			return stead_time(INT64_MAX); /* refused with the other times out of range */
		return stead_time(time + EPOCH_DIFFERENCE);
	default:
		text = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(index));
		return stead_data_as(type, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
}

/* Someone may have written a time that is infinite, or too far from 1970 for an int64. It becomes ENDLESS or -ENDLESS,
 * after or before every other time. Twice that does not overflow, so times can be subtracted. */
static int64_t time_value(TimestampTz time)
{
	if (time >= ENDLESS - EPOCH_DIFFERENCE)
		return ENDLESS;
	return TIMESTAMP_IS_NOBEGIN(time) ? -ENDLESS : time + EPOCH_DIFFERENCE;
}

stead_value stead_column_time(stead_rows *rows, int index)
{
	return stead_column(rows, index, STEAD_TIME); /* the column's type allows only times */
}

/* Takes the columns of the current row out of its tuple, all at once: SPI_getbinval() looks for each from the beginning
 * of the tuple. */
static void take_columns(stead_rows *rows)
{
	rows->taken = rows->at;
	if (rows->types) {
		rows->values = rows->every + (rows->at - 1) * (uint64)rows->width;
		rows->nulls = rows->every_null + (rows->at - 1) * (uint64)rows->width;
	} else {
		TupleDesc columns = rows->rows->tupdesc;

		if (!rows->values) {
			rows->values = MemoryContextAlloc(rows->memory, (Size)columns->natts * sizeof *rows->values);
			rows->nulls = MemoryContextAlloc(rows->memory, (Size)columns->natts * sizeof *rows->nulls);
		}
		heap_deform_tuple(rows->rows->vals[rows->at - 1], columns, rows->values, rows->nulls);
	}
}

stead_value stead_column(stead_rows *rows, int index, stead_type type)
{
	struct varlena *text;
	Datum datum;
	Oid oid;

	if (!rows->open || rows->at == 0)
		elog(ERROR, "stead_%s: a column was read without a row", rows->call->function->name);
	if (index >= (rows->types ? rows->width : rows->rows->tupdesc->natts))
		elog(ERROR, "stead_%s: the query has no column %d", rows->call->function->name, index);
	if (rows->taken != rows->at)
		take_columns(rows);
	if (rows->scan && !(rows->had >> index & 1))
		rows->take(rows, index);
	if (rows->nulls[index])
		return stead_null(type);
	oid = rows->types ? rows->types[index] : TupleDescAttr(rows->rows->tupdesc, index)->atttypid;
	datum = rows->values[index];
	switch (type) {
	case STEAD_BOOL:
		if (oid != BOOLOID)
			break;
		return stead_bool(DatumGetBool(datum));
	case STEAD_INT:
		if (oid != INT8OID && oid != INT4OID)
			break;
		return stead_int(oid == INT8OID ? DatumGetInt64(datum) : DatumGetInt32(datum));
	case STEAD_REAL:
		if (oid != FLOAT8OID)
			break;
		return stead_real(DatumGetFloat8(datum));
	case STEAD_TIME:
		if (oid != TIMESTAMPTZOID)
			break;
		return stead_time(time_value(DatumGetTimestampTz(datum)));
	default:
		if (oid != TEXTOID && oid != JSONOID && oid != BYTEAOID)
			break;
		text = (struct varlena *)DatumGetPointer(datum);
		if (VARATT_IS_COMPRESSED(text) || VARATT_IS_EXTERNAL(text)) { /* a TOAST pointer passes for short, too */
			MemoryContext before;

			if (!rows->row_memory)
				rows->row_memory = AllocSetContextCreate(rows->memory, "stead row", ALLOCSET_SMALL_SIZES);
			before = MemoryContextSwitchTo(rows->row_memory);
			text = pg_detoast_datum_packed(text);
			MemoryContextSwitchTo(before);
		}
		return stead_data_as(type, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	}
	elog(ERROR, "stead_%s: column %d is of type %u, wanted %s", rows->call->function->name, index, oid,
	     stead_type_name(type));
}

bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value)
{
	*value = stead_column(rows, index, type);
	return type != STEAD_TIME || value->null || (value->integer >= STEAD_TIME_MIN && value->integer <= STEAD_TIME_MAX);
}
