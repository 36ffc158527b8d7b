/*
 * script.c - scripts: statements of the application's own, which run as the caller.
 *
 * PostgreSQL's parser splits the text, and SPI runs statement by statement. Meanwhile the call has put the rights of
 * the tables' owner and its own search_path aside. The role cannot be changed, as within a SECURITY DEFINER function:
 * statements never get further than the role that called. Settings that they change are undone after them, before the
 * call goes on with the rights of the tables' owner.
 *
 * Nothing is cleaned up after an error: the abort of the transaction does that. Errors are caught only to name the
 * statement.
 */
#include "host.h"

#include <ctype.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/scanner.h"
#include "parser/scansup.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "core/script.h"

typedef struct {
	size_t at, size;
} piece;

struct stead_script {
	const char *text;
	int64_t count;
	piece *pieces;
};

stead_value stead_session_user(stead_call *call)
{
	return stead_text(stead_format(call, "%s", GetUserNameFromId(GetSessionUserId(), false)));
}

/* ---- What cannot be run ------------------------------------------------------------------------------------------ */

static bool is_on(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
		if (strcmp(((DefElem *)lfirst(cell))->defname, name) == 0)
			return true;
	return false;
}

#if PG_VERSION_NUM >= 140000
static bool detaches_concurrently(const AlterTableStmt *statement)
{
	ListCell *cell;

	foreach (cell, statement->cmds) {
		const AlterTableCmd *command = lfirst(cell);

		if (command->subtype == AT_DetachPartition && ((PartitionCmd *)command->def)->concurrent)
			return true;
	}
	return false;
}
#define reindexes_concurrently(statement) is_on((statement)->params, "concurrently")
#else
#define detaches_concurrently(statement) false
#define reindexes_concurrently(statement) (statement)->concurrent
#endif

/* Does it set the role or the user, which a SECURITY DEFINER function may not do either, or a property of the
 * transaction? */
static bool sets_more_than_a_setting(const VariableSetStmt *statement)
{
	return statement->name && (strncmp(statement->name, "TRANSACTION", 11) == 0 ||
	                           (GetConfigOptionFlags(statement->name, true) & GUC_NOT_WHILE_SEC_REST));
}

/* Does it begin or end a transaction, refuse to run within one, talk with the client, or change the role? A few more
 * depend on what they are run on, such as CLUSTER of a partitioned table: those PostgreSQL refuses itself. */
