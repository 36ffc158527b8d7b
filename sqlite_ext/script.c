/*
 * script.c - scripts: statements of the application's own.
 *
 * SQLite compiles a statement only when the tables it names are there. So what splits the script, the tail that
 * sqlite3_prepare_v2() returns, is known only as the script runs. But what cannot be part of a script must be refused
 * before that. So the script is first read by the rules of SQLite's tokenizer and of sqlite3_complete(), which are few:
 * the first word of a statement tells what it is. What runs is then judged once more, by the statements that SQLite
 * itself found.
 */
#include "begin.h"

#include <stdio.h>
#include <string.h>

#include "core/script.h"
#include "lib/text.h"

struct stead_script {
	const char *text, *end;
};

stead_value stead_session_user(stead_call *call)
{
	(void)call;
	return stead_null(STEAD_TEXT);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

typedef struct {
	const char *at;
	size_t size; /* 0: the end of the text */
} token;

static bool is_of_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       c >= 0x80;
}

/* The first token from here on. What SQLite takes for one number, blob or parameter may be several here. */
static token next_token(const char *at, const char *end)
{
	size_t size = 0;

	at += stead_script_blank(at, (size_t)(end - at), false);
	while (at + size < end && is_of_word((unsigned char)at[size]))
		size++;
	if (at == end || size)
		return (token){at, size};
	if (strchr("'\"`[", *at)) { /* a doubled quote ends one token and begins another */
		const char *close = memchr(at + 1, *at == '[' ? ']' : *at, (size_t)(end - at) - 1);

		return (token){at, (size_t)((close ? close + 1 : end) - at)};
	}
	return (token){at, 1};
}

static token after(token token, const char *end)
{
	return next_token(token.at + token.size, end);
}

static bool is_word(token token, const char *word)
{
	return stead_same_word(token.at, token.size, word);
}

static bool is_one_of(token token, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (is_word(token, words[i]))
			return true;
	return false;
}

/* A PRAGMA that is undone with the transaction, or changes nothing. Others change the connection, or do nothing within
 * a transaction, such as foreign_keys. */
static bool is_harmless(token pragma, const char *end)
{
	static const char *const harmless[] = {
		"application_id", "defer_foreign_keys", "foreign_key_check", "foreign_key_list", "index_info",
		"index_list",     "index_xinfo",        "integrity_check",   "optimize",         "quick_check",
		"table_info",     "table_list",         "table_xinfo",       "user_version"};
	token name = after(pragma, end), dot = after(name, end);

	if (is_word(dot, "."))
		name = after(dot, end);
	return is_one_of(name, harmless, STEAD_COUNT(harmless));
}

static bool is_unfit(token first, const char *end)
{
	static const char *const words[] = {"begin",   "commit", "end",    "rollback", "savepoint",
	                                    "release", "attach", "detach", "vacuum"};

	return is_one_of(first, words, STEAD_COUNT(words)) || (is_word(first, "pragma") && !is_harmless(first, end));
}

/* A trigger has semicolons in it, and ends with one, END and another. */
static bool is_trigger(token token, const char *end)
{
	if (is_word(token, "explain")) {
		token = after(token, end);
		if (is_word(token, "query"))
			token = after(after(token, end), end);
	}
	if (!is_word(token, "create"))
		return false;
	token = after(token, end);
	if (is_word(token, "temp") || is_word(token, "temporary"))
		token = after(token, end);
	return is_word(token, "trigger");
}

/* The semicolon or end of text at which the statement ends; *size becomes that of the statement. */
static token end_of_statement(token first, const char *end, size_t *size)
{
	bool trigger = is_trigger(first, end), semicolon = false, last = !trigger;
	token at = first;

	for (; at.size && !(is_word(at, ";") && last); at = after(at, end)) {
		last = !trigger || (semicolon && is_word(at, "end"));
		semicolon = is_word(at, ";");
	}
	*size = (size_t)(at.at - first.at);
	while (strchr(" \t\r\n\f", first.at[*size - 1]))
		--*size;
	return at;
}

stead_script *stead_script_read(stead_call *call, const char *text)
{
	stead_script *script = stead_alloc(call, sizeof *script);
	const char *end = text + strlen(text);
	token at = next_token(text, end);
	int64_t number = 0;

	*script = (stead_script){text, end};
	while (at.size) {
		token first = at;
		size_t size;

		if (is_word(at, ";")) {
			at = after(at, end);
			continue;
		}
		number++;
		at = end_of_statement(first, end, &size);
		if (is_unfit(first, end))
			stead_script_refuse(call, number, first.at, size);
	}
	return script;
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

typedef struct {
	const stead_script *script;
	token first; /* of the statement */
	int64_t number;
} place;

static size_t statement_size(const place *place)
{
	size_t size = 0;

	end_of_statement(place->first, place->script->end, &size);
	return size;
}

static _Noreturn void fail(stead_call *call, int code, const place *place)
{
	frame *frame = frame_of(call);
	const char *message = code == LEFT_OUT ? "not authorized" : sqlite3_errmsg(frame->connection->db);

	if ((code & 0xff) == SQLITE_NOMEM)
		stead_raise_no_memory(call);
	snprintf(frame->message, sizeof frame->message, "%s",
	         stead_script_failure(call, place->number, place->first.at, statement_size(place), message));
	frame->code = code == SQLITE_CORRUPT ? SQLITE_CORRUPT_VTAB : code == LEFT_OUT ? SQLITE_AUTH : code;
	longjmp(frame->leave, 1);
}

static void finalize(void *statement)
{
	sqlite3_finalize(statement);
}

/* Runs a statement, and moves the place to the next one. */
static void run_statement(stead_call *call, place *place)
{
	sqlite3 *db = frame_of(call)->connection->db;
	const char *end = place->script->end, *tail;
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db, place->first.at, -1, &statement, &tail);

	if (code != SQLITE_OK)
		fail(call, code, place);
	stead_defer(call, finalize, statement);
	if (sqlite3_bind_parameter_count(statement))
		stead_script_refuse_parameters(call, place->number, place->first.at, statement_size(place));
	code = statement ? step_to_end(statement) : SQLITE_DONE;
	if (code == SQLITE_DONE && statement && is_left_out(statement, 0))
		code = LEFT_OUT; /* an authorizer answers SQLITE_IGNORE */
	if (code != SQLITE_DONE)
		fail(call, code, place);
	if (sqlite3_get_autocommit(db)) /* by a function of the application's, or a COMMIT that was hidden from us */
		stead_raise(call, STEAD_INTERNAL, "stead_%s: statement %lld ended the transaction", call->function->name,
		            (long long)place->number);
	place->first = next_token(tail, end);
}

void stead_script_run(stead_call *call, stead_script *script)
{
	place place = {script, next_token(script->text, script->end), 0};

	begin_query(call);
	frame_of(call)->executed = true;
	while (place.first.size) {
		stead_scope *scope;

		if (is_word(place.first, ";")) {
			place.first = after(place.first, script->end);
			continue;
		}
		place.number++;
		if (is_unfit(place.first, script->end))
			stead_script_refuse(call, place.number, place.first.at, statement_size(&place));
		scope = stead_open_scope(call);
		run_statement(call, &place);
		stead_close_scope(call, scope);
	}
	rearm(call); /* a changed schema expires it */
}
