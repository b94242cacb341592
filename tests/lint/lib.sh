# shellcheck shell=bash
# What the lints share.  Sourced with their arguments: [TREE [BUILD]], the
# source tree to look at and its build directory; without arguments this
# tree and the current directory.
#
# A lint prints "file:line: what is wrong" and ends with 1; with 77 and the
# reason where it can't look.  A comment "lint: NAME: reason" is a waiver: in
# the line, in the function, or for a file in its first 20 lines.

lint=${0##*/}
tree=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck disable=SC2034 # for those who look at what was built
build=${2:-$PWD}
looked=0		# a lint that looked at nothing has not passed
complaints=0

complain()
{
	printf '%s\n' "$*"
	complaints=$((complaints + 1))
}

cannot_look()
{
	printf '%s: skipped: %s\n' "$lint" "$*"
	exit 77
}

# Sets `files` to those below the given folders of the tree that have one of
# the names: find_files 'src tests' '*.c' '*.h'.
find_files()
{
	local folder name names=() folders=()

	for folder in $1; do
		[[ ! -e $tree/$folder ]] || folders+=("$folder")
	done
	for name in "${@:2}"; do
		names+=(-o -name "$name")
	done
	files=()
	((${#folders[@]} > 0)) || return 0
	mapfile -t files < <(cd "$tree" && find "${folders[@]}" -type f \
	    \( "${names[@]:1}" \) | LC_ALL=C sort)
	looked=$((looked + ${#files[@]}))
}

has_waiver()
{
	head -n 20 "$tree/$1" | grep -q "lint: $lint: [a-z]"
}

# Complains about each line of a command's output.
complain_lines()
{
	local line

	while IFS= read -r line; do
		complain "$line"
	done
}

finish()
{
	((looked > 0)) || complain "$lint: found nothing to look at in $tree"
	((complaints == 0))
}
