/*
 * oom.c - memory runs out in every function, at every place: one allocation fails, once or with all that follow it.
 * Allocations of SQLite and jansson are counted together. A place is the stack of calls down to the innermost function
 * of Stead: of the allocations that SQLite makes below it, some are tried (chosen()).
 *
 * After each attempt, the answer is right or is "out of memory"; a failed call has changed nothing (unless it commits
 * in steps); the database is sound and usable; sqlite3_close() returns SQLITE_OK; and nothing has leaked. It prints
 * one line per sample, for each of the ways.
 *
 * Each attempt is made by a child process, forked when that allocation is asked for: what comes before it is done once.
 */
#include <execinfo.h>
#include <jansson.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lite.h"
#include "samples.h"

/* ---- Allocators that fail on command --------------------------------------------------------------------------- */

static sqlite3_mem_methods real;
static long countdown;       /* number of allocations until one fails; 0: none will */
static bool persistent;      /* all after it fail, too */
static bool struck;          /* one has failed */
static long jansson_balance; /* blocks that jansson holds */

static void note_place(void);
static bool noting;  /* where allocations are made is noted, and none fails */
static bool ours;    /* the test itself allocates */
static bool *points; /* the allocations, by their number, of which each fails in a child */
static long at, point_count;

static bool try_in_child(void);

static bool fails(void)
{
	if (ours)
		return false;
	if (noting)
		note_place();
	if (struck)
		return persistent;
	if (points && ++at < point_count && points[at])
		return struck = try_in_child();
	if (countdown == 0 || --countdown > 0)
		return false;
	return struck = true;
}

static void arm(long n, bool from_there_on)
{
	countdown = n;
	persistent = from_there_on;
	struck = false;
}

static void disarm(void)
{
	countdown = 0;
	persistent = noting = false;
	points = NULL;
}

static void *failing_malloc(int size)
{
	return fails() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size)
{
	return fails() ? NULL : real.xRealloc(memory, size);
}

static void *failing_json_malloc(size_t size)
{
	void *memory = fails() ? NULL : malloc(size);

	jansson_balance += memory != NULL;
	return memory;
}

static void json_release(void *memory)
{
	jansson_balance -= memory != NULL;
	free(memory);
}

static void install(void)
{
	sqlite3_mem_methods failing;

	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* a child would wait for the mutexes that its parent's thread holds */
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
	failing = real;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* otherwise small allocations would not be counted */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1);
	json_set_alloc_funcs(failing_json_malloc, json_release);
	sqlite3_initialize();
}

/* ---- Places of allocations ------------------------------------------------------------------------------------- */

typedef struct {
	uint64_t hash; /* of the return addresses */
	long n;
} place;

static place *places; /* of a call, in order, which chosen() sorts */
static long place_count, place_room;
static uintptr_t module_begin, module_end;

/* The addresses at which the module is loaded now. */
static int find_module(struct dl_phdr_info *info, size_t size, void *data)
{
	const char *name = strrchr(info->dlpi_name, '/');

	(void)size, (void)data;
	if (!name || strcmp(name, "/stead.so") != 0)
		return 0;
	module_begin = module_end = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			module_end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	return 1;
}

static void note_place(void)
{
	void *stack[200];
	int depth = backtrace(stack, 200), innermost = 0;
	uint64_t hash = 14695981039346656037u;

	while (innermost < depth &&
	       ((uintptr_t)stack[innermost] < module_begin || (uintptr_t)stack[innermost] >= module_end))
		innermost++;
	for (int i = innermost == depth ? 0 : innermost; i < depth; i++)
		hash = (hash ^ (uintptr_t)stack[i]) * 1099511628211u ^ hash >> 32;
	if (place_count == place_room)
		places = realloc(places, (size_t)(place_room = 2 * place_room + 1000) * sizeof *places);
	places[place_count] = (place){hash, place_count + 1};
	place_count++;
}

static int by_place(const void *a, const void *b)
{
	const place *one = a, *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return (one->n > other->n) - (one->n < other->n);
}

