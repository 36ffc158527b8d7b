/*
 * cookie.c - the value of a cookie in a Cookie header, and which texts are a cookie's name.
 *
 * Linked with: lib/cookie
 */
#include "unit.h"

#include "lib/cookie.h"

/* ---- Helpers ----------------------------------------------------------------------------------------------------- */

/* Searches in memory of exactly the header's size, so that reading beyond it is noticed. The value is shown as its
 * position. */
static bool find(const char *header, size_t size, const char *name, size_t *place, size_t *value_size)
{
	size_t name_size = strlen(name);
	char *exact = malloc(size ? size : 1), *exact_name = malloc(name_size ? name_size : 1);
	const char *value = "untouched";
	bool found;

	assert_non_null(exact);
	assert_non_null(exact_name);
	memcpy(exact, header, size);
	memcpy(exact_name, name, name_size);
	*place = *value_size = 0;
	found = stead_cookie_find(exact, size, exact_name, name_size, &value, value_size);
	if (found) {
		if (value < exact || value + *value_size > exact + size || *value_size == 0)
			fail_msg("the value of %s is not a part of the header", name);
		*place = (size_t)(value - exact);
	} else if (value || *value_size)
		fail_msg("no cookie %s, but a value", name);
	free(exact);
	free(exact_name);
	return found;
}

/* expected: NULL for none. */
static void assert_cookie(const char *header, size_t size, const char *name, const char *expected)
{
	size_t place, value_size;
	bool found = find(header, size, name, &place, &value_size);

	if (found != (expected != NULL))
		fail_msg("%.200s: %s %s", header, name, found ? "found" : "not found");
	if (found && (value_size != strlen(expected) || memcmp(header + place, expected, value_size) != 0))
		fail_msg("%.200s: %s is \"%.*s\", not \"%s\"", header, name, (int)value_size, header + place, expected);
}

static void assert_session(const char *header, const char *expected)
{
	assert_cookie(header, strlen(header), "session", expected);
}

/* ---- A table of headers ------------------------------------------------------------------------------------------ */

static void table(void **state)
{
	static const struct {
		const char *header, *value;
	} cases[] = {
		/* one cookie */
		{"session=abc", "abc"},
		{"a=1; session=abc", "abc"},
		{"session=abc; a=1", "abc"},
		{"a=1; session=abc; b=2", "abc"},
		{"a=1;session=abc;b=2", "abc"},
		{"session=a=b=c", "a=b=c"},
		{"session==", "="},
		{"session=sts_0123456789-_abcdefghijklmnopqrstuvwxyzABCDE", "sts_0123456789-_abcdefghijklmnopqrstuvwxyzABCDE"},
		{"session=\xc3\xa9\xff", "\xc3\xa9\xff"},
		{"SESSION=abc", NULL},
		{"Session=abc; session=def", "def"},
		/* nothing */
		{"", NULL},
		{" ", NULL},
		{";", NULL},
		{"=", NULL},
		{"=abc", NULL},
		{";;;;", NULL},
		{"session", NULL},
		{"session;", NULL},
		{"session; session=abc", "abc"},
		{"session=", NULL},
		{"session=;", NULL},
		{"session= ; a=1", NULL},
		{"a=session", NULL},
		{"a=session=abc", NULL},
		{"a=1, session=abc", NULL},
		{"sessio=abc", NULL},
		{"s", NULL},
		/* space */
		{"  session=abc", "abc"},
		{"session=abc  ", "abc"},
		{"session =abc", "abc"},
		{"session= abc", "abc"},
		{"\tsession\t=\tabc\t", "abc"},
		{"a=1;\t session = a b ;b=2", "a b"},
		{"session=abc\r\n", "abc"},
		{"a=1;\r\n session=abc", "abc"},
		{"session=\t \t", NULL},
		{"ses sion=abc", NULL},
		{"session\v=abc", NULL},
		/* quotes */
		{"session=\"abc\"", "abc"},
		{"session= \"abc\" ", "abc"},
		{"session=\" abc \"", " abc "},
		{"session=\"\"", NULL},
		{"session=\"", "\""},
		{"session=\"abc", "\"abc"},
		{"session=abc\"", "abc\""},
		{"session=\"\"\"", "\""},
		{"session=\"\"abc\"\"", "\"abc\""},
		{"session=\"a\\\"b\"", "a\\\"b"},
		{"session='abc'", "'abc'"},
		{"session=\"a;b\"", "\"a"}, /* a semicolon ends a cookie even there */
		/* the same name more than once: the first that is not empty */
		{"session=abc; session=def", "abc"},
		{"session=; session=def", "def"},
		{"session=\"\"; session= ; session=def; session=ghi", "def"},
		{"session_0=a; session_0=b", "a"},
		{"session_0=; session_0=b", "b"},
		{"session_active=1; session_active=0; session_0=a; session_1=b", "b"},
		{"session_active=; session_active=1; session_0=a; session_1=b", "b"},
		/* a name that begins with the other */
		{"sessionx=abc", NULL},
		{"xsession=abc", NULL},
		{"session_=abc", NULL},
		{"session_x=abc", NULL},
		{"session_5=abc", NULL},
		{"session_9=abc", NULL},
		{"session_10=abc", NULL},
		{"session_00=abc", NULL},
		{"session_-1=abc", NULL},
		{"session_0x=abc", NULL},
		{"session0=abc", NULL},
		{"session__0=abc", NULL},
		{"session_ 0=abc", NULL},
		{"session_active_0=abc", NULL},
		{"session_activex=1; session_0=a; session_1=b", "a"},
		{"session_inactive=1; session_0=a; session_1=b", "a"},
		{"sessionx=1; session_10=2; session_=3; session=abc", "abc"},
		/* slots, and the plain name beside them */
		{"session_0=a", "a"},
		{"session_4=a", "a"},
		{"session=p; session_3=a", "a"},
		{"session=p; session_3=", "p"},
		{"session=p; session_3=\"\"; session_active=3", "p"},
		{"session=p; session_active=0", "p"},
		{"session_active=0", NULL},
		{"session_active=2; session_2=\"a\"", "a"},
		{"session_active=\"2\"; session_1=a; session_2=b", "b"},
		{"session_active = 2 ; session_1=a; session_2=b", "b"},
		{"session_3=a; session_active=2; session_4=b", "a"},
		{"session_4=a; session_3=b; session_active=2", "b"},
		{"session_2=; session_active=2; session_4=b", "b"},
	};

	(void)state;
	assert_true(sizeof cases / sizeof *cases >= 40);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_session(cases[i].header, cases[i].value);
}

