# A route gets 20 ms longer without more routers: only the round trip's floor says
# so.  Requests come in trains and are answered a second later, so that there are
# stretches of time with packets of one way only.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,64"
	print "at server ttl=60,64"
	print "at client ttl=64,60"
	line("C>S SYN mss=1460", "client", 1, "server", 1.010)
	line("S>C SYN,ACK mss=1460", "server", 1.0101, "client", 1.0201)
	line("C>S ACK", "client", 1.0202, "server", 1.0302)
	for (k = 0; k < 50; k++) {
		t = 2 + 2 * k
		out = k < 25 ? 0.010 : 0.030
		for (i = 0; i < 15; i++) {
			n = 15 * k + i
			line(sprintf("C>S %d..%d", 1 + 100 * n, 101 + 100 * n),
				"client", t + 0.001 * i,
				"server", t + 0.001 * i + out)
		}
		for (i = 0; i < 15; i++) {
			n = 15 * k + i
			line(sprintf("S>C %d..%d", 1 + 300 * n, 301 + 300 * n),
				"server", t + 1 + out + 0.001 * i,
				"client", t + 1.010 + out + 0.001 * i)
		}
	}
	print "#= any(.findings[]; .rule == \"change.route\" and .measure.sessions_by_ttl == 0 and .measure.sessions_by_round_trip == 1)"
	print "#= [.findings[] | select(.rule == \"change.route\") | .measure | .after_ns - .before_ns] == [20000000]"
	print "#= [.findings[] | select(.rule == \"change.route\") | .evidence[]] | length == 4 and all(.[]; .frame > 0 and .time_ns > 0)"
}
function line(what, near, a, far, b) {
	printf "%s @%s - %.6f @%s - %.6f\n", what, near, a, far, b
}
