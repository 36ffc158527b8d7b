/*
 * redact.c - stead_audit_redact: removes an event's personal values for good. It leaves their SHA-256, so that the leaf
 * stays the same. The hash includes the nonce, which is removed too, so that nobody can guess the values.
 */
#include "trail/seal/redact.h"

#include "core/upkeep.h"
#include "trail/event.h"
#include "core/digest.h"
#include "upkeep/retention/policy.h"
#include "trail/seal/seal.h"

stead_value audit_redact(stead_call *call, const stead_value *args)
{
	stead_sha256_stream sha = stead_sha256_open(call);
	unsigned char personal[STEAD_SHA256_SIZE];
	retention_subject log = retention_stored(stead_text("audit"));
	stead_value event[LEAF_COLUMNS], details;
	retention_policy policy;
	stead_buffer json = {0};
	stead_rows *rows;

	stead_check_size(call, "redact_reason", args[1], 1, 1000);
	retention_lock(call, &log, true, &policy); /* so that a hold is either seen, or waits until this transaction ends */
	if (!policy.hold_reason.null)
		stead_raise(call, STEAD_DENIED, "stead_audit_redact: audit is held: %.*s", (int)policy.hold_reason.size,
		            policy.hold_reason.data);
	/* whoever seals or indexes meanwhile would put the values into an index */
	if (!stead_try_lock(call, &seal_lock, 0, NULL))
		stead_raise_hint(call, STEAD_BUSY, "Try again.", "stead_audit_redact: another call is sealing");
	rows = stead_open(call, "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE id = $1 FOR UPDATE", 1, args);
	if (!stead_next(rows))
		stead_raise(call, STEAD_NOT_FOUND, "stead_audit_redact: event %lld does not exist", (long long)args[0].integer);
	leaf_read_any(rows, event); /* an invalid time does not matter here */
	if (!event[LEAF_REDACTED].null) {
		stead_close(rows);
		return stead_bool(false);
	}
	if (stead_equals(event[LEAF_ACTION], "stead.redact") || stead_equals(event[LEAF_ACTION], "stead.prune"))
		stead_raise(call, STEAD_DENIED,
		            "stead_audit_redact: an event that records a redaction or a prune cannot be redacted");
	leaf_personal(&sha, event, personal);
	stead_sha256_check(call, &sha);
	for (int i = 0; i < LEAF_COLUMNS; i++)
		event[i] = stead_keep(call, event[i]);
	stead_close(rows);
	stead_run_permitted(call, &event_tables[0],
	                    "UPDATE stead_audit_event SET resource_id = NULL, actor_id = NULL, actor_name = NULL, details"
	                    " = NULL, error = NULL, ip_address = NULL, user_agent = NULL, nonce = NULL, redacted = $2"
	                    " WHERE id = $1",
	                    2, (stead_value[]){args[0], stead_bytes(personal, sizeof personal)});
	seal_index_redacted(call, event);
	stead_append_text(call, &json, "{\"reason\":");
	stead_append_json(call, &json, args[1]);
	stead_append_text(call, &json, "}");
	details = stead_json(json.data);
	event_record(call, "stead.redact", "audit_event",
	             stead_text(stead_format(call, "%lld", (long long)args[0].integer)), stead_null(STEAD_TEXT),
	             stead_null(STEAD_TEXT), details, stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
	return stead_bool(true);
}