static bool is_unfit(Node *statement)
{
	switch (nodeTag(statement)) {
	case T_TransactionStmt:
	case T_CreatedbStmt:
	case T_DropdbStmt:
	case T_CreateTableSpaceStmt:
	case T_DropTableSpaceStmt:
	case T_AlterSystemStmt:
		return true;
	case T_AlterDatabaseStmt:
		return is_on(((AlterDatabaseStmt *)statement)->options, "tablespace");
	case T_VacuumStmt:
		return ((VacuumStmt *)statement)->is_vacuumcmd;
	case T_IndexStmt:
		return ((IndexStmt *)statement)->concurrent;
	case T_DropStmt:
		return ((DropStmt *)statement)->concurrent;
	case T_AlterTableStmt:
		return detaches_concurrently((AlterTableStmt *)statement);
	case T_ReindexStmt:
		return reindexes_concurrently((ReindexStmt *)statement) ||
		       (((ReindexStmt *)statement)->kind != REINDEX_OBJECT_INDEX &&
		        ((ReindexStmt *)statement)->kind != REINDEX_OBJECT_TABLE);
	case T_ClusterStmt:
		return !((ClusterStmt *)statement)->relation;
	case T_CopyStmt:
		return !((CopyStmt *)statement)->filename;
	case T_DiscardStmt:
		return ((DiscardStmt *)statement)->target == DISCARD_ALL;
	case T_VariableSetStmt:
		return sets_more_than_a_setting((VariableSetStmt *)statement);
	default:
		return false;
	}
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Throws the error on, with the statement in its message. The position of an error is that in the script, which
 * PostgreSQL would take for one in the client's query. */
static _Noreturn void fail(stead_call *call, ErrorData *error, int64_t number, const char *statement, size_t size)
{
	error->message = (char *)stead_script_failure(call, number, statement, size, error->message ? error->message : "");
	error->cursorpos = 0;
	ReThrowError(error);
	pg_unreachable();
}

/* Removes white space and comments before a statement, and white space after it. */
static piece trimmed(const char *text, size_t at, size_t size)
{
	size_t blank = stead_script_blank(text + at, size, true);

	at += blank;
	size -= blank;
	while (size && scanner_isspace(text[at + size - 1]))
		size--;
	return (piece){at, size};
}

static bool is_word(const char *at, const char *word)
{
	size_t size = strlen(word);

	return pg_strncasecmp(at, word, size) == 0 && !isalnum((unsigned char)at[size]) && at[size] != '_';
}

/* Where statements begin, for naming one that cannot be parsed: by PostgreSQL's scanner, and by psql's rule for the
 * bodies of functions in standard SQL. What is noted so far counts if the scanner fails. */
typedef struct {
	const char *text;
	size_t *starts;
	size_t count, room;
} beginnings;

static void note_beginnings(stead_call *call, beginnings *noted)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner = scanner_init(noted->text, &extra, &ScanKeywords, ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE at;
	bool begins = true, after_begin = false;
	int parentheses = 0, bodies = 0, token;

	while ((token = core_yylex(&value, &at, scanner)) != 0) {
		const char *word = noted->text + at;

		if (begins && token != ';') {
			noted->starts = stead_grow(call, noted->starts, noted->count, &noted->room, sizeof *noted->starts);
			noted->starts[noted->count] = (size_t)at;
			noted->count++;
			parentheses = bodies = 0;
		}
		parentheses += token == '(' ? 1 : token == ')' ? -1 : 0;
		if ((after_begin && is_word(word, "atomic")) || (bodies && is_word(word, "case")))
			bodies++;
		else if (bodies && is_word(word, "end"))
			bodies--;
		after_begin = is_word(word, "begin");
		begins = token == ';' && parentheses <= 0 && bodies == 0;
	}
	scanner_finish(scanner);
}

static _Noreturn void fail_to_parse(stead_call *call, ErrorData *error, const beginnings *noted)
{
	size_t end = strlen(noted->text), at = end, number = 0;

	if (error->cursorpos > 0)
		at = (size_t)pg_mbcharcliplen(noted->text, (int)end, error->cursorpos - 1);
	while (number < noted->count && noted->starts[number] <= at)
		number++;
	if (number == 0)
		fail(call, error, 1, noted->text, end);
	at = noted->starts[number - 1];
	if (number < noted->count) /* the next one begins after semicolons, which the last may end in within a quote */
		end = noted->starts[number];
	while (end > at &&
	       (scanner_isspace(noted->text[end - 1]) || (number < noted->count && noted->text[end - 1] == ';')))
		end--;
	fail(call, error, (int64_t)number, noted->text + at, end - at);
}

static List *parse(stead_call *call, const char *text)
{
	MemoryContext memory = CurrentMemoryContext;
	beginnings *noted = stead_alloc(call, sizeof *noted); /* not on the stack: it must survive a longjmp */
	List *statements = NIL;

	*noted = (beginnings){.text = text};
	PG_TRY();
	{
		note_beginnings(call, noted);
		statements = pg_parse_query(text);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		fail_to_parse(call, error, noted);
	}
	PG_END_TRY();
	return statements;
}

stead_script *stead_script_read(stead_call *call, const char *text)
{
	stead_script *script = stead_alloc(call, sizeof *script);
	/* of a large script the trees take many times its size, and are needed for a moment only */
	MemoryContext trees = AllocSetContextCreate(CurrentMemoryContext, "stead script", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(trees);
	List *statements = parse(call, text);
	ListCell *cell;

	*script = (stead_script){.text = text};
	script->pieces = stead_alloc(call, (size_t)list_length(statements) * sizeof *script->pieces);
	foreach (cell, statements) {
		const RawStmt *statement = lfirst_node(RawStmt, cell);
		size_t at = statement->stmt_location > 0 ? (size_t)statement->stmt_location : 0;
		size_t size = statement->stmt_len > 0 ? (size_t)statement->stmt_len : strlen(text + at);
		piece piece = trimmed(text, at, size);

		script->pieces[script->count++] = piece;
		if (is_unfit(statement->stmt))
			stead_script_refuse(call, script->count, text + piece.at, piece.size);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(trees);
	return script;
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

static int run(const char *sql)
{
#if PG_VERSION_NUM >= 140000
	SPIExecuteOptions options = {.dest = None_Receiver};

	return SPI_execute_extended(sql, &options);
#else
	int code = SPI_execute(sql, false, 0);

	SPI_freetuptable(SPI_tuptable);
	return code;
#endif
}

static void run_piece(stead_call *call, const stead_script *script, int64_t number)
{
	MemoryContext memory = CurrentMemoryContext;
	piece piece = script->pieces[number - 1];
	char *sql = pnstrdup(script->text + piece.at, piece.size);

	PG_TRY();
	{
		int code = run(sql);

		if (code < 0)
			elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		fail(call, error, number, sql, piece.size);
	}
	PG_END_TRY();
	pfree(sql);
	CHECK_FOR_INTERRUPTS();
}

void stead_script_run(stead_call *call, stead_script *script)
{
	frame *frame = frame_of(call);

	begin_query(call);
	put_rights_aside(frame);
	for (int64_t number = 1; number <= script->count; number++)
		run_piece(call, script, number);
	take_rights_again(frame);
}
