# WireGuard behind a NAT, which forgets the mapping in a pause of a minute: what the
# client sends then comes to the server from another port.  Both are one session;
# nothing was lost.
BEGIN {
	roams_opens()
	for (i = 0; i < 80; i++) {
		if (i == 40)
			print "at server C=198.51.100.7:6000 S=203.0.113.1:51820"
		packet_over("s", roams_next(), roams_at(i), roams_at(i) + 0.01)
		roams_back(i)
	}
	print "#= .findings[0] | .rule == \"change.header\" and .severity == \"low\" and .sessions == [2, 3] and (.title | test(\"changes the port of 192.168.1.9:40000\")) and (.text | test(\"16 of its first 16\")) and .measure.idle_ns == 60500000000"
	print "#= [.findings[0].evidence[].frame] == [82, 82, 84, 84]"
	print "#= .hops[0].out.transmissions.lost == 0"
	roams_ends()
}
