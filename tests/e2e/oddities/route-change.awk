# A route changes in mid-capture: from the 200th exchange on packets out pass two
# more routers and take 8 ms more.  The server's clock is 3 s ahead, and stays.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,64"
	print "at server ttl=60,64"
	print "at client ttl=64,58"
	srand(7)
	line("C>S SYN mss=1460", "client", 1, "server", 1.010)
	line("S>C SYN,ACK mss=1460", "server", 1.0101, "client", 1.0201)
	line("C>S ACK", "client", 1.0202, "server", 1.0302)
	for (i = 0; i < 400; i++) {
		t = 2 + i * 0.1
		out = (i < 200 ? 0.010 : 0.018) + wait()
		back = 0.010 + wait()
		ttl = i < 200 ? "" : " ttl=58"
		line(sprintf("C>S %d..%d", 1 + 100 * i, 101 + 100 * i),
			"client", t, "server", t + out, ttl)
		line(sprintf("S>C %d..%d", 1 + 300 * i, 301 + 300 * i),
			"server", t + out + 0.001, "client", t + out + 0.001 + back)
	}
	print "#= any(.findings[]; .rule == \"change.route\" and .measure.sessions_by_ttl == 1 and .measure.sessions_by_round_trip == 1)"
	print "#= [.findings[] | select(.rule == \"change.route\") | .text | test(\"pass 6 routers instead of 4\")] == [true]"
	print "#= [.findings[] | select(.rule == \"change.route\") | .evidence[0].time_ns | . > 1709287222000000000 - 200000000 and . < 1709287222000000000 + 200000000] == [true]"
	print "#= all(.findings[]; .rule != \"clock.step\")"
	print "#= .hops[0].out.routers == {\"min\": 4, \"max\": 6}"
}
# mostly little, at times a few ms
function wait() { return -0.001 * log(1 - rand()) }
function line(what, near, a, far, b, more) {
	if (near == "server") a += 3
	else b += 3
	printf "%s @%s - %.6f @%s - %.6f%s\n", what, near, a, far, b, more
}
