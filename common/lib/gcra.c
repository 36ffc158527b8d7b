/*
 * gcra.c - see gcra.h.
 */
#include "lib/gcra.h"

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

bool gcra_define(int64_t max_count, int64_t per_seconds, int64_t burst, gcra *out)
{
	int64_t per = per_seconds * 1000000, divisor = common_divisor(max_count, per);

	*out = (gcra){.parts = max_count / divisor, .step = per / divisor, .burst = burst};
	/* half of the numbers there are: sums of two do not overflow */
	if (burst > INT64_MAX / 2 / out->step)
		return false;
	out->full = gcra_price(out, burst);
	return out->full.us < GCRA_MAX_SPAN;
}

gcra_time gcra_price(const gcra *limit, int64_t cost)
{
	return (gcra_time){cost * limit->step / limit->parts, cost * limit->step % limit->parts};
}

gcra_time gcra_latest(const gcra *limit, int64_t now, int64_t cost)
{
	gcra_time rest = gcra_price(limit, limit->burst - cost);

	return (gcra_time){now + rest.us, rest.part};
}

int64_t gcra_remaining(const gcra *limit, int64_t now, gcra_time time)
{
	int64_t used;

	if (time.us < now)
		return limit->burst;
	if (time.us > now + limit->full.us)
		return 0;
	used = (time.us - now) * limit->parts + (time.part < limit->parts ? time.part : limit->parts - 1);
	used = limit->burst * limit->step - used;
	return used > 0 ? used / limit->step : 0;
}

int64_t gcra_free_at(const gcra *limit, int64_t now, gcra_time time, int64_t cost)
{
	gcra_time latest = gcra_latest(limit, now, cost);

	if (time.us > now + limit->full.us) /* it counts as empty */
		time = (gcra_time){now + limit->full.us, limit->full.part};
	if (time.us < latest.us || (time.us == latest.us && time.part <= latest.part))
		return now;
	return now + (time.us - latest.us) + (time.part > latest.part);
}
