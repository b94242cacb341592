# shellcheck shell=bash
# Starts and stops what contrib/bench measures.  Each proxy has its own
# bench-server, so that the closed connections of one don't block the ports
# of another, and all of them share one redis-server.
#
# Settings are those that make a proxy fast and alike: one thread, no time-out
# in sight, no logging, no probe after the first.
# shellcheck disable=SC2154 # variables of contrib/bench
# shellcheck disable=SC2034 # variables for scenarios.sh

declare -A program=()		# of a regent
declare -A extra=()		# options of a regent, SECTION.OPTION=VALUE,...
declare -A pids=()		# of an instance: what is watched
declare -A ports=()		# of an instance: redis echo source
declare -A children=()		# of an instance: all it started
runner=()			# in front of each regent
redis_port=			# without one, regents do without it, too
redis_pid=
sessions_max=1000		# of each proxy, at two descriptors

free_ports()
{
	"$load" ports "$1" | tr '\n' ' '
}

# until_true WHAT COMMAND...: waits until the command succeeds.
until_true()
{
	local deadline=$((SECONDS + 10)) log=$work/until.log

	until "${@:2}" >"$log" 2>&1; do
		if ((SECONDS >= deadline)); then
			cat "$log" >&2
			die "$1 did not start within 10 s; logs in $work"
		fi
		sleep 0.02
	done
}

start_redis()
{
	redis_port=$("$load" ports 1)
	redis-server --port "$redis_port" --bind 127.0.0.1 --save '' \
	    --appendonly no --maxclients 15000 --dir "$work" \
	    >"$work/redis.log" 2>&1 &
	redis_pid=$!
	until_true redis-server "$load" ping -p redis -n 1 "$redis_port"
}

# start_proxy INSTANCE NAME: a process of its own, which answers.
start_proxy()
{
	local instance=$1 name=$2 dir=$work/$1 echo_server source_server
	local redis echo source

	mkdir -p "$dir"
	"$tools/tests/bench/bench-server" >"$dir/server" &
	children[$instance]=$!
	until_true bench-server grep -q source "$dir/server"
	read -r echo_server source_server < <(sed 's/[a-z]*=//g' "$dir/server")
	ports[$instance]=$(free_ports 3)
	read -r redis echo source <<<"${ports[$instance]}"
	"$(starter_of "$name")" "$name" "$dir" "$redis_port" \
	    "$echo_server" "$source_server" "$redis" "$echo" "$source" \
	    >"$dir/log" 2>&1
	pids[$instance]=$started
	children[$instance]+=" $started"
	[[ -z $redis_port ]] ||
		until_true "$instance" "$load" ping -p redis -n 1 "$redis"
	[[ $name == twemproxy ]] ||
		until_true "$instance" "$load" ping -n 1 "$echo"
	pids[$instance]=$(tree_of "$started")
}

# The function that starts a proxy of that name.
starter_of()
{
	case $1 in
	haproxy*) echo start_haproxy ;;
	nginx | twemproxy) echo "start_$1" ;;
	*) [[ -n ${program[$1]-} ]] || die "--proxies: unknown proxy $1"
		echo start_regent ;;
	esac
}

# The pids of a process and its children, as bench-load --watch wants them.
tree_of()
{
	local list

	list=$(pgrep -P "$1" | tr '\n' ',') || :
	list=$1,$list
	printf '%s\n' "${list%,}"
}

stop_proxy()
{
	local pid

	for pid in ${children[$1]-}; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	unset "children[$1]"
}

stop_everything()
{
	local instance rc=$?

	for instance in "${!children[@]}"; do
		stop_proxy "$instance"
	done
	[[ -z $redis_pid ]] || { kill "$redis_pid"; wait "$redis_pid" || :; }
	((rc == 0)) || { printf 'the logs are in %s\n' "$work" >&2; return; }
	rm -rf "$work"
}

# Each start_X takes NAME DIR, the ports of the servers behind it and its own:
# redis echo source, redis echo source.  It sets `started`.

