/*
 * documents.c - documents against a model in the test, and under eight writers at once.
 *
 * Run it as "documents sqlite SEED STEPS FILE", or as "documents postgresql SEED STEPS" in the database that libpq
 * finds. The model knows of each value that it writes which class of equal values it belongs to; so it needs no
 * comparison of its own.
 */
#include "random.h"

#include <sys/wait.h>
#include <unistd.h>

#define IDS 12
#define WRITERS 8
#define ROUNDS 25
#define LONG                                                                                                           \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"    \
	"9012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"

/* Values, and their classes: those of one class are equal, all others are not. -1: the member is absent. */
static const struct {
	int class;
	const char *text;
} values[] = {
	{-1, NULL},
	{0, "1"},
	{0, "1.0"},
	{0, "10e-1"},
	{1, "true"},
	{2, "\"1\""},
	{2, "\"\\u0031\""},
	{3, "null"},
	{4, "{\"a\":1,\"b\":[2]}"},
	{4, "{ \"b\":[2.0], \"\\u0061\":1e0}"},
	{5, "[1,2]"},
	{6, "[2,1]"},
	{7, "9007199254740993"},
	{8, "9007199254740992"},
	{8, "9007199254740992.0"},
	{9, "0"},
	{9, "-0.0"},
	{10, "\"" LONG "\""},
	{11, "\"" LONG "x\""},
	{12, "{}"},
	{13, "[]"},
	{14, "false"},
};
#define VALUES ((int)(sizeof values / sizeof *values))

typedef struct {
	bool there;
	int value[2]; /* of the members v and w */
	int64_t n, version, place;
} document;

static const char *const members[] = {"v", "w"};
static document model[IDS];
static int64_t next_place;
static bool indexed[2], is_unique[2];
static database on;
static const char *file;

static database connect_again(void)
{
	return file ? open_sqlite(file) : open_postgresql();
}

/* ---- The model --------------------------------------------------------------------------------------------------- */

static int class_of(const document *document, int member)
{
	return values[document->value[member]].class;
}

/* Would the document break a unique index? */
static bool breaks(const document *documents, int id)
{
	for (int m = 0; m < 2; m++)
		for (int i = 0; i < IDS && is_unique[m] && class_of(&documents[id], m) >= 0; i++)
			if (i != id && documents[i].there && class_of(&documents[i], m) == class_of(&documents[id], m))
				return true;
	return false;
}

static void write_body(const document *document, int id, char *out)
{
	out += sprintf(out, "{\"id\":\"d%d\",\"n\":%lld", id, (long long)document->n);
	for (int m = 0; m < 2; m++)
		if (values[document->value[m]].text)
			out += sprintf(out, ", \"%s\" : %s", members[m], values[document->value[m]].text);
	sprintf(out, "}");
}

static void compare(const char *what, char *answer, const char *wanted)
{
	bool good = *wanted == '!' ? is_error(answer) && strstr(answer, wanted + 1) : strcmp(answer, wanted) == 0;

	if (!good)
		wrong("%s: \"%.200s\" instead of \"%.200s\"", what, answer, wanted);
	free(answer);
}

/* Takes what the document would be, unless it breaks an index. */
static bool take(int id, document changed)
{
	document all[IDS];

	memcpy(all, model, sizeof all);
	all[id] = changed;
	if (breaks(all, id))
		return false;
	changed.there = true;
	changed.version = model[id].version + 1;
	changed.place = model[id].there ? model[id].place : next_place++;
	model[id] = changed;
	return true;
}

static void put(int id)
{
	document changed = {.value = {(int)below(VALUES), (int)below(VALUES)}, .n = below(1000)};
	int64_t expected = below(3) ? -1 : model[id].version + (below(4) == 0);
	char body[2000], version[30] = "null", wanted[100];

	write_body(&changed, id, body);
	if (expected >= 0)
		sprintf(version, "%lld", (long long)expected);
	if (expected >= 0 && expected != model[id].version)
		strcpy(wanted, model[id].there ? "!is at version" : "!does not exist");
	else if (take(id, changed))
		sprintf(wanted, "d%d\n", id);
	else
		strcpy(wanted, "!unique member");
	compare("put", askf(on, "SELECT stead_document_put('c', '%s', null, %s)", body, version), wanted);
}

