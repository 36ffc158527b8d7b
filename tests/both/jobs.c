/*
 * jobs.c - random operations on the queue against a model of it, and workers that are killed.
 *
 * Run it as "jobs postgresql SEED STEPS", in the database that libpq finds, or as "jobs sqlite SEED STEPS FILE". First
 * one connection does random operations; the model here says what each must answer, and what all jobs are afterwards.
 * Then workers claim jobs under short leases, and some are killed with SIGKILL in the middle of a job. A worker notes
 * what it claimed, in the same transaction; the notes must show that no job was run by two within a lease, that no
 * attempt is missing, and that all jobs ended.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "random.h"

enum { MOST_JOBS = 4000, NOW = 1000000, NEVER = 2000000000, WORKERS = 3, QUEUE = 60 };

typedef enum { QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED } status;
static const char *const status_names[] = {"queued", "running", "succeeded", "failed", "cancelled"};

typedef struct {
	char id[40], error[40];
	int kind, key, request; /* key -1: none */
	status status;
	int priority, attempts, most, worker; /* worker -1: none */
	int64_t run_at;                       /* seconds of 2020, NOW and a count, or NEVER */
	bool leased, expired;
} job;

static job jobs[MOST_JOBS];
static int count;
static int64_t moment = NOW;
static const char *file; /* NULL: on PostgreSQL */
static database on;

