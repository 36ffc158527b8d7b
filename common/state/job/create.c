/*
 * create.c - stead_job_create().
 */
#include "core/digest.h"
#include "lib/json.h"
#include "state/job/queue.h"

#define RETRIES 10 /* the job that has the key may be deleted before it is read */

enum { TENANT, IDEMPOTENCY_KEY, RUN_AT, PRIORITY, MAX_ATTEMPTS, MESSAGE, OPTIONS };

static void read_options(stead_call *call, stead_value json, int64_t now, stead_value *out)
{
	static const stead_arg keys[OPTIONS] = {
		{"tenant", STEAD_TEXT},  {"idempotency_key", STEAD_TEXT}, {"run_at", STEAD_TIME},
		{"priority", STEAD_INT}, {"max_attempts", STEAD_INT},     {"message", STEAD_TEXT},
	};
	const stead_value defaults[OPTIONS] = {
		stead_text(""), stead_null(STEAD_TEXT), stead_time(now), stead_int(0), stead_int(1), stead_text("accepted"),
	};

	for (int i = 0; i < OPTIONS; i++)
		out[i] = stead_null(keys[i].type);
	if (!json.null)
		stead_read_object(call, json, "options", keys, OPTIONS, out);
	stead_check_size(call, "options.tenant", out[TENANT], 0, JOB_MAX_NAME);
	stead_check_size(call, "options.idempotency_key", out[IDEMPOTENCY_KEY], 1, JOB_MAX_NAME);
	stead_check_size(call, "options.message", out[MESSAGE], 0, JOB_MAX_MESSAGE);
	for (int i = 0; i < OPTIONS; i++)
		if (out[i].null)
			out[i] = defaults[i];
	if (out[PRIORITY].integer < INT32_MIN || out[PRIORITY].integer > INT32_MAX)
		stead_raise(call, STEAD_INVALID, "stead_job_create: options.priority must be %d to %d", INT32_MIN, INT32_MAX);
	if (out[MAX_ATTEMPTS].integer < 1 || out[MAX_ATTEMPTS].integer > INT32_MAX)
		stead_raise(call, STEAD_INVALID, "stead_job_create: options.max_attempts must be 1 to %d", INT32_MAX);
}

static stead_value answer(stead_call *call, stead_value id, bool created)
{
	stead_buffer json = {0};

	stead_append_text(call, &json, "{\"job_id\":");
	stead_append_json(call, &json, id);
	stead_append_text(call, &json, created ? ",\"created\":true}" : ",\"created\":false}");
	return stead_json(json.data);
}

/* Are two requests, which may be null, the same but for white space between tokens? */
static bool same_request(stead_call *call, stead_value a, stead_value b)
{
	stead_buffer left = {0}, right = {0};

	if (a.null || b.null)
		return a.null == b.null;
	stead_append_json(call, &left, a);
	stead_append_json(call, &right, b);
	return stead_compare(stead_text_n(left.data, left.size), stead_text_n(right.data, right.size)) == 0;
}

/* The id of the job that has the key, or a null. A job with another request is a conflict. */
static stead_value existing(stead_call *call, stead_value kind, stead_value request, const stead_value *options)
{
	stead_rows *rows =
		stead_open(call, "SELECT id, request FROM stead_job WHERE tenant = $1 AND kind = $2 AND idempotency_key = $3",
	               3, (stead_value[]){options[TENANT], kind, options[IDEMPOTENCY_KEY]});
	stead_value id = stead_null(STEAD_TEXT);

	if (!stead_next(rows))
		return id;
	id = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	if (!same_request(call, request, stead_column(rows, 1, STEAD_JSON)))
		stead_raise(call, STEAD_CONFLICT, "stead_job_create: idempotency_key \"%.*s\" has a job with another request",
		            (int)options[IDEMPOTENCY_KEY].size, options[IDEMPOTENCY_KEY].data);
	stead_close(rows);
	return id;
}

/*
 * Of many callers with one key at once, the index lets one insert; the others wait for it, then insert nothing, and
 * read what is there. In REPEATABLE READ, PostgreSQL refuses those whose snapshot is older (serialization failure).
 */
stead_value job_create(stead_call *call, const stead_value *args)
{
	stead_value options[OPTIONS], kind = args[0], request = args[1], id;
	int64_t now = stead_now(call);

	stead_check_size(call, "kind", kind, 1, JOB_MAX_NAME);
	if (!request.null)
		stead_check_json(call, request, "request");
	read_options(call, args[2], now, options);
	for (int i = 0; i <= RETRIES; i++) {
		id = stead_new_uuid(call, now);
		if (stead_run(call,
		              "INSERT INTO stead_job (id, tenant, kind, status, request, message, priority, attempts,"
		              " max_attempts, run_at, idempotency_key, created_at, updated_at)"
		              " VALUES ($1, $2, $3, 'queued', $4, $5, $6, 0, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING",
		              10,
		              (stead_value[]){id, options[TENANT], kind, request, options[MESSAGE], options[PRIORITY],
		                              options[MAX_ATTEMPTS], options[RUN_AT], options[IDEMPOTENCY_KEY],
		                              stead_time(now)}) > 0) {
			if (options[RUN_AT].integer <= now)
				job_announce(call, kind);
			return answer(call, id, true);
		}
		id = options[IDEMPOTENCY_KEY].null ? stead_null(STEAD_TEXT) : existing(call, kind, request, options);
		if (!id.null)
			return answer(call, id, false);
	}
	stead_raise_not_stored(call, "the job");
}
