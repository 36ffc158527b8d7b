# range.awk - chooses at most 30 buckets for a histogram, for -v first= and -v last= in the form 2026-01-31 23:59:59.
# Prints the bucket, since, until, and how many characters of a bucket's start are needed to tell buckets apart; for
# days, without the time.
function seconds(text,    year, month, day) { # since 1970
	year = substr(text, 1, 4) + 0
	month = substr(text, 6, 2) + 0
	day = substr(text, 9, 2) + 0
	if (month < 3) {
		year--
		month += 12
	}
	day += 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month - 457) / 5) - 719469
	return day * 86400 + substr(text, 12, 2) * 3600 + substr(text, 15, 2) * 60 + substr(text, 18, 2)
}
function iso(time,    days, year, month) {
	days = int(time / 86400)
	time -= days * 86400
	for (year = 1970; days >= 365 + leap(year); year++) days -= 365 + leap(year)
	for (month = 1; days >= size(year, month); month++) days -= size(year, month)
	return sprintf("%04d-%02d-%02dT%02d:%02d:00Z", year, month, days + 1, int(time / 3600), int(time % 3600 / 60))
}
function leap(year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
function size(year, month) { return month == 2 ? 28 + leap(year) : month ~ /^(4|6|9|11)$/ ? 30 : 31 }
function start(time, unit) { # weeks begin on a Monday, and 1970 on a Thursday
	return unit == 604800 ? int((time + 259200) / unit) * unit - 259200 : int(time / unit) * unit
}
BEGIN {
	split("minute hour day week", bucket, " ")
	split("60 3600 86400 604800", unit, " ")
	from = seconds(first)
	to = seconds(last)
	for (i = 1; i <= 4; i++)
		if (start(to, unit[i]) - start(from, unit[i]) < 30 * unit[i]) {
			print bucket[i], iso(start(from, unit[i])), iso(start(to, unit[i]) + unit[i]), i < 3 ? 16 : 10
			exit
		}
	months = substr(last, 1, 4) * 12 + substr(last, 6, 2) - 1
	earliest = substr(first, 1, 4) * 12 + substr(first, 6, 2) - 1
	if (earliest < months - 29) earliest = months - 29
	printf "month %04d-%02d-01T00:00:00Z", int(earliest / 12), earliest % 12 + 1
	printf " %04d-%02d-01T00:00:00Z 7\n", int((months + 1) / 12), (months + 1) % 12 + 1
}