start_haproxy()
{
	local name=$1 cfg=$2/haproxy.cfg tune='' splice='' max=$sessions_max

	[[ $name == haproxy ]] || tune='tune.bufsize 65536'
	if [[ $name == *-splice ]]; then
		tune+=$'\nmaxpipes 500' max=$((max - 500))
		splice=$'\noption splice-request\noption splice-response'
	fi
	cat >"$cfg" <<-EOF
	global
	nbthread 1
	maxconn $max
	$tune
	defaults
	mode tcp
	maxconn $max
	timeout connect 10s
	timeout client 1h
	timeout server 1h $splice
	listen redis
	bind 127.0.0.1:$6
	server s 127.0.0.1:$3
	listen echo
	bind 127.0.0.1:$7
	server s 127.0.0.1:$4
	listen source
	bind 127.0.0.1:$8
	server s 127.0.0.1:$5
	EOF
	haproxy -db -f "$cfg" &
	started=$!
}

# Debian's stream module is a file of its own, elsewhere it may be built in.
start_nginx()
{
	local dir=$2 conf=$2/nginx.conf module line=''

	for module in /usr/lib/nginx/modules/ngx_stream_module.so \
	    /usr/lib64/nginx/modules/ngx_stream_module.so; do
		[[ ! -f $module ]] || line="load_module $module;"
	done
	cat >"$conf" <<-EOF
	$line
	daemon off;
	worker_processes 1;
	worker_rlimit_nofile $(ulimit -Hn);
	pid $dir/nginx.pid;
	error_log $dir/error.log;
	events { worker_connections $(ulimit -Hn); }
	stream {
		proxy_timeout 1h;
		server { listen 127.0.0.1:$6; proxy_pass 127.0.0.1:$3; }
		server { listen 127.0.0.1:$7; proxy_pass 127.0.0.1:$4; }
		server { listen 127.0.0.1:$8; proxy_pass 127.0.0.1:$5; }
	}
	EOF
	nginx -p "$dir" -e "$dir/error.log" -c "$conf" &
	started=$!
}

start_twemproxy()
{
	local conf=$2/nutcracker.yml

	cat >"$conf" <<-EOF
	redis:
	  listen: 127.0.0.1:$6
	  redis: true
	  backlog: 1024
	  servers:
	   - 127.0.0.1:$3:1
	EOF
	nutcracker -c "$conf" -s "$("$load" ports 1)" -a 127.0.0.1 -v 1 &
	started=$!
}

# regent_extra NAME SECTION: its lines of the ini file.
regent_extra()
{
	local list item

	IFS=, read -ra list <<<"${extra[$1]-}"
	for item in "${list[@]}"; do
		[[ $item != "$2".* ]] || printf '%s\n' "${item#*.}"
	done
}

# One, where nothing else is asked for.
regent_workers()
{
	[[ ${extra[$1]-} == *regent.workers=* ]] || echo workers = 1
}

# regent_cluster NAME CLUSTER NODE_PORT PORT
regent_cluster()
{
	cat <<-EOF
	[cluster $2]
	protocol = tcp
	check_interval = 1h
	$(regent_extra "$1" cluster)
	[node $2/a]
	address = 127.0.0.1:$3
	$(regent_extra "$1" node)
	[listen $2]
	bind = 127.0.0.1:$4
	cluster = $2
	$(regent_extra "$1" listen)
	EOF
}

# A regent of any name.
start_regent()
{
	local name=$1 dir=$2 ini=$2/regent.ini

	mkdir -p "$dir/state"
	{
		cat <<-EOF
		[regent]
		$(regent_workers "$name")
		maxconn = $sessions_max
		drain_timeout = 1h
		control_socket = $dir/control.sock
		state_dir = $dir/state
		$(regent_extra "$name" regent)
		EOF
		[[ -z $3 ]] || regent_cluster "$name" redis "$3" "$6"
		regent_cluster "$name" echo "$4" "$7"
		regent_cluster "$name" source "$5" "$8"
	} >"$ini"
	"${runner[@]}" "${program[$name]}" -c "$ini" &
	started=$!
}
