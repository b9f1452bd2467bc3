# A client writes each request in two pieces and leaves Nagle's algorithm on; only the
# server was captured at.  Its own delayed acknowledgements, and pieces that come one
# round trip after each, tell: this is not the client's own time.
BEGIN {
	print "point s zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=60,64"
	print "C>S SYN mss=1460 sackok @s - 0"
	print "S>C SYN,ACK mss=1460 sackok @s - 0.00002"
	print "C>S ACK @s - 0.0201"
	for (i = 0; i < 10; i++) {
		t = 1 + i * 0.2
		c = i * 500 + 1
		r = i * 400 + 1
		held = 0.040 + i % 4 * 0.001
		printf "C>S %d..%d @s - %.6f\n", c, c + 200, t
		printf "S>C ACK @s - %.6f\n", t + held
		printf "C>S %d..%d @s - %.6f\n", c + 200, c + 500,
			t + held + 0.0203
		printf "S>C %d..%d @s - %.6f\n", r, r + 400, t + held + 0.0214
		printf "C>S ACK @s - %.6f\n", t + held + 0.0415
	}
	print "#= [.findings[].rule] == [\"delay.nagle\"]"
	print "#= .findings[0].measure.stalls == 10"
	print "#= (.findings[0].text | test(\"receiver's side\"))"
	print "#= .sessions[0].time_ns.nagle > 610000000"
	# the second before the first request, and from each answer to the next
	print "#= .sessions[0].time_ns.client < 2040000000"
}
