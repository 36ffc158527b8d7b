/*
 * mixed.c - everything at once, for a while: clients log events, sign in, change settings, users and roles, list and
 * count, while upkeep seals and prunes.
 *
 * mixed postgresql SECONDS CLIENTS - clients connect as libpq is told to, to a pooler, say. STEAD_DIRECT names the
 *   server's own host: upkeep and the checks go there. STEAD_STANDBY names a standby's, which has two readers.
 * mixed sqlite SECONDS CLIENTS FILE - every client is a process with its own connection to the file.
 *
 * No call may fail. From a third of the time on, the memory of each client (of each backend) may grow by little only.
 * In the end every acknowledged event is there, once, and none of an undone transaction; the log verifies;
 * stead_doctor() finds no fault; the standby has the same. Status 1: one of these is not so. Status 2: a call has
 * failed.
 *
 * However slow the machine, it goes on until each client has done enough to mean something.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "both.h"

enum { MAX_CLIENTS = 32, ENOUGH = 600, PATIENCE = 1500, MAX_BACKENDS = 100, GROWTH = 8192 /* KiB */ };

static struct {
	atomic_bool stop, broken;
	atomic_long done[MAX_CLIENTS], logged[MAX_CLIENTS], upkeep, read;
} * shared;
static const char *file; /* SQLite's */
static int clients, faults;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check(bool fine, const char *what, const char *detail)
{
	printf("%s %s%s%s\n", fine ? "fine:" : "FAULT:", what, fine ? "" : ": ", fine ? "" : detail);
	faults += !fine;
}

/* host: the environment variable that names it, or NULL. */
static database connect_to(const char *host)
{
	const char *name = host ? getenv(host) : NULL;
	database on = {0};

	if (!file) { /* a NULL is what the environment says */
		on.pg = PQconnectdbParams((const char *const[]){"host", "port", NULL},
		                          (const char *const[]){name, name ? "5432" : NULL, NULL}, 0);
		if (PQstatus(on.pg) != CONNECTION_OK)
			fail("%s", PQerrorMessage(on.pg));
		PQsetNoticeReceiver(on.pg, be_quiet, NULL);
		return on;
	}
	on = open_sqlite(file);
	must(on, "PRAGMA journal_mode = WAL");
	must(on, "PRAGMA synchronous = OFF");
	return on;
}

/* ---- A client ---------------------------------------------------------------------------------------------------- */

static database on;
static int me;
static char checkpoint[400], token[80];

/* The first value of an answer that must not be an error. */
static char *__attribute__((format(printf, 1, 2))) value(const char *format, ...)
{
	va_list args;
	char *answer;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	if (is_error(answer))
		fail("client %d: %s\n%s", me, format, answer);
	answer[strcspn(answer, "\n|")] = '\0';
	return answer;
}

static void __attribute__((format(printf, 2, 3))) want(const char *wanted, const char *format, ...)
{
	va_list args;
	char *answer;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	answer[strcspn(answer, "\n")] = '\0';
	if (strcmp(answer, wanted) != 0)
		fail("client %d: %s\n%s instead of %s", me, format, answer, wanted);
	free(answer);
}

static void log_some(int count)
{
	long n = atomic_load(&shared->logged[me]);
	char events[2000] = "[";
	size_t at = 1;

	if (count == 1) {
		free(value("SELECT stead_audit_log('mix.log', 'n', '%ld', 'c%d', 'Client %d', true, '{\"n\":%ld}')", n + 1, me,
		           me, n + 1));
	} else {
		for (int i = 1; i <= count; i++)
			at += (size_t)snprintf(events + at, sizeof events - at,
			                       "%s{\"action\":\"mix.log\",\"resource_id\":\"%ld\",\"actor_id\":\"c%d\"}",
			                       i > 1 ? "," : "", n + i, me);
		want("3", "SELECT stead_audit_log_many('%s]')", events);
	}
	atomic_store(&shared->logged[me], n + count); /* acknowledged */
}

static void in_transaction(bool commit)
{
	long n = atomic_load(&shared->logged[me]) + 1;

	must(on, file ? "BEGIN IMMEDIATE" : "BEGIN");
	must(on, "SELECT stead_setting_set('mix.c%d', '%d', 'Client %d')", me, rand(), me);
	if (commit)
		free(value("SELECT stead_audit_log('mix.log', 'n', '%ld', 'c%d')", n, me));
	else
		free(value("SELECT stead_audit_log('mix.undone')"));
	must(on, commit ? "COMMIT" : "ROLLBACK");
	if (commit)
		atomic_store(&shared->logged[me], n);
}

