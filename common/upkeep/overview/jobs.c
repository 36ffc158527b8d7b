/*
 * jobs.c - the part of the page about jobs: by status, and of which kinds.
 */
#include "upkeep/overview/chart.h"
#include "upkeep/overview/parts.h"

enum { QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED, STATUSES };
static const char *const statuses[] = {"queued", "running", "succeeded", "failed", "cancelled"};

#define MOST_KINDS 20

typedef struct {
	stead_value kind;
	int64_t jobs[STATUSES], all;
} kind_row;

static int status_of(stead_value word)
{
	int status = 0;

	while (status < STATUSES && (word.null || !stead_equals(word, statuses[status])))
		status++;
	return status;
}

/* The kinds with the most jobs, of equals the first by name; rows come sorted by kind. Returns how many. */
static int find_kinds(overview_page *page, const stead_collected *rows, kind_row kinds[MOST_KINDS + 1], size_t *all)
{
	int used = 0;

	*all = 0;
	for (size_t i = 0; i < rows->count;) {
		kind_row row = {.kind = stead_collected_value(page->call, rows, i, "kind")};
		int at;

		for (; i < rows->count && stead_same(stead_collected_value(page->call, rows, i, "kind"), row.kind); i++) {
			int status = status_of(stead_collected_value(page->call, rows, i, "status"));
			int64_t jobs = stead_collected_int(page->call, rows, i, "jobs");

			row.all += jobs;
			if (status < STATUSES)
				row.jobs[status] += jobs;
		}
		++*all;
		for (at = used; at > 0 && kinds[at - 1].all < row.all; at--)
			kinds[at] = kinds[at - 1];
		kinds[at] = row;
		used += used < MOST_KINDS;
	}
	return used;
}

static void put_statuses(overview_page *page, const stead_collected *rows)
{
	stead_value names[STATUSES];
	int64_t jobs[STATUSES] = {0}, failed[STATUSES] = {0};

	for (size_t i = 0; i < rows->count; i++) {
		int status = status_of(stead_collected_value(page->call, rows, i, "status"));

		if (status < STATUSES)
			jobs[status] += stead_collected_int(page->call, rows, i, "jobs");
	}
	for (int i = 0; i < STATUSES; i++)
		names[i] = stead_text(statuses[i]);
	failed[FAILED] = jobs[FAILED];
	page_put(page, "<figure>\n");
	chart_ranking(page, &(chart_bars){"Jobs by status", STATUSES, names, jobs, failed});
	page_put(page, "<details><summary>The numbers</summary><table><thead><tr><th>Status</th><th class=\"n\">Jobs</th>"
	               "</tr></thead><tbody>\n");
	for (int i = 0; i < STATUSES; i++) {
		page_format(page, "<tr><th scope=\"row\">%s</th>", statuses[i]);
		page_cell(page, "Jobs", jobs[i], "job.%s", statuses[i]);
		page_put(page, "</tr>\n");
	}
	page_put(page, "</tbody></table></details>\n</figure>\n");
}

static void put_kinds(overview_page *page, const kind_row *kinds, int count, size_t all)
{
	page_put(page, "<h3>By kind</h3>\n<table class=\"stack\"><thead><tr><th>Kind</th>");
	for (int i = 0; i < STATUSES; i++)
		page_format(page, "<th class=\"n\">%s</th>", statuses[i]);
	page_put(page, "</tr></thead><tbody>\n");
	for (int i = 0; i < count; i++) {
		page_format(page, "<tr><th scope=\"row\" data-key=\"job_kind.%d.kind\">", i);
		page_text(page, kinds[i].kind, PAGE_TEXT_MOST);
		page_put(page, "</th>");
		for (int status = 0; status < STATUSES; status++)
			page_cell(page, statuses[status], kinds[i].jobs[status], "job_kind.%d.%s", i, statuses[status]);
		page_put(page, "</tr>\n");
	}
	page_put(page, "</tbody></table>\n");
	if (all > (size_t)count)
		page_format(page, "<p class=\"note\">And %d more kinds, with fewer jobs.</p>\n", (int)(all - (size_t)count));
}

void overview_jobs(overview_page *page)
{
	stead_collected rows = stead_collect(page->call, "job_stats", 0, NULL);
	kind_row kinds[MOST_KINDS + 1];
	size_t all;
	int count = find_kinds(page, &rows, kinds, &all);

	page_put(page, "<section id=\"jobs\"><h2>Jobs</h2>\n");
	if (count) {
		put_statuses(page, &rows);
		put_kinds(page, kinds, count, all);
	} else
		page_put(page, "<p class=\"none\">There is no job.</p>\n");
	page_put(page, "</section>\n");
}
