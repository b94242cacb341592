# shellcheck shell=bash
# Writes what contrib/bench has measured: the results with machine and
# versions, and doc/benchmarks.md with its charts, which are made of these
# results and of doc/benchmarks/notes.md, what people have to say about them.
# shellcheck disable=SC2154 # variables of contrib/bench

# The goals: what | scenario | figure | of | against (- for the figure itself)
# | comparison | goal.
goal_rows()
{
	cat <<-'EOF'
	proxy CPU per small request, 50 connections|small50|cpu_us|regent|haproxy|<=|0.93
	proxy CPU per small request, 1000 connections|small1000|cpu_us|regent|haproxy|<=|0.93
	system calls per round trip, 1 connection|sys1|syscalls|regent|-|<=|6.1
	p99 latency, 1 connection|lat1|p99|regent|haproxy|<=|1
	p99 latency, 1 connection, proxy on its own core|lat1core|p99|regent|haproxy|<=|1
	p99 latency, 50 connections|small50|p99|regent|haproxy|<=|1
	bulk GB/s, 1 connection|bulk1|gbps|regent|haproxy|>=|1.25
	bulk GB/s, 8 connections|bulk8|gbps|regent|haproxy|>=|1.25
	bulk GB/s, 1 connection, HAProxy with buffers of 64 KB|bulk1|gbps|regent|haproxy-64k|>=|1
	bulk GB/s, 8 connections, HAProxy with buffers of 64 KB|bulk8|gbps|regent|haproxy-64k|>=|1
	bulk GB/s, 1 connection, HAProxy made to splice|bulk1|gbps|regent|haproxy-splice|>=|1
	bulk GB/s, 8 connections, HAProxy made to splice|bulk8|gbps|regent|haproxy-splice|>=|1
	bulk GB/s, 8 connections, kernel relay|bulk8|gbps|regent-accel|haproxy|>=|2
	connect, request, close: proxy CPU|connect|cpu_us|regent|haproxy|<=|0.9
	memory of an idle connection, 5,000 of them|idle|bytes_each|regent|haproxy|<=|0.15
	the same in bytes|idle|bytes_each|regent|-|<=|512
	10,000 sessions, or as many as may be open, held and closed: growth of the resident memory in %|idle10k|left_pct|regent|-|<=|10
	p50 latency, 1 connection, kernel relay, proxy on its own core|lat1core|p50|regent-accel|haproxy|<=|0.5
	reload and binary upgrade every 2 s for 60 s: failed connections|upgrade|failed|regent|-|<=|0
	the same: sessions cut|upgrade|cut|regent|-|<=|0
	EOF
}

scenario_title()
{
	case $1 in
	small50) echo "GET and SET of 64 bytes, 50 connections" ;;
	small1000) echo "GET and SET of 64 bytes, 1000 connections" ;;
	pipe50) echo "GET and SET of 64 bytes, 50 connections, 16 at a time" ;;
	lat1) echo "GET and SET of 64 bytes, 1 connection" ;;
	lat1core) echo "1 connection, the proxy alone on a core" ;;
	bulk1) echo "bulk download, 1 connection" ;;
	bulk8) echo "bulk download, 8 connections" ;;
	connect) echo "connect, request, reply, close; 32 at a time" ;;
	idle) echo "5,000 idle connections" ;;
	idle10k) echo "10,000 idle connections, or as many as may be open" ;;
	sys1) echo "system calls of the proxy, 1 connection" ;;
	sys50) echo "system calls of the proxy, 50 connections" ;;
	upgrade) echo "reload and binary upgrade, each every 2 s for 60 s" ;;
	esac
}

figure_title()
{
	case $1:$2 in
	*:failed) echo "failed connections" ;;
	*:cut) echo "sessions cut (0 of 20, or some)" ;;
	upgrade:rate | connect:rate) echo "connections/s" ;;
	*:rate) echo "requests/s" ;;
	bulk*:cpu_us) echo "proxy CPU, µs/MB" ;;
	*:cpu_us) echo "proxy CPU, µs" ;;
	bulk*:machine_us) echo "machine CPU, µs/MB" ;;
	*:machine_us) echo "machine CPU, µs" ;;
	*:p999) echo "p99.9, µs" ;;
	*:p[59]*) echo "$2, µs" ;;
	*:gbps) echo "GB/s" ;;
	*:bytes_each) echo "bytes each" ;;
	*:left_each) echo "left after close, bytes each" ;;
	*:left_pct) echo "resident memory more than at start, %" ;;
	*:syscalls) echo "a request" ;;
	*:ops) echo "connections" ;;
	*) echo "$2" ;;
	esac
}