/*
 * The points to try, marked by their number: of each place the first two allocations, the 4th, the 8th and so on,
 * and the last. There may be some thousand, in a statement that is prepared or steps over rows.
 */
static bool *chosen(void)
{
	bool *points = calloc((size_t)place_count + 1, sizeof *points);

	point_count = place_count + 1;
	qsort(places, (size_t)place_count, sizeof *places, by_place);
	for (long i = 0, nth = 0; i < place_count; i++) {
		bool last = i + 1 == place_count || places[i + 1].hash != places[i].hash;

		nth++;
		points[places[i].n] = (nth & (nth - 1)) == 0 || last;
		if (last)
			nth = 0;
	}
	return points;
}

/* ---- One attempt ----------------------------------------------------------------------------------------------- */

static unsigned char *image; /* the seeded database */
static sqlite3_int64 image_size;
static char *seeded_contents;

static struct {
	char failure[800]; /* the first fault of the current sample */
} * outcome;           /* which the processes share */

static void fault(long n, const char *what, const char *detail)
{
	if (!*outcome->failure)
		snprintf(outcome->failure, sizeof outcome->failure, "allocation %ld: %s: %.500s", n, what, detail);
}

static sqlite3 *open_image(void)
{
	sqlite3 *db;
	unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)image_size);

	memcpy(copy, image, (size_t)image_size);
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_deserialize(db, "main", copy, image_size, image_size,
	                        SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK ||
	    load(db) != SQLITE_OK) {
		fprintf(stderr, "the image does not open: %s\n", sqlite3_errmsg(db));
		exit(2);
	}
	return db;
}

static bool is_out_of_memory(const answer *answer)
{
	return (answer->code & 0xff) == SQLITE_NOMEM || answer->code == SQLITE_IOERR_NOMEM;
}

/* The database is byte for byte the image: so it holds what the image does, and is as sound. */
static bool untouched(sqlite3 *db)
{
	sqlite3_int64 size;
	unsigned char *now = sqlite3_serialize(db, "main", &size, SQLITE_SERIALIZE_NOCOPY);

	return now && size == image_size && memcmp(now, image, (size_t)size) == 0;
}

static void check_after(sqlite3 *db, const sample *sample, long n, const answer *expected, bool succeeded)
{
	if (!sqlite3_get_autocommit(db))
		fault(n, "a transaction is left open", succeeded ? "after success" : "after an error");
	if (!untouched(db)) {
		char *now = contents(db);
		answer sound = ask(db, "PRAGMA integrity_check");

		if (!succeeded && !sample->in_steps && strcmp(now, seeded_contents) != 0)
			fault(n, "a failed call has left a change", now);
		if (strcmp(sound.text, "ok|\n") != 0)
			fault(n, "integrity_check", sound.text);
		sqlite3_free(now);
		sqlite3_free(sound.text);
	}
	if (!succeeded) { /* with memory again, the same connection must succeed */
		answer again = ask(db, sample->sql);

		if (strcmp(again.text, expected->text) != 0)
			fault(n, "the call afterwards", again.text);
		sqlite3_free(again.text);
	}
}

static char *given; /* an answer; what it takes is not SQLite's memory, so it is not counted */
static size_t given_size, given_room;

static void give(const char *text, char end)
{
	size_t size = strlen(text);

	if (given_size + size + 2 > given_room)
		given = realloc(given, given_room = 2 * given_room + size + 1000);
	memcpy(given + given_size, text, size);
	given_size += size;
	given[given_size++] = end;
	given[given_size] = 0;
}

static void give_row(sqlite3_stmt *statement)
{
	ours = true; /* a number as text is memory */
	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		const char *value = (const char *)sqlite3_column_text(statement, i);

		give(value ? value : "NULL", '|');
	}
	give("", '\n');
	ours = false;
}

static long tried; /* children */