static void session(void)
{
	char *given = value("SELECT stead_session_create(%d, 86400, '::1', 'mixed', 3600)", me + 1), *id;

	snprintf(token, sizeof token, "%s", given);
	free(given);
	want("ok", "SELECT reason FROM stead_session_validate('%s')", token);
	for (int i = 0; i < 3; i++)
		want("1", "SELECT stead_session_check('%s', 'mix.%d')", token, me);
	must(on, "SELECT stead_session_touch('%s')", token);
	if (rand() % 3 == 0) {
		given = value("SELECT stead_session_rotate('%s')", token);
		want("revoked", "SELECT CASE WHEN reason = 'ok' THEN 'ok' ELSE 'revoked' END FROM stead_session_validate('%s')",
		     token);
		snprintf(token, sizeof token, "%s", given);
		free(given);
	}
	id = value("SELECT session_id FROM stead_session_validate('%s')", token);
	want("1", "SELECT stead_session_revoke('%s', 'over')", id);
	want("0", "SELECT stead_session_check('%s', 'mix.%d')", token, me);
	free(id);
}

static void change_people(void)
{
	must(on, "SELECT stead_user_update(%d, '{\"email\":\"%d@example.org\"}')", me + 1, rand());
	must(on, "SELECT stead_user_role_remove(%d, 'second %d')", me + 1, me);
	want("0", "SELECT stead_user_has(%d, 'second.%d')", me + 1, me);
	must(on, "SELECT stead_user_role_add(%d, 'second %d')", me + 1, me);
	want("1", "SELECT stead_user_has(%d, 'second.%d')", me + 1, me);
	must(on, "SELECT count(*) FROM stead_user_list('{\"active\":true}', 10)");
}

static void read_log(void)
{
	static const char *const readers[] = {
		"SELECT stead_audit_count('{\"actor_id\":\"c%d\"}')",
		"SELECT count(*) FROM stead_audit_list('{\"action\":\"mix.*\",\"actor_id\":\"c%d\"}', 20)",
		"SELECT count(*) FROM stead_audit_list('{\"search\":\"Client %d\"}', 5)",
		"SELECT total_events FROM stead_audit_stats()",
		"SELECT count(*) FROM stead_audit_top('actor_id')",
		"SELECT count(*) FROM stead_audit_histogram('day', '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')",
		"SELECT count(*) FROM stead_audit_blocks(0, 10)",
		"SELECT count(*) FROM stead_audit_export('2019-01-01T00:00:00Z', '2020-01-01T00:00:00Z')",
		"SELECT expired_rows FROM stead_retention_preview('audit')",
		"SELECT count(*) FROM stead_setting_history('mix.c%d', 5)",
		"SELECT count(*) FROM stead_setting_list('mix.')"};

	free(value(readers[rand() % (int)(sizeof readers / sizeof *readers)], me));
}

/* The one call here that may say "busy": it does not wait while another seals. */
static void redact(const char *id)
{
	for (;;) {
		char *answer = askf(on, "SELECT stead_audit_redact(%s, 'asked for')", id);
		bool busy = is_error(answer) && strstr(answer, "another call is sealing"), done = strcmp(answer, "1\n") == 0;

		if (!busy && !done)
			fail("client %d: redaction: %s", me, answer);
		free(answer);
		if (done)
			return;
		usleep(2000);
	}
}

static void act(void)
{
	int what = rand() % 100;
	char *id;

	if (what < 25)
		log_some(1);
	else if (what < 35)
		log_some(3);
	else if (what < 43)
		in_transaction(true);
	else if (what < 47)
		in_transaction(false);
	else if (what < 57)
		session();
	else if (what < 63)
		must(on, "SELECT stead_setting_set('mix.c%d', '%d'), stead_setting_int('mix.limit')", me, rand());
	else if (what < 68)
		change_people();
	else if (what < 73)
		want("1|ok", "SELECT valid, reason FROM stead_jwt_verify(stead_jwt_sign('{\"sub\":\"c%d\"}', 'mix'))", me);
	else if (what < 76 && *checkpoint) /* a tree only grows */
		want("1", "SELECT valid FROM stead_audit_verify_checkpoint('%s')", checkpoint);
	else if (what < 78) {
		char *text = askf(on, "SELECT stead_audit_checkpoint()");

		if (is_error(text))
			fail("checkpoint: %s", text);
		snprintf(checkpoint, sizeof checkpoint, "%s", text);
		checkpoint[strlen(checkpoint) - 1] = '\0'; /* the row's line end */
		free(text);
	} else if (what < 82)
		must(on,
		     "SELECT stead_audit_log('mix.old', NULL, NULL, 'c%d', NULL, true, NULL, NULL, NULL, NULL,"
		     " '2024-01-01T00:00:00Z')",
		     me);
	else if (what < 84) {
		id = value("SELECT stead_audit_log('mix.secret', 'x', 'x', 'c%d', 'Client')", me);
		redact(id);
		free(id);
	} else
		read_log();
}

