/*
 * findings.c - the part of the page with what stead_doctor() says: what is wrong first.
 */
#include <string.h>

#include "upkeep/overview/parts.h"

#define MOST_FINDINGS 200
#define DETAIL_MOST 1500 /* bytes */

static void put_finding(overview_page *page, const stead_collected *findings, size_t row, const char *status)
{
	static const char *const words[] = {"fail", "Failed", "warn", "Warning", "ok", "Good"};
	stead_value remedy = stead_collected_value(page->call, findings, row, "remedy");
	int at = 0;

	while (strcmp(words[at], status) != 0)
		at += 2;
	page_format(page, "<li class=\"%s\"><div class=\"first\"><strong data-key=\"doctor.%d.check_name\">", status,
	            (int)row);
	page_text(page, stead_collected_value(page->call, findings, row, "check_name"), PAGE_TEXT_MOST);
	page_format(page,
	            "</strong><span class=\"tag\" data-key=\"doctor.%d.status\">%s</span></div><div data-key=\""
	            "doctor.%d.detail\">",
	            (int)row, words[at + 1], (int)row);
	page_text(page, stead_collected_value(page->call, findings, row, "detail"), DETAIL_MOST);
	page_put(page, "</div>");
	if (!remedy.null) {
		page_format(page, "<div class=\"remedy\">What to do: <span data-key=\"doctor.%d.remedy\">", (int)row);
		page_text(page, remedy, DETAIL_MOST);
		page_put(page, "</span></div>");
	}
	page_put(page, "</li>\n");
}

static int put_findings(overview_page *page, const stead_collected *findings, const char *status, int room)
{
	for (size_t i = 0; i < findings->count && room > 0; i++)
		if (stead_equals(stead_collected_value(page->call, findings, i, "status"), status)) {
			put_finding(page, findings, i, status);
			room--;
		}
	return room;
}

void overview_findings(overview_page *page, const overview_facts *facts)
{
	int64_t good = (int64_t)facts->doctor.count - facts->failed - facts->warned;
	int room = MOST_FINDINGS;

	page_put(page, "<section id=\"doctor\"><h2>Checks</h2>\n<dl class=\"tiles\">\n");
	page_tile(page, "Failed", facts->failed ? "bad" : "", facts->failed, "doctor.fail");
	page_tile(page, "Warnings", facts->warned ? "warn" : "", facts->warned, "doctor.warn");
	page_tile(page, "Good", "", good, "doctor.ok");
	page_put(page, "</dl>\n");
	if (facts->failed || facts->warned) {
		page_put(page, "<ul class=\"list\">\n");
		room = put_findings(page, &facts->doctor, "warn", put_findings(page, &facts->doctor, "fail", room));
		page_put(page, "</ul>\n");
	}
	page_put(page, "<details><summary>What is good</summary><ul class=\"list\">\n");
	put_findings(page, &facts->doctor, "ok", room);
	page_put(page, "</ul></details>\n</section>\n");
}
