# tracepair export: packets for Wireshark with corrected clocks and comments.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/lib"
sim=$(dirname "$tracepair")/tests/sim/sim

fields() # FILE FIELD...: tab-separated, as tshark reads them
{
	local file=$1 args=()
	shift
	for f in "$@"; do
		args+=(-e "$f")
	done
	tshark -n -r "$file" -T fields "${args[@]}" 2> /dev/null
}

# What is read of a frame to judge its place in the file.
order='frame.time_epoch frame.interface_name frame.comment'

# Times never go back in the frames of order.tsv.
check_order() # WHAT
{
	check "$1: times never go back" awk -F'\t' '
		length($1) < length(t) || (length($1) == length(t) && $1 < t) {
			exit 1
		}
		{ t = $1 }' order.tsv
}

cp "$samples/01-policy-request/"*.pcapng .
works 'a case' client.pcapng server.pcapng -o loss.tp
tp export loss.tp -o merged.pcapng
check 'export: exit 0' test "$code" -eq 0
check 'export: says how many, and what a merged file is not for' \
	grep -q -e '--split' err
fields merged.pcapng frame.interface_name frame.comment tcp.len > merged.tsv
check 'export: all packets of the session at both points' \
	test "$(wc -l < merged.tsv)" -eq 20
check 'export: a loss says where, and which copy' grep -q \
	$'^client\tclient frame 1975; session 1, client to server; lost between client and server, copy 2 of 6' \
	merged.tsv
check 'export: six of them' test "$(grep -c 'lost between' merged.tsv)" -eq 6
check 'export: an arrival names the frame upstream' grep -q \
	$'^server\tserver frame 13587; session 1, client to server; same as client frame 1917' merged.tsv
fields merged.pcapng $order > order.tsv
check_order 'export'
works 'export --split' export loss.tp -o s.pcapng --split -q
check 'export --split: a file a point' test -s s-client.pcapng -a \
	-s s-server.pcapng
check 'export --split: 13 and 7 packets' test \
	"$(fields s-client.pcapng frame.number | wc -l) \
$(fields s-server.pcapng frame.number | wc -l)" = "13 7"
works 'export --finding' export loss.tp -o f.pcapng --finding 1 -q
check 'export --finding: its session' test \
	"$(fields f.pcapng frame.number | wc -l)" -eq 20
fails 'export without -o' 2 'tracepair export CASE -o' export loss.tp
fails 'export over a file' 2 'client.pcapng: exists' \
	export loss.tp -o client.pcapng
fails 'export of no such session' 2 'no session 9' \
	export loss.tp -o n.pcapng --session 9
fails 'export of no such finding' 2 'no such finding' \
	export loss.tp -o n.pcapng --finding 9
mkdir moved
mv client.pcapng server.pcapng moved
fails 'export without the captures' 3 'client.pcapng: |--captures' \
	export loss.tp -o n.pcapng
works 'export --captures' export loss.tp -o c.pcapng --captures moved -q
check 'export --captures: the same' cmp c.pcapng merged.pcapng
printf 'x' | dd of=moved/server.pcapng bs=1 seek=400 conv=notrunc 2> dd.log
fails 'export of a changed capture' 3 'server.pcapng: |indexed' \
	export loss.tp -o n.pcapng --captures moved
check 'export of a changed capture: nothing is left' test ! -e n.pcapng

# Every sample and some simulated paths: as many packets as the case has of
# sessions, in order, and no copy before the one upstream.  The exports are read
# one behind another, as starting tshark takes longer than reading a file.
names=()
chain() # WHAT POINT...: exports what FILES in the array show
{
	local what=$1
	shift
	rm -f x.tp
	tp "$@" -o x.tp
	tp export x.tp -o "chain/$what.pcapng" -q
	check "$what: exported" test "$code" -eq 0
	tp sql x.tp 'select sum(packets_c2s + packets_s2c) from flow'
	tail -n 1 out > "chain/$what.want"
	tp packets x.tp --format ndjson
	jq -r 'select(.fate == "delivered" and .frame and .far_frame) |
		[.from, .frame, .to, .far_frame] | @tsv' out \
		> "chain/$what.pairs"
	names+=("$what")
}

judge() # WHAT: of order.tsv
{
	local what=$1
	check_order "$what"
	check "$what: all packets of sessions, and what quotes them" test \
		"$(grep -cv 'ICMP error' order.tsv)" -eq \
		"$(cat "chain/$what.want")"
	check "$what: no copy before the one upstream" awk -F'\t' '
		NR == FNR {
			split($3, w, ";"); split(w[1], f, " frame ")
			at[f[1], f[2]] = NR; next
		}
		!(($1, $2) in at) || !(($3, $4) in at) ||
		at[$1, $2] >= at[$3, $4] { exit 1 }' order.tsv \
		"chain/$what.pairs"
}
mkdir chain
for folder in "$samples"/*/; do
	name=$(basename "$folder")
	mapfile -t points < <(awk '$1 == "point" { print $2 }' \
		"$root/samples/$name/case.txt")
	points=("${points[@]/#/$folder}")
	chain "$name" "${points[@]/%/.pcapng}"
done
if [ -x "$sim" ]; then
	seeds=0-5
	[ -z "${TEST_BRIEF:-}" ] || seeds=0-1
	"$sim" --generate-only "$work/sim" --seeds "$seeds" > sim.log 2>&1
	for folder in sim/seed-*; do
		chain "${folder#sim/}" "$folder"/*.pcap*
	done
fi
# Under sanitizers it is enough that they were written.
[ -z "${TEST_BRIEF:-}" ] || exit 0
exports=("${names[@]/%/.pcapng}")
exports=("${exports[@]/#/chain/}")
check 'the exports one behind another' \
	mergecap -a -I none -F pcapng -w all.pcapng "${exports[@]}"
fields all.pcapng $order > all.tsv
capinfos -T -r -c -M "${exports[@]}" > counts.tsv
first=1
for name in "${names[@]}"; do
	n=$(awk -F'\t' -v f="chain/$name.pcapng" '$1 == f { print $2 }' counts.tsv)
	tail -n "+$first" all.tsv | head -n "${n:-0}" > order.tsv
	first=$((first + ${n:-0}))
	judge "$name"
done
check 'the exports one behind another: all frames' \
	test "$(wc -l < all.tsv)" -eq $((first - 1))
