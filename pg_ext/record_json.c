/*
 * record_json.c - rows of the application's tables as recorded JSON: see core/record.h.
 */
#include "record.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

#include "lib/timestamp.h"

/* ---- The key ---------------------------------------------------------------------------------------------------- */

/* Can this index be the key? The columns of a unique index must never be null, as those of a primary key are not. */
static int read_key(Relation relation, Relation index, AttrNumber key[MAX_KEY])
{
	Form_pg_index form = index->rd_index;

	if (!form->indisunique || !form->indisvalid || !form->indimmediate || RelationGetIndexPredicate(index) != NIL ||
	    RelationGetIndexExpressions(index) != NIL)
		return 0;
	for (int i = 0; i < form->indnkeyatts; i++) {
		key[i] = form->indkey.values[i];
		if (key[i] <= 0 || !TupleDescAttr(RelationGetDescr(relation), key[i] - 1)->attnotnull)
			return 0;
	}
	return form->indnkeyatts;
}

int record_find_key(Relation relation, AttrNumber key[MAX_KEY])
{
	List *indexes = RelationGetIndexList(relation); /* by their OIDs */
	int count = 0;

	if (OidIsValid(relation->rd_pkindex))
		indexes = list_make1_oid(relation->rd_pkindex);
	for (int i = 0; i < list_length(indexes) && !count; i++) {
		Relation index = index_open(list_nth_oid(indexes, i), AccessShareLock);

		count = read_key(relation, index, key);
		index_close(index, AccessShareLock);
	}
	return count;
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static bool is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

static bool is_known(Oid type)
{
	static const Oid known[] = {BOOLOID,     INT2OID,        INT4OID,      INT8OID,   OIDOID,  FLOAT4OID, FLOAT8OID,
	                            NUMERICOID,  JSONOID,        JSONBOID,     BYTEAOID,  UUIDOID, NAMEOID,   CHAROID,
	                            INETOID,     CIDROID,        MACADDROID,   VARBITOID, BITOID,  TIMEOID,   TIMETZOID,
	                            TSVECTOROID, TIMESTAMPTZOID, TIMESTAMPOID, DATEOID};

	for (int i = 0; i < STEAD_COUNT(known); i++)
		if (type == known[i])
			return true;
	return is_text(type) || get_typtype(type) == TYPTYPE_ENUM;
}

bool record_needs_settings(Form_pg_attribute column)
{
	return !column->attisdropped && !is_known(getBaseType(column->atttypid));
}

int record_begin_settings(void)
{
	static const char *const settings[][2] = {{"search_path", "pg_catalog, pg_temp"}, {"DateStyle", "ISO, YMD"},
	                                          {"IntervalStyle", "postgres"}, {"extra_float_digits", "1"},
	                                          {"bytea_output", "hex"},       {"TimeZone", "UTC"}};
	int level = NewGUCNestLevel();

	for (int i = 0; i < STEAD_COUNT(settings); i++)
		set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void record_end_settings(int level)
{
	AtEOXact_GUC(true, level);
}

static void append_hex(stead_call *call, stead_buffer *json, const char *data, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	char part[1024];
	size_t filled = 0;

	stead_append_text(call, json, "{\"hex\":\"");
	for (size_t i = 0; i < size; i++) {
		part[filled++] = digits[(unsigned char)data[i] >> 4];
		part[filled++] = digits[data[i] & 15];
		if (filled == sizeof part || i + 1 == size) {
			stead_append(call, json, part, filled);
			filled = 0;
		}
	}
	stead_append_text(call, json, "\"}");
}

/* As long as it is JSON by Stead's rules; what is not, such as one with \u0000, is a string. */
static void append_json(stead_call *call, stead_buffer *json, const char *text, size_t size)
{
	stead_value value = stead_json_n(text, size), shown = stead_shown_json(call, value);
	bool is = shown.data == text;

	stead_append_text(call, json, is ? "{\"json\":" : "");
	stead_append_json(call, json, is ? value : shown);
	stead_append_text(call, json, is ? "}" : "");
}

/* JSON has no infinity and no NaN. */
static void append_number(stead_call *call, stead_buffer *json, const char *text)
{
	const char *digits = text + (*text == '-');

	if (*digits >= '0' && *digits <= '9')
		stead_append_text(call, json, text);
	else
		stead_append_json(call, json, stead_text(text));
}

static void append_double(stead_call *call, stead_buffer *json, double number, bool single)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(number) || isinf(number)) {
		stead_append_text(call, json, isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
		return;
	}
	if (single)
		float_to_shortest_decimal_buf((float)number, text);
	else
		double_to_shortest_decimal_buf(number, text);
	stead_append_text(call, json, text);
}

/* Microseconds since 2000, with Z or without: as Stead's times are. False: it is out of their range. */
static bool append_time(stead_call *call, stead_buffer *json, int64 since_2000, bool zone)
{
	char text[STEAD_TIME_SIZE];
	int64 time;

	if (TIMESTAMP_NOT_FINITE(since_2000) || since_2000 > INT64_MAX - EPOCH_DIFFERENCE)
		return false;
	time = since_2000 + EPOCH_DIFFERENCE;
	if (time < STEAD_TIME_MIN || time > STEAD_TIME_MAX)
		return false;
	stead_time_format(time, text);
	stead_append_text(call, json, "\"");
	stead_append(call, json, text, STEAD_TIME_SIZE - !zone);
	stead_append_text(call, json, "\"");
	return true;
}

static bool append_date(stead_call *call, stead_buffer *json, DateADT date)
{
	int year, month, day;

	if (DATE_NOT_FINITE(date))
		return false;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (year < 1 || year > 9999)
		return false;
	stead_append_text(call, json, stead_format(call, "\"%04d-%02d-%02d\"", year, month, day));
	return true;
}

static void append_as_written(stead_call *call, stead_buffer *json, Oid type, Datum value)
{
	Oid output;
	bool varlena;

	getTypeOutputInfo(type, &output, &varlena);
	stead_append_json(call, json, stead_text(OidOutputFunctionCall(output, value)));
}

void record_append_value(stead_call *call, stead_buffer *json, Form_pg_attribute column, Datum value, bool null)
{
	Oid type = getBaseType(column->atttypid);
	struct varlena *data;
	bool done = true;

	if (null) {
		stead_append_text(call, json, "null");
		return;
	}
	switch (type) {
	case BOOLOID:
		stead_append_text(call, json, DatumGetBool(value) ? "true" : "false");
		return;
	case INT2OID:
		stead_append_text(call, json, stead_format(call, "%d", DatumGetInt16(value)));
		return;
	case INT4OID:
		stead_append_text(call, json, stead_format(call, "%d", DatumGetInt32(value)));
		return;
	case INT8OID:
		stead_append_text(call, json, stead_format(call, "%lld", (long long)DatumGetInt64(value)));
		return;
	case OIDOID:
		stead_append_text(call, json, stead_format(call, "%u", DatumGetObjectId(value)));
		return;
	case FLOAT4OID:
		append_double(call, json, DatumGetFloat4(value), true);
		return;
	case FLOAT8OID:
		append_double(call, json, DatumGetFloat8(value), false);
		return;
	case NUMERICOID:
		append_number(call, json, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
		return;
	case JSONBOID: {
		const char *text = DatumGetCString(DirectFunctionCall1(jsonb_out, value));

		append_json(call, json, text, strlen(text));
		return;
	}
	case TEXTOID:
	case VARCHAROID:
	case BPCHAROID:
	case JSONOID:
	case BYTEAOID:
		data = PG_DETOAST_DATUM_PACKED(value);
		if (type == JSONOID)
			append_json(call, json, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
		else if (type == BYTEAOID)
			append_hex(call, json, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
		else
			stead_append_json(call, json, stead_text_n(VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data)));
		return;
	case TIMESTAMPTZOID:
		done = append_time(call, json, DatumGetTimestampTz(value), true);
		break;
	case TIMESTAMPOID:
		done = append_time(call, json, DatumGetTimestamp(value), false);
		break;
	case DATEOID:
		done = append_date(call, json, DatumGetDateADT(value));
		break;
	default:
		done = false;
	}
	if (!done) { /* a time before year 1 is written by DateStyle */
		int level = type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID ? record_begin_settings() : 0;

		append_as_written(call, json, column->atttypid, value);
		if (level)
			record_end_settings(level);
	}
}

void record_append_member(stead_call *call, stead_buffer *json, Form_pg_attribute column, Datum value, bool null)
{
	stead_append_text(call, json, json->size ? "," : "{");
	stead_append_json(call, json, stead_text(NameStr(column->attname)));
	stead_append_text(call, json, ":");
	record_append_value(call, json, column, value, null);
}
