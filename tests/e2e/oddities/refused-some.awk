# One of several servers behind an address has no service: some connections are refused, others
# are answered.  Another server refuses all.
function session(addr, k, refused,    s, t) {
	s = "s" ++n
	t = n
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.%d:80 isn=%d,%d\n", s,
	       40000 + n, addr, 1000 + n * 7654321, 5000 + n * 1234567
	printf "%s:C>S SYN mss=1460 @client - %.6f\n", s, t
	if (refused) {
		printf "%s:S>C RST,ACK seq=0 ack=1 @client - %.6f\n", s, t + .006
		return
	}
	printf "%s:S>C SYN,ACK mss=1460 @client - %.6f\n", s, t + .006
	printf "%s:C>S ACK @client - %.6f\n", s, t + .0061
	printf "%s:C>S 1..101 @client - %.6f\n", s, t + .0062
	printf "%s:S>C 1..301 @client - %.6f\n", s, t + .0132
	printf "%s:C>S ACK @client - %.6f\n", s, t + .0133
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	for (i = 0; i < 12; i++)
		session(1, i, i % 4 == 2)
	for (i = 0; i < 3; i++)
		session(2, i, 1)
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.title, .measure.accepted]] | sort == [[\"10.9.9.1:80 refuses 3 of 12 connections: it resets them at the SYN\", 9], [\"10.9.9.2:80 refuses connections: it resets 3 sessions at the SYN\", null]]"
	print "#= [.findings[] | select(.measure.accepted) | .places[] | select(test(\"one of several servers\"))] | length == 1"
}
