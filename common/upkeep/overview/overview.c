/*
 * overview.c - stead_report: one HTML page about the database, without anything from elsewhere.
 *
 * Every number on it is one that another function gives: the page collects their rows (core/collect.h) and shows them.
 * Its parts are in the other files of this folder.
 */
#include <string.h>

#include "upkeep/overview/parts.h"

#define NOTHING_FROM_ELSEWHERE "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

static void put_head(overview_page *page)
{
	page_put(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	               "<meta http-equiv=\"Content-Security-Policy\" content=\"" NOTHING_FROM_ELSEWHERE "\">\n"
	               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	               "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">"
	               "<meta name=\"robots\" content=\"noindex\">\n<title>Stead report</title>\n<style>\n");
	for (int i = 0; overview_styles[i]; i++)
		page_put(page, overview_styles[i]);
	page_put(page, "</style></head>\n<body>\n");
}

static void put_verdict(overview_page *page, const overview_facts *facts)
{
	const char *tone = facts->failed ? "bad" : facts->warned ? "warn" : "good";

	page_format(page, "<p class=\"verdict %s\"><a href=\"#doctor\">", tone);
	if (facts->failed)
		page_format(page, "%d %s", (int)facts->failed, facts->failed == 1 ? "check fails" : "checks fail");
	if (facts->failed && facts->warned)
		page_put(page, ", ");
	if (facts->warned)
		page_format(page, "%d %s", (int)facts->warned, facts->warned == 1 ? "warning" : "warnings");
	if (!facts->failed && !facts->warned)
		page_put(page, "All checks are good");
	page_put(page, "</a></p>\n");
}

static void put_header(overview_page *page, const overview_facts *facts)
{
	stead_value backend = stead_ask(page->call, "backend", 0, NULL);

	page_put(page, "<header>\n<h1>Stead report</h1>\n<p class=\"made\">Stead <span data-key=\"version\">");
	page_text(page, stead_ask(page->call, "version", 0, NULL), PAGE_TEXT_MOST);
	page_put(page, "</span> on <span data-key=\"backend\">");
	page_put(page, stead_equals(backend, "sqlite") ? "SQLite" : "PostgreSQL");
	page_put(page, "</span>, made ");
	page_time(page, stead_time(page->now));
	page_put(page, ". All times are UTC.</p>\n");
	put_verdict(page, facts);
	page_put(page,
	         "<nav><a href=\"#events\">Events</a> <a href=\"#failures\">Failures</a> <a href=\"#action\">Actions</a>"
	         " <a href=\"#actor_name\">Actors</a> <a href=\"#sealing\">Sealing</a> <a href=\"#retention\">"
	         "Retention</a> <a href=\"#people\">Sessions and users</a> <a href=\"#jobs\">Jobs</a> <a href=\"#doctor\">"
	         "Checks</a></nav>\n</header>\n<main>\n");
}

static int64_t count_findings(stead_call *call, const stead_collected *findings, const char *status)
{
	int64_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += stead_equals(stead_collected_value(call, findings, i, "status"), status);
	return count;
}

static stead_value report(stead_call *call, const stead_value *args)
{
	/* the statistics come first: a table function holds the state that all of the page is of */
	overview_facts facts = {.stats = stead_collect(call, "audit_stats", 0, NULL),
	                        .doctor = stead_collect(call, "doctor", 0, NULL)};
	overview_page page = {.call = call, .now = stead_now(call)};

	(void)args;
	facts.failed = count_findings(call, &facts.doctor, "fail");
	facts.warned = count_findings(call, &facts.doctor, "warn");
	put_head(&page);
	put_header(&page, &facts);
	overview_events(&page, &facts);
	overview_tops(&page);
	overview_keeping(&page);
	overview_people(&page);
	overview_jobs(&page);
	overview_findings(&page, &facts);
	page_put(&page, "</main>\n</body></html>\n");
	return stead_text_n(page.html.data, page.html.size);
}

static const stead_function functions[] = {
	{
		.name = "report",
		.doc = "Returns a page about the database in HTML: events over time, failures, the most frequent actions and "
			   "actors, sealing and retention, how many sessions, users and jobs there are, and what stead_doctor "
			   "finds. The page has no scripts and needs nothing from elsewhere. It shows names of actors and of what "
			   "they acted on: whoever may read it should be one who may read the audit log. The numbers are as of "
			   "one moment. It counts sessions, users and unsealed events to at most 1000000, and reads all jobs.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.returns = STEAD_TEXT,
		.call = report,
	},
};

const stead_module stead_overview = {
	.name = "overview",
	.doc = "A page that shows the state of the database.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
