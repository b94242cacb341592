# shellcheck shell=bash
# MariaDB servers for contrib/demo, which says what these functions are for.
#
# All are copies of one that is made once, with the users of contrib/sql.
# shellcheck disable=SC2154 # variables of contrib/demo
# shellcheck disable=SC2034 # variables for contrib/demo

maria_password=''	# of regent and of the replicas
maria_client=''
maria_server=''

find_mariadb()
{
	PATH=$PATH:/usr/sbin:/usr/libexec
	maria_client=$(command -v mariadb || command -v mysql) ||
		die "the client of MariaDB is not here"
	maria_server=$(command -v mariadbd) || die "MariaDB is not here"
}

# client ARGS...: prints the answer, or nothing.
client()
{
	timeout 2 "$maria_client" --no-defaults -NB "$@" 2>/dev/null || true
}

# admin SOCKET SQL
admin()
{
	client -S "$1" -u root -e "$2"
}

app()
{
	client -h 127.0.0.1 -P "$1" -u app -papp -e "$2"
}

# No root but the one of the socket, which is in a directory of the servers.
template_sql()
{
	say "DELETE FROM mysql.global_priv WHERE Host <> 'localhost';"
	say "FLUSH PRIVILEGES;"
	sed "s/'change-me[a-z-]*'/'$maria_password'/" \
	    "$top/contrib/sql/mariadb.sql"
	say "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app';"
	say "GRANT ALL ON app.* TO app@'127.0.0.1';"
}

template_answers()
{
	[[ $(admin "$base/template/sock" 'SELECT 1') == 1 ]]
}

make_template()
{
	local data=$base/template/data sock=$base/template/sock pid

	own_dir "$base/template"
	"${as_server[@]}" mariadb-install-db --no-defaults --datadir="$data" \
	    --tmpdir="$data" \
	    --auth-root-authentication-method=normal --skip-test-db \
	    --skip-name-resolve --innodb-log-file-size=16M \
	    --innodb-buffer-pool-size=8M || return 1
	"${as_server[@]}" "$maria_server" --no-defaults --datadir="$data" \
	    --tmpdir="$data" --socket="$sock" --skip-networking \
	    --pid-file="$sock.pid" \
	    --innodb-log-file-size=16M --innodb-buffer-pool-size=8M &
	pid=$!
	child[template]=$pid
	wait_for 20 template_answers &&
	    template_sql | "$maria_client" --no-defaults -S "$sock" -u root &&
	    kill -TERM "$pid" && wait "$pid" || return 1
	unset "child[template]"
}

kind_prepare()
{
	find_mariadb
	maria_password=$(random_word)
	make_template >"$base/template.log" 2>&1 || {
		tail -n 20 "$base/template.log" >&2
		die "the first MariaDB server can't be made"
	}
}

server_id()
{
	printf '%d\n' "'$1"
}

# Without parallel threads a replica that syncs each transaction falls behind a
# primary that syncs many at once, and must catch up before it is promoted.
# rpl_semi_sync_slave_kill_conn_timeout is how long a replica tries to tell a
# frozen primary that it leaves, before it can be promoted.
write_settings()
{
	cat <<-END
		[mysqld]
		datadir = $dir/servers/$1
		tmpdir = $dir/servers/$1
		socket = $dir/servers/$1.sock
		pid_file = $dir/servers/$1.pid
		bind_address = 127.0.0.1
		port = ${port[$1]}
		server_id = $(server_id "$1")
		skip_name_resolve
		read_only = 1
		log_bin = bin
		log_slave_updates
		gtid_strict_mode = 1
		sync_binlog = 1
		innodb_flush_log_at_trx_commit = 1
		innodb_log_file_size = 16M
		innodb_buffer_pool_size = 16M
		slave_net_timeout = 10
		slave_parallel_threads = 8
		rpl_semi_sync_slave_enabled = 1
		rpl_semi_sync_slave_kill_conn_timeout = 1
		rpl_semi_sync_master_wait_point = AFTER_SYNC
		rpl_semi_sync_master_timeout = 600000
	END
}

kind_place()
{
	local data=$dir/servers/$1

	[[ -d $dir/servers ]] || own_dir "$dir/servers"
	rm -rf "$data"
	cp -a "$base/template/data" "$data"
	write_settings "$1" | own_file "$data.cnf"
}

kind_command()
{
	command=("${as_server[@]}" "$maria_server"
	    "--defaults-file=$dir/servers/$1.cnf")
}

kind_answers()
{
	[[ $(app "$1" 'SELECT 1') == 1 ]]
}

# The table is made before its replica could be waited for.
primary_sql()
{
	say "SET GLOBAL read_only = 0;"
	say "CREATE DATABASE app;"
	say "CREATE TABLE app.load (w INT, n BIGINT, PRIMARY KEY (w, n))" \
	    "ENGINE = InnoDB;"
	say "SET GLOBAL rpl_semi_sync_master_enabled = 1;"
}

replica_sql()
{
	cat <<-END
		CHANGE MASTER TO MASTER_HOST = '127.0.0.1',
		    MASTER_PORT = ${port[$1]}, MASTER_USER = 'replication',
		    MASTER_PASSWORD = '$maria_password',
		    MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
		START SLAVE;
	END
}

kind_started()
{
	local sql

	if (($# == 1)); then
		sql=$(primary_sql)
	else
		sql=$(replica_sql "$2")
	fi
	"$maria_client" --no-defaults -S "$dir/servers/$1.sock" -u root \
	    <<<"$sql" || die "node $1 can't be set up"
}

kind_is_linked()
{
	local status

	status=$(admin "$dir/servers/$1.sock" 'SHOW SLAVE STATUS\G')
	# With -N the values stand alone, both threads among them.
	(($(grep -cx 'Yes' <<<"$status") >= 2)) &&
	    [[ $(admin "$dir/servers/$1.sock" \
		'SELECT COUNT(*) FROM app.load') == 0 ]]
}

kind_cluster()
{
	cat <<-END
		user = regent
		password = $maria_password
		replication_user = replication
		replication_password = $maria_password
		sync_replicas = 1
	END
}

kind_port_behind()
{
	app "$1" 'SELECT @@port'
}

kind_role()
{
	admin "$dir/servers/$1.sock" \
	    "SELECT IF(@@read_only, 'replica', 'primary')"
}

kind_identity()
{
	say "$dir/servers/$1.pid $dir/servers/$1.cnf "
}

kind_clean()
{
	:
}
