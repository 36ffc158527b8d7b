# demo_events.awk - turns a log into calls of stead_audit_log_many, at most 1000 events each; run with LC_ALL=C.
#   awk -v kind=dpkg|sshd|git -v summary=FILE -f demo_events.awk INPUT > CALLS
# dpkg lines have the time in front, with its offset; git lines are tab separated: time, hash, name, email, subject.
# The summary is three lines: events, lines read, and whether a year had to be assumed.
BEGIN {
	for (i = 1; i < 256; i++) {
		byte = sprintf("%c", i)
		code[byte] = i
		if (i < 32 || i == 127) escaped[byte] = sprintf("\\u%04x", i)
	}
	escaped["\""] = "\\\""
	escaped["\\"] = "\\\\"
	escaped["'"] = "''" # the array becomes an SQL literal
	if (kind == "git") FS = "\t"
	for (i = split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", name, " "); i; i--) month[name[i]] = i
}

# How many bytes of text form a well-formed UTF-8 character at i; 0: none.
function utf8(text, i,    first, second, size, k) {
	first = code[substr(text, i, 1)]
	size = first >= 194 && first < 224 ? 2 : first >= 224 && first < 240 ? 3 : first >= 240 && first < 245 ? 4 : 0
	for (k = 1; k < size; k++) {
		second = code[substr(text, i + k, 1)] + 0
		if (second < 128 || second > 191) return 0
		if (k == 1 && (first == 224 && second < 160 || first == 237 && second > 159)) return 0
		if (k == 1 && (first == 240 && second < 144 || first == 244 && second > 143)) return 0
	}
	return size
}

# A JSON string; a byte that is not UTF-8 becomes the replacement character.
function string(text,    out, i, c, size) {
	text = substr(text, 1, 2000)
	if (text !~ /[^ !#-&(-[\]-~]/) return "\"" text "\""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c in escaped) out = out escaped[c]
		else if (code[c] < 128) out = out c
		else if ((size = utf8(text, i))) {
			out = out substr(text, i, size)
			i += size - 1
		} else out = out "\357\277\275"
	}
	return "\"" out "\""
}

# A member of an object, with the comma in front; nothing for an empty value.
function member(key, value) { return value == "" ? "" : ",\"" key "\":" string(value) }

# Writes the event; the caller gives further members and the details' members.
function event(time, action, members, details) {
	if (batch == 1000 || size > 400000) finish()
	line = "{\"occurred_at\":\"" time "\",\"action\":\"" action "\"" members
	if (details != "") line = line ",\"details\":{" substr(details, 2) "}"
	printf "%s%s}", batch ? ",\n" : "SELECT stead_audit_log_many('[", line
	size += length(line)
	batch++
	events++
}
function finish() {
	if (batch) print "]');"
	batch = size = 0
}

# The text between two marks (the last occurrence of the second one); empty if one is missing.
function between(text, start, end,    at, i) {
	at = index(text, start)
	if (!at) return ""
	text = substr(text, at + length(start))
	for (i = length(text) - length(end) + 1; i > 0; i--)
		if (substr(text, i, length(end)) == end) return substr(text, 1, i - 1)
	return ""
}

{ sub(/\r$/, "") }

# 2025-06-24T14:36:25+00:00 2025-06-24 14:36:25 upgrade libsystemd0:amd64 252.36 252.38
kind == "dpkg" && $4 ~ /^(install|upgrade|remove|purge|configure|trigproc)$/ && NF >= 6 {
	from = $6 == "<none>" ? "" : $6
	to = $7 == "<none>" ? "" : $7
	details = $4 == "configure" || $4 == "trigproc" ? member("version", from) : member("from", from) member("to", to)
	event($1, "package." $4, ",\"actor_id\":\"0\",\"actor_name\":\"root\",\"resource_type\":\"package\"" \
		member("resource_id", $5), details)
}

kind == "git" && NF >= 5 {
	event($1, "commit", member("actor_id", $4) member("actor_name", $3) ",\"resource_type\":\"commit\"" \
		member("resource_id", $2), member("subject", $5))
}

# Dec 10 06:55:46 LabSZ sshd[24200]: Failed password for root from 173.234.31.186 port 38926 ssh2, or with an ISO time
kind == "sshd" && match($0, / sshd[a-z-]*\[[0-9]+\]: /) {
	message = substr($0, RSTART + RLENGTH)
	process = substr($0, RSTART, RLENGTH)
	gsub(/[^0-9]/, "", process)
	if ($1 in month && $2 ~ /^[0-9]+$/ && $3 ~ /^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]$/) {
		time = sprintf("2024-%02d-%02dT%sZ", month[$1], $2, $3)
		host = $4
		assumed = 1
	} else if ($1 ~ /^[0-9]+-[0-9]+-[0-9]+T[0-9:.]+(Z|[+-][0-9:]+)$/) {
		time = $1
		host = $2
	} else next
	ok = 1
	user = address = port = error = ""
	if (match(message, /from [^ ]+ port [0-9]+/)) {
		split(substr(message, RSTART, RLENGTH), part, " ")
		port = part[4]
	}
	if (match(message, /(from|by|rhost=|\[)[ ]?[0-9a-fA-F]*[.:][0-9a-fA-F.:]*[0-9a-fA-F]/)) {
		address = substr(message, RSTART, RLENGTH)
		sub(/^(from|by|rhost=|\[)[ ]?/, "", address)
	}
	if (message ~ /Accepted [^ ]+ for /) {
		action = "ssh.login"
		user = between(message, " for ", " from ")
	} else if (message ~ /Failed [^ ]+ for /) {
		action = "ssh.login_failed"
		user = between(message, " for ", " from ")
		error = sub(/^invalid user /, "", user) ? "unknown user" : "authentication failed"
	} else if (message ~ /^(Invalid|Illegal) user /) {
		action = "ssh.invalid_user"
		user = between(message, " user ", " from ")
		error = "unknown user"
	} else if (message ~ /authentication failures?;/) {
		action = "ssh.auth_failure"
		if (match(message, / user=/)) user = substr(message, RSTART + RLENGTH)
		error = "authentication failed"
	} else if (message ~ /Too many authentication failures|ignoring max retries/) {
		action = "ssh.too_many_failures"
		error = "too many authentication failures"
	} else if (message ~ /POSSIBLE BREAK-IN ATTEMPT/) {
		action = "ssh.reverse_mapping"
		error = "address and name do not agree"
	} else if (message ~ /^Did not receive identification/) {
		action = "ssh.no_identification"
		error = "no identification string"
	} else if (message ~ /session (opened|closed) for user /) {
		action = message ~ /opened/ ? "ssh.session_open" : "ssh.session_close"
		user = message
		sub(/.* for user /, "", user)
		sub(/ .*/, "", user)
	} else if (message ~ /isconnect(ed)? from|Connection (closed|reset) by/) action = "ssh.disconnect"
	else action = "ssh.message"
	event(time, action, member("actor_name", user) ",\"resource_type\":\"host\"" member("resource_id", host) \
		",\"success\":" (error == "" ? "true" : "false") member("error", error) member("ip_address", address),
		",\"process\":" (process + 0) (port == "" ? "" : ",\"port\":" (port + 0)) member("message", message))
}

END {
	finish()
	printf "%d\n%d\n%s\n", events, NR, assumed ? "yes" : "no" > summary
}