/* True in the child. The parent waits for its end. */
static bool try_in_child(void)
{
	int status;
	pid_t child;

	if (*outcome->failure)
		return false;
	child = fork();
	if (child == 0)
		return true;
	if (waitpid(child, &status, 0) != child || status != 0)
		fault(at, "the process ended", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "with an error");
	tried++;
	return false;
}

/*
 * The sample's call by hand, so that nothing of ours allocates while memory runs out. The children that it forks check
 * after the call what it checks, too.
 */
static void attempt(const sample *sample, int way, bool *at_points, const answer *expected)
{
	sqlite3_int64 before = sqlite3_memory_used();
	long balance = jansson_balance;
	sqlite3 *db = open_image();
	sqlite3_stmt *statement;
	answer failed = {0};
	int code;

	if (way != 3) /* SQLite makes most of the allocations when it reads the schema: testing that once is enough */
		sqlite3_free(ask(db, "SELECT 1 FROM stead_schema").text);
	if (way == 2) { /* an earlier call, which was undone, has left its statements */
		sqlite3_free(ask(db, "BEGIN").text);
		sqlite3_free(ask(db, sample->sql).text);
		sqlite3_free(ask(db, "ROLLBACK").text);
	}
	given_size = 0;
	arm(0, way == 1);
	at = 0;
	noting = !at_points;
	place_count = noting ? 0 : place_count;
	dl_iterate_phdr(find_module, NULL);
	points = at_points;
	code = sqlite3_prepare_v2(db, sample->sql, -1, &statement, NULL);
	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(statement)) == SQLITE_ROW)
			give_row(statement);
		code = sqlite3_finalize(statement);
	}
	disarm();
	failed.code = code;
	if (code != SQLITE_OK && !(struck && is_out_of_memory(&failed)) && strncmp(expected->text, "error", 5) != 0)
		fault(at, "another error than out of memory", sqlite3_errmsg(db));
	if (code == SQLITE_OK && strcmp(given_size ? given : "", expected->text) != 0)
		fault(at, "a wrong answer", given_size ? given : "none");
	check_after(db, sample, at, expected, code == SQLITE_OK);
	if (sqlite3_close(db) != SQLITE_OK)
		fault(at, "sqlite3_close refuses", sqlite3_errmsg(db));
	if (sqlite3_memory_used() != before)
		fault(at, "SQLite's memory has leaked", sample->sql);
	if (jansson_balance != balance)
		fault(at, "jansson's memory has leaked", sample->sql);
	if (struck)
		_exit(0);
}

static void sweep(const sample *sample, int way)
{
	static const char *const ways[] = {"once", "from there on", "once, with statements kept", "once, schema and all"};
	sqlite3 *db = open_image();
	answer expected = ask(db, sample->sql);
	bool *some;

	sqlite3_close(db);
	*outcome->failure = 0;
	attempt(sample, way, NULL, &expected);
	some = chosen();
	tried = 0;
	attempt(sample, way, some, &expected);
	if (tried == 0)
		fault(0, "nothing was tried", sample->sql);
	printf("%sok oom: %s, %s, %ld of %ld points%s%s\n", *outcome->failure ? "not " : "", sample->function, ways[way],
	       tried, place_count, *outcome->failure ? "\n# " : "", outcome->failure);
	if (*outcome->failure)
		printf("# %s\n", sample->sql);
	sqlite3_free(expected.text);
	free(some);
}

/* ---- Loading, and the seed ------------------------------------------------------------------------------------- */

static void sweep_loading(void)
{
	bool through = false;
	long n;

	*outcome->failure = 0;
	for (n = 1; !through && !*outcome->failure; n++) {
		sqlite3_int64 before = sqlite3_memory_used();
		sqlite3 *db;
		int code;

		if (sqlite3_open(":memory:", &db) != SQLITE_OK)
			exit(2);
		sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
		arm(n, false);
		code = sqlite3_load_extension(db, module_path(), NULL, NULL);
		through = !struck;
		disarm();
		if (through && code != SQLITE_OK)
			fault(n, "loading fails without a cause", sqlite3_errmsg(db));
		if (load(db) != SQLITE_OK)
			fault(n, "loading again fails", sqlite3_errmsg(db));
		else {
			answer answer = ask(db, seed);

			if (answer.code != SQLITE_OK)
				fault(n, "the seed fails afterwards", answer.text);
			sqlite3_free(answer.text);
		}
		if (sqlite3_close(db) != SQLITE_OK)
			fault(n, "sqlite3_close refuses", "");
		if (sqlite3_memory_used() != before)
			fault(n, "memory has leaked", "");
	}
	printf("%sok oom: loading, %ld points%s%s\n", *outcome->failure ? "not " : "", n - 2,
	       *outcome->failure ? "\n# " : "", outcome->failure);
}

