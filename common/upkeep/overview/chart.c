/*
 * chart.c - charts as inline SVG. See chart.h.
 */
#include "upkeep/overview/chart.h"

#define LEFT 9000                               /* thousandths of a percent of the width: where the columns begin */
#define TOP 12                                  /* pixels: where the highest column ends */
#define FOOT 140                                /* and where all begin */
#define HEIGHT 164                              /* of the drawing, with what is written below */
#define LINES 4                                 /* at most so many above the foot */
#define WHOLE 100000                            /* the whole width */
#define MOST_DRAWN INT64_C(1000000000000000000) /* beyond, all columns are of one height */
#define ROW 38                                  /* pixels for each bar of a list */
#define NAME_WIDTH 26                           /* characters of a name beside its number, on a phone */

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static void put_percent(overview_page *page, const char *attribute, int64_t thousandths)
{
	page_format(page, " %s=\"%d.%03d%%\"", attribute, (int)(thousandths / 1000), (int)(thousandths % 1000));
}

/* A height in pixels, with a tenth. Where there is something, something is seen. */
static void put_column(overview_page *page, const char *class, int64_t number, int64_t most, int64_t left,
                       int64_t width)
{
	int tenths = (int)((double)number / (double)most * (FOOT - TOP) * 10 + 0.5), top;

	if (number <= 0)
		return;
	if (tenths < 12)
		tenths = 12;
	if (tenths > (FOOT - TOP) * 10)
		tenths = (FOOT - TOP) * 10;
	top = FOOT * 10 - tenths;
	page_format(page, "<rect class=\"%s\"", class);
	put_percent(page, "x", left);
	put_percent(page, "width", width);
	page_format(page, " y=\"%d.%d\" height=\"%d.%d\"/>", top / 10, top % 10, tenths / 10, tenths % 10);
}

/* The step between the lines: 1, 2 or 5 times a power of ten. */
static int64_t step_for(int64_t most)
{
	static const int factors[] = {1, 2, 5};

	for (int64_t power = 1;; power *= 10)
		for (int i = 0; i < STEAD_COUNT(factors); i++)
			if ((most - 1) / (factors[i] * power) < LINES)
				return factors[i] * power;
}

static void put_lines(overview_page *page, int64_t step, int64_t most)
{
	for (int64_t at = 0; at <= most; at += step) {
		int y = FOOT - (int)((double)at / (double)most * (FOOT - TOP) + 0.5);

		page_format(page, "<line class=\"%s\" x1=\"9%%\" x2=\"100%%\" y1=\"%d.5\" y2=\"%d.5\"/>", at ? "grid" : "axis",
		            y, y);
		page_format(page, "<text class=\"end\" x=\"7.8%%\" y=\"%d\">", y + 4);
		page_short_number(page, at);
		page_put(page, "</text>\n");
	}
}

static int64_t number_of(overview_page *page, const chart_columns *chart, size_t row)
{
	return stead_collected_int(page->call, chart->rows, row, chart->only ? "failures" : "events");
}

static int64_t start_of(overview_page *page, const chart_columns *chart, size_t row)
{
	return stead_collected_int(page->call, chart->rows, row, "bucket_start");
}

/* What a pointer that rests on the column is told. */
static void put_column_title(overview_page *page, const chart_columns *chart, size_t row)
{
	page_put(page, "<title>");
	page_when(page, start_of(page, chart, row), chart->hourly ? PAGE_MINUTE : PAGE_DATE);
	page_put(page, ": ");
	if (!chart->only) {
		page_number(page, number_of(page, chart, row));
		page_put(page, " events, ");
	}
	page_number(page, stead_collected_int(page->call, chart->rows, row, "failures"));
	page_put(page, " failed</title>");
}

/* Below every so many columns; the first and the last are not too near the edge. */
static void put_moments(overview_page *page, const chart_columns *chart, int64_t slot)
{
	size_t every = chart->hourly ? 12 : 7;

	for (size_t i = 0; i < chart->rows->count; i++) {
		int64_t start = start_of(page, chart, i);
		int64_t hour = start / INT64_C(3600000000) % 24;
		bool said = chart->hourly ? hour % 12 == 0 && i >= 3 && i + 4 < chart->rows->count
		                          : (chart->rows->count - 1 - i) % every == 3;

		if (!said)
			continue;
		page_format(page, "<text class=\"mid\" y=\"%d\"", HEIGHT - 6);
		put_percent(page, "x", LEFT + (int64_t)i * slot + (chart->hourly ? 0 : slot / 2));
		page_put(page, ">");
		page_when(page, start, chart->hourly && hour ? PAGE_CLOCK : PAGE_DAY);
		page_put(page, "</text>\n");
	}
}

