# Much of everything: findings, then sessions.
#
# More sessions, and more that lose something, than rules look at one by one: what is
# counted is all of them all the same.  bench/generate knows what it loses.  With
# TEST_BRIEF set, sanitizers watch it, and what it counts is not read: JSON of so many
# sessions takes them a minute.
. "$(dirname "$0")/lib"
generate=$(dirname "$tracepair")/tests/bench/generate

# Forty servers that refuse some connections and accept others: a text report shows the
# first in full, has titles of more, and counts the rest.
awk 'function refuses(i, k) {
	printf "session s%d_%d tcp C=10.0.0.1:%d S=10.9.9.%d:80 isn=%d,99\n",
		i, k, 40000 + 2 * i + k, i, 1000 + i * 7654321
	printf "s%d_%d:C>S SYN @client - %.3f\n", i, k, i + k / 2
	if (k) {
		printf "s%d_%d:S>C RST,ACK seq=0 ack=1 @client - %.3f\n", i, k,
			i + .506
		return
	}
	printf "s%d_0:S>C SYN,ACK @client - %.3f\n", i, i + .006
	printf "s%d_0:C>S 1..101 @client - %.3f\n", i, i + .007
	printf "s%d_0:S>C 1..301 @client - %.3f\n", i, i + .014
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	for (i = 1; i <= 40; i++)
		for (k = 0; k < 2; k++)
			refuses(i, k)
}' > refuse.txt
"$samples/mkcap" refuse.txt .
works 'volume: 40 findings' client.pcapng
check 'volume: 40 findings: the first 16, medium, in full' \
	test "$(grep -c '^    next:' out)" = 16
check 'volume: 40 findings: 30 titles' test "$(grep -c '^ *[0-9]*\. ' out)" = 30
check 'volume: 40 findings: the rest is counted' \
	grep -q '^and 10 more\.  The JSON and HTML reports have' out

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
