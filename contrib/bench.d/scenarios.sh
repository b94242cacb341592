# shellcheck shell=bash
# What contrib/bench measures.  A scenario is one row: its name, what
# bench-load is told, and the server behind the proxy.
# shellcheck disable=SC2154 # variables of contrib/bench and proxies.sh

scenario_rows()
{
	cat <<-EOF
	small50    redis   ping -c 50
	small1000  redis   ping -c 1000
	pipe50     redis   ping -c 50 -P 16
	lat1       redis   ping -c 1
	lat1core   redis   ping -c 1
	bulk1      source  bulk -c 1
	bulk8      source  bulk -c 8
	connect    echo    connect -c 32
	idle       echo    idle -c 5000
	idle10k    echo    idle -c $((sessions_max < 10000 ? sessions_max : 10000))
	sys1       redis   ping -c 1 -n 4000
	sys50      redis   ping -c 50 -n 40000
	upgrade    echo    connect -c 8
	EOF
}

scenarios=()

choose_scenarios()
{
	local name

	if [[ -z $only ]]; then
		mapfile -t scenarios < <(scenario_rows | cut -d ' ' -f 1)
		return
	fi
	IFS=, read -ra scenarios <<<"$only"
	for name in "${scenarios[@]}"; do
		scenario_rows | grep -q "^$name " ||
			die "--only: no scenario $name"
	done
}

# Whether a round measures a scenario: what takes a minute is done once, and
# what hardly varies twice.
is_due()
{
	case $1 in
	upgrade) (($2 == 0)) ;;
	idle* | sys*) (($2 < 2)) ;;
	esac
}

can_upgrade()
{
	"${program[$1]}" --help 2>&1 | grep -q USR2
}

# takers_of SCENARIO: the proxies that take part, one a line.  twemproxy
# speaks only Redis and connects to its server on its own, the tuned HAProxys
# are for bulk, spinning costs system calls and no memory, a second worker is
# for information only, and without a proxy there is no process to watch.
takers_of()
{
	local name

	for name in "${proxies[@]}"; do
		case $1:$name in
		bulk*:haproxy-* | small*:regent-2w | connect:regent-2w) ;;
		*:regent-2w) continue ;;
		*:haproxy-*) continue ;;
		bulk*:twemproxy | connect:twemproxy | idle*:twemproxy) continue ;;
		upgrade:regent) can_upgrade "$name" || continue ;;
		upgrade:*) continue ;;
		idle*:regent-spin | sys*:regent-spin) continue ;;
		idle*:direct | sys*:direct | lat1core:direct) continue ;;
		esac
		printf '%s\n' "$name"
	done
}

# run_scenario SCENARIO PROXY: prints one line of "key=value".
run_scenario()
{
	local scenario=$1 name=$2 server args

	read -r _ server args < <(scenario_rows | grep "^$scenario ")
	# shellcheck disable=SC2086 # args are words
	case $scenario in
	idle*) run_idle "$name" $args ;;
	upgrade) run_upgrade "$name" $args ;;
	sys*) run_syscalls "$name" "$server" $args ;;
	lat1core) run_on_own_core "$name" "$server" $args ;;
	*) run_load "$name" "$server" $args ;;
	esac
}

# The port of a proxy, or of the server itself, for one of the servers.
port_of()
{
	local text list

	text=${ports[$1]-}
	if [[ $1 == direct ]]; then
		text="$redis_port $(sed 's/[a-z]*=//g' "$work/haproxy/server")"
	fi
	read -ra list <<<"$text"
	case $2 in
	redis) printf '%s\n' "${list[0]}" ;;
	echo) printf '%s\n' "${list[1]}" ;;
	source) printf '%s\n' "${list[2]}" ;;
	esac
}

# run_load PROXY SERVER ARGS...
run_load()
{
	local name=$1 server=$2 watch=()

	[[ $name == direct ]] || watch=(-W "${pids[$name]}")
	[[ $server != redis ]] || watch+=(-p redis)
	"$load" "${@:3}" -t "$time_s" "${watch[@]}" "$(port_of "$name" "$server")"
}

