/*
 * local.c - what a transaction knows: see core/local.h. It is a setting as SET LOCAL makes one, so PostgreSQL ends it
 * with the transaction and puts it back after ROLLBACK TO. Nobody can SET it (PGC_INTERNAL).
 */
#include "host.h"

#include "utils/guc.h"

#include "core/local.h"

#define NAME "stead.context"

static char *current; /* the setting's value; NULL or empty: none */

static void define(void)
{
	static bool defined;

	if (defined)
		return;
	DefineCustomStringVariable(NAME, "What this transaction was told of who acts.", NULL,
	                           &current, NULL, PGC_INTERNAL, GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
	defined = true;
}

stead_value stead_local_get(stead_call *call)
{
	(void)call;
	return current && *current ? stead_text(current) : stead_null(STEAD_TEXT);
}

/* The call has a nest level of settings, which ends with it: so the setting is made after that. */
void stead_local_set(stead_call *call, stead_value text)
{
	frame *frame = frame_of(call);

	begin_query(call);
	refuse_to_write(call, NULL);
	define();
	frame->local = MemoryContextStrdup(frame->memory, text.null ? "" : stead_string(call, text));
}

void set_local(frame *frame)
{
	if (frame->local)
		set_config_option(NAME, frame->local, PGC_INTERNAL, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}
