/*
 * watch.c - who wants to know of changed relations. All extensions share ten callbacks: this library takes one.
 */
#include "host.h"

#include "utils/inval.h"

static void (*told[4])(Oid relation);
static int told_count;

static void on_relcache(Datum unused, Oid relation)
{
	(void)unused;
	for (int i = 0; i < told_count; i++)
		told[i](relation);
}

void watch_relations(void (*tell)(Oid relation))
{
	for (int i = 0; i < told_count; i++)
		if (told[i] == tell)
			return;
	Assert(told_count < (int)lengthof(told));
	if (told_count == 0)
		CacheRegisterRelcacheCallback(on_relcache, (Datum)0);
	told[told_count++] = tell;
}
