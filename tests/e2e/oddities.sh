#!/bin/bash
# Oddities of protocols, one a file of oddities/: packets as samples/mkcap reads
# them, and lines "#= EXPRESSION", jq over the JSON report that must be true.
# "#$ EXPRESSION" is the same over the packets of `tracepair packets`, as one
# array, "#! EXPRESSION" over `tracepair exchanges`.  NAME.awk prints such a file.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
mkcap=$(dirname "$TRACEPAIR")/samples/mkcap
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

one() # FILE
{
	local file=$1 name files=() point
	name=$(basename "$file" .txt)
	mkdir "$work/$name"
	if ! "$mkcap" "$file" "$work/$name"; then
		echo "not ok - $name: no captures"
		return
	fi
	for point in $(awk '$1 == "point" { print $2 }' "$file"); do
		files+=("$work/$name/$point.pcapng")
	done
	if ! "$TRACEPAIR" "${files[@]}" -o "$work/$name.tpc" --format json \
		> "$work/$name.json" 2> "$work/$name.err" ||
		! "$TRACEPAIR" packets "$work/$name.tpc" --format ndjson |
		jq -s . > "$work/$name.packets" ||
		! "$TRACEPAIR" exchanges "$work/$name.tpc" --format ndjson |
		jq -s . > "$work/$name.exchanges"; then
		echo "not ok - $name: $(head -n 1 "$work/$name.err")"
		return
	fi
	grep -q '^#[=$!] ' "$file" || echo "not ok - $name: expects nothing"
	check "$name" json '^#= ' "$file"
	check "$name" packets '^#[$] ' "$file"
	check "$name" exchanges '^#[!] ' "$file"
}

check() # NAME WHAT MARK FILE
{
	grep "$3" "$4" | cut -c 4- |
		"$root/tests/e2e/holds" "$1" "$work/$1.$2"
}

for file in "$root"/tests/e2e/oddities/${1:-*}.{txt,awk}; do
	[ -e "$file" ] || continue
	if [[ $file == *.awk ]]; then
		name=$(basename "$file" .awk)
		awk -f "$file" > "$work/$name.txt"
		file=$work/$name.txt
	fi
	one "$file"
done