static database connect_database(void)
{
	database to = file ? open_sqlite(file) : open_postgresql();

	if (file)
		must(to, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	else
		must(to, "SET timezone = 'UTC'; SET synchronous_commit = off");
	return to;
}

static bool is_final(const job *job)
{
	return job->status != QUEUED && job->status != RUNNING;
}

static void expect(const char *what, const char *answer, bool right)
{
	if (!right)
		wrong("%s: %s", what, answer);
}

/* ---- The operations, each with what the model says -----------------------------------------------------------------
 */

static void create(void)
{
	job new = {.kind = (int)below(3),
	           .key = below(3) ? -1 : (int)below(5),
	           .request = (int)below(2),
	           .priority = (int)below(3) - 1,
	           .most = 1 + (int)below(3),
	           .worker = -1};
	char run_at[80] = "", key[40] = "", *answer;
	const job *existing = NULL;

	switch (below(4)) {
	case 0:
		new.run_at = NEVER;
		strcpy(run_at, ",\"run_at\":\"2999-01-01T00:00:00Z\"");
		break;
	case 1:
		new.run_at = ++moment;
		break;
	default:
		new.run_at = below(5);
		sprintf(run_at, ",\"run_at\":\"2020-01-01T00:00:0%dZ\"", (int)new.run_at);
	}
	for (int i = 0; i < count && new.key >= 0 && !existing; i++)
		if (jobs[i].kind == new.kind && jobs[i].key == new.key)
			existing = &jobs[i];
	if (new.key >= 0)
		sprintf(key, ",\"idempotency_key\":\"%d\"", new.key);
	answer = askf(on, "SELECT stead_job_create('k%d', '%d', '{\"priority\":%d,\"max_attempts\":%d%s%s}')", new.kind,
	              new.request, new.priority, new.most, run_at, key);
	if (existing && existing->request != new.request)
		expect("create, another request", answer, is_error(answer) && strstr(answer, "another request"));
	else if (existing)
		expect("create, the same key", answer, strstr(answer, existing->id) && strstr(answer, "\"created\":false"));
	else if (is_error(answer) || !strstr(answer, "\"created\":true"))
		wrong("create: %s", answer);
	else {
		sscanf(answer, "{\"job_id\":\"%36s", new.id);
		jobs[count++] = new;
	}
	free(answer);
}

static void take_back(void)
{
	for (int i = 0; i < count; i++) {
		job *job = &jobs[i];

		if (job->status != RUNNING || !job->expired)
			continue;
		job->status = job->attempts < job->most ? QUEUED : FAILED;
		job->worker = job->status == QUEUED ? -1 : job->worker;
		job->leased = job->expired = false;
		strcpy(job->error, "the lease ran out");
	}
}

static bool comes_before(const job *a, const job *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->run_at != b->run_at ? a->run_at < b->run_at : strcmp(a->id, b->id) < 0;
}

static void claim(void)
{
	static const char *const lists[] = {"NULL", "'[\"k0\"]'", "'[\"k2\",\"k0\"]'", "'[\"none\",\"k1\",\"k1\"]'"};
	static const bool listed[][3] = {{1, 1, 1}, {1, 0, 0}, {1, 0, 1}, {0, 1, 0}};
	int kinds = (int)below(4), most = 1 + (int)below(3), worker = (int)below(WORKERS), got = 0;
	char *answer = askf(on, "SELECT stead_job_claim('w%d', %s, 3600, %d)", worker, lists[kinds], most);
	const char *at = answer;

	take_back();
	for (; got < most; got++) {
		job *best = NULL;

		for (int i = 0; i < count; i++)
			if (jobs[i].status == QUEUED && jobs[i].run_at < NEVER && listed[kinds][jobs[i].kind] &&
			    (!best || comes_before(&jobs[i], best)))
				best = &jobs[i];
		if (!best)
			break;
		best->status = RUNNING;
		best->leased = true;
		best->worker = worker;
		best->attempts++;
		at = at ? strstr(at, "{\"job_id\":\"") : NULL;
		if (!at || strncmp(at + 11, best->id, 36) != 0) {
			wrong("claim %d of %d: not %s: %s", got, most, best->id, answer);
			at = NULL;
		} else
			at += 11;
	}
	expect("claim: more than there are", answer, !is_error(answer) && (!at || !strstr(at, "{\"job_id\":\"")));
	free(answer);
}

/* Compares an answer that is true, false or a conflict. */
static void settle(const char *what, char *answer, const job *job, bool final, bool changed)
{
	(void)job;
	if (final)
		expect(what, answer, is_error(answer) && strstr(answer, " already"));
	else
		expect(what, answer, strcmp(answer, changed ? "1\n" : "0\n") == 0);
	free(answer);
}

static void end_or_keep(void)
{
	job *job = &jobs[below(count)];
	int worker = below(2) ? -1 : below(3) ? job->worker : (int)below(WORKERS);
	bool final = is_final(job), own = worker < 0 || (job->status == RUNNING && job->worker == worker);
	char by[20] = "NULL", *answer;

	if (worker >= 0)
		sprintf(by, "'w%d'", worker);
	switch (below(5)) {
	case 0:
		if (worker < 0)
			return;
		answer = askf(on, "SELECT stead_job_heartbeat('%s', %s, 3600)", job->id, by);
		settle("heartbeat", answer, job, false, !final && own);
		if (!final && own) {
			job->leased = true;
			job->expired = false;
		}
		return;
	case 1:
		answer = askf(on, "SELECT stead_job_finish('%s', '{}', %s)", job->id, by);
		settle("finish", answer, job, final, own);
		if (final || !own)
			return;
		job->status = SUCCEEDED;
		*job->error = 0;
		break;
	case 2:
		answer = askf(on, "SELECT stead_job_cancel('%s')", job->id);
		settle("cancel", answer, job, final, true);
		if (final)
			return;
		job->status = CANCELLED;
		break;
	default: {
		int retry = (int)below(3) - 1; /* not, now, later */
		const char *const seconds[] = {"NULL", "0", "36000"};

		answer = askf(on, "SELECT stead_job_fail('%s', 'broken', %s, %s)", job->id, seconds[retry + 1], by);
		settle("fail", answer, job, final, own);
		if (final || !own)
			return;
		strcpy(job->error, "broken");
		job->status = retry >= 0 && job->attempts < job->most ? QUEUED : FAILED;
		if (job->status == QUEUED) {
			job->worker = -1;
			job->run_at = retry ? NEVER : ++moment;
		}
	}
	}
	job->leased = job->expired = false;
}

static void update(void)
{
	job *job = &jobs[below(count)];
	status to = (status)below(5);
	bool conflict = is_final(job) && to != job->status;

	settle("update", askf(on, "SELECT stead_job_update('%s', '{\"status\":\"%s\"}')", job->id, status_names[to]), job,
	       conflict, true);
	if (conflict || to == job->status)
		return;
	job->attempts += job->status == QUEUED && to == RUNNING;
	if (to != RUNNING)
		job->leased = job->expired = false;
	if (to == QUEUED)
		job->worker = -1;
	job->status = to;
}

static void expire(void)
{
	job *job = &jobs[below(count)];

	if (job->status != RUNNING || !job->leased)
		return;
	must(on, "UPDATE stead_job SET lease_until = '2020-01-01T00:00:00.000000Z' WHERE id = '%s'", job->id);
	job->expired = true;
}

static void recover(void)
{
	int64_t failed = 0;

	for (int i = 0; i < count; i++)
		if (jobs[i].status == RUNNING && !jobs[i].leased) {
			jobs[i].status = FAILED;
			strcpy(jobs[i].error, "restarted");
			failed++;
		}
	if (number(on, "SELECT stead_job_recover('restarted')") != failed)
		wrong("recover: not %d", (int)failed);
}

static void upkeep(void)
{
	must(on, "SELECT stead_maintain(0)");
	take_back();
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const job *)a)->id, ((const job *)b)->id);
}

