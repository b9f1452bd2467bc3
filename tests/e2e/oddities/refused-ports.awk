# A host refuses 13 ports, which is one fact; it accepts two more, one of them not always:
# that is told apart.  Another host's three ports are few enough to be told one by one.
function session(host, port, refused,    s, t) {
	s = "s" ++n
	t = n
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.%d:%d isn=%d,%d\n", s,
	       40000 + n, host, port, 1000 + n * 7654321, 5000 + n * 1234567
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
	for (i = 0; i < 13; i++)
		session(1, 8000 + i, 1)
	session(1, 80, 0)
	session(1, 443, 0)
	session(1, 443, 1)
	for (i = 0; i < 3; i++)
		session(2, 8000 + i, 1)
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.title, .measure.ports]] | sort == [[\"10.9.9.1 (13 ports) refuses connections: it resets 13 sessions at the SYN\", 13], [\"10.9.9.1:443 refuses 1 of 2 connections: it resets it at the SYN\", null], [\"10.9.9.2:8000 refuses connections: it resets 1 session at the SYN\", null], [\"10.9.9.2:8001 refuses connections: it resets 1 session at the SYN\", null], [\"10.9.9.2:8002 refuses connections: it resets 1 session at the SYN\", null]]"
	print "#= [.findings[] | select(.measure.ports == 13) | .sessions | length] == [13]"
	print "#= any(.findings[]; .measure.ports == 13 and (.text | test(\"The ports are 8000, 8001, .*8012[.]\")))"
}
