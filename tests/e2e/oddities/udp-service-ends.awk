# A UDP service answers its clients, until its program ends: from then on its host says that
# nobody listens on the port, again and again, and the clients ask on.  One whose client hung
# up a moment later than its server (s4) lacks nothing.
BEGIN {
	path_of("client server")
	for (i = 1; i <= 4; i++)
		print "session s" i " udp C=10.0.0.1:4000" i " S=10.0.1.1:7001 ttl=64,60"
	for (k = 0; k < 12; k++)
		for (i = 1; i <= 4; i++) {
			at = 1 + k * .5 + i * .03
			if (i == 4 && k > 5)
				continue
			packet_over("s" i, "C>S " 1 + k * 100 ".." 101 + k * 100, at, at + .005)
			if (k < 5)
				packet_over("s" i, "S>C " 1 + k * 200 ".." 201 + k * 200, at + .006, at + .011)
			else
				packet_over("s" i, "S>C icmp=3/3 from=10.0.1.1", at + .0051, at + .0101)
		}
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | .title, .severity, .sessions] == [\"10.0.1.1:7001 stops answering: ICMP port unreachable for 3 sessions answered before\", \"medium\", [1, 2, 3]]"
	print "#= [.findings[] | select(.text | contains(\"every request has been answered\"))] == []"
	print "#1 client [.findings[] | select(.rule == \"reset.endpoint\") | .severity] == [\"medium\"]"
}
