/*
 * races.c - several processes change the same rows at once, on either database: nothing may be lost, nothing may
 * deadlock, and what is bounded stays bounded.
 *
 * Run it as "races postgresql" in the database that libpq finds, or as "races sqlite FILE".
 */
#include <sys/wait.h>
#include <unistd.h>

#include "both.h"

#define PROCESSES 4
#define NODES 10   /* each process sets so many of its own */
#define KEYS 40    /* each process adds so many */
#define ENTRIES 20 /* of the space at most */

static const char *side, *file;

static database open_side(void)
{
	return file ? open_sqlite(file) : open_postgresql();
}

static void verdict(const char *name, bool good, const char *got)
{
	printf("%sok races: %s: %s\n", good ? "" : "not ", side, name);
	if (!good)
		printf("# got: %s\n", got);
}

/* A call that must succeed. What it returned is freed by the caller. */
static char *call(database on, const char *sql)
{
	char *answer = ask(on, sql);

	if (is_error(answer))
		fail("%s: %s: %s", side, sql, answer);
	return answer;
}

/* Each sets nodes of its own in one graph. Returns how often the whole graph was said to be done. */
static int set_nodes(database on, int process)
{
	int done = 0;

	for (int i = 0; i < NODES; i++) {
		char sql[200], *answer;

		snprintf(sql, sizeof sql, "SELECT stead_job_node_set('races', 'n%d', 'success', '{\"finished_at\":%d}')",
		         process * NODES + i, i);
		answer = call(on, sql);
		done += strcmp(answer, "success\n") == 0;
		free(answer);
	}
	return done;
}

/* Each adds keys of its own to one space, and replaces one that all have. */
static int set_entries(database on, int process)
{
	for (int i = 0; i < KEYS; i++) {
		char sql[200];

		snprintf(sql, sizeof sql, "SELECT stead_cache_set('races', 'k%d-%d', 'v', %d)", process, i, 100 + i);
		free(call(on, sql));
		free(call(on, "SELECT stead_cache_set('races', 'all', 'v', 1000)"));
		if (i % 8 == process)
			free(call(on, "SELECT stead_cache_delete('races', 'k0-1')"));
	}
	return 0;
}

/* All observe the same counters. */
static int observe(database on, int process)
{
	for (int i = 0; i < NODES; i++) {
		char sql[200];

		snprintf(sql, sizeof sql,
		         "SELECT stead_counter_observe('races', '{\"n\":%d,\"p%d\":%d}', '2026-01-01T00:00:%02d.%dZ')", i,
		         process, i, i, process);
		free(call(on, sql));
	}
	return 0;
}

/* Runs work in so many processes; the sum of what it returned. */
static int race(int (*work)(database on, int process))
{
	int start[2], sum = 0, status;
	pid_t children[PROCESSES];
	char byte;

	fflush(stdout);
	if (pipe(start))
		fail("pipe");
	for (int i = 0; i < PROCESSES; i++)
		if ((children[i] = fork()) == 0) {
			database on = open_side();

			close(start[1]);
			if (read(start[0], &byte, 1)) /* until the parent closes its end */
				_exit(100);
			status = work(on, i);
			close_database(on);
			_exit(status);
		}
	close(start[0]);
	close(start[1]);
	for (int i = 0; i < PROCESSES; i++) {
		waitpid(children[i], &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > NODES)
			sum = -1000;
		sum += WEXITSTATUS(status);
	}
	return sum;
}

int main(int argc, char **argv)
{
	char text[PROCESSES * NODES * 20 + 100] = "SELECT stead_job_graph_set('races', '[", *answer, number[20];
	database on;
	int done;

	if (argc < 2)
		fail("usage: races postgresql|sqlite FILE");
	side = argv[1];
	file = argv[2];
	on = open_side();
	if (on.lite)
		must(on, "PRAGMA journal_mode = WAL");
	else
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	for (int i = 0; i < PROCESSES * NODES; i++)
		sprintf(text + strlen(text), "%s{\"id\":\"n%d\"}", i ? "," : "", i);
	strcat(text, "]', '[]')");
	free(call(on, text));
	must(on, "SELECT stead_setting_set('stead.cache.max_entries', '%d')", ENTRIES);

	done = race(set_nodes);
	snprintf(number, sizeof number, "%d", done);
	verdict("of those who set nodes, the last one alone is told that the graph is done", done == 1, number);
	answer = call(on, "SELECT count(*), count(finished_at) FROM stead_job_node WHERE status = 'success'");
	snprintf(text, sizeof text, "%d|%d\n", PROCESSES * NODES, PROCESSES * NODES);
	verdict("no node is lost", strcmp(answer, text) == 0, answer);
	free(answer);

	done = race(set_entries);
	answer = call(on, "SELECT count(*) FROM stead_cache");
	verdict("a space of the cache is bounded, and nobody fails", done == 0 && atoi(answer) == ENTRIES, answer);
	free(answer);
	answer = call(on, "SELECT stead_cache_get('races', 'all')");
	verdict("what expires last is there", strcmp(answer, "v\n") == 0, answer);
	free(answer);

	done = race(observe);
	answer = call(on, "SELECT count(*), count(DISTINCT counter) FROM stead_counter");
	snprintf(text, sizeof text, "%d|%d\n", PROCESSES + 1, PROCESSES + 1);
	verdict("counters of one series are all there", done == 0 && strcmp(answer, text) == 0, answer);
	free(answer);
	close_database(on);
	return 0;
}
