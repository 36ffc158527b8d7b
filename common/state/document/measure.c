/*
 * measure.c - the metrics of documents.
 */
#include "state/document/document.h"
#include "core/metric.h"

static const metric documents = {"document_rows", METRIC_GAUGE, "Documents in all collections." METRIC_CAPPED};

void document_measure(stead_call *call, stead_buffer *out)
{
	metric_add(call, out, &documents,
	           metric_count(call, 1, "SELECT count(*) FROM (SELECT 1 FROM stead_document LIMIT $1) AS counted"));
}
