# shellcheck shell=bash
# Redis servers for contrib/demo, which says what these functions are for.
# shellcheck disable=SC2154 # variables of contrib/demo
# shellcheck disable=SC2034 # variables for contrib/demo

kind_prepare()
{
	find_redis "$build/bin"
}

redis()
{
	timeout 1 redis-cli -h 127.0.0.1 -p "$1" "${@:2}" 2>/dev/null ||
		true
}

kind_place()
{
	mkdir -p "$dir/$1"
	cat >"$dir/$1.conf" <<-END
		bind 127.0.0.1
		port ${port[$1]}
		dir $dir/$1
		pidfile $dir/$1.pid
		logfile $dir/$1.log
		save ""
		appendonly no
		repl-diskless-sync yes
		repl-diskless-sync-delay 0
		${2+replicaof 127.0.0.1 ${port[$2]}}
	END
}

kind_command()
{
	command=("$(command -v redis-server)" "$dir/$1.conf")
}

kind_answers()
{
	[[ $(redis "$1" ping) == PONG ]]
}

kind_started()
{
	:
}

kind_is_linked()
{
	redis "${port[$1]}" info replication | grep -q '^master_link_status:up'
}

kind_cluster()
{
	:
}

kind_port_behind()
{
	redis "$1" info server | sed -n 's/^tcp_port:\([0-9]*\).*/\1/p'
}

kind_role()
{
	redis "${port[$1]}" role | head -n 1
}

kind_identity()
{
	say "$dir/$1.pid :${port[$1]} "
}

kind_clean()
{
	:
}

# ---- zombie -----------------------------------------------------------

is_replica_of()
{
	[[ $(redis "${port[$1]}" role | tr '\n' ' ') == \
	    "slave 127.0.0.1 ${port[$2]} "* ]]
}

# Writes that a node refused because it is a replica.
refused_writes()
{
	local count

	count=$(redis "${port[$1]}" info errorstats |
	    sed -n 's/^errorstat_READONLY:count=\([0-9]*\).*/\1/p')
	say "${count:-0}"
}

# resume_zombie NODE SUCCESSOR: sets demoted_ms and reached.  While it took
# itself for the primary it would have acknowledged writes of old
# connections; afterwards it would have refused them.
resume_zombie()
{
	local start refused

	start=$(now_us)
	signal_node "$1" CONT
	wait_for 10 is_replica_of "$1" "$2" || demoted_ms=-1
	[[ -n $demoted_ms ]] || demoted_ms=$((($(now_us) - start) / 1000))
	refused=$(refused_writes "$1")
	say "resumed $1; writing on the old connections for $zombie_s s"
	sleep "$zombie_s"
	ask report
	reached=$(($(figure old_acked) + $(refused_writes "$1") - refused))
}

judge_zombie()
{
	((reached == 0)) || die "$reached writes reached the zombie"
	((demoted_ms >= 0)) || die "the zombie never became a replica"
	((demoted_ms <= zombie_limit_ms)) || die "the zombie was no replica" \
	    "within $zombie_limit_ms ms, but after $demoted_ms ms"
	is_replica_of "$1" "$2" || die "the zombie did not stay a replica"
}
