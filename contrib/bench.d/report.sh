# shellcheck shell=bash
# Medians and tables of the raw results of contrib/bench, which are lines
# "SCENARIO PROXY ROUND key=value ...".
# shellcheck disable=SC2154 # variables of contrib/bench

# summary RAW: "SCENARIO PROXY KEY MEDIAN RATIO N" for each figure; RATIO is
# the median of the ratios to HAProxy within a round, or - without one.
summary()
{
	awk '
	function median(list, n,    v, i, j, t) {
		for (i = 1; i <= n; i++)
			v[i] = list[i]
		for (i = 2; i <= n; i++) {
			t = v[i]
			for (j = i - 1; j >= 1 && v[j] > t; j--)
				v[j + 1] = v[j]
			v[j + 1] = t
		}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	{
		for (i = 4; i <= NF; i++) {
			split($i, pair, "=")
			if (pair[2] !~ /^-?[0-9.]+$/)
				continue
			id = $1 " " $2 " " pair[1]
			if (!(id in rounds))
				order[++figures] = id
			rounds[id] = rounds[id] " " $3
			value[id, $3] = pair[2]
		}
	}
	END {
		for (f = 1; f <= figures; f++) {
			id = order[f]
			split(id, part, " ")
			base = part[1] " haproxy " part[3]
			n = split(rounds[id], round, " ")
			m = 0
			for (i = 1; i <= n; i++) {
				values[i] = value[id, round[i]]
				if (value[base, round[i]] + 0 != 0)
					ratios[++m] = values[i] / \
					    value[base, round[i]]
			}
			ratio = "-"
			if (m > 0)
				ratio = sprintf("%.3f", median(ratios, m))
			printf "%s %.6g %s %d\n", id, median(values, n),
			    ratio, n
		}
	}' "$1"
}

# The figures of a scenario that are shown, in this order.
columns_of()
{
	case $1 in
	bulk*) echo 'gbps cpu_us machine_us' ;;
	idle) echo 'bytes_each left_each' ;;
	sys*) echo 'syscalls' ;;
	connect) echo 'rate cpu_us machine_us p50 p99' ;;
	*) echo 'rate cpu_us machine_us p50 p99 p999' ;;
	esac
}

# print_tables RAW: a table a scenario, each figure with its ratio.
print_tables()
{
	local scenario

	summary "$1" >"$work/summary"
	for scenario in "${scenarios[@]}"; do
		awk -v scenario="$scenario" -v columns="$(columns_of "$scenario")" '
		$1 == scenario {
			if (!($2 in seen)) {
				seen[$2] = 1
				names[++rows] = $2
			}
			figure[$2, $3] = $4
			ratio[$2, $3] = $5
		}
		END {
			n = split(columns, column, " ")
			printf "\n%-16s", scenario
			for (i = 1; i <= n; i++)
				printf " %20s", column[i]
			print ""
			for (r = 1; r <= rows; r++) {
				printf "  %-14s", names[r]
				for (i = 1; i <= n; i++) {
					f = figure[names[r], column[i]]
					q = ratio[names[r], column[i]]
					printf " %12s %7s", (f == "" ? "-" : f),
					    (q == "" || q == "-" ? "" : q "x")
				}
				print ""
			}
		}' "$work/summary"
	done
}
