/*
 * split.h - splits a file of SQL into statements. It knows quotes, comments, and BEGIN ... END of a trigger, but not
 * dollar quotes. It leaves out lines that begin with a backslash, which are for psql.
 */
#ifndef STEAD_TESTS_SPLIT_H
#define STEAD_TESTS_SPLIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
	char *text; /* without the comments before it; the caller frees it */
	int line;
	char differs[200]; /* what follows "-- differs:" in the comments before it, or empty */
} statement;

typedef struct {
	const char *at;
	int line;
} splitter;

static inline char *read_whole(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	long size;

	if (!file) {
		perror(path);
		exit(2);
	}
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = malloc((size_t)size + 1);
	if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
		exit(2);
	text[size] = 0;
	fclose(file);
	return text;
}

/* The end of a quoted text, a quoted name or a comment that begins here, as these may contain a semicolon; else NULL.
 */
static inline const char *after_opaque(const char *at)
{
	const char *end;

	if (*at == '\'' || *at == '"') {
		for (end = at + 1; *end && *end != *at; end++)
			;
		return *end ? end + 1 : end;
	}
	if (at[0] == '-' && at[1] == '-')
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		end = strstr(at, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	return NULL;
}

static inline void advance(splitter *splitter, const char *to)
{
	for (; splitter->at < to; splitter->at++)
		splitter->line += *splitter->at == '\n';
}

static inline bool begins_line(const char *text, const char *at)
{
	return at == text || at[-1] == '\n';
}

/* Reads the next statement of the text. False: there is none left. */
static inline bool next_statement(const char *text, splitter *splitter, statement *out)
{
	const char *start, *at;
	bool trigger;

	*out = (statement){0};
	for (;;) { /* what comes before it */
		if (*splitter->at == '\\' && begins_line(text, splitter->at))
			advance(splitter, splitter->at + strcspn(splitter->at, "\n"));
		else if (*splitter->at == '-' || *splitter->at == '/') {
			if (strncmp(splitter->at, "-- differs: ", 12) == 0)
				snprintf(out->differs, sizeof out->differs, "%.*s", (int)strcspn(splitter->at + 12, "\n"),
				         splitter->at + 12);
			at = after_opaque(splitter->at);
			advance(splitter, at ? at : splitter->at + 1);
		} else if (*splitter->at && strchr(" \t\r\n;", *splitter->at))
			advance(splitter, splitter->at + 1);
		else
			break;
	}
	if (!*splitter->at)
		return false;
	start = at = splitter->at;
	out->line = splitter->line;
	trigger = strncasecmp(start, "create trigger", 14) == 0 || strncasecmp(start, "create temp trigger", 19) == 0;
	while (*at) {
		const char *after = after_opaque(at);

		if (after)
			at = after;
		else if (*at == ';' && (!trigger || (at - start > 3 && strncasecmp(at - 3, "end", 3) == 0)))
			break;
		else
			at++;
	}
	out->text = strndup(start, (size_t)(at - start));
	advance(splitter, *at ? at + 1 : at);
	return out->text != NULL;
}

#endif
