/*
 * random_calls.h - random calls of Stead's functions, by the types and the names of the arguments in the registry:
 * ordinary values, boundaries, hostile texts, JSON of every shape, and values that earlier calls gave.
 *
 * A call depends on its number and the seed only, so each can be made again without those before it.
 */
#ifndef STEAD_TESTS_RANDOM_CALLS_H
#define STEAD_TESTS_RANDOM_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/declare.h"
#include "core/host.h"
#include "core/walk.h"

/* What earlier calls gave, of which the databases have one each: a random one is taken when the call is made. */
typedef enum { GIVEN_NOT, GIVEN_TOKEN, GIVEN_SESSION, GIVEN_PAGE, GIVEN_CHECKPOINT, GIVEN_JWT, GIVEN_KINDS } given;

typedef struct {
	enum { IS_NULL, IS_INT, IS_REAL, IS_TEXT, IS_BOOL, IS_BYTES } is; /* a time and JSON are texts */
	bool wrong; /* not of the type that is declared: for SQLite alone */
	given given;
	int64_t integer; /* of a given value: which one */
	double real;
	char *text;
	size_t size;
} argument;

typedef struct {
	const stead_function *function;
	argument args[STEAD_MAX_ARGS];
	int count;
} call;

/* ---- Chance ----------------------------------------------------------------------------------------------------- */

static uint64_t chance;

