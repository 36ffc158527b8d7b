/*
 * page.c - writes HTML. See page.h. Numbers are formatted here, as printf's decimal point follows the locale of the
 * application.
 */
#include "upkeep/overview/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "lib/timestamp.h"

void page_put(overview_page *page, const char *markup)
{
	stead_append_text(page->call, &page->html, markup);
}

static void put_va(overview_page *page, const char *format, va_list args)
{
	char text[400];
	int size = vsnprintf(text, sizeof text, format, args);

	stead_append(page->call, &page->html, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

void page_format(overview_page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_va(page, format, args);
	va_end(args);
}

/* ---- Text ------------------------------------------------------------------------------------------------------- */

/* Takes the next character; what is not UTF-8, which somebody may have stored past Stead, is one byte, U+FFFD. */
static uint32_t next_character(const char *data, size_t size, size_t *at)
{
	unsigned char first = (unsigned char)data[*at];
	size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t character = first;

	if (length > size - *at || !stead_utf8_valid(data + *at, length)) {
		++*at;
		return 0xfffd;
	}
	if (length > 1)
		character = first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)data[*at + i] & 0x3f);
	*at += length;
	return character;
}

/* Characters that show nothing, or change how others look: controls, joiners, marks of direction, fillers, variation
 * selectors that name no emoji, tags, and those that are none. */
static bool is_unseen(uint32_t character)
{
	static const uint32_t ranges[][2] = {{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},     {0x34f, 0x34f},
	                                     {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f},
	                                     {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f}, {0x2800, 0x2800},
	                                     {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0e}, {0xfeff, 0xfeff},
	                                     {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff}, {0x1bca0, 0x1bca3},
	                                     {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};

	for (int i = 0; i < STEAD_COUNT(ranges) && ranges[i][0] <= character; i++)
		if (character <= ranges[i][1])
			return true;
	return false;
}

/* About how wide it is, in halves of what most are. */
static int width_of(uint32_t character)
{
	if (character >= 0x1100)
		return character >= 0x1e00 && character < 0x2e80 ? 2 : 4;
	if (character < 0x80 && memchr("mwMW@%&", (int)character, 7))
		return character == 'W' || character == '@' || character == '%' ? 4 : 3;
	return character >= 'A' && character <= 'Z' ? 3 : 2;
}

static void put_character(overview_page *page, const char *data, size_t size, uint32_t character)
{
	switch (character) {
	case '&':
		page_put(page, "&amp;");
		break;
	case '<':
		page_put(page, "&lt;");
		break;
	case '>':
		page_put(page, "&gt;");
		break;
	case '"':
		page_put(page, "&quot;");
		break;
	case '\'':
		page_put(page, "&#39;");
		break;
	case 0xfffd:
		page_put(page, "\xef\xbf\xbd");
		break;
	default:
		stead_append(page->call, &page->html, data, size);
	}
}

void page_text(overview_page *page, stead_value text, size_t most)
{
	size_t at = 0, next;

	if (text.null)
		return;
	page_put(page, "<bdi>");
	for (; at < text.size && at < most; at = next) {
		uint32_t character = next_character(text.data, text.size, (next = at, &next));

		if (character == '\n')
			page_put(page, "<i>\xe2\x86\xb5</i> ");
		else if (is_unseen(character))
			page_format(page, "<i>U+%04X</i>", (unsigned)character);
		else
			put_character(page, text.data + at, next - at, character);
	}
	page_put(page, at < text.size ? "\xe2\x80\xa6</bdi>" : "</bdi>");
}

void page_label(overview_page *page, stead_value text, int width)
{
	size_t at = 0, next;

	for (int used = 0; !text.null && at < text.size && used < 2 * width; at = next) {
		uint32_t character = next_character(text.data, text.size, (next = at, &next));

		used += width_of(character);
		if (is_unseen(character))
			character = 0xfffd;
		put_character(page, text.data + at, next - at, character);
	}
	if (!text.null && at < text.size)
		page_put(page, "\xe2\x80\xa6");
}

/* ---- Numbers and times ------------------------------------------------------------------------------------------ */

void page_number(overview_page *page, int64_t number)
{
	char digits[24], text[32];
	int size = snprintf(digits, sizeof digits, "%lld", (long long)number), at = 0;

	for (int i = 0; i < size; i++) {
		if (i && digits[i - 1] != '-' && (size - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	stead_append(page->call, &page->html, text, (size_t)at);
}

void page_short_number(overview_page *page, int64_t number)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
	int unit = 0;
	int64_t scale = 1;

	while (unit < STEAD_COUNT(units) - 1 && number / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	if (number % scale)
		page_format(page, "%d.%d%s", (int)(number / scale), (int)(number % scale / (scale / 10)), units[unit]);
	else
		page_format(page, "%d%s", (int)(number / scale), units[unit]);
}

void page_share(overview_page *page, int64_t part, int64_t whole)
{
	double share = whole > 0 ? (double)part / (double)whole * 100 : 0;
	int hundredths = (int)(share * 100 + 0.5);

	if (whole <= 0)
		page_put(page, "\xe2\x80\x93");
	else if (part && !hundredths)
		page_put(page, "&lt;\xc2\xa0"
		               "0.01\xc2\xa0%");
	else if (hundredths < 1000)
		page_format(page, "%d.%02d\xc2\xa0%%", hundredths / 100, hundredths % 100);
	else
		page_format(page, "%d.%d\xc2\xa0%%", hundredths / 100, hundredths % 100 / 10);
}

void page_when(overview_page *page, int64_t time, page_moment form)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char iso[STEAD_TIME_SIZE];

	stead_time_format(time, iso);
	if (form == PAGE_DAY) {
		page_format(page, "%d %s", (iso[8] - '0') * 10 + iso[9] - '0', months[(iso[5] - '0') * 10 + iso[6] - '1']);
		return;
	}
	if (form != PAGE_CLOCK)
		stead_append(page->call, &page->html, iso, 10);
	if (form == PAGE_MINUTE)
		page_put(page, " ");
	if (form != PAGE_DATE)
		stead_append(page->call, &page->html, iso + 11, 5);
}

void page_time(overview_page *page, stead_value time)
{
	char iso[STEAD_TIME_SIZE];

	if (time.null) {
		page_put(page, "\xe2\x80\x93");
		return;
	}
	stead_time_format(time.integer, iso);
	page_format(page, "<time datetime=\"%.*s\">%.10s %.8s</time>", STEAD_TIME_SIZE, iso, iso, iso + 11);
}

void page_keyed_time(overview_page *page, stead_value time, const char *key, ...)
{
	va_list args;

	page_put(page, "<span data-key=\"");
	va_start(args, key);
	put_va(page, key, args);
	va_end(args);
	page_put(page, "\">");
	page_time(page, time);
	page_put(page, "</span>");
}

/* ---- Figures ---------------------------------------------------------------------------------------------------- */

void page_cell(overview_page *page, const char *label, int64_t number, const char *key, ...)
{
	va_list args;

	page_format(page, "<td class=\"n\" data-label=\"%s\" data-key=\"", label);
	va_start(args, key);
	put_va(page, key, args);
	va_end(args);
	page_put(page, "\">");
	page_number(page, number);
	page_put(page, "</td>");
}

void page_tile(overview_page *page, const char *what, const char *tone, int64_t number, const char *key)
{
	page_format(page, "<div class=\"tile %s\"><dt>%s</dt><dd data-key=\"%s\">", tone, what, key);
	page_number(page, number);
	page_put(page, "</dd></div>\n");
}
