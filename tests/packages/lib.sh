# lib.sh - sourced by the tests of the packages for other languages. A check prints `ok NAME` or `not ok NAME`; after a
# failure, lines that begin with two spaces say more.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
topic=$(basename "$0")
failures=0
export LC_ALL=C.UTF-8 TZ=UTC

limited() { # limited COMMAND... - with a time limit, if it is a program
	case $(command -v "$1") in
	"$1") "$@" ;;
	*) timeout 900 "$@" ;;
	esac
}
# succeeds NAME COMMAND... - prints_only NAME WANTED-FILE COMMAND... - fails NAME REGEX COMMAND...
succeeds() {
	local name=$1 output
	shift
	if output=$(limited "$@" 2>&1); then echo "ok $topic: $name"; else not_ok "$name" "$output" && false; fi
}
prints_only() {
	local name=$1 wanted=$2 output
	shift 2
	if limited "$@" >"$work/printed" 2>"$work/errors" && [ -s "$wanted" ]; then
		output=$(diff -U 2 --label wanted --label printed "$wanted" "$work/printed") && echo "ok $topic: $name" ||
			not_ok "$name" "$output"
	else
		not_ok "$name" "$(cat "$work/printed" "$work/errors")"
	fi
}
fails() {
	local name=$1 regex=$2 output
	shift 2
	if output=$(limited "$@" 2>&1); then
		not_ok "$name" "it succeeded: $output"
	elif grep -qE -- "$regex" <<<"$output"; then
		echo "ok $topic: $name"
	else
		not_ok "$name" "$output"
	fi
}
not_ok() {
	echo "not ok $topic: $1"
	printf '%s\n' "$2" | head -n 60 | sed 's/^/  /'
	failures=$((failures + 1))
}
skipped() { echo "# $topic: $1 is skipped: $2"; }

# README's example for SQLite, one statement a line, in $work/example.sql; what it prints, in $work/example.out
example() {
	mkdir -p "$work/readme/files"
	awk -v out="$work/readme" -f "$top/tests/languages/extract.awk" "$top/README.md"
	sed -e 's/^\x01//' -e '/^\.load /d' "$work/readme/1.typed" >"$work/example.sql"
	grep -v '^sqlite> ' "$work/readme/1.wanted" >"$work/example.out"
}
# what the sqlite3 shell prints for calls.sql, with the module as `make` builds it
calls() {
	sqlite3 -batch -init /dev/null -cmd ".load $top/sqlite_ext/stead" :memory: <"$here/calls.sql" >"$work/calls.out"
}

# page PAGE FILE COMMAND... - runs the FILE that a page of the package shows, in a directory with $work/beside/*
page() {
	local page=$1 file=$2 shown
	shift 2
	shown=$work/pages/$(basename "$(dirname "$page")")
	rm -rf "$shown"
	mkdir -p "$shown/files"
	awk -v out="$shown" -f "$top/tests/languages/extract.awk" "$top/$page" &&
		prints_only "$file of $page" "$shown/$file.prints" env -C "$shown/files" "$@" "$file"
}

# A copy of the sources in another directory, for a build of its own
copy_sources() { # copy_sources DIR
	rm -rf "$1"
	mkdir -p "$1/pg_ext" "$1/tests/support"
	(cd "$top" && cp -R Makefile LICENSE common sqlite_ext packages "$1" && cp pg_ext/stead.control "$1/pg_ext" &&
		cp tests/support/prerequisites "$1/tests/support" && rm -f "$1/sqlite_ext/stead.so")
}
# the newest symbol of the C library that a module needs, such as 2.34
newest_symbol() { objdump -T "$1" | sed -n 's/.*\*UND\*.*(GLIBC_\([0-9.]*\)).*/\1/p' | sort -V | tail -n 1; }
exported() { nm -D --defined-only "$1" | sed 's/.* //' | sort; }