/* ---- Accounts ---------------------------------------------------------------------------------------------------- */

/* Every set of slots, with every active one: the rule of cookie.h, written again. */
static void accounts(void **state)
{
	static const char *const values[] = {"zero", "one", "two", "three", "four"};

	(void)state;
	for (unsigned present = 0; present < 64; present++) /* bit 5: the plain name */
		for (int active = -1; active < 5; active++)
			for (int backwards = 0; backwards < 2; backwards++) {
				const char *expected = present & 32 ? "plain" : NULL;
				char header[300] = "theme=dark";

				for (int i = 0; i < 5; i++) {
					int slot = backwards ? 4 - i : i;

					if (present & 1u << slot)
						sprintf(header + strlen(header), "; session_%d=%s", slot, values[slot]);
				}
				if (present & 32)
					strcat(header, "; session=plain");
				if (active >= 0)
					sprintf(header + strlen(header), "; session_active=%d", active);
				for (int slot = 4; slot >= 0; slot--)
					if (present & 1u << slot)
						expected = values[slot];
				if (active >= 0 && present & 1u << active)
					expected = values[active];
				assert_session(header, expected);
			}
}

/* An active cookie that names no slot counts as absent: the lowest slot wins. */
static void active_that_is_none(void **state)
{
	static const char *const texts[] = {"",      " ",    "\"\"", "5",         "9",         "10",  "-1",  "01",
	                                    "+1",    "1.0",  "x",    "1x",        "x1",        "1 1", "0x1", "/",
	                                    ":",     "\xb9", "one",  "true",      "=",         "=1",  "\"1", "'1'",
	                                    "1\x01", "\x01", "_1",   "session_1", "4294967297"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char header[100];

		sprintf(header, "session_active=%s; session_1=b; session_0=a", texts[i]);
		assert_session(header, "a");
		sprintf(header, "session=p; session_active=%s", texts[i]);
		assert_session(header, "p");
	}
	assert_session("session_active; session_1=b; session_0=a", "a");
	assert_cookie("session_active=1\0; session_1=b; session_0=a", 43, "session", "a");
}

