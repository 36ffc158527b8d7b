/*
 * capture.c - random changes of captured tables. Then stead_row_at() must tell every past state, and the changes in
 * their order must lead to each.
 *
 * Run it as "capture postgresql SEED STEPS", in the database that libpq finds, or as "capture sqlite SEED STEPS FILE".
 * The database must not contain Stead. After each step the program notes the time, and the whole table as typed values.
 */
#include "random_changes.h"

typedef struct {
	char at[40], *sql;
	content content;
} state;

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static char *time_now(void)
{
	return ask(on, on.pg ? "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	                     : "SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')");
}

/* What comes after it is later. Triggers in plain SQL know milliseconds. */
static void note_time(char at[40])
{
	char *now = time_now(), *later = time_now();

	snprintf(at, 40, "%.27s", now);
	while (strcmp(later, now) <= 0) {
		free(later);
		later = time_now();
	}
	free(later);
	free(now);
}

/* The key as a caller may write it, which is not how Stead does. */
static char *write_key(const table *table, const row *row)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	bool object = table->keys > 1 || below(2);

	for (int i = 0; i < table->keys; i++) {
		const char *cell = row->cells[i];

		if (object)
			fprintf(to, "%s%s : ", i ? ", " : "{ ",
			        strcmp(table->names[i], "k\"1") == 0 ? "\"k\\u00221\"" : quoted(table->names[i]));
		if (*cell == 'n')
			fputs(cell + 1, to);
		else if (*cell == 'r')
			fprintf(to, "%.1f", strtod(cell + 1, NULL));
		else if (*cell == 'b')
			fprintf(to, "{\"base64\":\"%s\"}", !cell[1] ? "" : cell[1] == '0' ? "AA==" : "/w==");
		else {
			fputc('"', to);
			for (const char *c = cell + 1; *c; c++)
				if (*c == '"' || *c == '\\' || (*c > 0 && *c < 32) || *c == 'a')
					fprintf(to, "\\u%04x", (unsigned)*c);
				else
					fputc(*c, to);
			fputc('"', to);
		}
	}
	fprintf(to, "%s", object ? " }" : "");
	fclose(to);
	return out;
}

static bool is_told(const table *table, const row *wanted, const char *got)
{
	row told = {0};

	if (is_error(got) || !wanted || strcmp(got, "NULL\n") == 0)
		return !is_error(got) && !wanted && strcmp(got, "NULL\n") == 0;
	return read_object(table, got, &told) == table->columns && same_row(&told, wanted, table->columns);
}

static long check_rows(const table *table, const state *states, int count)
{
	content keys = {0};
	long checks = 0;

	for (int i = 0; i < count; i++)
		for (int k = 0; k < states[i].content.count; k++)
			if (!find_row(table, &keys, &states[i].content.rows[k]))
				add_row(&keys, &states[i].content.rows[k]);
	for (int k = 0; k < keys.count; k++)
		for (int i = 0; i < count; i++, checks++) {
			const row *wanted = find_row(table, &states[i].content, &keys.rows[k]);
			char *key = write_key(table, &keys.rows[k]);
			char *sql = sqlite3_mprintf("SELECT stead_row_at(%Q, %Q, %Q)", quoted(table->name), key, states[i].at);
			char *got = ask(on, sql);

			if (!is_told(table, wanted, got))
				wrong("%s: %.400s# wanted %.300s\n# after %.600s# and then %.600s", sql, got, show_row(table, wanted),
				      states[i].sql, i + 1 < count ? states[i + 1].sql : "nothing");
			sqlite3_free(sql);
			free(got);
			free(key);
		}
	return checks;
}

enum { CHANGED_AT, OPERATION, KEY, OLD, NEW, FIELDS };

/* Makes the change in the content; false: it is not as the change says. */
static bool apply(const table *table, content *to, char *const change[FIELDS])
{
	row named = {0}, was = {0}, *at;

	if (strcmp(change[OPERATION], "truncate") == 0) {
		to->count = 0;
		return strcmp(change[KEY], "NULL") == 0;
	}
	if (read_object(table, change[KEY], &named) != table->keys)
		return false;
	at = find_row(table, to, &named);
	if (strcmp(change[OPERATION], "insert") == 0) {
		if (at || strcmp(change[OLD], "NULL") != 0 || read_object(table, change[NEW], &named) != table->columns)
			return false;
		add_row(to, &named);
		return true;
	}
	if (!at || read_object(table, change[OLD], &was) < 1)
		return false;
	for (int i = 0; i < table->columns; i++)
		if (was.cells[i] ? strcmp(was.cells[i], at->cells[i]) != 0 : *change[OPERATION] == 'd')
			return false;
	if (*change[OPERATION] == 'u')
		return read_object(table, change[NEW], at) > 0;
	*at = to->rows[--to->count];
	return strcmp(change[NEW], "NULL") == 0;
}