# The proxy alone on the last processor, everything else on the first.
run_on_own_core()
{
	local name=$1 last=$(($(nproc) - 1)) pid rc=0

	((last > 0)) || return 0
	for pid in ${pids[$name]//,/ }; do
		taskset -acp "$last" "$pid" >/dev/null
	done
	taskset -acp 0 "$redis_pid" >/dev/null
	taskset -c 0 "$load" "${@:3}" -p redis -t "$time_s" \
	    -W "${pids[$name]}" "$(port_of "$name" "$2")" || rc=$?
	for pid in ${pids[$name]//,/ } "$redis_pid"; do
		taskset -acp "0-$last" "$pid" >/dev/null
	done
	return "$rc"
}

# A process that has served nobody yet, and ends with this subshell.
run_idle()
{
	local instance="$1.fresh"

	# shellcheck disable=SC2064 # the variable will be gone
	trap "stop_proxy $instance" EXIT
	start_proxy "$instance" "$1"
	"$load" "${@:2}" -W "${pids[$instance]}" "$(port_of "$instance" echo)"
}

upgrade_s=${REGENT_UPGRADE_S-60}	# each two seconds a reload and an upgrade

# regent_pid INSTANCE: of the process that answers; nothing if none does.
regent_pid()
{
	"$tools/regentctl" -s "$work/$1/control.sock" -t 1 show info 2>/dev/null |
	sed -n 's/^pid: //p'
}

has_moved_on()
{
	local pid

	pid=$(regent_pid "$1")
	[[ -n $pid && $pid != "$2" ]]
}

# The processes that have taken over are no children of ours.
stop_upgraded()
{
	local pid

	pid=$(regent_pid "$1")
	[[ -z $pid ]] || kill "$pid" 2>/dev/null || :
	stop_proxy "$1"
}

# run_upgrade PROXY ARGS...: new connections all the time, and twenty that are
# held: neither may notice the reloads and upgrades.
run_upgrade()
{
	local instance="$1.fresh" port made held pid upgrades=0 cut=0

	# shellcheck disable=SC2064 # the variable will be gone
	trap "stop_upgraded $instance" EXIT
	start_proxy "$instance" "$1"
	port=$(port_of "$instance" echo)
	"$load" ping -c 20 -t "$upgrade_s" "$port" >"$work/held" &
	held=$!
	"$load" "${@:2}" -f -t "$upgrade_s" "$port" >"$work/made" &
	made=$!
	while kill -0 "$made" 2>/dev/null; do
		pid=$(regent_pid "$instance")
		kill -HUP "$pid"
		sleep 1
		kill -USR2 "$pid"
		until_true 'the new process' has_moved_on "$instance" "$pid"
		upgrades=$((upgrades + 1))
		sleep 1
	done
	wait "$made" || return
	wait "$held" || cut=1
	say "$(cat "$work/made") cut=$cut upgrades=$upgrades"
}

# System calls of a request.  perf hardly slows the proxy down; strace does,
# and then more requests are ready at a time.
run_syscalls()
{
	local name=$1 server=$2 args=("${@:3}") calls ops by

	[[ $server != redis ]] || args+=(-p redis)
	args+=("$(port_of "$name" "$server")")
	if calls=$(perf_count "${pids[$name]}" "${args[@]}"); then
		by=perf
	else
		calls=$(strace_count "${pids[$name]}" "${args[@]}") by=strace
	fi
	ops=$(printf '%s\n' "${args[@]}" | grep -A 1 -xe -n | tail -n 1)
	awk -v calls="$calls" -v ops="$ops" -v by="$by" \
	    'BEGIN { printf "syscalls=%.3f by=%s\n", calls / ops, by }'
}

perf_count()
{
	local out=$work/perf

	have perf || return 1
	perf stat -x , -o "$out" -e raw_syscalls:sys_enter -p "$1" -- \
	    "$load" "${@:2}" >/dev/null 2>&1 || return 1
	awk -F , '$3 == "raw_syscalls:sys_enter" && $1 ~ /^[0-9]+$/ {
		print $1; found = 1 }
	END { exit !found }' "$out"
}

strace_count()
{
	local out=$work/strace tracer

	strace -f -c -U calls,name -o "$out" -p "${1//,/ -p }" \
	    2>"$out.err" &
	tracer=$!
	until_true strace grep -q attached "$out.err"
	"$load" "${@:2}" >/dev/null
	kill -INT "$tracer"
	wait "$tracer" || :
	awk '$2 == "total" { print $1 }' "$out"
}