/* The name that is searched for decides, whatever it looks like. */
static void other_names(void **state)
{
	static const char header[] = "a=1; __Host-sid=2; sid_1_1=3; sid_1=4; sid_active=1; sid_active_0=5; session=6";
	size_t size = sizeof header - 1;

	(void)state;
	assert_cookie(header, size, "a", "1");
	assert_cookie(header, size, "__Host-sid", "2");
	assert_cookie(header, size, "sid_1", "3"); /* a slot of sid_1 comes before sid_1 itself */
	assert_cookie(header, size, "sid", "4");
	assert_cookie(header, size, "sid_active", "5");
	assert_cookie(header, size, "session", "6");
	assert_cookie(header, size, "sessio", NULL);
	assert_cookie(header, size, "", NULL);
	assert_cookie("=x", 2, "", "x");
	assert_cookie("_1=x", 4, "", "x");
	assert_cookie("a", 1, "a-name-that-is-longer-than-the-header", NULL);
	assert_cookie("s\0n=1; s=2", 10, "s", "2"); /* NUL is a byte like any other */
	assert_cookie("s=1\0002; t=3", 8, "t", NULL);
	assert_cookie("s=1\0002; t=3", 10, "t", "3");
}

/* In a header that is cut off anywhere, it finds what comes before the cut. */
static void cut(void **state)
{
	static const char header[] = "a=1; session_1=\"one\"; session_active=1; session_0 = zero ; session=plain";
	size_t place, size, quoted = strlen("a=1; session_1=\"");

	(void)state;
	for (size_t i = 0; i < sizeof header; i++) {
		bool found = find(header, i, "session", &place, &size);

		assert_true(found == (i >= quoted));
		if (i > quoted + 3)
			assert_true(place == quoted && size == 3);
	}
}

/* ---- Junk -------------------------------------------------------------------------------------------------------- */

#define JUNK 65536
#define LARGE (1 << 20)

static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* A header filled with a pattern, without and with the cookie at its end. If the search were quadratic, a million bytes
 * would not finish before the test is stopped. */
static void assert_junk(const char *pattern, size_t pattern_size, bool separated)
{
	static const char cookie[] = "; session=abc";

	for (size_t size = JUNK; size <= LARGE; size *= LARGE / JUNK) {
		char *junk = malloc(size + sizeof cookie);
		size_t place, value_size;

		assert_non_null(junk);
		for (size_t i = 0; i < size; i++)
			junk[i] = pattern[i % pattern_size];
		assert_false(find(junk, size, "session", &place, &value_size));
		memcpy(junk + size, cookie, sizeof cookie);
		assert_true(find(junk, size + sizeof cookie - 1, "session", &place, &value_size));
		assert_int_equal(value_size, 3);
		assert_int_equal(place, size + 10);
		if (separated) { /* and without a semicolon of its own */
			junk[size - 1] = ';';
			assert_true(find(junk, size + sizeof cookie - 1, "session", &place, &value_size));
		}
		free(junk);
	}
}

static void junk(void **state)
{
	static const char *const patterns[] = {";",
	                                       "=",
	                                       "a",
	                                       " ",
	                                       "\t",
	                                       "\"",
	                                       "; ",
	                                       "=;",
	                                       ";=",
	                                       "a=;",
	                                       "session",
	                                       "a=b; ",
	                                       "session;",
	                                       "session=;",
	                                       "session =\t;",
	                                       "session=  ;",
	                                       "_",
	                                       "s=",
	                                       "session_5=x; ",
	                                       "session_active=1;",
	                                       "session_active=\";",
	                                       "session_active=\"\";"};

	(void)state;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		assert_junk(patterns[i], strlen(patterns[i]), strchr(patterns[i], ';') != NULL);
	assert_junk("\0", 1, false);
	assert_junk("\xff\xfe\x80", 3, false);
	assert_junk("\0=;", 3, true);
}

