#!/bin/bash
# Oddities of protocols, one a file of oddities/: packets as samples/mkcap reads
# them, and lines "#= EXPRESSION", jq over the JSON report that must be true.
# "#$ EXPRESSION" is the same over the packets of `tracepair packets`, as one
# array, "#! EXPRESSION" over `tracepair exchanges`.  "#1 POINT EXPRESSION" is over
# the report on that point's capture alone, which must not contradict what all of
# them show.  NAME.awk prints such a file; it
# runs with the functions of oddities/lib/*.awk before it, so that it says only what is
# odd: path_of() and packet_over() (lib/path.awk), sessions that ask, proxies, refusals.
#
# There are hundreds, so an oddity starts what it tests, one jq and nothing else,
# and as many run at a time as there are processors; the captures of all are made
# before, by one mkcap a processor.  With TEST_BRIEF set, packets and exchanges that no
# expression asks for are not printed either.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
mkcap=$(dirname "$TRACEPAIR")/samples/mkcap
processors=$(nproc)
lib=() # awk's
for file in "$root"/tests/e2e/oddities/lib/*.awk; do
	lib+=(-f "$file")
done
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
. "$root/tests/e2e/holds" || exit

# One line of JSON for each of KIND in the case $to.tpc, into $to.KIND.
print() # KIND MARK ASKED
{
	if [ "${TEST_BRIEF:-}" ] && [[ $3 != *"$2"* ]]; then
		: > "$to.$1"
	else
		"$TRACEPAIR" "$1" "$to.tpc" --format ndjson \
			> "$to.$1" 2>> "$to.err"
	fi
}

# What one capture alone says.
alone() # POINT EXPRESSIONS
{
	if "$TRACEPAIR" "$to/$1.pcapng" --format json > "$to.1.$1" \
		2> "$to.err"; then
		holds "$name, $1 alone" "$2" "$to.1.$1"
	else
		echo "not ok - $name, $1 alone: $(head -n 1 "$to.err")"
	fi
}

# The captures of every oddity from the FIRST on, with as many between as there are
# processors: what awk or mkcap cannot make is said in NAME.failed.
make_captures() # FIRST
{
	local i name file pairs=()
	for ((i = $1; i < ${#names[@]}; i += processors)); do
		name=${names[i]} file=${files[i]}
		if [[ $file == *.awk ]]; then
			file=$work/$name.txt
			if ! awk "${lib[@]}" -f "${files[i]}" > "$file"; then
				echo 'awk failed' > "$work/$name.failed"
				continue
			fi
		fi
		pairs+=("$file" "$work/$name")
	done
	[ ${#pairs[@]} -eq 0 ] || "$mkcap" "${pairs[@]}" 2> /dev/null && return
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do # which of them was it?
		"$mkcap" "${pairs[@]:i:2}" 2> "$work/said-by-$1" ||
			echo "no captures: $(< "$work/said-by-$1")" > "${pairs[i + 1]}.failed"
	done
}

one() # FILE NAME
{
	local file=$1 name=$2 to=$work/$2 files=() asked= word rest point
	local -A one=()
	if [ -e "$to.failed" ]; then
		echo "not ok - $name: $(< "$to.failed")"
		return
	fi
	[[ $file != *.awk ]] || file=$to.txt
	while read -r word rest || [ "$word" ]; do # the last line, too
		case $word in
		point) files+=("$to/${rest%%[[:space:]]*}.pcapng") ;;
		'#=') asked+=$rest$'\n' ;;
		'#$') asked+="\$packets | $rest"$'\n' ;;
		'#!') asked+="\$exchanges | $rest"$'\n' ;;
		'#1')
			point=${rest%% *}
			one[$point]+=${rest#* }$'\n'
			;;
		esac
	done < "$file"
	if ! "$TRACEPAIR" "${files[@]}" -o "$to.tpc" --format json \
		> "$to.json" 2> "$to.err" ||
		! print packets '$packets |' "$asked" ||
		! print exchanges '$exchanges |' "$asked"; then
		echo "not ok - $name: $(head -n 1 "$to.err")"
		return
	fi
	holds "$name" "$asked" --slurpfile packets "$to.packets" \
		--slurpfile exchanges "$to.exchanges" "$to.json"
	for point in "${!one[@]}"; do
		alone "$point" "${one[$point]}"
	done
}

names=() files=()
for file in "$root"/tests/e2e/oddities/${1:-*}.{txt,awk}; do
	[ -e "$file" ] || continue
	files+=("$file")
	file=${file##*/}
	names+=("${file%.*}")
done
if [ ${#names[@]} -eq 0 ]; then
	echo "not ok - ${1:-oddities}: no such file"
	exit
fi
mkdir "${names[@]/#/$work/}" || exit # NAME.txt beside NAME.awk, for one
for ((i = 0; i < processors; i++)); do
	make_captures "$i" &
done
wait
# Each job says what it has to say in a file of its own, so that lines stay whole.
running=0
for i in "${!names[@]}"; do
	if [ $running -ge "$processors" ]; then
		wait -n
		running=$((running - 1))
	fi
	one "${files[i]}" "${names[i]}" > "$work/said-$i" 2>&1 &
	running=$((running + 1))
done
wait
for i in "${!names[@]}"; do
	said=$(< "$work/said-$i")
	[ -z "$said" ] || echo "$said"
	case $'\n'$said in
	*$'\nok - '* | *$'\nnot ok - '*) ;;
	*) echo "not ok - ${names[i]}: no expectation was looked at" ;;
	esac
done
