# Much of everything: findings, then sessions.
#
# More sessions, and more that lose something, than rules look at one by one: what is
# counted is all of them all the same.  bench/generate knows what it loses.  With
# TEST_BRIEF set, sanitizers watch it, and what it counts is not read: JSON of so many
# sessions takes them a minute.
. "$(dirname "$0")/lib"
generate=$(dirname "$tracepair")/tests/bench/generate

# Forty servers whose answers to SYNs get nothing: a text report shows the first in full,
# has titles of more, and counts the rest.
awk 'function half_open(i, k, t) {
	printf "session s%d_%d tcp C=203.0.%d.%d:%d S=10.9.9.%d:80 isn=%d,99\n",
		i, k, i, k + 1, 1024 + k, i, 1000 + i * 7654321
	t = i + k / 1000
	printf "s%d_%d:C>S SYN @server - %.3f\n", i, k, t
	printf "s%d_%d:S>C SYN,ACK @server - %.4f\n", i, k, t + .0001
	printf "s%d_%d:S>C SYN,ACK @server - %.4f\n", i, k, t + 1.0001
}
BEGIN {
	print "point server zero=2024-03-01T10:00:00"
	for (i = 1; i <= 40; i++)
		for (k = 0; k < 100; k++)
			half_open(i, k)
}' > flood.txt
"$samples/mkcap" flood.txt .
works 'volume: 40 findings' server.pcapng
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
