/*
 * configure.c - stead_configure(): the server's settings belong to its administrator, so they are only reported.
 */
#include "host.h"

#include "utils/guc.h"

stead_value stead_host_configure(stead_call *call)
{
	static const char *const settings[] = {"server_version", "server_encoding", "synchronous_commit", "fsync",
	                                       "default_transaction_isolation"};
	stead_buffer json = {0};

	for (int i = 0; i < STEAD_COUNT(settings); i++) {
		stead_value value = stead_text(GetConfigOptionByName(settings[i], NULL, false));

		stead_append_text(call, &json, i ? ",\"" : "{\"");
		stead_append_text(call, &json, settings[i]);
		stead_append_text(call, &json, "\":{\"before\":");
		stead_append_json(call, &json, value);
		stead_append_text(call, &json, ",\"after\":");
		stead_append_json(call, &json, value);
		stead_append_text(call, &json, "}");
	}
	stead_append_text(call, &json, "}");
	return stead_json(json.data);
}