static void put_drawing(overview_page *page, const chart_columns *chart, int64_t most)
{
	int64_t slot = (WHOLE - LEFT) / (int64_t)chart->rows->count, gap = slot / 6, step = step_for(most);
	const char *class = chart->only ? "fail" : "bar";

	most = ((most - 1) / step + 1) * step;
	page_format(page, "<svg class=\"columns\" role=\"img\" aria-label=\"%s\" width=\"100%%\" height=\"%d\">",
	            chart->title, HEIGHT);
	page_format(page, "<title>%s</title>\n", chart->title);
	put_lines(page, step, most);
	for (size_t i = 0; i < chart->rows->count; i++) {
		int64_t left = LEFT + (int64_t)i * slot;

		page_put(page, "<g>");
		put_column_title(page, chart, i);
		put_column(page, class, number_of(page, chart, i), most, left + gap, slot - 2 * gap);
		if (!chart->only)
			put_column(page, "fail", stead_collected_int(page->call, chart->rows, i, "failures"), most, left + gap,
			           slot - 2 * gap);
		page_put(page, "</g>\n");
	}
	put_moments(page, chart, slot);
	page_put(page, "</svg>\n");
}

static void put_table(overview_page *page, const chart_columns *chart)
{
	page_format(page,
	            "<details><summary>The numbers</summary><table><caption class=\"away\">%s</caption><thead><tr>"
	            "<th>%s</th>",
	            chart->title, chart->hourly ? "Hour (UTC)" : "Day (UTC)");
	page_put(page, chart->only ? "" : "<th class=\"n\">Events</th>");
	page_put(page, "<th class=\"n\">Failed</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < chart->rows->count; i++) {
		page_put(page, "<tr><th scope=\"row\">");
		page_when(page, start_of(page, chart, i), chart->hourly ? PAGE_MINUTE : PAGE_DATE);
		page_put(page, "</th>");
		if (!chart->only)
			page_cell(page, "Events", number_of(page, chart, i), "%s.%d.events", chart->key, (int)i);
		page_cell(page, "Failed", stead_collected_int(page->call, chart->rows, i, "failures"), "%s.%d.failures",
		          chart->key, (int)i);
		page_put(page, "</tr>\n");
	}
	page_put(page, "</tbody></table></details>\n");
}

void chart_over_time(overview_page *page, const chart_columns *chart)
{
	int64_t most = 0;

	for (size_t i = 0; i < chart->rows->count; i++)
		if (number_of(page, chart, i) > most)
			most = number_of(page, chart, i);
	if (most > MOST_DRAWN)
		most = MOST_DRAWN;
	page_put(page, "<figure>\n");
	if (most)
		put_drawing(page, chart, most);
	else
		page_format(page, "<p class=\"none\">No %s in this time.</p>\n", chart->only ? chart->only : "events");
	put_table(page, chart);
	page_put(page, "</figure>\n");
}

/* ---- Bars ------------------------------------------------------------------------------------------------------- */

static void put_bar(overview_page *page, const char *class, int64_t number, int64_t most, int y)
{
	int64_t width = (int64_t)((double)number / (double)most * WHOLE);

	if (number <= 0)
		return;
	page_format(page, "<rect class=\"%s\" x=\"0\" y=\"%d\" height=\"8\" rx=\"2\"", class, y);
	put_percent(page, "width", width < 400 ? 400 : width);
	page_put(page, "/>");
}

void chart_ranking(overview_page *page, const chart_bars *chart)
{
	int64_t most = 1;

	for (size_t i = 0; i < chart->count; i++)
		if (chart->numbers[i] > most)
			most = chart->numbers[i];
	page_format(page,
	            "<svg class=\"bars\" role=\"img\" aria-label=\"%s\" width=\"100%%\" height=\"%d\"><title>%s</title>\n",
	            chart->title, (int)chart->count * ROW, chart->title);
	for (size_t i = 0; i < chart->count; i++) {
		int y = (int)i * ROW;

		page_format(page, "<g><svg y=\"%d\" width=\"74%%\" height=\"22\"><text class=\"name\" y=\"15\">", y);
		page_label(page, chart->names[i], NAME_WIDTH);
		page_format(page, "</text></svg><text class=\"end\" x=\"100%%\" y=\"%d\">", y + 15);
		page_number(page, chart->numbers[i]);
		page_format(page, "</text><rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"8\" rx=\"2\"/>",
		            y + 22);
		put_bar(page, "bar", chart->numbers[i], most, y + 22);
		if (chart->parts)
			put_bar(page, "fail", chart->parts[i], most, y + 22);
		page_put(page, "</g>\n");
	}
	page_put(page, "</svg>\n");
}