/* Sets or removes v, and keeps the rest. */
static void patch(int id, bool shallow)
{
	document changed = model[id];
	int value = (int)below(VALUES);
	char *answer;

	if (value && values[value].class == 3 && !shallow)
		value = 0;
	if (shallow && value == 0)
		value = 7;
	if (values[value].text && *values[value].text == '{') /* would be merged with what is there */
		value = 4;
	changed.value[0] = value;
	answer = askf(on, "SELECT stead_document_%s('c', 'd%d', '{\"v\":%s}') IS NULL", shallow ? "update" : "patch", id,
	              values[value].text ? values[value].text : "null");
	if (!model[id].there)
		compare("patch of none", answer, "1\n");
	else
		compare("patch", answer, take(id, changed) ? "0\n" : "!unique member");
}

static void increment(int id)
{
	document changed = model[id];
	int by = (int)below(20) - 10;
	char *answer = askf(on, "SELECT CAST(stead_document_increment('c', 'd%d', 'n', %d) AS int)", id, by), wanted[40];

	changed.n += by;
	sprintf(wanted, "%lld\n", (long long)changed.n);
	compare("increment", answer, !model[id].there ? "NULL\n" : take(id, changed) ? wanted : "!?");
}

static void remove_document(int id)
{
	compare("delete", askf(on, "SELECT stead_document_delete('c', 'd%d')", id), model[id].there ? "1\n" : "0\n");
	model[id] = (document){0};
}

static void change_index(void)
{
	int m = (int)below(2);
	bool wants_unique = below(3) == 0, before = indexed[m], was_unique = is_unique[m], good = true;

	if (below(3) == 0) {
		compare("unindex", askf(on, "SELECT stead_document_unindex('c', '%s')", members[m]), before ? "1\n" : "0\n");
		indexed[m] = is_unique[m] = false;
		return;
	}
	is_unique[m] = wants_unique;
	for (int i = 0; i < IDS; i++)
		good &= !model[i].there || !wants_unique || !breaks(model, i) || was_unique;
	compare("index",
	        askf(on, "SELECT stead_document_index('c', '%s', %s)", members[m], wants_unique ? "true" : "false"),
	        !good                                  ? "!unique member"
	        : before && was_unique == wants_unique ? "0\n"
	                                               : "1\n");
	indexed[m] |= good;
	is_unique[m] = good ? wants_unique : was_unique;
}

static void save(void)
{
	document before[IDS];
	int64_t place = next_place;
	char *text = malloc(IDS * 2000), *at = text, body[2000], wanted[20];
	int count = 0, first = (int)below(IDS);
	bool good = true;

	memcpy(before, model, sizeof before);
	at += sprintf(at, "[");
	for (int k = 0; k < IDS; k++) {
		int i = (first + 5 * k) % IDS;

		model[i].there = false;
		if (below(2))
			continue;
		model[i] = (document){true, {(int)below(VALUES), (int)below(VALUES)}, 1, before[i].version + 1, next_place++};
		write_body(&model[i], i, body);
		at += sprintf(at, "%s%s", count++ ? "," : "", body);
	}
	strcpy(at, "]");
	for (int i = 0; i < IDS; i++) {
		good &= !model[i].there || !breaks(model, i);
		if (!model[i].there)
			model[i] = (document){0};
	}
	sprintf(wanted, "%d\n", count);
	if (!good) {
		memcpy(model, before, sizeof before);
		next_place = place;
	}
	compare("save", askf(on, "SELECT stead_document_save('c', '%s')", text), good ? wanted : "!unique member");
	free(text);
}

