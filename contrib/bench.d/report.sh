# shellcheck shell=bash
# Medians and tables of the raw results of contrib/bench, which are lines
# "SCENARIO PROXY ROUND key=value ..."; those of "#" say where they come from.
# shellcheck disable=SC2154 # variables of contrib/bench

# summary RAW BASE: "SCENARIO PROXY KEY MEDIAN RATIO N" for each figure; RATIO
# is the median of the ratios to the proxy BASE within a round, or -.
summary()
{
	awk -v base="$2" '
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
	!/^#/ {
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
			against = part[1] " " base " " part[3]
			n = split(rounds[id], round, " ")
			m = 0
			for (i = 1; i <= n; i++) {
				values[i] = value[id, round[i]]
				if (value[against, round[i]] + 0 != 0)
					ratios[++m] = values[i] / \
					    value[against, round[i]]
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
	idle*) echo 'bytes_each left_each left_pct' ;;
	sys*) echo 'syscalls' ;;
	upgrade) echo 'ops rate failed cut upgrades' ;;
	connect) echo 'rate cpu_us machine_us p50 p99' ;;
	*) echo 'rate cpu_us machine_us p50 p99 p999' ;;
	esac
}

# print_tables RAW: a table a scenario, each figure with its ratio.
print_tables()
{
	local scenario

	summary "$1" haproxy >"$work/summary"
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
			if (rows == 0)
				exit
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