/* With more SQL than the seed's, or NULL. */
static void make_image(const char *more)
{
	sqlite3 *db;
	answer answer;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK || load(db) != SQLITE_OK) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		exit(2);
	}
	answer = ask(db, seed);
	if (answer.code != SQLITE_OK) {
		fprintf(stderr, "the seed fails: %s\n", answer.text);
		exit(2);
	}
	sqlite3_free(answer.text);
	sqlite3_free(seeded_contents);
	sqlite3_free(image);
	sqlite3_free(ask(db, more ? more : "").text);
	seeded_contents = contents(db);
	image = sqlite3_serialize(db, "main", &image_size, 0);
	sqlite3_close(db);
}

/* Pauses for other connections are not needed here. */
static int sleep_not(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

/* The next event makes its writer seal a block: stead.audit.autoseal. */
#define EVERY_WRITER_SEALS                                                                                             \
	"SELECT stead_setting_set('stead.audit.autoseal', '20');"                                                          \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) SELECT stead_audit_log('a') FROM n;" \
	"INSERT OR REPLACE INTO stead_sequence SELECT 'audit_event', (max(id) / 64 + 1) * 64 - 1 FROM stead_audit_event"
static const sample sealing[] = {
	{.function = "autoseal", .sql = "SELECT stead_audit_log('a')"},
	{.function = "autoseal", .sql = "SELECT stead_audit_log_many('[{\"action\":\"a\"}]')"}};

/* With a summary of 64 blocks. */
#define SUMMARISED                                                                                                     \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 140) SELECT stead_audit_log('a', 't',"   \
	" NULL, 'u' || (i % 2), 'u', true, NULL, NULL, '::1') FROM n;"                                                     \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70) SELECT stead_audit_seal(2) FROM n;"  \
	"SELECT stead_maintain(10000)"
static const sample counting = {.function = "summaries", .sql = "SELECT * FROM stead_audit_top('actor_id')"};

int main(int count, char **names)
{
	outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		exit(2);
	install();
	setvbuf(stdout, NULL, _IOLBF, 0); /* the log shows its progress */
	sqlite3_vfs_find(NULL)->xSleep = sleep_not;
	make_image(NULL);
	if (count == 1)
		sweep_loading();
	for (size_t i = 0; i < SAMPLES; i++) {
		bool wanted = count == 1;

		for (int k = 1; k < count; k++)
			wanted |= strcmp(names[k], samples[i].function) == 0;
		/* reading the schema, only for some: that is slow */
		for (int way = 0; way < (i % 16 == 7 ? 4 : 3) && wanted; way++)
			sweep(&samples[i], way);
	}
	for (size_t i = 0; i < sizeof sealing / sizeof *sealing; i++)
		if (count == 1 || (count == 2 && strcmp(names[1], sealing[i].function) == 0)) {
			make_image(EVERY_WRITER_SEALS);
			for (int way = 0; way < 3; way++)
				sweep(&sealing[i], way);
		}
	if (count == 1 || (count == 2 && strcmp(names[1], counting.function) == 0)) {
		make_image(SUMMARISED);
		if (!strstr(seeded_contents, "stead_audit_summary|4|1|0|")) {
			fprintf(stderr, "the seed has no summary\n");
			return 2;
		}
		for (int way = 0; way < 3; way++)
			sweep(&counting, way);
	}
	return 0;
}