static uint64_t next(void) /* splitmix64 */
{
	uint64_t z = chance += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int below(int limit)
{
	return (int)(next() % (uint64_t)limit);
}

static bool one_in(int n)
{
	return below(n) == 0;
}

#define PICK(array) (array)[below((int)(sizeof(array) / sizeof *(array)))]

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

typedef struct {
	char *data;
	size_t size, room;
} buffer;

static void put_n(buffer *to, const char *data, size_t size)
{
	if (to->size + size + 1 > to->room) {
		to->room = 2 * (to->size + size + 1);
		to->data = realloc(to->data, to->room);
		if (!to->data)
			exit(2);
	}
	memcpy(to->data + to->size, data, size);
	to->data[to->size += size] = 0;
}

static void put(buffer *to, const char *text)
{
	put_n(to, text, strlen(text));
}

static void put_many(buffer *to, const char *text, int times)
{
	while (times-- > 0)
		put(to, text);
}

static const char *const hostile[] = {"",
                                      " ",
                                      "a",
                                      "'; DROP TABLE stead_setting; --",
                                      "\"",
                                      "'",
                                      "\\",
                                      "%",
                                      "_",
                                      "*",
                                      "a*",
                                      "**",
                                      "\n",
                                      "\t",
                                      "\x7f",
                                      "\x01",
                                      "é",
                                      "e\xcc\x81",
                                      "日本語",
                                      "😀",
                                      "\xef\xbf\xbf",
                                      "\xef\xbb\xbf",
                                      "$1",
                                      ":a",
                                      "null",
                                      "NULL",
                                      "true",
                                      "0",
                                      "-1",
                                      "1e999",
                                      "stead.x",
                                      "stead.",
                                      "public.stead_setting",
                                      "stead_setting",
                                      "pg_catalog.pg_class",
                                      "a b",
                                      "a.b.c",
                                      "\"a\".\"b\"",
                                      "../x",
                                      "{}",
                                      "[]",
                                      "{",
                                      "\xe2\x80\xae",
                                      "İ",
                                      "ß",
                                      "A",
                                      "ª"};
static const char *const not_utf8[] = {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"};
static const int sizes[] = {1,   99,   100,  101,  199,  200,  201,   320,   321,   400,  401,
                            999, 1000, 1001, 8191, 8192, 8193, 16384, 16385, 65536, 65537};

static void hostile_text(buffer *to)
{
	if (one_in(200)) {
		put_many(to, "x", (1 << 20) + below(3) - 1);
	} else if (one_in(6)) {
		int size = PICK(sizes), unit = below(3);

		put_many(to, unit == 0 ? "x" : unit == 1 ? "é" : "日", size / (unit + 1) + (unit ? below(2) : 0));
	} else
		put(to, PICK(hostile));
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void json_string(buffer *to, const char *text)
{
	put(to, "\"");
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			put(to, "\\"), put_n(to, text, 1);
		else if ((unsigned char)*text < 32)
			put(to, "\\n");
		else
			put_n(to, text, 1);
	put(to, "\"");
}

static const char *const json_scalars[] = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "-0",
                                           "1",
                                           "-1",
                                           "1.0",
                                           "1e2",
                                           "1E+2",
                                           "1.5",
                                           "0.1",
                                           "1e400",
                                           "-1e400",
                                           "1e-400",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "-9223372036854775808",
                                           "-9223372036854775809",
                                           "9007199254740993",
                                           "123456789012345678901234567890",
                                           "\"\"",
                                           "\"a\"",
                                           "\"\\u0000\"",
                                           "\"\\u0041\"",
                                           "\"\\ud83d\\ude00\"",
                                           "\"\\ud800\"",
                                           "\"\\/\"",
                                           "\"é\"",
                                           "[]",
                                           "{}",
                                           "[1,2]",
                                           "[null]",
                                           "[\"a\",\"b\"]",
                                           "[\"a\",1]",
                                           "{\"a\":1}",
                                           "{\"a\":1,\"a\":2}",
                                           "{\"a\":{\"a\":{}}}",
                                           " { } ",
                                           "[ 1 , 2 ]",
                                           "{\"\":0}",
                                           "{\"a\":1,\"b\":[{\"c\":null}]}"};
static const char *const json_broken[] = {
	"",          " ",      "{",   "}",     "[1,]", "{\"a\":}",  "{a:1}",          "{'a':1}", "01",
	"+1",        ".5",     "1.",  "nul",   "TRUE", "NaN",       "Infinity",       "\"",      "\"\\x\"",
	"\"\\u12\"", "\"\n\"", "1 2", "{} {}", "[1}",  "{\"a\" 1}", "\xef\xbb\xbf{}", "// x\n1", "\"\t\"",
	"-",         "1e"};
static const int depths[] = {2,   31,  32,  33,  63,   64,   65,   100,  127,  128, 129,
                             500, 511, 512, 513, 1000, 1024, 2047, 2048, 2049, 6000};

static void json_any(buffer *to)
{
	if (one_in(12))
		put(to, PICK(json_broken));
	else if (one_in(12)) {
		int depth = PICK(depths), kind = below(2);

		put_many(to, kind ? "[" : "{\"a\":", depth);
		put(to, "1");
		put_many(to, kind ? "]" : "}", one_in(10) ? depth - 1 : depth);
	} else if (one_in(8)) {
		buffer text = {0};

		hostile_text(&text);
		json_string(to, text.data ? text.data : "");
		free(text.data);
	} else
		put(to, PICK(json_scalars));
}

/* ---- Values by the name of an argument or of a key -------------------------------------------------------------- */

static const char *const times[] = {"2024-01-01T00:00:00Z",
                                    "2024-02-29T12:34:56.123456Z",
                                    "2024-01-01T00:00:00.000001Z",
                                    "2023-12-31T23:59:59.999999Z",
                                    "2024-03-01T10:00:00+02:00",
                                    "2024-03-01T10:00:00-11:30",
                                    "2025-06-01T00:00:00Z",
                                    "1970-01-01T00:00:00Z",
                                    "1969-12-31T23:59:59.999999Z",
                                    "0001-01-01T00:00:00Z",
                                    "9999-12-31T23:59:59.999999Z",
                                    "2023-02-28T00:00:00Z",
                                    "2024-01-01T24:00:00Z",
                                    "2024-06-30T23:59:60Z",
                                    "2023-02-29T00:00:00Z",
                                    "2024-13-01T00:00:00Z",
                                    "10000-01-01T00:00:00Z",
                                    "0000-01-01T00:00:00Z",
                                    "banana",
                                    "",
                                    "2024-01-01T00:00:00.1234567Z",
                                    "2024-01-01T00:00Z"};
enum { SOUND_TIMES = 12 };
static const int64_t numbers[] = {0,
                                  1,
                                  -1,
                                  2,
                                  3,
                                  5,
                                  8,
                                  9,
                                  10,
                                  50,
                                  100,
                                  1000,
                                  1001,
                                  3600,
                                  10000,
                                  10001,
                                  86400,
                                  86401,
                                  100000,
                                  100001,
                                  1000000,
                                  1000001,
                                  INT64_C(3153600000),
                                  INT64_C(3153600001),
                                  INT32_MAX,
                                  INT64_C(2147483648),
                                  INT32_MIN,
                                  INT64_C(9007199254740993),
                                  (INT64_C(1) << 62) - 1,
                                  INT64_C(1) << 62,
                                  INT64_MAX,
                                  INT64_MIN,
                                  36500,
                                  36501};

/* Names that many calls share, so that they meet. Each list is found by the last word of the argument's name. */
static const struct {
	const char *name;
	const char *const *values; /* up to NULL */
	bool prefix;               /* the argument's name begins with it */
} known[] = {
#define LIST(...)                                                                                                      \
	(const char *const[])                                                                                              \
	{                                                                                                                  \
		__VA_ARGS__, NULL                                                                                              \
	}
	{"action", LIST("login", "logout", "app.start", "app.stop", "app.*", "stead.x", "a", "Login")},
	{"resource_type", LIST("app", "user", "session")},
	{"resource_id", LIST("1", "2", "x y", "é")},
	{"actor_id", LIST("1", "7", "42")},
	{"actor_name", LIST("ann", "bob", "Ann", "Zoë")},
	{"ip_address", LIST("10.0.0.1", "::1")},
	{"user_agent", LIST("curl/8", "Mozilla/5.0 (X11)")},
	{"search", LIST("an", "APP", "%", "\\", "é", "É")},
	{"bucket", LIST("minute", "hour", "day", "week", "month", "year", "Day")},
	{"dimension", LIST("action", "resource_type", "resource_id", "actor_id", "actor_name", "ip_address", "details")},
	{"username", LIST("u0", "u1", "u2", "u3", "u4", "U0", "ü")},
	{"email", LIST("a@example.org", "b@example.org", "A@example.org")},
	{"role_name", LIST("r0", "r1", "r2", "é")},
	{"role", LIST("r0", "r1", "r2")},
	{"permission", LIST("app.view", "app.*", "*", "app", "app.view.x", "users.view", "a b", ".*", "app.", "ap*")},
	{"type", LIST("text", "bool", "int", "real", "json", "TEXT", "blob")},
	{"value", LIST("true", "off", "12", "-3", "1.5", "1e3", "-0", "0x10", " 5", "5 ", "1_000", "9223372036854775808",
                   "{\"a\":1}", "[1, 2]", "null", "NaN", "on", "YES", "5.0", "1e400", "+5", "007")},
	{"default_value", LIST("true", "12", "1.5", "a", "{}", "100", "0")},
	{"fallback", LIST("true", "12", "x", "1.5")},
	{"key", LIST("app.k0", "app.k1", "app.k2", "app.k3", "k", "stead.session.ttl_seconds", "stead.audit.autoseal",
                 "app.k0 ", "APP.K0")},
	{"setting_key", LIST("app.k0", "app.k1", "app.k2", "app.k3", "k", "stead.session.audit")},
	{"prefix", LIST("app.", "app.k", "", "stead.", "%", "APP", "app.k1")},
	{"changed_by", LIST("ann", "bob")},
	{"description", LIST("What it is.", "x")},
	{"target", LIST("audit", "session", "setting_history", "logbook", "\"logbook\"", "no_such", "stead_user", "lo\"g",
                    "a.b.c.d", "stead_audit_event")},
	{"time_column", LIST("at", "id", "no_such", "\"at\"")},
	{"hold_reason", LIST("A case.", "x")},
	{"redact_reason", LIST("asked for", "x")},
	{"revoke_reason", LIST("over", "x")},
	{"kid", LIST("k1", "k2", "k3", "no such")},
	{"algorithm", LIST("HS256", "HS384", "HS512", "EdDSA", "ES256", "RS256", "none", "hs256")},
	{"issuer", LIST("joe", "me")},
	{"audience_claim", LIST("app", "x")},
	{"origin", LIST("o", "example.com/log", "a b", "a+b", "é", "o\n")},
	{"cookie_name", LIST("session", "s", "__Host-s", "a b", "a=b")},
	{"cookie_header", LIST("session=a", "a=b; session=x; session_1=y; session_active=1", "session=\"q\"",
                           "session=", "session_0=a;session_1=b", "session=a; session=b", ";;=;",
                           "session_active=9; session_2=z", "SESSION=a", "session = a ; b", "session=é")},
	{"somebody", LIST("nobody_here")},
	{"grantee", LIST("nobody_here", "public", "no\"body")},
	{"audience", LIST("app", "auditor", "admin", "public", "x")},
	{"name", LIST("stead_help", "stead_audit_log", "audit_log", "stead_no_such")},
	{"token",
     LIST("sts_", "sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "..",
          "eyJhbGciOiJFZERTQSJ9.e30.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpA"
          "r_MuM0KAg")},
	{"session_id", LIST("ses_", "ses_AAAAAAAAAAAAAAAAAAAAAA", "sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "1")},
	{"page", LIST("A", "AAZhWey9ChkAAAAAAAAAAoJwN3vzRcq-", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "====")},
	{"checkpoint", LIST("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "o\n1\n\n", "o\n-1\nx\n",
                        "o\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "\n\n\n")},
};
static const char *const jwt_keys[] = {
	"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
	"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm",
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":"
	"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
	"\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	"{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}",
	"{\"kty\":\"oct\"}",
	"c2hvcnQ"};

/* A text as one would pass it for an argument or a key of that name. */
static void usual_text(buffer *to, const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, name) == 0) {
			int count = 0;

			while (known[i].values[count])
				count++;
			put(to, known[i].values[below(count)]);
			return;
		}
	put(to, PICK(hostile));
}

typedef struct {
	const char *name;
	char type; /* t text or list of texts, p text, b bool, i int, j any, d time, n the same keys but not */
} json_key;

static const json_key event_keys[] = {{"action", 'p'},     {"resource_type", 'p'}, {"resource_id", 'p'},
                                      {"actor_id", 'p'},   {"actor_name", 'p'},    {"success", 'b'},
                                      {"details", 'j'},    {"error", 'p'},         {"ip_address", 'p'},
                                      {"user_agent", 'p'}, {"occurred_at", 'd'},   {NULL, 0}},
					  filter_keys[] = {{"action", 't'},   {"resource_type", 't'}, {"resource_id", 't'},
                                       {"actor_id", 't'}, {"actor_name", 't'},    {"ip_address", 't'},
                                       {"success", 'b'},  {"since", 'd'},         {"until", 'd'},
                                       {"search", 'p'},   {"not", 'n'},           {NULL, 0}},
					  user_keys[] = {{"username", 'p'}, {"email", 'p'}, {"active", 'b'},
                                     {"approved", 'b'}, {"role", 'p'},  {NULL, 0}},
					  option_keys[] = {{"secret", 'b'}, {"min", 'i'}, {"max", 'i'}, {"choices", 'l'}, {NULL, 0}},
					  claim_keys[] = {{"sub", 'p'}, {"iss", 'p'}, {"aud", 'p'}, {"exp", 'e'}, {"nbf", 'e'},
                                      {"iat", 'e'}, {"sid", 'p'}, {"n", 'j'},   {NULL, 0}},
					  detail_keys[] = {{"a", 'j'}, {"b", 'p'}, {"a", 'i'}, {NULL, 0}};

static void json_object(buffer *to, const json_key *keys, bool complete);

static void json_member(buffer *to, const json_key *key)
{
	static const char *const seconds[] = {"1",    "1700000000", "4102444800",   "1.5",   "-1",
	                                      "0",    "1e10",       "253402300800", "\"1\"", "9223372036854775807",
	                                      "1e300"};
	buffer text = {0};
	char number[32];

	json_string(to, key->name);
	put(to, one_in(10) ? " : " : ":");
	if (one_in(14)) {
		json_any(to);
		return;
	}
	switch (key->type) {
	case 'b':
		put(to, one_in(2) ? "true" : "false");
		break;
	case 'i':
		snprintf(number, sizeof number, "%lld", (long long)PICK(numbers));
		put(to, number);
		break;
	case 'j':
		json_any(to);
		break;
	case 'd':
		json_string(to, one_in(10) ? PICK(times) : times[below(SOUND_TIMES)]);
		break;
	case 'e':
		put(to, PICK(seconds));
		break;
	case 'n':
		json_object(to, filter_keys, false);
		break;
	case 'l':
		put(to, one_in(2) ? "[\"a\",\"b\",\"12\"]" : "[\"12\",\"true\"]");
		break;
	case 't':
		if (one_in(4)) {
			int count = one_in(20) ? 100 + below(2) : below(4);

			put(to, "[");
			for (int i = 0; i < count; i++) {
				put(to, i ? "," : "");
				text.size = 0;
				usual_text(&text, key->name);
				json_string(to, text.data);
			}
			put(to, "]");
			break;
		}
		/* fall through */
	default:
		if (one_in(12))
			hostile_text(&text);
		else
			usual_text(&text, key->name);
		json_string(to, text.data ? text.data : "");
	}
	free(text.data);
}

/* Complete: the first key is there, as it must be. */
static void json_object(buffer *to, const json_key *keys, bool complete)
{
	int count = 0, members = 0;

	while (keys[count].name)
		count++;
	put(to, one_in(20) ? " {" : "{");
	for (int i = 0; i < count; i++)
		if ((i == 0 && complete && !one_in(30)) || one_in(count > 5 ? 4 : 2)) {
			put(to, members++ ? "," : "");
			json_member(to, &keys[i]);
		}
	if (one_in(25)) { /* a key that is not known, or is there twice */
		put(to, members++ ? "," : "");
		json_member(to, one_in(2) ? &keys[below(count)] : &(json_key){PICK(hostile), 'j'});
	}
	put(to, "}");
}

static void usual_json(buffer *to, const stead_function *function, const char *name)
{
	if (strcmp(name, "events") == 0) {
		int count = one_in(30) ? 300 : below(5);

		put(to, "[");
		for (int i = 0; i < count; i++) {
			put(to, i ? "," : "");
			json_object(to, event_keys, true);
		}
		put(to, "]");
	} else if (strcmp(name, "changes") == 0 ||
	           (strcmp(name, "filter") == 0 && strcmp(function->name, "user_list") == 0))
		json_object(to, user_keys, false);
	else if (strcmp(name, "filter") == 0)
		json_object(to, filter_keys, false);
	else if (strcmp(name, "options") == 0)
		json_object(to, option_keys, false);
	else if (strcmp(name, "claims") == 0)
		json_object(to, claim_keys, false);
	else
		json_object(to, detail_keys, false);
}

/* ---- Arguments -------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static int64_t usual_number(const char *name)
{
	static const int64_t seconds[] = {0, -1, 3600, 86400, INT64_C(3153600000), INT64_C(3153600001), INT64_MAX},
						 days[] = {0, 1, 30, 400, 36500, 36501, -1};

	if (ends_with(name, "_seconds")) /* what ends within the test would depend on the clock */
		return PICK(seconds);
	if (strcmp(name, "keep_days") == 0)
		return PICK(days);
	if (ends_with(name, "_id") || ends_with(name, "_block"))
		return below(8);
	if (strcmp(name, "max_events") == 0)
		return 1 + below(60);
	if (strncmp(name, "max_", 4) == 0 || ends_with(name, "_rows"))
		return 1 + below(20);
	return PICK(numbers);
}

static given given_for(const char *name)
{
	if (strcmp(name, "token") == 0)
		return one_in(4) ? GIVEN_JWT : GIVEN_TOKEN;
	if (ends_with(name, "session_id"))
		return GIVEN_SESSION;
	return strcmp(name, "page") == 0 ? GIVEN_PAGE : strcmp(name, "checkpoint") == 0 ? GIVEN_CHECKPOINT : GIVEN_NOT;
}

static void take(argument *out, buffer text)
{
	out->is = IS_TEXT;
	out->text = text.data ? text.data : calloc(1, 1);
	out->size = text.size;
}

static void make_wrong(argument *out, stead_type type)
{
	buffer text = {0};

	out->wrong = true;
	switch (below(4)) {
	case 0:
		out->is = IS_INT;
		out->integer = PICK(numbers);
		break;
	case 1:
		out->is = IS_REAL;
		out->real = one_in(2) ? (double)PICK(numbers) : 1.5;
		break;
	case 2:
		put(&text, PICK(hostile));
		take(out, text);
		out->is = IS_BYTES;
		break;
	default:
		put(&text, type == STEAD_TEXT ? PICK(not_utf8) : PICK(hostile));
		if (one_in(2))
			put_n(&text, "\0x", 2);
		take(out, text);
	}
}

static void make_argument(argument *out, const stead_function *function, const stead_arg *arg)
{
	bool unusual = one_in(6), optional = stead_arg_optional(arg) || arg->nullable;
	buffer text = {0};

	if (one_in(optional ? 3 : 25)) {
		out->is = IS_NULL;
		return;
	}
	if (one_in(40)) {
		make_wrong(out, arg->type);
		return;
	}
	switch (arg->type) {
	case STEAD_BOOL:
		out->is = IS_BOOL;
		out->integer = below(2);
		return;
	case STEAD_INT:
		out->is = IS_INT;
		if (ends_with(arg->name, "_ms")) { /* how much a call does must not depend on the clock */
			out->integer = one_in(4) ? -1 : 60000;
			return;
		}
		out->integer = unusual && !ends_with(arg->name, "_seconds") ? PICK(numbers) : usual_number(arg->name);
		return;
	case STEAD_REAL:
		out->is = IS_REAL;
		out->real = (double[]){0, -0.0, 1.5, 1e308, 5e-324, -2, 0.1}[below(7)];
		return;
	case STEAD_TIME:
		put(&text, unusual ? PICK(times) : times[below(SOUND_TIMES)]);
		break;
	case STEAD_JSON:
		if (unusual)
			json_any(&text);
		else
			usual_json(&text, function, arg->name);
		break;
	case STEAD_BYTES:
		hostile_text(&text);
		if (one_in(2))
			put_n(&text, "\0\xff", 2);
		take(out, text);
		out->is = IS_BYTES;
		return;
	default:
		if (!unusual && !one_in(3))
			out->given = given_for(arg->name);
		if (out->given) {
			out->is = IS_TEXT;
			out->integer = (int64_t)(next() >> 2);
			return;
		}
		if (strcmp(arg->name, "path") == 0) /* no file is made */
			put(&text, "/nonexistent/");
		if (unusual)
			hostile_text(&text);
		else if (strcmp(function->name, "jwt_key_set") == 0 && strcmp(arg->name, "key") == 0)
			put(&text, PICK(jwt_keys));
		else
			usual_text(&text, strcmp(arg->name, "except_session_id") == 0 ? "session_id" : arg->name);
	}
	take(out, text);
}

static int function_count(void)
{
	int count = 0;

	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		count++;
	return count;
}

/* Writers come more often: they make what readers read. */
static const stead_function *any_function(void)
{
	static int count;
	const stead_function *function = NULL;

	count = count ? count : function_count();
	for (int tries = one_in(2) ? 1 : 3; tries > 0; tries--) {
		function = NULL;
		for (int n = below(count); n >= 0; n--)
			function = stead_next_function(function);
		if (function->effect == STEAD_WRITES)
			break;
	}
	return function;
}

static call make_call(uint64_t seed, int number)
{
	call made = {0};
	int all, least = 0;

	chance = seed * 1000003u + (uint64_t)number;
	next();
	made.function = any_function();
	all = stead_arg_count(made.function);
	for (int i = 0; i < all; i++)
		if (!stead_arg_optional(&made.function->args[i]))
			least = i + 1;
	made.count = one_in(3) ? least : least + below(all - least + 1);
	for (int i = 0; i < made.count; i++)
		make_argument(&made.args[i], made.function, &made.function->args[i]);
	return made;
}

static void free_call(call *made)
{
	for (int i = 0; i < made->count; i++)
		free(made->args[i].text);
}

#endif
