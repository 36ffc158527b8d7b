/*
 * era.c - the port's eras: SQLite needs none. It has one writer at a time, so rows are committed in the order of their
 * numbers.
 */
#include "host.h"

void stead_transaction(stead_call *call, int64_t *era, int64_t *transaction)
{
	(void)call;
	*era = *transaction = 0;
}

void stead_horizon(stead_call *call, int64_t *era, int64_t *horizon)
{
	(void)call;
	*era = 0;
	*horizon = INT64_MAX;
}

int64_t stead_begin_era(stead_call *call, int64_t era)
{
	stead_raise(call, STEAD_INTERNAL, "stead_%s: there is no era %lld", call->function->name, (long long)era);
}
