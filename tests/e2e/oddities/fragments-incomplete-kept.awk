# Datagrams in fragments, some of which are lost before a firewall that puts them together:
# what arrives there of a broken one goes no further, and is no loss of the firewall's.
BEGIN {
	path_of("client mid server")
	print "session s udp C=10.0.0.1:40001 S=10.0.1.1:7001 ttl=64,60"
	for (k = 0; k < 12; k++) {
		at = 1 + k * .1
		broken = k % 3 == 1
		for (i = 1; i <= 3; i++) {
			what = sprintf("s:C>S %d..%d id=%d frag=%d", 1 + k * 4000, 4001 + k * 4000, 100 + k, i)
			printf "%s @client - %.6f", what, at + i / 1e5
			if (!broken || i != 2)
				printf " @mid - %.6f", at + .005 + i / 1e5
			if (!broken)
				printf " @server - %.6f", at + .006 + i / 1e5
			print ""
		}
		packet_over("s", "S>C " 1 + k * 100 ".." 101 + k * 100 " id=" 500 + k, at + .01, at + .016, 1)
	}
	print "#= [.findings[] | select(.rule | startswith(\"loss.\")) | .title, .severity] == [\"4 of 12 datagrams (33.3 %) in fragments are lost between client and mid\", \"high\", \"What mid has of 4 incomplete datagrams does not get to server\", \"low\"]"
	print "#= any(.findings[]; .measure.fragments_of_incomplete == 8 and (.text | contains(\"(0 %)\") | not))"
}
