# More sessions, and more that lose something, than rules look at one by one: what is
# counted is all of them all the same.  bench/generate knows what it loses.  With
# TEST_BRIEF set, sanitizers watch it, and what it counts is not read: JSON of so many
# sessions takes them a minute.
. "$(dirname "$0")/lib"
generate=$(dirname "$tracepair")/tests/bench/generate

"$generate" 420000 21000 96 1 near.pcap far.pcap > made ||
	echo "not ok - volume: nothing was made"
if [ "${TEST_BRIEF:-}" ]; then
	works 'volume: 21,000 sessions' near.pcap far.pcap
	exit
fi
works 'volume: 21,000 sessions' near.pcap far.pcap --format json
jq '{ n: .sessions | length, hop: .hops[0] }' out > few.json
lost_of() # near or far: what did not arrive of what it sent
{
	sed -n "s/^$1\\.pcap: .* \\([0-9]*\\) lost on the way\$/\\1/p" made
}
says() # WHAT EXPRESSION
{
	check "volume: $1" jq -e --argjson out "$(lost_of near)" \
		--argjson back "$(lost_of far)" "$2" few.json
}
says 'all sessions' '.n == 21000'
says 'more than 2,000 sessions lose something' '$out + $back > 2000'
for way in out back; do
	says "$way: what is lost, or not known" ".hop.$way.transmissions |
		.lost <= \$$way and .lost + .undecided + .outside == \$$way"
	says "$way: nearly all of it known" \
		".hop.$way.transmissions.lost >= \$$way * .9"
done
