# Cases made apart and merged say what one case of all captures says: the
# samples, and simulated paths (MERGE_SEEDS of them; `make accept` runs 50,
# TEST_BRIEF two).
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/lib"
sim=$(dirname "$tracepair")/tests/sim/sim

# same WHAT FOLDER POINT...: merging equals indexing together.
same()
{
	local what=$1 folder=$2 point file files=() cases=()
	shift 2
	rm -f ./*.case
	for point in "$@"; do
		file=$(echo "$folder/$point".pcap*)
		files+=("$file")
		cases+=("$point.case")
		tp index "$point.case" "$file"
	done
	tp "${files[@]}" --format json
	mv out together.json
	works "$what: merge" merge "${cases[@]}" -o merged.case
	works "$what: pair the merged case" pair merged.case
	tp report merged.case --format json
	check "$what: the merged case says the same" cmp out together.json
}

for folder in "$samples"/*/; do
	mapfile -t points < <(awk '$1 == "point" { print $2 }' \
		"$root/samples/$(basename "$folder")/case.txt")
	[ "${#points[@]}" -lt 2 ] ||
		same "$(basename "$folder")" "$folder" "${points[@]}"
done
if [ -x "$sim" ]; then
	seeds=${TEST_BRIEF:+2}
	last=$((${MERGE_SEEDS:-${seeds:-6}} - 1))
	"$sim" --generate-only "$work/sim" --seeds "0-$last" > sim.log 2>&1
	for folder in sim/seed-*; do
		mapfile -t points < <(cd "$folder" && ls -- *.pcap* |
			sed 's/\.pcap.*//')
		same "${folder#sim/}" "$folder" "${points[@]}"
	done
fi

# --- names, copies, errors ---
mkdir left right
cp "$samples/02-wan-sql/client.pcapng" left/fw.pcapng
cp "$samples/02-wan-sql/server.pcapng" right/fw.pcapng
works 'index left' index left.tp left/fw.pcapng
works 'index right' index right.tp right/fw.pcapng
tp merge left.tp right.tp -o both.tp
check 'points of one name: exit 0' test "$code" -eq 0
check 'points of one name: the second is renamed, and that is said' \
	grep -q 'right.tp: its point fw is called right-fw' err
works 'pair both' pair both.tp
tp report both.tp --format json
says 'points of one name: two points' \
	'[.points[].name] == ["fw", "right-fw"]'
works '--join' merge left.tp right.tp -o joined.tp --join
works 'pair joined' pair joined.tp
tp report joined.tp --format json
says '--join: one point of two files' \
	'(.points | length) == 1 and (.points[0].files | length) == 2'
fails 'merge of one case' 2 'tracepair merge CASE CASE' merge left.tp
fails 'merge without -o' 2 'name the merged case' merge left.tp right.tp
fails 'merge into what exists' 2 'both.tp: exists' \
	merge left.tp right.tp -o both.tp
fails 'merge of what is no case' 4 'right/fw.pcapng' \
	merge left.tp right/fw.pcapng -o new.tp
check 'merge of what is no case: nothing is left' test ! -e new.tp
cp left.tp again.tp
fails 'the same capture twice' 3 'same capture' \
	merge left.tp again.tp -o new.tp --join
check 'the same capture twice: nothing is left' test ! -e new.tp