/* The rule of cookie.h, written again, cookie by cookie and slot by slot. */
static bool slow_find(const char *header, size_t size, const char *name, size_t *place, size_t *value_size)
{
	static const char *const suffixes[] = {"_active", "_0", "_1", "_2", "_3", "_4", ""};
	size_t places[7] = {0}, sizes[7] = {0};
	int chosen = 6;

	for (int k = 0; k < 7; k++) {
		char wanted[100];

		snprintf(wanted, sizeof wanted, "%s%s", name, suffixes[k]);
		for (size_t from = 0, to; from < size && !sizes[k]; from = to + 1) {
			size_t equals, last;

			for (to = from; to < size && header[to] != ';';)
				to++;
			for (equals = from; equals < to && header[equals] != '=';)
				equals++;
			if (equals == to)
				continue;
			while (from < equals && strchr(" \t\r\n", header[from]) && header[from])
				from++;
			for (last = equals; last > from && strchr(" \t\r\n", header[last - 1]) && header[last - 1];)
				last--;
			if (last - from != strlen(wanted) || memcmp(header + from, wanted, last - from) != 0)
				continue;
			for (from = equals + 1; from < to && strchr(" \t\r\n", header[from]) && header[from];)
				from++;
			for (last = to; last > from && strchr(" \t\r\n", header[last - 1]) && header[last - 1];)
				last--;
			if (last - from >= 2 && header[from] == '"' && header[last - 1] == '"')
				from++, last--;
			places[k] = from;
			sizes[k] = last - from;
		}
	}
	for (int k = 5; k > 0; k--)
		if (sizes[k])
			chosen = k;
	if (sizes[0] == 1 && header[places[0]] >= '0' && header[places[0]] <= '4' && sizes[header[places[0]] - '0' + 1])
		chosen = header[places[0]] - '0' + 1;
	*place = places[chosen];
	*value_size = sizes[chosen];
	return sizes[chosen] > 0;
}

/* Headers of random pieces, and of random bytes. */
static void at_random(void **state)
{
	static const char *const pieces[] = {"session", "session", "session_", "_active", "0",  "1",    "4",
	                                     "5",       "=",       "=",        "=",       ";",  ";",    "; ",
	                                     " ",       "\t",      "x",        "\"",      "\"", "\r\n", "sess"};
	uint32_t seed = 20240229;
	size_t finds = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t size = 0, place, value_size, expected_place, expected_size;
		char header[400];
		bool found;

		for (uint32_t count = draw(&seed) % 40; count > 0; count--)
			if (round % 4 == 0)
				header[size++] = (char)draw(&seed);
			else {
				const char *piece = pieces[draw(&seed) % (sizeof pieces / sizeof *pieces)];

				memcpy(header + size, piece, strlen(piece));
				size += strlen(piece);
			}
		found = find(header, size, "session", &place, &value_size);
		finds += found;
		if (found != slow_find(header, size, "session", &expected_place, &expected_size) ||
		    (found && (place != expected_place || value_size != expected_size)))
			fail_msg("round %d: \"%.*s\"", round, (int)size, header);
	}
	assert_true(finds > 1000);
}

static void random_junk(void **state)
{
	char *bytes = malloc(JUNK);
	uint32_t seed = 7;

	(void)state;
	assert_non_null(bytes);
	for (int round = 0; round < 16; round++) {
		size_t place, value_size;

		for (size_t i = 0; i < JUNK; i++)
			bytes[i] = round % 2 ? (char)draw(&seed) : "session_active=0;1 \"\t"[draw(&seed) % 21];
		find(bytes, JUNK, "session", &place, &value_size);
		find(bytes, JUNK, "s", &place, &value_size);
	}
	free(bytes);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static void names(void **state)
{
	static const char *const good[] = {"session", "s",   "__Host-sid",      "__Secure-id",
	                                   "a.b",     "A_0", "!#$%&'*+-.^_`|~", "0"};
	static const char *const bad[] = {"",    " ",   "a b",   "a;",   "a=b", "\"a\"",     "a,b", "a/b",
	                                  "a\t", "a\n", "a\x7f", "(a)",  "<a>", "a@b",       "a:b", "a\\b",
	                                  "[a]", "a?",  "{a}",   "\x01", " a",  "a\xc3\xa9", "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!stead_cookie_name(good[i], strlen(good[i])))
			fail_msg("%s is a name", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (stead_cookie_name(bad[i], strlen(bad[i])))
			fail_msg("\"%s\" is no name", bad[i]);
	assert_false(stead_cookie_name("a\0b", 3));
	assert_false(stead_cookie_name("a", 0));
	assert_true(stead_cookie_name("a;", 1));
	for (int c = 0; c < 256; c++) { /* a token of RFC 7230, section 3.2.6, from its list */
		char name[] = {'a', (char)c};
		bool token = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		             (c && c < 128 && strchr("!#$%&'*+-.^_`|~", c));

		if (stead_cookie_name(name, 2) != token)
			fail_msg("byte %d", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),       cmocka_unit_test(accounts),    cmocka_unit_test(active_that_is_none),
		cmocka_unit_test(other_names), cmocka_unit_test(cut),         cmocka_unit_test(junk),
		cmocka_unit_test(at_random),   cmocka_unit_test(random_junk), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
