/*
 * measure.c - the metrics of the installation: version, size, upkeep. See measure.h.
 */
#include "upkeep/measure.h"

#include "core/host.h"
#include "core/metric.h"
#include "core/upkeep.h"

static const metric info = {"info",
                            METRIC_GAUGE,
                            "Always 1. The version of the library, the database, and the version of the tables.",
                            {"version", "backend", "schema"}};
static const metric bytes = {"database_size_bytes", METRIC_GAUGE, "Size of the database on disk, without its log."};
static const metric maintained = {"maintain_last_run_timestamp_seconds", METRIC_GAUGE,
                                  "When stead_maintain() last ran, to the minute; no sample if it never did."};

void meta_measure(stead_call *call, stead_buffer *out)
{
	const char *schema = stead_format(call, "%lld", (long long)stead_schema_version(call));

	metric_begin(call, out, &info);
	metric_sample(call, out, &info,
	              (stead_value[]){stead_text(STEAD_VERSION), stead_text(stead_backend_name()), stead_text(schema)},
	              stead_int(1));
	metric_add(call, out, &bytes, stead_int(stead_database_bytes(call)));
	metric_add(call, out, &maintained,
	           stead_first(call, "SELECT last_run_at FROM stead_maintenance WHERE id = 1", 0, NULL, STEAD_TIME));
}
