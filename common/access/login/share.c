/*
 * share.c - what the files of signing in share: secrets, answers, events.
 */
#include "access/login/login.h"

#include "access/secret.h"
#include "state/setting/option.h"
#include "trail/event.h"

bool login_read_secret(stead_call *call, stead_value text, const char *prefix, unsigned char hash[STEAD_SHA256_SIZE])
{
	if (!secret_has_form(text, prefix))
		return false;
	stead_sha256(call, text.data, text.size, hash);
	return true;
}

void login_lock_user(stead_call *call, stead_value user_id)
{
	if (!stead_any(call, "SELECT 1 FROM stead_user WHERE id = $1 FOR UPDATE", 1, &user_id))
		stead_raise(call, STEAD_NOT_FOUND, "stead_%s: user %lld does not exist", call->function->name,
		            (long long)user_id.integer);
}

stead_value login_reason(stead_call *call, const char *reason)
{
	return stead_json(stead_format(call, "{\"reason\":\"%s\"}", reason));
}

stead_value login_reason_of(stead_call *call, const char *reason, stead_value user_id)
{
	return stead_json(stead_format(call, "{\"reason\":\"%s\",\"user_id\":%lld}", reason, (long long)user_id.integer));
}

void login_audit(stead_call *call, const char *action, bool success, stead_value user_id, stead_value username,
                 stead_value details, stead_value ip_address, stead_value user_agent)
{
	stead_value event[EVENT_KEYS], number = stead_null(STEAD_TEXT);

	if (!option_value(call, &login_options[LOGIN_AUDIT]))
		return;
	if (!user_id.null)
		number = stead_text(stead_format(call, "%lld", (long long)user_id.integer));
	for (int i = 0; i < EVENT_KEYS; i++)
		event[i] = stead_null(event_keys[i].type);
	event[EVENT_ACTION] = stead_text(action);
	event[EVENT_RESOURCE_TYPE] = stead_text("user");
	event[EVENT_RESOURCE_ID] = number;
	event[EVENT_ACTOR_ID] = success && !username.null ? number : stead_null(STEAD_TEXT);
	event[EVENT_ACTOR_NAME] = success ? username : stead_null(STEAD_TEXT);
	event[EVENT_SUCCESS] = stead_bool(success);
	event[EVENT_DETAILS] = details;
	event[EVENT_IP_ADDRESS] = ip_address;
	event[EVENT_USER_AGENT] = user_agent;
	event_append(call, event, stead_now(call));
}
