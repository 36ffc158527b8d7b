/*
 * finding.c - rows of stead_doctor(). See finding.h.
 */
#include "core/finding.h"

#include "stead.h"

void stead_finding(stead_call *call, const char *check, stead_status status, const char *detail, const char *remedy)
{
	static const char *const names[] = {[STEAD_OK] = "ok", [STEAD_WARN] = "warn", [STEAD_FAIL] = "fail"};

	stead_emit(call,
	           (stead_value[]){stead_text(check), stead_text(names[status]), stead_text(detail), stead_text(remedy)});
}

void stead_judge(stead_call *call, const char *check, stead_status status, const char *wrong, const char *good,
                 const char *remedy)
{
	if (wrong)
		stead_finding(call, check, status, wrong, remedy);
	else
		stead_finding(call, check, STEAD_OK, good, NULL);
}
