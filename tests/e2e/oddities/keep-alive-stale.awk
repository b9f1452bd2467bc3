# A server closes what rested for five seconds, and the client's host acknowledges that.  The
# client does not look, and asks again a minute later: that did not cross the close.
function session(    s, t) {
	s = "s" ++n
	t = n * 100
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:80 isn=%d,%d\n", s,
	       40000 + n, 1000 + n * 77777, 5000 + n * 99991
	printf "%s:C>S SYN mss=1460 @client - %.6f\n", s, t
	printf "%s:S>C SYN,ACK mss=1460 @client - %.6f\n", s, t + .01
	printf "%s:C>S ACK @client - %.6f\n", s, t + .0101
	printf "%s:C>S 1..101 @client - %.6f\n", s, t + .011
	printf "%s:S>C 1..301 @client - %.6f\n", s, t + .0215
	printf "%s:C>S ACK @client - %.6f\n", s, t + .022
	printf "%s:S>C FIN,ACK ack=101 @client - %.6f\n", s, t + 5.0215
	printf "%s:C>S ACK ack=302 @client - %.6f\n", s, t + 5.0216
	printf "%s:C>S 101..201 ack=302 @client - %.6f\n", s, t + 60.018
	printf "%s:S>C RST seq=302 @client - %.6f\n", s, t + 60.028
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	for (i = 0; i < 3; i++)
		session()
	print "#= [.findings[] | [.rule, .severity, .title]] == [[\"reset.endpoint\", \"low\", \"10.0.1.1:80, or a device before it, had closed 3 idle sessions that the client uses again: the request is reset\"]]"
	print "#= [.findings[0].evidence[] | select(.note | test(\"the request\"))] | length == 3"
}