commit_of()
{
	local commit

	commit=$(git -C "$top" rev-parse --short=12 HEAD 2>/dev/null) ||
		{ echo unknown; return; }
	[[ -z $(git -C "$top" status --porcelain -- src) ]] ||
		commit+=" with changes"
	echo "$commit"
}

# The first line of what a program says about itself.
version_of()
{
	"$@" 2>&1 </dev/null | head -n 1
}

# What others have done to the machine meanwhile: remember_others before,
# told_of_others after.
remember_others()
{
	read -r load_before _ </proc/loadavg
	read -ra ticks_before </proc/stat
}

told_of_others()
{
	local ticks i sum=0

	read -ra ticks </proc/stat
	for ((i = 1; i <= 8; i++)); do
		sum=$((sum + ticks[i] - ticks_before[i]))
	done
	awk -v load="$load_before" -v sum="$sum" \
	    -v stolen=$((ticks[8] - ticks_before[8])) 'BEGIN {
		printf "load average %s before the start, ", load
		printf "%.1f %% of the time stolen by other virtual machines\n",
		    sum ? 100 * stolen / sum : 0
	}'
}

# Whether the kernel relays, or why not, as regent says itself.
accel_state()
{
	"$tools/regentctl" -s "$work/regent-accel/control.sock" show info |
	sed -n 's/^accel: //p'
}

# write_results RAW FILE
write_results()
{
	{
		say "# processor: $(nproc) x $(sed -n \
		    's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
		say "# kernel: $(uname -srm)"
		say "# regent: commit $(commit_of), built with" \
		    "$(sed -n 's/^CC = //p' "$tools/Makefile")" \
		    "$(sed -n 's/^CFLAGS = //p' "$tools/Makefile")"
		say "# HAProxy: $(version_of haproxy -v | cut -d ' ' -f 3)"
		say "# nginx: $(version_of nginx -v | sed 's/.*: //')"
		say "# twemproxy: $(version_of nutcracker -V | sed 's/.*-//')"
		say "# redis-server: $(version_of redis-server --version |
		    sed 's/.* v=\([^ ]*\).*/\1/')"
		[[ -z ${pids[regent-accel]-} ]] ||
			say "# kernel relay: $(accel_state)"
		say "# rounds: $rounds of $time_s s a measurement"
		say "# disturbance: $(told_of_others)"
		cat "$1"
	} >"$2"
}

declare -A medians=()		# "SCENARIO PROXY KEY", as it is shown
declare -A exact=()		# the same, to draw it
declare -A ratios=()		# "SCENARIO PROXY KEY BASE"
declare -A takers=()		# of a scenario, in the order of the results

# load_figures RESULTS
load_figures()
{
	local scenario name key median ratio shown base

	for base in haproxy haproxy-64k haproxy-splice; do
		while read -r scenario name key median ratio _ shown; do
			medians[$scenario $name $key]=$shown
			exact[$scenario $name $key]=$median
			ratios[$scenario $name $key $base]=$ratio
			[[ " ${takers[$scenario]-} " == *" $name "* ]] ||
				takers[$scenario]+=" $name"
		done < <(summary "$1" "$base" | add_shown)
	done
}

# Adds the median to each line of a summary with as many digits as are read.
add_shown()
{
	awk '
	{
		digits = $4 >= 100 ? 0 : $4 >= 10 ? 1 : 2
		text = sprintf("%." digits "f", $4)
		if (text ~ /\./)
			sub(/\.?0+$/, "", text)
		print $0, text
	}'
}

lines()
{
	printf '%s\n' "$@"
}

goal_is_met()
{
	awk -v seen="$1" -v op="$2" -v goal="$3" \
	    'BEGIN { exit !(op == "<=" ? seen <= goal : seen >= goal) }'
}

print_goals()
{
	local what scenario key of against op goal seen sign met

	lines '| what | command | seen | goal | met? |' '|---|---|---|---|---|'
	while IFS='|' read -r what scenario key of against op goal; do
		sign=' ×' seen=${ratios[$scenario $of $key $against]-}
		if [[ $against == - ]]; then
			sign='' seen=${exact[$scenario $of $key]-}
		fi
		met='**no**'
		if [[ -z $seen || $seen == - ]]; then
			seen='not measured' met=–
		else
			! goal_is_met "$seen" "$op" "$goal" || met=yes
			seen+=$sign
		fi
		op=${op/<=/≤} op=${op/>=/≥}
		[[ $of == regent ]] || scenario+=' --variants'
		say "| $what | \`contrib/bench --only $scenario\` | $seen |" \
		    "$op $goal$sign | $met |"
	done < <(goal_rows)
}

