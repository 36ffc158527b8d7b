/*
 * events.c - the parts of the page about events: how many, over time, and what failed.
 */
#include "lib/timestamp.h"
#include "upkeep/overview/chart.h"
#include "upkeep/overview/parts.h"

#define HOURS 48
#define DAYS 30
#define ABOUT_MOST 120 /* bytes of an actor or a resource that are shown */
#define ERROR_MOST 300 /* bytes of an error that are shown */

static int64_t stat(overview_page *page, const overview_facts *facts, const char *column)
{
	return stead_collected_int(page->call, &facts->stats, 0, column);
}

static stead_collected histogram(overview_page *page, stead_bucket bucket, int count)
{
	int64_t until = stead_bucket_next(bucket, stead_bucket_start(bucket, page->now));
	int64_t length = bucket == STEAD_HOUR ? 3600 * STEAD_SECOND : STEAD_DAY;

	return stead_collect(page->call, "audit_histogram", 3,
	                     (stead_value[]){stead_text(bucket == STEAD_HOUR ? "hour" : "day"),
	                                     stead_time(until - count * length), stead_time(until)});
}

static void put_volume(overview_page *page, const overview_facts *facts, stead_collected *hours, stead_collected *days)
{
	page_put(page, "<section id=\"events\"><h2>Events</h2>\n<dl class=\"tiles\">\n");
	page_tile(page, "All events", "", stat(page, facts, "total_events"), "stats.total_events");
	page_tile(page, "Today (UTC)", "", stat(page, facts, "events_today"), "stats.events_today");
	page_tile(page, "The last 7 days", "", stat(page, facts, "events_this_week"), "stats.events_this_week");
	page_put(page, "</dl>\n<p class=\"note\">The first event: ");
	page_keyed_time(page, stead_collected_value(page->call, &facts->stats, 0, "first_event_at"),
	                "stats.first_event_at");
	page_put(page, ". The last: ");
	page_keyed_time(page, stead_collected_value(page->call, &facts->stats, 0, "last_event_at"), "stats.last_event_at");
	page_put(page, ".</p>\n<h3>By hour <small>the last 48 hours</small></h3>\n<p class=\"legend\"><b class=\"bar\"></b>"
	               "all events <b class=\"fail\"></b>failed</p>\n");
	chart_over_time(page, &(chart_columns){"Events by hour, the last 48 hours", NULL, true, "hour", hours});
	page_put(page, "<h3>By day <small>the last 30 days</small></h3>\n");
	chart_over_time(page, &(chart_columns){"Events by day, the last 30 days", NULL, false, "day", days});
	page_put(page, "</section>\n");
}

/* ---- What failed ------------------------------------------------------------------------------------------------ */

static void put_failure(overview_page *page, const stead_collected *events, size_t row)
{
	static const char *const about[] = {"actor_name", "resource_type", "resource_id"};
	stead_call *call = page->call;
	stead_value actor = stead_collected_value(call, events, row, "actor_name");

	page_format(page, "<li><div class=\"first\"><strong data-key=\"failure.%d.action\">", (int)row);
	page_text(page, stead_collected_value(call, events, row, "action"), PAGE_TEXT_MOST);
	page_put(page, "</strong>");
	page_keyed_time(page, stead_collected_value(call, events, row, "occurred_at"), "failure.%d.occurred_at", (int)row);
	page_put(page, "</div><div class=\"about\">");
	if (actor.null)
		page_text(page, stead_collected_value(call, events, row, "actor_id"), ABOUT_MOST);
	for (int i = 0; i < STEAD_COUNT(about); i++) {
		stead_value value = stead_collected_value(call, events, row, about[i]);

		if (value.null)
			continue;
		page_put(page, "<span>");
		page_text(page, value, ABOUT_MOST);
		page_put(page, "</span>");
	}
	page_put(page, "</div><div class=\"error\">");
	page_text(page, stead_collected_value(call, events, row, "error"), ERROR_MOST);
	page_put(page, "</div></li>\n");
}

static void put_failures(overview_page *page, const overview_facts *facts, stead_collected *days)
{
	int64_t failed = stat(page, facts, "failed_events"), all = stat(page, facts, "total_events");
	stead_collected events =
		stead_collect(page->call, "audit_list", 2, (stead_value[]){stead_json("{\"success\":false}"), stead_int(10)});

	page_put(page, "<section id=\"failures\"><h2>Failures</h2>\n<dl class=\"tiles\">\n");
	page_tile(page, "Events that failed", failed ? "bad" : "", failed, "stats.failed_events");
	page_tile(page, "Events that succeeded", "", stat(page, facts, "successful_events"), "stats.successful_events");
	page_put(page, "<div class=\"tile\"><dt>Share that failed</dt><dd data-key=\"stats.share\">");
	page_share(page, failed, all);
	page_put(page, "</dd></div>\n</dl>\n<h3>Failed, by day <small>the last 30 days</small></h3>\n");
	chart_over_time(page,
	                &(chart_columns){"Failed events by day, the last 30 days", "failures", false, "failed_day", days});
	page_put(page, "<h3>The latest failures</h3>\n");
	page_put(page, events.count ? "<ol class=\"list\">\n" : "<p class=\"none\">No event failed.</p>\n");
	for (size_t i = 0; i < events.count; i++)
		put_failure(page, &events, i);
	page_put(page, events.count ? "</ol>\n</section>\n" : "</section>\n");
}

void overview_events(overview_page *page, const overview_facts *facts)
{
	stead_collected hours = histogram(page, STEAD_HOUR, HOURS), days = histogram(page, STEAD_DAILY, DAYS);

	put_volume(page, facts, &hours, &days);
	put_failures(page, facts, &days);
}
