# lib.sh - sourced by the tests for PostgreSQL only (tests/postgresql/*). It is not executable, so it does not run as a
# test.
#
# PGHOST, PGPORT and PGUSER name a throwaway cluster and its superuser. Its authentication is trust, as the tests
# connect as roles that they make. A check prints `ok NAME` or `not ok NAME`; after a failure, lines that begin with `#`
# say more.
set -u

export LC_ALL=C PGCLIENTENCODING=UTF8 PGTZ=UTC PGOPTIONS='-c client_min_messages=warning'
unset PGDATABASE
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# the schema version that stead_init() makes
made_schema=$(sed -n "s|^#define STEAD_VERSION_SCHEMA \([0-9]*\).*|\1|p" "$top/common/core/declare.h")
topic=postgresql/$(basename "$0")
scratch=$(mktemp -d)
databases=() roles=() failures=0

# ---- Checks ----------------------------------------------------------------------------------------------------------

ok() { echo "ok $topic: $1"; }
not_ok() { # not_ok NAME [DETAILS]
	echo "not ok $topic: $1"
	failures=$((failures + 1))
	if [ -n "${2:-}" ]; then printf '%s\n' "$2" | head -n "${DETAIL_LINES:-12}" | cut -c 1-300 | sed 's/^/#   /'; fi
}
is() { # is NAME GOT WANTED
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2
wanted: $3"; fi
}
has() { # has NAME GOT REGEX
	if grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "got:    $2
wanted: /$3/"; fi
}
lacks() { # lacks NAME GOT REGEX
	if grep -Eq -- "$3" <<<"$2"; then not_ok "$1" "got:      $2
unwanted: /$3/"; else ok "$1"; fi
}

# ---- SQL -------------------------------------------------------------------------------------------------------------

q() { # q DATABASE SQL...: runs each SQL as a separate command, in one session; errors are "ERROR:  SQLSTATE: text"
	local database=$1 arguments=()
	shift
	for sql; do arguments+=(-c "$sql"); done
	psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d "$database" "${arguments[@]}" 2>&1 | grep -v '^LOCATION: '
}
all_of() { # all_of DATABASE SQL: statements in one text; before version 15, psql -c shows the result of the last alone
	psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d "$1" <<<"$2" 2>&1 | grep -v '^LOCATION: '
}
before() { [ "$(q postgres "SHOW server_version_num")" -lt "${1}0000" ]; } # before VERSION: the server is older
as() { # as ROLE DATABASE SQL...
	local role=$1
	shift
	PGUSER=$role q "$@"
}
setup() { # setup DATABASE SQL...: runs SQL that must succeed for the test to make sense
	local out
	out=$(q "$@")
	if grep -q '^ERROR\|^FATAL\|^psql: ' <<<"$out"; then
		not_ok "setup" "$out"
		exit 1
	fi
}
make_database() { # make_database NAME [OPTIONS]
	databases+=("$1")
	setup postgres "DROP DATABASE IF EXISTS $1 WITH (FORCE)" \
		"CREATE DATABASE $1 TEMPLATE template0 ENCODING 'UTF8' ${2:-}"
}
make_stead() { # make_stead DATABASE: the superuser makes the extension and its tables
	setup "$1" "CREATE EXTENSION stead" "SELECT stead_init()"
}
quiet() { # quiet DATABASE: turns off the events of changes, for a test that counts its own; a call would be an event
	setup "$1" "INSERT INTO stead_setting (key, value, secret, version, updated_at) SELECT 'stead.' || name || '.audit',
		'off', false, 0, now() FROM unnest('{user,role,setting,retention,jwt,capture}'::text[]) AS name"
}
make_role() { # make_role QUOTED_NAME [OPTIONS]
	roles+=("$1")
	q postgres "DROP ROLE IF EXISTS $1" >/dev/null
	setup postgres "CREATE ROLE $1 LOGIN ${2:-}"
}
drop_role() { q postgres "DROP ROLE IF EXISTS $1" | sed 's/^/# left behind: /'; }

clean_up() {
	local name
	for name in "${!session_pid[@]}"; do kill "${session_pid[$name]}" 2>/dev/null; done
	for name in "${databases[@]}"; do q postgres "DROP DATABASE IF EXISTS $name WITH (FORCE)" |
		sed 's/^/# left behind: /'; done
	for name in "${roles[@]}"; do drop_role "$name"; done
	rm -rf "$scratch"
}
trap clean_up EXIT

# ---- Sessions that stay open -----------------------------------------------------------------------------------------

declare -A session_pid session_in session_out

open_session() { # open_session NAME DATABASE
	local in out
	mkfifo "$scratch/$1.in" "$scratch/$1.out"
	psql -XAtq -v VERBOSITY=verbose -d "$2" <"$scratch/$1.in" >"$scratch/$1.out" 2>&1 &
	session_pid[$1]=$!
	exec {in}>"$scratch/$1.in" {out}<"$scratch/$1.out"
	session_in[$1]=$in session_out[$1]=$out
}
send() { # send NAME SQL: starts it in that session, and does not wait
	printf '%s;\n\\echo ::done\n' "$2" >&"${session_in[$1]}"
}
await() { # await NAME: waits for what was sent, and prints its output
	local line
	while IFS= read -r -t 600 -u "${session_out[$1]}" line; do
		[ "$line" != ::done ] || return 0
		case $line in LOCATION:*) ;; *) printf '%s\n' "$line" ;; esac
	done
	echo "session $1: no answer"
}
await_lock() { # await_lock DATABASE TEXT: until a statement that has this text waits for a lock
	local tries=0
	until [ "$(q "$1" "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%$2%'
		AND pid <> pg_backend_pid()")" = 1 ]; do
		[ $((tries += 1)) -lt 1200 ] || return 1
		sleep 0.05
	done
}
s() { # s NAME SQL: runs it in that session, to its end
	send "$1" "$2"
	await "$1"
}
close_session() {
	local in=${session_in[$1]} out=${session_out[$1]}
	echo '\q' >&"$in" # closing is not enough: sessions opened later have the pipe open as well
	wait "${session_pid[$1]}"
	exec {in}>&- {out}<&-
	unset "session_pid[$1]"
	rm -f "$scratch/$1.in" "$scratch/$1.out"
}