/* A list by v, w, both or nothing: all at once, by pages, and its count. */
static void list(void)
{
	int wanted_value[2] = {-1, -1}, found = 0;
	int64_t last = -1;
	char filter[2000] = "{", wanted[IDS * 10] = "", page[200] = "null", number_wanted[20];
	char *answer, *got = malloc(IDS * 10 + 1);

	for (int m = 0; m < 2; m++)
		if (below(2)) {
			wanted_value[m] = 1 + (int)below(VALUES - 1);
			sprintf(filter + strlen(filter), "%s\"%s\":%s", strlen(filter) > 1 ? "," : "", members[m],
			        values[wanted_value[m]].text);
		}
	strcat(filter, "}");
	for (;;) {
		int best = -1;

		for (int i = 0; i < IDS; i++) {
			bool good = model[i].there && model[i].place > last && (best < 0 || model[i].place < model[best].place);

			for (int m = 0; m < 2; m++)
				good &= wanted_value[m] < 0 || class_of(&model[i], m) == values[wanted_value[m]].class;
			if (good)
				best = i;
		}
		if (best < 0)
			break;
		last = model[best].place;
		sprintf(wanted + strlen(wanted), "d%d\n", best);
		found++;
	}
	compare(filter, askf(on, "SELECT document_id FROM stead_document_list('c', '%s')", filter), wanted);
	sprintf(number_wanted, "%d\n", found);
	compare(filter, askf(on, "SELECT stead_document_count('c', '%s')", filter), number_wanted);
	*got = 0;
	for (int i = 0; i <= IDS; i++) {
		char *line;

		answer = askf(on, "SELECT document_id, next_page FROM stead_document_list('c', '%s', 2, %s)", filter, page);
		for (line = strtok(answer, "\n"); line; line = strtok(NULL, "\n")) {
			char *bar = strchr(line, '|');

			sprintf(page, "'%s'", bar ? bar + 1 : "");
			snprintf(got + strlen(got), (size_t)IDS * 10 - strlen(got), "%.*s\n", bar ? (int)(bar - line) : 5, line);
		}
		free(answer);
	}
	compare(filter, got, wanted);
}

static void look(int id)
{
	char wanted[30];

	sprintf(wanted, "%lld\n", (long long)model[id].version);
	compare("version", askf(on, "SELECT stead_document_version('c', 'd%d')", id), wanted);
}

static void run(long steps)
{
	for (long i = 0; i < steps; i++) {
		int id = (int)below(IDS);

		switch (below(12)) {
		case 0:
		case 1:
		case 2:
			put(id);
			break;
		case 3:
			patch(id, false);
			break;
		case 4:
			patch(id, true);
			break;
		case 5:
			increment(id);
			break;
		case 6:
			remove_document(id);
			break;
		case 7:
			change_index();
			break;
		case 8:
			if (below(3) == 0)
				save();
			break;
		case 9:
			look(id);
			break;
		default:
			list();
		}
	}
	/* no row of an indexed member is left over, or missing */
	compare("rows of members",
	        ask(on,
	            "SELECT count(*) FROM stead_document_member m WHERE NOT EXISTS (SELECT 1 FROM stead_document d WHERE"
	            " d.number = m.document) OR NOT EXISTS (SELECT 1 FROM stead_document_index i WHERE i.id ="
	            " m.index_id)"),
	        "0\n");
}

/* ---- Eight writers ----------------------------------------------------------------------------------------------- */

/* A writer tries again what was a conflict; any other failure ends it. */
static void try_again(database mine, const char *sql)
{
	for (;;) {
		char *answer = ask(mine, sql);
		bool good = !is_error(answer);

		if (!good && !strstr(answer, "locked") && !strstr(answer, "40P01") && !strstr(answer, "40001"))
			fail("%s\n%s", sql, answer);
		free(answer);
		if (good)
			return;
	}
}

static void add_up(database mine, int me)
{
	(void)me;
	for (int i = 0; i < ROUNDS; i++) {
		bool done = false;

		try_again(mine, "SELECT stead_document_increment('race', 'd', 'n')");
		while (!done) {
			int64_t version = number(mine, "SELECT stead_document_version('race', 'cas')"), n;
			char *body = ask(mine, "SELECT stead_document_get('race', 'cas')"), *answer;

			n = strtoll(strchr(body, ':') + 1, NULL, 10);
			/* the body may be newer than the version: then the version is refused */
			answer = askf(mine, "SELECT stead_document_put('race', '{\"n\":%lld}', 'cas', %lld)", (long long)n + 1,
			              (long long)version);
			done = !is_error(answer);
			if (!done && !strstr(answer, "is at version") && !strstr(answer, "locked"))
				fail("%s", answer);
			free(body);
			free(answer);
		}
	}
}

static void claim_value(database mine, int me)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *answer = askf(mine, "SELECT stead_document_put('claims', '{\"name\":\"n%d\"}', 'w%d-%d')", i, me, i);

		if (is_error(answer) && !strstr(answer, "unique member"))
			fail("%s", answer);
		free(answer);
	}
}

