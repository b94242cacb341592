# Reads `llvm-cov show --show-branches=count --show-expansions`, prints each
# branch that was never taken, and the sum.  Variables: folder, top, limit.
#
# An expansion is a macro's.  Those of CHECK and its kin are assertions: their
# failure is not to be taken.  Nor is a case that leads to CHECK_NEVER, nor
# the way past all cases of a switch over a whole enum (it lists ..._COUNT,
# and the compiler sees to the rest).

function is_assertion(text)
{
	return text ~ /(^|[^A-Za-z_])CHECK(_OBJ)?\(/
}

# Whether the label in line n leads straight to CHECK_NEVER.
function is_never(n)
{
	while (lines[n] ~ /^[ \t]*(case .*|default):$/)
		n++
	if (lines[n] ~ /^[ \t]*break;$/ && lines[n + 1] ~ /^[ \t]*}$/)
		n += 2
	return lines[n] ~ /^[ \t]*CHECK_NEVER\(/
}

# Whether the switch in line n lists a whole enum.
function is_whole(n,	indent)
{
	match(lines[n], /^[ \t]*/)
	indent = substr(lines[n], 1, RLENGTH)
	for (n++; n in lines && lines[n] != indent "}"; n++)
		if (lines[n] ~ "^" indent "case [A-Z_]*_COUNT:$")
			return 1
	return 0
}

function is_excluded(n)
{
	return is_assertion(lines[n]) || is_never(n)
}

function side(name, count, n)
{
	total++
	if (count != "0") {
		taken++
		return
	}
	sub(/^[ \t]*/, "", lines[n])
	missed[++n_missed] = sprintf("%s:%d: never %s: %s", file, n, name,
	    lines[n])
}

function branch(n, is_true, is_false)
{
	if (is_excluded(n))
		return
	if (lines[n] ~ /^[ \t]*case /) {
		# Not to be this case is to be another one.
		side("this case", is_true, n)
		return
	}
	if (lines[n] ~ /^[ \t]*switch \(/ && is_whole(n))
		return
	side("true", is_true, n)
	side("false", is_false, n)
}

function flush(	i)
{
	for (i = 1; i <= n_branches; i++)
		branch(at[i], trues[i], falses[i])
	n_branches = 0
	delete lines
}

/^\/.*:$/ {
	flush()
	file = substr($0, length(top) + 1)
	sub(/:$/, "", file)
}

/^ *[0-9]+\|/ {
	number = $0 + 0
	text = $0
	sub(/^ *[0-9]+\|[^|]*\|/, "", text)
	lines[number] = text
}

/Branch \([0-9]+:[0-9]+\): \[True: / {
	match($0, /True: [^,]*/)
	at[++n_branches] = number
	trues[n_branches] = substr($0, RSTART + 6, RLENGTH - 6)
	match($0, /False: [^\]]*/)
	falses[n_branches] = substr($0, RSTART + 7, RLENGTH - 7)
}

END {
	flush()
	for (i = 1; i <= n_missed; i++)
		print missed[i]
	share = total > 0 ? 100 * taken / total : 0
	printf "branches of %s: %d/%d (%.1f %%), wanted %d %%\n", folder,
	    taken, total, share, limit
	exit share < limit
}
