# pooler.sh - sourced by tests that connect through PgBouncer in transaction mode.

pooler=

# start_pooler DIR SIZE - before the server that the environment names, with SIZE connections to it for each database.
# Clients connect by PGHOST=DIR PGPORT=6432; the path of DIR must be short. It fails, and says so, where there is no
# PgBouncer.
start_pooler() {
	local dir=$1 size=$2 user as=() tries=0
	if ! command -v pgbouncer >/dev/null; then
		echo "# PgBouncer is skipped: it is not here (Debian: pgbouncer)"
		return 1
	fi
	cat >"$dir/pgbouncer.ini" <<-EOT
		[databases]
		* = host=$PGHOST port=5432 user=postgres
		[pgbouncer]
		listen_addr =
		listen_port = 6432
		unix_socket_dir = $dir
		auth_type = any
		pool_mode = transaction
		default_pool_size = $size
		ignore_startup_parameters = options
		server_lifetime = 86400
		server_idle_timeout = 0
		logfile = $dir/pgbouncer.log
	EOT
	if [ "$(id -u)" = 0 ]; then # pgbouncer refuses to run as root
		user=postgres
		id $user >/dev/null 2>&1 || user=nobody
		chown -R $user "$dir"
		as=(setpriv "--reuid=$user" "--regid=$(id -g $user)" --clear-groups)
	fi
	"${as[@]}" "$(command -v pgbouncer)" -q "$dir/pgbouncer.ini" 2>"$dir/errors" &
	pooler=$!
	until [ -S "$dir/.s.PGSQL.6432" ]; do
		kill -0 $pooler 2>/dev/null && [ $((tries += 1)) -lt 1200 ] ||
			{ cat "$dir"/errors "$dir"/*.log; exit 2; }
		sleep 0.05
	done
}

stop_pooler() {
	[ -z "$pooler" ] || { kill "$pooler" && wait "$pooler"; } 2>/dev/null
	pooler=
}
