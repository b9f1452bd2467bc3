# A server answers after a minute, with full segments only, and nothing of that arrives: a
# limit on packet size, or a firewall that forgot the sessions.  Both are said.
function both(s, what, t) { packet_over(s, what, t, t + .005) }
function opens(s, t) {
	both(s, "C>S SYN mss=1460", t)
	both(s, "S>C SYN,ACK mss=1460", t + .00502)
	both(s, "C>S ACK", t + .0101)
	both(s, "C>S 1..101", t + .0102)
	both(s, "S>C ACK", t + .0553)
}
function vain(s, t) {
	printf "%s:S>C 1..1461 @server - %.6f\n", s, t
	printf "%s:S>C 1461..2921 @server - %.6f\n", s, t + .0001
}
BEGIN {
	path_of("client server")
	for (i = 1; i < 4; i++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:5000 isn=%d,%d\n", i,
		       40000 + i, 1000 + i * 999999, 5000 + i * 888888
	for (i = 1; i < 4; i++)
		opens("s" i, i)
	for (k = 0; k < 6; k++)
		for (i = 1; i < 4; i++)
			vain("s" i, 61 + i + 2 ^ k - 1 + i / 100)
	print "idle client 200 120"
	print "#= .findings[0] | .rule == \"loss.mtu\" and (.against | test(\"before that nothing had been sent for 61 s or more: what forgets idle sessions\"))"
}