# print_scenario SCENARIO: its table, with the ratios to HAProxy.
print_scenario()
{
	local scenario=$1 name key line rule='|---|' value ratio keys

	read -ra keys <<<"$(columns_of "$scenario")"
	line='| |'
	for key in "${keys[@]}"; do
		line+=" $(figure_title "$scenario" "$key") |"
		rule+='---|'
	done
	lines "### $scenario: $(scenario_title "$scenario")" '' "$line" "$rule"
	for name in ${takers[$scenario]}; do
		line="| $name |"
		for key in "${keys[@]}"; do
			value=${medians[$scenario $name $key]-–}
			ratio=${ratios[$scenario $name $key haproxy]--}
			[[ $ratio == - || $name == haproxy ]] ||
				value+=" ($ratio ×)"
			line+=" $value |"
		done
		say "$line"
	done
	say ''
}

# bars TITLE SCENARIO KEY: a group of a chart.
bars()
{
	local name id

	for name in ${takers[$2]-}; do
		id="$2 $name $3"
		[[ -z ${exact[$id]-} ]] || printf '%s\t%s\t%s\t%s\n' "$1" \
		    "$name" "${exact[$id]}" "${medians[$id]}"
	done
}

# draw FILE TITLE: of the bars on standard input.
draw()
{
	LC_ALL=C awk -v title="$2" -f "$top/contrib/bench.d/chart.awk" >"$1"
}

draw_charts()
{
	{
		bars 'request of 64 bytes, 50 connections' small50 cpu_us
		bars '1000 connections' small1000 cpu_us
		bars '50 connections, 16 requests at a time' pipe50 cpu_us
		bars 'connect, request, reply, close' connect cpu_us
	} | draw "$1/cpu.svg" 'CPU of the proxy, µs: less is better'
	{
		bars '1 connection' bulk1 gbps
		bars '8 connections' bulk8 gbps
	} | draw "$1/bulk.svg" 'Bulk download, GB/s: more is better'
	{
		bars 'median, 1 connection, proxy on its own core' lat1core p50
		bars 'p99, 1 connection, proxy on its own core' lat1core p99
		bars 'p99, 50 connections' small50 p99
	} | draw "$1/latency.svg" 'Latency, µs: less is better'
	bars '5,000 idle connections' idle bytes_each |
	draw "$1/memory.svg" 'User memory of a connection, bytes: less is better'
	{
		bars '1 connection' sys1 syscalls
		bars '50 connections' sys50 syscalls
	} | draw "$1/syscalls.svg" 'System calls a request: less is better'
}

print_document()
{
	local scenario

	cat <<-'EOF'
	# Benchmarks

	regent beside HAProxy, nginx and twemproxy on one machine, written by `contrib/bench --write`. Every proxy has one thread; logging
	is off, time-outs are long, probes are rare. In each round all proxies are measured one after the other, each time another one
	first; figures are medians over the rounds, ratios (×) are medians of the ratios to HAProxy *within* a round, so that what disturbs
	the machine disturbs both. The CPU of the proxy per operation (all its threads, from schedstat, over the measured window) is the
	steady figure: clients, proxy and servers share the machine's processors, so rates and latencies also tell who got which.

	EOF
	sed -n 's/^# \([^:]*\): /- \1: /p' "$results"
	lines '' '## Goals' '' \
	    'Against HAProxy with its defaults, where nothing else is said.' ''
	print_goals
	cat <<-'EOF'

	## Charts

	![CPU of the proxy](benchmarks/cpu.svg)
	![Bulk download](benchmarks/bulk.svg)
	![Latency](benchmarks/latency.svg)
	![Memory of an idle connection](benchmarks/memory.svg)
	![System calls](benchmarks/syscalls.svg)

	## All figures

	`direct` is without a proxy. `haproxy-64k` has `tune.bufsize 65536`; `haproxy-splice` is made to splice besides. `regent-spin` has
	`spin = 50us`, `regent-2w` two workers, `regent-accel` has `accel = auto`. Small requests go to a redis-server, everything else to `tests/bench/bench-server`;
	the load comes from `tests/bench/bench-load`, which compares every byte of every reply. Each single result is in
	[benchmarks/results.txt](benchmarks/results.txt).

	EOF
	while read -r scenario; do
		print_scenario "$scenario"
	done < <(awk '!/^#/ && !seen[$1]++ { print $1 }' "$results")
	cat <<-'EOF'
	EOF
	cat "$top/doc/benchmarks/notes.md"
	cat <<-'EOF'

	## By hand

	`contrib/bench --quick --regent parent=OLD/regent --regent NEW/regent --only small50,bulk1` compares a change with its parent in a
	minute. Instructions per request are compared in every `contrib/check`: `tests/bench/budget`.
	EOF
}

# render RESULTS DIR: writes DIR/benchmarks.md and DIR/benchmarks/*.svg.
render()
{
	local results=$1

	mkdir -p "$2/benchmarks"
	load_figures "$results"
	print_document >"$2/benchmarks.md"
	draw_charts "$2/benchmarks"
}
