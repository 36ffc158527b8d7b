/*
 * configure.c - stead_configure(): the settings of a connection.
 */
#include "host.h"

stead_value stead_host_configure(stead_call *call)
{
	static const struct {
		const char *name, *value;
	} settings[] = {
		{"journal_mode", "WAL"}, {"busy_timeout", "5000"}, {"synchronous", "NORMAL"}, {"foreign_keys", "ON"}};
	const char *before[STEAD_COUNT(settings)];
	stead_buffer json = {0};

	if (!sqlite3_get_autocommit(frame_of(call)->connection->db))
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Call it when the connection is opened.",
		                 "stead_configure: cannot run inside a transaction");
	frame_of(call)->started = true; /* no savepoint: it would be a transaction, in which the mode cannot change */
	before[1] = ask_pragma(call, "busy_timeout");
	execute(call, "PRAGMA busy_timeout = 5000"); /* first: changing the journal mode may have to wait */
	for (int i = 0; i < STEAD_COUNT(settings); i++) {
		if (i != 1)
			before[i] = ask_pragma(call, settings[i].name);
		execute(call, stead_format(call, "PRAGMA %s = %s", settings[i].name, settings[i].value));
		stead_append_text(call, &json, stead_format(call, "%s\"%s\":{\"before\":", i ? "," : "{", settings[i].name));
		stead_append_json(call, &json, stead_text(before[i]));
		stead_append_text(call, &json, ",\"after\":");
		stead_append_json(call, &json, stead_text(ask_pragma(call, settings[i].name)));
		stead_append_text(call, &json, "}");
	}
	stead_append_text(call, &json, "}");
	return stead_json(json.data);
}
