# A session that only the server's capture has follows another of the same server, of
# which that capture lacks the rest: its datagrams are as long, but others.  A NAT
# did not change anything.
BEGIN {
	roams_opens()
	for (i = 0; i < 80; i++) {
		if (i == 40)
			print "session x udp C=198.51.100.7:6000 S=203.0.113.1:51820"
		t = roams_at(i)
		what = roams_next()
		if (i < 40) {
			packet_over("s", what, t, t + 0.01)
		} else {
			packet_at("x", what, "server", t + 0.01)
			packet_at("s", what, "client", t)
		}
		roams_back(i)
	}
	print "#= all(.findings[]; .title | test(\"mid-session\") | not)"
	roams_ends()
}