static void compare(void)
{
	char *found = ask(on, "SELECT id, status, attempts, coalesce(worker, '-'), coalesce(error, '-'),"
	                      " CASE WHEN lease_until IS NULL THEN '-' ELSE 'lease' END FROM stead_job ORDER BY id"),
		 *wanted = NULL;
	size_t size;
	FILE *out = open_memstream(&wanted, &size);

	qsort(jobs, (size_t)count, sizeof *jobs, by_id);
	for (int i = 0; i < count; i++) {
		fprintf(out, "%s|%s|%d|", jobs[i].id, status_names[jobs[i].status], jobs[i].attempts);
		fprintf(out, jobs[i].worker < 0 ? "-" : "w%d", jobs[i].worker);
		fprintf(out, "|%s|%s\n", *jobs[i].error ? jobs[i].error : "-", jobs[i].leased ? "lease" : "-");
	}
	fclose(out);
	if (strcmp(found, wanted) != 0) {
		const char *a = found, *b = wanted;

		while (*a == *b)
			a++, b++;
		while (a > found && a[-1] != '\n')
			a--, b--;
		wrong("the jobs: found %.90s\nwanted %.90s", a, b);
	}
	free(found);
	free(wanted);
}

static void against_the_model(int steps)
{
	for (int i = 0; i < steps && faults < 10; i++) {
		int64_t chance = below(100);

		if (count < 5 || chance < 25)
			create();
		else if (chance < 50)
			claim();
		else if (chance < 80)
			end_or_keep();
		else if (chance < 88)
			update();
		else if (chance < 97)
			expire();
		else if (chance < 98)
			recover();
		else if (chance < 99)
			upkeep();
		if (i % 20 == 0)
			compare();
	}
	compare();
}

/* ---- Workers that are killed ---------------------------------------------------------------------------------------
 */

static void member(const char *answer, const char *name, char *out, size_t size)
{
	char key[40];
	const char *at;

	sprintf(key, "\"%s\":", name);
	at = strstr(answer, key);
	if (!at)
		fail("no %s in %s", name, answer);
	at += strlen(key);
	at += *at == '"';
	snprintf(out, size, "%.*s", (int)strcspn(at, "\",}"), at);
}

