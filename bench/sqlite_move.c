/*
 * sqlite_move.c - moving a store: the export to a file, and the import of that file into another database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

#define PIECE (4 << 20) /* bytes */

static void fill(sqlite3 *db, int64_t events)
{
	char *sql = sqlite3_mprintf(
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) SELECT"
		" count(stead_audit_log('app.action_' || (i %% 50), 'app', 'resource-' || (i %% 1000), CAST(i %% 200 AS text),"
		" 'user' || (i %% 200), i %% 20 <> 0, '{\"path\":\"/api/v1/apps/' || i || "
	    "'\",\"method\":\"POST\",\"ms\":12.5}',"
		" CASE WHEN i %% 20 = 0 THEN 'failed: no such thing' END, '192.0.2.' || (i %% 250), 'Mozilla/5.0 (bench)'))"
		" FROM n",
		(long long)events);

	run(db, "SELECT stead_setting_set('stead.audit.autoseal', '0')");
	run(db, sql);
	sqlite3_free(sql);
	while (atoll(ask(db, "SELECT stead_audit_seal(10000)")))
		;
}

static int64_t export_to(sqlite3 *db, FILE *out)
{
	sqlite3_stmt *statement = prepare(db, "SELECT line FROM stead_export()");
	int64_t lines = 0;
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		lines++;
		fwrite(sqlite3_column_text(statement, 0), 1, (size_t)sqlite3_column_bytes(statement, 0), out);
		fputc('\n', out);
	}
	expect(db, code, SQLITE_DONE, "export");
	sqlite3_finalize(statement);
	return lines;
}

static void import_from(sqlite3 *db, FILE *in)
{
	sqlite3_stmt *statement = prepare(db, "SELECT stead_import(?1)");
	char *line = NULL, *piece = malloc(2 * PIECE);
	size_t room = 0, size = 0;
	ssize_t got;

	do {
		got = getline(&line, &room, in);
		if (size && (got < 0 || size + (size_t)got > PIECE)) {
			sqlite3_bind_text(statement, 1, piece, (int)size, SQLITE_STATIC);
			expect(db, sqlite3_step(statement), SQLITE_ROW, "import");
			sqlite3_reset(statement);
			size = 0;
		}
		if (got > PIECE)
			exit(1);
		if (got > 0)
			memcpy(piece + size, line, (size_t)got);
		size += got > 0 ? (size_t)got : 0;
	} while (got >= 0);
	sqlite3_finalize(statement);
	free(piece);
	free(line);
}

static void report(const char *what, double rows, spent took, long grown, const char *command)
{
	printf("%s, thousand rows per CPU second\t-\t", what);
	print_rate(rows / took.cpu);
	printf("%.1f\t>= 50\t%s\n", rows / took.cpu / 1000, command);
	printf("%s, MB that memory grew\t-\t%ld kB\t%.1f\t<= 50\t%s\n", what, grown, (double)grown / 1024, command);
	fflush(stdout);
}

void bench_move(int64_t events)
{
	char *path = sqlite3_mprintf("%s/export.jsonl", directory);
	sqlite3 *from = open_database("move_from"), *to = open_database("move_to");
	FILE *file = fopen(path, "w+");
	spent begin, took;
	int64_t lines;
	long before;

	fill(from, events);
	sqlite3_close(from); /* its cache goes: what grows is the export */
	from = open_database("move_from");
	before = memory("VmRSS");
	begin = start();
	lines = export_to(from, file);
	took = since(begin);
	report("export", (double)lines, took, memory("VmHWM") - before > 0 ? memory("VmRSS") - before : 0,
	       "SELECT line FROM stead_export()");
	fflush(file);
	printf("exported: %lld events, %lld lines, %ld MB\n", (long long)events, (long long)lines, ftell(file) >> 20);
	rewind(file);
	before = memory("VmRSS");
	begin = start();
	import_from(to, file);
	took = since(begin);
	report("import", (double)lines, took, memory("VmRSS") - before, "SELECT stead_import($1), 4 MiB at a time");
	fclose(file);
	sqlite3_free(path);
	sqlite3_close(from);
	sqlite3_close(to);
}