static void save_whole(database mine, int me)
{
	for (int i = 0; i < ROUNDS / 5; i++) {
		char text[2000], *at = text;

		at += sprintf(at, "SELECT stead_document_save('whole', '[");
		for (int k = 0; k < 20; k++) /* ids of its own, and shared ones */
			at += sprintf(at, "%s{\"id\":\"%d-%d\",\"by\":%d}", k ? "," : "", k < 10 ? 99 : me, k, me);
		strcpy(at, "]')");
		try_again(mine, text);
	}
}

/* The first writer makes and drops the index while the others put. */
static void index_beside(database mine, int me)
{
	for (int i = 0; i < ROUNDS; i++) {
		char text[200];

		if (me == 0 && i % 5 == 0)
			sprintf(text, "SELECT stead_document_%s('busy', 'k')", i % 10 ? "unindex" : "index");
		else
			sprintf(text, "SELECT stead_document_put('busy', '{\"k\":%d}', '%d-%d')", i % 3, me, i % 7);
		try_again(mine, text);
	}
	if (me == 0)
		try_again(mine, "SELECT stead_document_index('busy', 'k')");
}

static void race(const char *name, void (*work)(database mine, int me))
{
	pid_t children[WRITERS];
	bool good = true;

	fflush(stdout);
	for (int i = 0; i < WRITERS; i++)
		if ((children[i] = fork()) == 0) {
			database mine = connect_again();

			work(mine, i);
			close_database(mine);
			fflush(NULL);
			_exit(0);
		}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		waitpid(children[i], &status, 0);
		good &= status == 0;
	}
	if (!good)
		wrong("%s: a writer failed", name);
}

static void expect(int64_t wanted, const char *what, const char *sql)
{
	int64_t found = number(on, "%s", sql);

	if (found != wanted)
		wrong("%s: %lld instead of %lld", what, (long long)found, (long long)wanted);
}

static void races(void)
{
	must(on, "SELECT stead_document_put('race', '{\"n\":0}', 'd'), stead_document_put('race', '{\"n\":0}', 'cas'),"
	         " stead_document_index('claims', 'name', true)");
	close_database(on); /* SQLite: no connection is carried over a fork */
	race("adding up", add_up);
	race("claiming values", claim_value);
	race("saving", save_whole);
	race("indexing", index_beside);
	on = connect_again();
	expect(1, "increments are lost",
	       "SELECT stead_document_count('race', '{\"n\":200}') - 1"); /* both documents have it */
	expect(2 * WRITERS * ROUNDS + 2, "versions are lost",
	       "SELECT stead_document_version('race', 'd') + stead_document_version('race', 'cas')");
	expect(ROUNDS, "of eight that claim a value one gets it", "SELECT stead_document_count('claims')");
	expect(20, "one save is there as a whole", "SELECT stead_document_count('whole')");
	for (int k = 0; k < WRITERS; k++) {
		int64_t of_one = number(on, "SELECT stead_document_count('whole', '{\"by\":%d}')", k);

		if (of_one != 0 && of_one != 20)
			wrong("two saves are mixed: %lld documents of one", (long long)of_one);
	}
	for (int k = 0; k < 3; k++) {
		char *indexed_count = askf(on, "SELECT stead_document_count('busy', '{\"k\":%d}')", k);
		char *counted =
			askf(on, "SELECT count(*) FROM stead_document WHERE collection = 'busy' AND body = '{\"k\":%d}'", k);

		compare("an index made beside writers", indexed_count, counted);
		free(counted);
	}
}

int main(int count, char **arguments)
{
	if (count < 4)
		return 2;
	file = strcmp(arguments[1], "sqlite") == 0 ? arguments[4] : NULL;
	seed = strtoul(arguments[2], NULL, 10);
	srandom((unsigned)seed);
	on = connect_again();
	if (!file)
		must(on, "CREATE EXTENSION IF NOT EXISTS stead");
	else
		must(on, "SELECT stead_configure()");
	must(on, "SELECT stead_init()");
	run(strtol(arguments[3], NULL, 10));
	races();
	close_database(on);
	return faults ? 1 : 0;
}
