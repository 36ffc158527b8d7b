/*
 * measure.c - the metrics of API keys.
 */
#include "access/key/key.h"
#include "core/metric.h"

static const metric keys = {
	"key_rows", METRIC_GAUGE, "API keys: active, or expired or revoked." METRIC_CAPPED, {"state"}};

void key_measure(stead_call *call, stead_buffer *out)
{
	stead_value active = stead_text("active"), ended = stead_text("ended");
	stead_rows *rows = stead_open(call,
	                              "SELECT count(*), count(*) FILTER (WHERE revoked_at <= $2 OR expires_at <= $2) FROM"
	                              " (SELECT revoked_at, expires_at FROM stead_key LIMIT $1) AS counted",
	                              2, (stead_value[]){stead_int(METRIC_MOST), stead_time(stead_now(call))});
	int64_t all, over;

	stead_next(rows);
	all = stead_column(rows, 0, STEAD_INT).integer;
	over = stead_column(rows, 1, STEAD_INT).integer;
	stead_close(rows);
	metric_begin(call, out, &keys);
	metric_sample(call, out, &keys, &active, stead_int(all - over));
	metric_sample(call, out, &keys, &ended, stead_int(over));
}
