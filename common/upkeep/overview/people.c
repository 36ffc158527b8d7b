/*
 * people.c - the part of the page about sessions and users: how many, and no names.
 */
#include "access/session/token.h"
#include "upkeep/overview/parts.h"

#define MOST 1000000 /* are counted up to this number */

static void put_count(overview_page *page, const char *what, const char *at_least, int64_t count, const char *key)
{
	page_tile(page, count < MOST ? what : at_least, "", count, key);
}

void overview_people(overview_page *page)
{
	stead_value now[] = {stead_time(page->now), stead_int(MOST)}, most = stead_int(MOST);
	int64_t live, ended, users = 0, signing_in = 0, inactive = 0, unapproved = 0;
	stead_rows *rows;

	live = stead_first(page->call,
	                   "SELECT count(*) FROM (SELECT 1 FROM stead_session WHERE " ENDED_AT " > $1 LIMIT $2) AS live", 2,
	                   now, STEAD_INT)
	           .integer;
	ended = stead_first(page->call,
	                    "SELECT count(*) FROM (SELECT 1 FROM stead_session WHERE " ENDED_AT " <= $1 LIMIT $2) AS ended",
	                    2, now, STEAD_INT)
	            .integer;
	rows =
		stead_open(page->call,
	               "SELECT count(*), count(*) FILTER (WHERE active AND approved), count(*) FILTER (WHERE NOT active),"
	               " count(*) FILTER (WHERE NOT approved) FROM (SELECT active, approved FROM stead_user LIMIT $1)"
	               " AS users",
	               1, &most);
	if (stead_next(rows)) {
		users = stead_column(rows, 0, STEAD_INT).integer;
		signing_in = stead_column(rows, 1, STEAD_INT).integer;
		inactive = stead_column(rows, 2, STEAD_INT).integer;
		unapproved = stead_column(rows, 3, STEAD_INT).integer;
	}
	stead_close(rows);
	page_put(page, "<section id=\"people\"><h2>Sessions and users</h2>\n<dl class=\"tiles\">\n");
	put_count(page, "Live sessions", "Live sessions, at least", live, "session.live");
	put_count(page, "Ended sessions, kept", "Ended sessions, at least", ended, "session.ended");
	put_count(page, "Users", "Users, at least", users, "user.all");
	page_tile(page, "Users who may sign in", "", signing_in, "user.signing_in");
	page_tile(page, "Inactive users", "", inactive, "user.inactive");
	page_tile(page, "Not approved yet", unapproved ? "warn" : "", unapproved, "user.unapproved");
	page_put(page, "</dl>\n</section>\n");
}
