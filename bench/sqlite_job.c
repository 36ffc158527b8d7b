/*
 * sqlite_job.c - jobs claimed and finished by 4 processes: against BEGIN IMMEDIATE and one UPDATE, on a table of its
 * own with one index. Both tables have as many jobs that ended as wait. It counts the processes' CPU, as waiting for
 * the write lock is mostly sleeping.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sqlite.h"

enum { WORKERS = 4 };

static const char name[] = "job";

static void fill(sqlite3 *db, int64_t jobs)
{
	char *sql = sqlite3_mprintf(
		"CREATE TABLE plain_job (id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, request TEXT, result "
	    "TEXT,"
		" error TEXT, priority INTEGER NOT NULL, attempts INTEGER NOT NULL, run_at TEXT NOT NULL, worker TEXT,"
		" lease_until TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT;"
		"CREATE INDEX plain_job_due ON plain_job (priority DESC, run_at, id) WHERE status = 'queued';"
		"CREATE INDEX plain_job_lease ON plain_job (lease_until) WHERE status = 'running';"
		"WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %lld) INSERT INTO plain_job"
		" SELECT lower(hex(randomblob(18))), 'k' || n %% 10, iif(n %% 2, 'queued', 'succeeded'),"
		" '{\"to\":\"someone@example.org\"}', NULL, NULL, 0, 0,"
		" strftime('%%Y-%%m-%%dT%%H:%%M:%%S.000000Z', 1700000000 + n, 'unixepoch'), NULL, NULL,"
		" '2023-01-01T00:00:00.000000Z', '2023-01-01T00:00:00.000000Z' FROM n;"
		"INSERT INTO stead_job (id, tenant, kind, status, request, message, priority, attempts, max_attempts, run_at,"
		" created_at, updated_at) SELECT id, '', kind, status, request, 'accepted', priority, attempts, 1, run_at,"
		" created_at, updated_at FROM plain_job",
		(long long)jobs * 2);

	run(db, "SELECT stead_init()");
	run(db, sql);
	sqlite3_free(sql);
}

static void work_plain(sqlite3 *db, int64_t jobs)
{
	sqlite3_stmt *claim = prepare(
		db,
		"UPDATE plain_job SET status = 'running', worker = 'w', lease_until ="
		" strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+60 seconds'), attempts = attempts + 1,"
		" updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z') WHERE id = (SELECT id FROM plain_job WHERE status = 'queued'"
		" AND run_at <= strftime('%Y-%m-%dT%H:%M:%f000Z') ORDER BY priority DESC, run_at, id LIMIT 1)"
		" RETURNING id, kind, request");
	sqlite3_stmt *end =
		prepare(db, "UPDATE plain_job SET status = 'succeeded', result = '{\"sent\":true}', lease_until ="
	                " NULL, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z') WHERE id = ?1 AND worker = 'w'"
	                " AND status = 'running'");
	char id[64];

	while (jobs-- > 0) {
		run(db, "BEGIN IMMEDIATE");
		expect(db, sqlite3_step(claim), SQLITE_ROW, "claiming");
		snprintf(id, sizeof id, "%s", sqlite3_column_text(claim, 0));
		finish(db, claim);
		run(db, "COMMIT");
		run(db, "BEGIN IMMEDIATE");
		bind_text(end, 1, id, SQLITE_TRANSIENT);
		finish(db, end);
		run(db, "COMMIT");
	}
	sqlite3_finalize(claim);
	sqlite3_finalize(end);
}

static void work_stead(sqlite3 *db, int64_t jobs)
{
	sqlite3_stmt *claim = prepare(db, "SELECT stead_job_claim('w')");
	sqlite3_stmt *end = prepare(db, "SELECT stead_job_finish(?1, '{\"sent\":true}', 'w')");
	char id[64];

	while (jobs-- > 0) {
		expect(db, sqlite3_step(claim), SQLITE_ROW, "claiming");
		if (sscanf((const char *)sqlite3_column_text(claim, 0), "[{\"job_id\":\"%63[^\"]", id) != 1)
			exit(1);
		finish(db, claim);
		bind_text(end, 1, id, SQLITE_TRANSIENT);
		finish(db, end);
	}
	sqlite3_finalize(claim);
	sqlite3_finalize(end);
}

static double children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static spent all_work(void (*work)(sqlite3 *db, int64_t jobs), int64_t jobs)
{
	double before = children();
	spent took = start();

	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			sqlite3 *db = open_database(name);

			sqlite3_busy_timeout(db, 60000);
			work(db, jobs / WORKERS);
			sqlite3_close(db);
			_exit(0);
		}
	for (int i = 0, status; i < WORKERS; i++)
		if (wait(&status) < 0 || status != 0) {
			fprintf(stderr, "a worker failed\n");
			exit(1);
		}
	took = since(took);
	took.cpu = children() - before;
	return took;
}

void bench_job(int64_t jobs)
{
	sqlite3 *db = open_database(name);
	series plain = {0}, stead = {0};

	fill(db, jobs * pairs);
	sqlite3_close(db);
	for (int turn = 0; turn < pairs; turn++) {
		note(&plain, turn, all_work(work_plain, jobs), (double)jobs);
		note(&stead, turn, all_work(work_stead, jobs), (double)jobs);
	}
	report_speed("job_claim and job_finish, 4 processes", " / BEGIN IMMEDIATE", &plain, &stead, ">= 0.7",
	             "SELECT stead_job_claim('w'); SELECT stead_job_finish(id, .., 'w')");
}
