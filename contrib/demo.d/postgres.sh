# shellcheck shell=bash
# PostgreSQL servers for contrib/demo, which says what these functions are for.
#
# All are copies of one that is made once, with the roles of contrib/sql.  An
# old primary that is started again becomes a standby by contrib/hooks/pg-rejoin.
# shellcheck disable=SC2154 # variables of contrib/demo
# shellcheck disable=SC2034 # variables for contrib/demo

also_type=''		# the other processes of a frozen one would go on
pg_bin=''
pg_password=''		# of every role but app

find_postgres()
{
	pg_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb \
	    /usr/pgsql-*/bin/initdb /usr/libexec/postgresql*/initdb \
	    /usr/bin/initdb | xargs ls 2>/dev/null | sort -V | tail -n 1) || :
	[[ -n $pg_bin ]] || die "PostgreSQL is not here"
	pg_bin=${pg_bin%/initdb}
	export PATH=$pg_bin:$PATH
}

# admin NODE SQL: prints the answer, or nothing.
admin()
{
	PGPASSWORD=$pg_password timeout 2 psql -XqAt -h 127.0.0.1 \
	    -p "${port[$1]}" -U postgres -d postgres -c "$2" 2>/dev/null ||
		true
}

app()
{
	timeout 2 psql -XqAt -h 127.0.0.1 -p "$1" -U app -d crm -c "$2" \
	    2>/dev/null || true
}

# Only what crmload is, a user of one database, needs no password.
write_hba()
{
	cat <<-END
		host crm app 127.0.0.1/32 trust
		host all all 127.0.0.1/32 scram-sha-256
		host replication rejoin 127.0.0.1/32 scram-sha-256
	END
}

# Shared memory of names that a killed server would leave is in its data.
write_settings()
{
	cat <<-END
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		dynamic_shared_memory_type = mmap
		shared_buffers = 16MB
		wal_level = replica
		wal_keep_size = 128MB
		hot_standby = on
		synchronous_standby_names = 'ANY 1 (a, b, c)'
		password_encryption = scram-sha-256
	END
}

# Its commits wait for no standby.
template_sql()
{
	cat "$top/contrib/sql/postgres.sql" "$top/contrib/sql/pg-rejoin.sql"
	cat <<-END
		ALTER ROLE regent PASSWORD '$pg_password';
		ALTER ROLE rejoin PASSWORD '$pg_password';
		CREATE ROLE app LOGIN;
		CREATE DATABASE crm OWNER app;
		\\c crm
		CREATE TABLE load (w int, n bigint, PRIMARY KEY (w, n));
		ALTER TABLE load OWNER TO app;
	END
}

template_answers()
{
	[[ $(admin template 'SELECT 1') == 1 ]]
}

make_template()
{
	local data=$base/template pid

	port[template]=$(free_port)
	own_dir "$data"
	own_file "$base/password" <<<"$pg_password"
	"${as_server[@]}" initdb -D "$data" -U postgres -A scram-sha-256 \
	    --pwfile="$base/password" -N --data-checksums -E UTF8 \
	    --locale=C || return 1
	write_hba >"$data/pg_hba.conf"
	write_settings >>"$data/postgresql.conf"
	"${as_server[@]}" postgres -D "$data" -p "${port[template]}" -F \
	    -c synchronous_standby_names= &
	pid=$!
	child[template]=$pid
	wait_for 20 template_answers &&
	    template_sql | PGPASSWORD=$pg_password psql -XqAt \
		-v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${port[template]}" \
		-U postgres -d postgres -f - &&
	    kill -INT "$pid" && wait "$pid" || return 1
	unset "child[template]" "port[template]"
}

kind_prepare()
{
	find_postgres
	pg_password=$(random_word)
	make_template >"$base/template.log" 2>&1 || {
		tail -n 20 "$base/template.log" >&2
		die "the first PostgreSQL server can't be made"
	}
}

kind_place()
{
	local data=$dir/servers/$1

	[[ -d $dir/servers ]] || { own_dir "$dir/servers"; write_rejoin; }
	rm -rf "$data"
	cp -a "$base/template" "$data"
	cat >>"$data/postgresql.conf" <<-END
		port = ${port[$1]}
		cluster_name = $1
	END
	(($# > 1)) || return 0
	own_file "$data/standby.signal" </dev/null
	cat >>"$data/postgresql.auto.conf" <<-END
		primary_conninfo = 'host=127.0.0.1 port=${port[$2]} user=rejoin passfile=''$dir/servers/pgpass'' application_name=$1'
	END
}

# Copied, because the owner of the servers may not see the source.
write_rejoin()
{
	install -m 755 "$top/contrib/hooks/pg-rejoin" "$dir/pg-rejoin"
	own_file "$dir/servers/pgpass" <<<"*:*:*:rejoin:$pg_password"
	own_file "$dir/servers/rejoin.conf" <<-END
		PGDATA=$dir/servers/\$node
		PGBIN=$pg_bin
		PGPASSFILE=$dir/servers/pgpass
	END
}

kind_command()
{
	command=("${as_server[@]}" "$pg_bin/postgres" -D "$dir/servers/$1")
}

kind_answers()
{
	[[ $(app "$1" 'SELECT 1') == 1 ]]
}

kind_started()
{
	:
}

kind_is_linked()
{
	[[ $(admin "$1" 'SELECT status FROM pg_stat_wal_receiver') == \
	    streaming ]]
}

kind_cluster()
{
	cat <<-END
		user = regent
		password = $pg_password
		rejoin_command = $dir/pg-rejoin -c $dir/servers/rejoin.conf
	END
}

kind_port_behind()
{
	app "$1" 'SELECT inet_server_port()'
}

kind_role()
{
	admin "$1" "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby'
	    ELSE 'primary' END"
}

kind_identity()
{
	say "$dir/servers/$1/postmaster.pid $dir/servers/$1 "
}

# A killed server leaves a few bytes of shared memory, whose number is in the
# seventh line of its pid file.
kind_clean()
{
	local id

	id=$(awk 'NR == 7 { print $2 }' "$dir/servers/$1/postmaster.pid" \
	    2>/dev/null) || return 0
	[[ -z $id ]] || ipcrm -m "$id" 2>/dev/null || :
}