static void be_client(int number)
{
	me = number;
	srand((unsigned)number + 1);
	on = connect_to(NULL);
	while (!atomic_load(&shared->stop)) {
		act();
		atomic_fetch_add(&shared->done[me], 1);
	}
	close_database(on);
}

static void be_upkeep(int number)
{
	(void)number;
	on = connect_to("STEAD_DIRECT");
	while (!atomic_load(&shared->stop)) {
		must(on, "SELECT stead_maintain(200)");
		must(on, "SELECT count(*) FROM stead_doctor()");
		atomic_fetch_add(&shared->upkeep, 1);
		usleep(50000);
	}
	close_database(on);
}

static void be_reader(int number)
{
	me = number;
	srand((unsigned)number + 100);
	on = connect_to("STEAD_STANDBY");
	while (!atomic_load(&shared->stop)) {
		read_log();
		want("0", "SELECT stead_session_check('sts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'mix')");
		want(
			"ok",
			"SELECT CASE WHEN count(*) = 0 THEN 'ok' ELSE 'broken' END FROM stead_audit_verify() WHERE status <> 'ok'");
		atomic_fetch_add(&shared->read, 1);
		usleep(20000);
	}
	close_database(on);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static struct {
	pid_t pid;
	long before;
} watched[MAX_BACKENDS];
static int watched_count;

static long anonymous_memory(pid_t pid) /* KiB; 0: it is gone */
{
	char path[64], line[200];
	long found = 0;
	FILE *status;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "RssAnon: %ld", &found) == 1)
			break;
	if (status)
		fclose(status);
	return found;
}

static void watch(database direct, const pid_t *children)
{
	if (file)
		for (int i = 0; i < clients + 1; i++)
			watched[watched_count++].pid = children[i];
	else {
		char *pids = ask(direct, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND"
		                         " backend_type = 'client backend' AND pid <> pg_backend_pid()");

		for (char *at = pids; *at && watched_count < MAX_BACKENDS; at += strcspn(at, "\n") + 1)
			watched[watched_count++].pid = (pid_t)strtol(at, NULL, 10);
		free(pids);
	}
	for (int i = 0; i < watched_count; i++)
		watched[i].before = anonymous_memory(watched[i].pid);
}

static void check_memory(void)
{
	long worst = 0, from = 0;
	int there = 0;
	char text[100];

	for (int i = 0; i < watched_count; i++) {
		long after = anonymous_memory(watched[i].pid);

		there += after > 0;
		if (after - watched[i].before > worst)
			worst = after - watched[i].before, from = watched[i].before;
	}
	snprintf(text, sizeof text, "%d of %d processes; the worst grew by %ld KiB, from %ld", there, watched_count, worst,
	         from);
	printf("# memory: %s\n", text);
	check(there > 0 && worst < GROWTH, "memory is bounded", text);
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static void prepare(database direct)
{
	if (direct.pg)
		must(direct, "CREATE EXTENSION stead");
	must(direct, "SELECT stead_init()");
	must(direct, "SELECT stead_setting_define('mix.limit', 'int', '10')");
	must(direct, "SELECT stead_retention_set('audit', 90), stead_retention_set('setting_history', 1)");
	must(direct, "SELECT stead_jwt_key_set('mix', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY')");
	for (int i = 0; i < clients; i++) {
		must(direct, "SELECT stead_user_create('user %d', NULL, true, true, %d)", i, i + 1);
		must(direct, "SELECT stead_role_create('first %d'), stead_role_create('second %d')", i, i);
		must(direct, "SELECT stead_role_grant('first %d', 'mix.%d'), stead_role_grant('second %d', 'second.%d')", i, i,
		     i, i);
		must(direct, "SELECT stead_user_role_add(%d, 'first %d')", i + 1, i);
	}
}

static bool is_enough(int least)
{
	for (int i = 0; i < clients; i++)
		if (atomic_load(&shared->done[i]) < least)
			return false;
	return true;
}

/* Until so much time has passed, and each client has done so much. */
static void pass(double until, int least)
{
	double given_up = until + PATIENCE;

	while (!atomic_load(&shared->stop) && (now() < until || !is_enough(least))) {
		int status;
		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended > 0) { /* none should end yet */
			atomic_store(&shared->broken, true);
			atomic_store(&shared->stop, true);
		}
		if (now() > given_up)
			fail("too little has happened");
		usleep(20000);
	}
}

