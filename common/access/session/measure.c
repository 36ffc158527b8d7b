/*
 * measure.c - the metrics of sessions.
 */
#include "access/session/session.h"
#include "access/session/token.h"
#include "core/metric.h"

static const metric sessions = {
	"session_rows",
	METRIC_GAUGE,
	"Sessions: active, or ended and not yet pruned. At most 100000 of each are counted. An idle one is active.",
	{"state"}};

void session_measure(stead_call *call, stead_buffer *out)
{
	stead_value active = stead_text("active"), ended = stead_text("ended");

	metric_begin(call, out, &sessions);
	metric_sample(call, out, &sessions, &active,
	              metric_count(call, 2,
	                           "SELECT count(*) FROM (SELECT 1 FROM stead_session WHERE " ENDED_AT
	                           " > $2 LIMIT $1) AS counted"));
	metric_sample(call, out, &sessions, &ended,
	              metric_count(call, 2,
	                           "SELECT count(*) FROM (SELECT 1 FROM stead_session WHERE " ENDED_AT
	                           " <= $2 LIMIT $1) AS counted"));
}