/* Runs jobs until it is killed. It takes up to 50 ms for one, and fails some. */
static _Noreturn void work(int number)
{
	database my;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom((unsigned)(seed + (unsigned long)getpid()));
	my = connect_database();
	for (;;) {
		char id[40], attempts[20], lease[40], from[40], *answer;

		must(my, file ? "BEGIN IMMEDIATE" : "BEGIN");
		answer = askf(my, "SELECT stead_job_claim('w%d %d', NULL, 1)", number, (int)getpid());
		if (is_error(answer))
			fail("claim: %s", answer);
		if (strcmp(answer, "[]\n") == 0) {
			must(my, "COMMIT");
			free(answer);
			usleep(20000);
			continue;
		}
		member(answer, "job_id", id, sizeof id);
		member(answer, "attempts", attempts, sizeof attempts);
		member(answer, "lease_until", lease, sizeof lease);
		member(answer, "updated_at", from, sizeof from);
		free(answer);
		must(my, "INSERT INTO run (job, attempt, begun, until) VALUES ('%s', %s, '%s', '%s')", id, attempts, from,
		     lease);
		must(my, "COMMIT");
		usleep((useconds_t)below(50000));
		must(my, file ? "BEGIN IMMEDIATE" : "BEGIN");
		if (below(4))
			answer = askf(my, "SELECT stead_job_finish('%s', NULL, 'w%d %d')", id, number, (int)getpid());
		else
			answer = askf(my, "SELECT stead_job_fail('%s', 'no', 0, 'w%d %d')", id, number, (int)getpid());
		/* what it gives back is not its any more: another may have it at once */
		if (strcmp(answer, "1\n") == 0)
			must(my,
			     "UPDATE run SET until = (SELECT updated_at FROM stead_job WHERE id = '%s')"
			     " WHERE job = '%s' AND attempt = %s",
			     id, id, attempts);
		free(answer);
		must(my, "COMMIT");
	}
}

static void with_killed_workers(void)
{
	pid_t workers[WORKERS];
	int64_t left;
	int kills = 0;

	must(on, "DELETE FROM stead_job");
	must(on, file ? "CREATE TABLE run (job TEXT, attempt INTEGER, begun TEXT, until TEXT)"
	              : "CREATE TABLE run (job text, attempt int, begun timestamptz, until timestamptz)");
	for (int i = 0; i < QUEUE; i++)
		must(on, "SELECT stead_job_create('k', NULL, '{\"max_attempts\":%d}')", 1 + (int)below(3));
	for (int i = 0; i < WORKERS; i++)
		if ((workers[i] = fork()) == 0)
			work(i);
	do {
		usleep(100000);
		if (kills < 12) {
			int i = (int)below(WORKERS);

			kill(workers[i], SIGKILL);
			waitpid(workers[i], NULL, 0);
			kills++;
			if ((workers[i] = fork()) == 0)
				work(i);
		}
		left = number(on, "SELECT count(*) FROM stead_job WHERE status IN ('queued', 'running')");
	} while (left);
	for (int i = 0; i < WORKERS; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	if (number(on, "SELECT count(*) FROM run AS a JOIN run AS b ON b.job = a.job AND b.attempt > a.attempt"
	               " WHERE b.begun < a.until"))
		wrong("a job was run by two within a lease");
	if (number(on, "SELECT count(*) FROM stead_job AS j WHERE attempts > max_attempts OR attempts <>"
	               " (SELECT count(DISTINCT attempt) FROM run WHERE job = j.id)"))
		wrong("attempts are missing, or too many");
	if (number(on, "SELECT count(*) FROM run") != number(on, "SELECT sum(attempts) FROM stead_job"))
		wrong("an attempt was made twice");
	printf("# %d workers killed, %d runs of %d jobs\n", kills, (int)number(on, "SELECT count(*) FROM run"), QUEUE);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		fail("jobs postgresql|sqlite SEED STEPS [FILE]");
	file = strcmp(argv[1], "sqlite") == 0 ? argv[4] : NULL;
	seed = strtoul(argv[2], NULL, 10);
	srandom((unsigned)seed);
	setvbuf(stdout, NULL, _IOLBF, 0);
	on = connect_database();
	if (!file)
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	against_the_model(atoi(argv[3]));
	if (!faults)
		with_killed_workers();
	close_database(on);
	return faults ? 1 : 0;
}