static void check_events(database direct)
{
	char text[200];
	long missing = 0, all = 0;

	for (int i = 0; i < clients; i++) {
		long logged = atomic_load(&shared->logged[i]);
		long there =
			(long)number(direct,
		                 "SELECT count(DISTINCT resource_id) FROM stead_audit_event WHERE action = 'mix.log' AND"
		                 " actor_id = 'c%d' AND CAST(resource_id AS integer) <= %ld",
		                 i, logged);
		long rows = (long)number(
			direct, "SELECT count(*) FROM stead_audit_event WHERE action = 'mix.log' AND actor_id = 'c%d'", i);

		missing += logged - there;
		missing += rows > logged ? rows - logged : 0;
		all += logged;
	}
	snprintf(text, sizeof text, "%ld of %ld are missing, or twice there", missing, all);
	check(missing == 0, "every acknowledged event is there once", text);
	check(number(direct, "SELECT count(*) FROM stead_audit_event WHERE action = 'mix.undone'") == 0,
	      "none of an undone transaction", "there are some");
	printf("# %ld events acknowledged\n", all);
}

static void check_all(database direct, const char *where)
{
	char *verdict = verdict_of(direct), name[60];
	char *doctor = ask(direct, "SELECT check_name, detail FROM stead_doctor() WHERE status = 'fail'");

	snprintf(name, sizeof name, "verify, %s", where);
	check(strncmp(verdict, "ok", 2) == 0, name, verdict);
	snprintf(name, sizeof name, "doctor, %s", where);
	check(!*doctor, name, doctor);
	printf("# %s: %s", where, verdict);
	free(verdict);
	free(doctor);
}

/* Waits until the standby has all that is committed now. */
static void wait_for_standby(database direct)
{
	char *lsn = ask(direct, "SELECT pg_current_wal_lsn()");
	double given_up = now() + PATIENCE;
	database standby = connect_to("STEAD_STANDBY");

	lsn[strcspn(lsn, "\n")] = '\0';
	while (number(standby, "SELECT CASE WHEN pg_last_wal_replay_lsn() >= '%s' THEN 1 ELSE 0 END", lsn) == 0) {
		if (now() > given_up)
			fail("the standby does not catch up");
		usleep(20000);
	}
	close_database(standby);
	free(lsn);
}

static void check_standby(database direct)
{
	int64_t events = number(direct, "SELECT count(*) FROM stead_audit_event");
	database standby;

	wait_for_standby(direct);
	standby = connect_to("STEAD_STANDBY");
	check(number(standby, "SELECT count(*) FROM stead_audit_event") == events, "the standby has every event",
	      "it has not");
	check_all(standby, "standby");
	close_database(standby);
}

static pid_t start(void (*what)(int), int number)
{
	pid_t child = fork();

	if (child < 0)
		fail("no process");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		what(number);
		exit(0);
	}
	return child;
}

int main(int argc, char **argv)
{
	pid_t children[MAX_CLIENTS + 3];
	int count = 0;
	double seconds, began;
	long done = 0;
	bool standby;
	database direct;

	if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
		file = argv[4];
	else if (argc != 4 || strcmp(argv[1], "postgresql") != 0)
		fail("usage: mixed postgresql SECONDS CLIENTS | mixed sqlite SECONDS CLIENTS FILE");
	seconds = atof(argv[2]);
	clients = atoi(argv[3]);
	if (seconds <= 0 || clients < 1 || clients > MAX_CLIENTS)
		fail("SECONDS must be more than 0, CLIENTS 1 to %d", MAX_CLIENTS);
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("no shared memory");
	direct = connect_to("STEAD_DIRECT");
	prepare(direct);
	standby = !file && getenv("STEAD_STANDBY");
	if (standby) /* its readers need the tables */
		wait_for_standby(direct);
	close_database(direct); /* a process that forks must not share it */
	while (count < clients) {
		children[count] = start(be_client, count);
		count++;
	}
	children[count++] = start(be_upkeep, 0);
	for (int i = 0; i < 2 && standby; i++)
		children[count++] = start(be_reader, i);
	direct = connect_to("STEAD_DIRECT");
	began = now();
	pass(began + seconds / 3, ENOUGH / 3);
	watch(direct, children);
	pass(began + seconds, ENOUGH);
	if (!atomic_load(&shared->broken))
		check_memory();
	atomic_store(&shared->stop, true);
	for (int status; wait(&status) > 0;)
		if (status != 0)
			atomic_store(&shared->broken, true);
	if (atomic_load(&shared->broken))
		fail("a call has failed");
	for (int i = 0; i < clients; i++)
		done += atomic_load(&shared->done[i]);
	printf("# %ld actions of %d clients, %ld rounds of upkeep, %ld of readers of the standby, in %.0f s\n", done,
	       clients, atomic_load(&shared->upkeep), atomic_load(&shared->read), now() - began);
	check_events(direct);
	check_all(direct, "primary");
	if (file) {
		char *sound = ask(direct, "PRAGMA integrity_check");

		check(strcmp(sound, "ok\n") == 0, "integrity_check", sound);
		free(sound);
	} else if (standby)
		check_standby(direct);
	close_database(direct);
	return faults > 0;
}
