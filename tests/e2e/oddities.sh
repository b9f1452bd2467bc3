#!/bin/bash
# Oddities of protocols, one a file of oddities/: packets as samples/mkcap reads
# them, and lines "#= EXPRESSION", jq over the JSON report that must be true.
# "#$ EXPRESSION" is the same over the packets of `tracepair packets`, as one
# array, "#! EXPRESSION" over `tracepair exchanges`.  NAME.awk prints such a file.
#
# There are hundreds, so an oddity starts what it tests, one jq and nothing else,
# and as many run at a time as there are processors.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
mkcap=$(dirname "$TRACEPAIR")/samples/mkcap
processors=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$root/tests/e2e/holds"

one() # FILE NAME
{
	local file=$1 name=$2 to=$work/$2 files=() asked= word rest
	if [[ $file == *.awk ]]; then
		awk -f "$file" > "$to.txt"
		file=$to.txt
	fi
	if ! "$mkcap" "$file" "$to"; then
		echo "not ok - $name: no captures"
		return
	fi
	while read -r word rest; do
		case $word in
		point) files+=("$to/${rest%%[[:space:]]*}.pcapng") ;;
		'#=') asked+=$rest$'\n' ;;
		'#$') asked+="\$packets | $rest"$'\n' ;;
		'#!') asked+="\$exchanges | $rest"$'\n' ;;
		esac
	done < "$file"
	if ! "$TRACEPAIR" "${files[@]}" -o "$to.tpc" --format json \
		> "$to.json" 2> "$to.err" ||
		! "$TRACEPAIR" packets "$to.tpc" --format ndjson \
		> "$to.packets" 2>> "$to.err" ||
		! "$TRACEPAIR" exchanges "$to.tpc" --format ndjson \
		> "$to.exchanges" 2>> "$to.err"; then
		echo "not ok - $name: $(head -n 1 "$to.err")"
		return
	fi
	[ "$asked" ] || echo "not ok - $name: expects nothing"
	holds "$name" "$asked" --slurpfile packets "$to.packets" \
		--slurpfile exchanges "$to.exchanges" "$to.json"
}

names=() files=()
for file in "$root"/tests/e2e/oddities/${1:-*}.{txt,awk}; do
	[ -e "$file" ] || continue
	files+=("$file")
	file=${file##*/}
	names+=("${file%.*}")
done
[ ${#names[@]} -gt 0 ] || exit 0
mkdir "${names[@]/#/$work/}"
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
	echo "$(< "$work/said-$i")"
done
