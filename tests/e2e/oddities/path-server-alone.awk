# One capture, beside the server, whose client is 80 ms away: each request comes
# when the answer before it has got there.  The handshake shows the round trip.
BEGIN {
	path_of("server")
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:1433"
	line("C>S SYN mss=1460", 1)
	line("S>C SYN,ACK mss=1460", 1.0001)
	line("C>S ACK", 1.0801)
	for (k = 0; k < 12; k++) {
		t = 1.081 + 0.082 * k
		line(sprintf("C>S %d..%d", 1 + 100 * k, 101 + 100 * k), t)
		line(sprintf("S>C %d..%d", 1 + 300 * k, 301 + 300 * k),
			t + 0.001)
	}
	print "#= [.findings[] | select(.severity != \"info\") | [.rule, .severity]] == [[\"delay.path\", \"low\"]]"
	print "#= .findings[0].measure | .round_trip_ns >= 80000000 and .round_trip_ns < 85000000"
	print "#= [.findings[0].evidence[].frame] == [1, 2, 3]"
	print "#= .findings[0].hop == null and .findings[0].against != null"
}
function line(what, at) {
	printf "%s @server - %.6f\n", what, at
}