static bool same_content(const table *table, const content *a, const content *b)
{
	for (int i = 0; i < a->count; i++) {
		const row *other = find_row(table, b, &a->rows[i]);

		if (!other || !same_row(other, &a->rows[i], table->columns))
			return false;
	}
	return a->count == b->count;
}

/* From nothing, the changes in their order lead to each state. */
static void check_changes(const table *table, const state *states, int count, int64_t first)
{
	char *rows =
		askf(on,
	         "SELECT %s, operation, row_key, old_values, new_values FROM stead_change WHERE id > %lld"
	         " ORDER BY id",
	         on.pg ? "to_char(changed_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')" : "changed_at", (long long)first);
	char *at = rows, *change[FIELDS];
	content made = {0};

	if (is_error(rows))
		wrong("%s", rows);
	for (int i = 0; i < count && !is_error(rows); i++) {
		while (*at && strncmp(at, states[i].at, 27) <= 0) {
			for (int k = 0; k < FIELDS; k++) { /* no value has a bar or a line end */
				change[k] = at;
				at += strcspn(at, "|\n");
				*at++ = '\0';
			}
			if (!apply(table, &made, change)) {
				wrong("%s: a change that does not fit: %s %s %s %s\n# in %.600s", table->name, change[OPERATION],
				      change[KEY], change[OLD], change[NEW], states[i].sql);
				return;
			}
		}
		if (!same_content(table, &made, &states[i].content)) {
			wrong("%s: the changes lead to other rows than %.600s", table->name, states[i].sql);
			return;
		}
	}
	free(rows);
}

/* Of the filtered table, rows count whose u is one of two. */
static void leave_filtered(content *content)
{
	int kept = 0;

	for (int i = 0; i < content->count; i++)
		if (strcmp(content->rows[i].cells[2], "ta") == 0 || strcmp(content->rows[i].cells[2], "tb") == 0)
			content->rows[kept++] = content->rows[i];
	content->count = kept;
}

static long run_table(const table *table, int steps)
{
	state *states = calloc((size_t)steps, sizeof *states);
	int64_t first = number(on, "SELECT coalesce(max(id), 0) FROM stead_change");
	char *statements[12], *sql;

	must(on, "%s", on.pg ? table->pg : table->lite);
	sql = sqlite3_mprintf("SELECT stead_capture_start(%Q, %Q)", quoted(table->name),
	                      table == FILTERED ? "{\"when\":{\"u\":[\"a\",\"b\"]}}" : NULL);
	must(on, "%s", sql);
	sqlite3_free(sql);
	for (int i = 0; i < steps; i++) {
		if (!on.pg)
			must(on, "PRAGMA recursive_triggers = %d", below(3) == 0);
		states[i].sql = random_step(table, statements);
		if (i == 0 && on.pg) /* or else TRUNCATE leaves open what there was before */
			must(on, "TRUNCATE %s", quoted(table->name));
		for (int k = 0; statements[k]; k++) {
			free(ask(on, statements[k])); /* a conflict is an error */
			free(statements[k]);
		}
		if (below(16) == 0) /* what changed before is in the index, what follows is not */
			must(on, "SELECT stead_maintain()");
		note_time(states[i].at);
		states[i].content = read_table(table);
		if (table == FILTERED)
			leave_filtered(&states[i].content);
	}
	check_changes(table, states, steps, first);
	return table == FILTERED ? 0 : check_rows(table, states, steps);
}

int main(int argc, char **argv)
{
	long checks = 0;

	if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
		on = open_sqlite(argv[4]);
	else if (argc == 4 && strcmp(argv[1], "postgresql") == 0)
		on = open_postgresql();
	else
		fail("usage: capture postgresql SEED STEPS | capture sqlite SEED STEPS FILE");
	seed = strtoul(argv[2], NULL, 10);
	srandom((unsigned)seed);
	if (on.pg)
		must(on, "SET timezone = 'UTC'; SET standard_conforming_strings = on; CREATE EXTENSION stead");
	else
		must(on, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	must(on, "SELECT stead_init()");
	for (int i = 0; i < TABLES; i++)
		if (!on.pg || tables[i].pg)
			checks += run_table(&tables[i], atoi(argv[3]));
	printf("%lld changes, %ld past rows asked for, seed %lu: %d faults\n",
	       (long long)number(on, "SELECT count(*) FROM stead_change"), checks, seed, faults);
	close_database(on);
	return faults > 0;
}
