/*
 * total.c - see total.h.
 */
#include "trail/seal/total.h"

#include "trail/seal/fold.h"
#include "trail/seal/rollup.h"

/* False: there is no row, as nothing was sealed since schema 5. Then the sum is that of the rollups. */
static bool read_total(stead_call *call, int64_t *failures)
{
	stead_value stored = stead_first(call, "SELECT failures FROM stead_audit_total WHERE id = 1", 0, NULL, STEAD_INT);
	stead_rows *rows;

	*failures = stored.null ? 0 : stored.integer;
	if (!stored.null)
		return true;
	rows = stead_open(call, "SELECT " ROLLUP_SUM("failures") " FROM stead_audit_rollup WHERE period = 'day'", 0, NULL);
	if (stead_next(rows)) {
		int64_t high = stead_column(rows, 0, STEAD_INT).integer, low = stead_column(rows, 1, STEAD_INT).integer;

		*failures = high < 0           ? 0
		            : high > INT32_MAX ? INT64_MAX
		                               : high << 32 | low; /* no error for counts that are wrong */
	}
	stead_close(rows);
	return false;
}

int64_t total_failures(stead_call *call)
{
	int64_t failures;

	read_total(call, &failures);
	return failures;
}

void total_add_failures(stead_call *call, int64_t failures)
{
	int64_t total;

	if (read_total(call, &total))
		total = fold_plus(total, failures);
	stead_run(
		call,
		"INSERT INTO stead_audit_total (id, failures) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET failures = $1", 1,
		(stead_value[]){stead_int(total)});
}
