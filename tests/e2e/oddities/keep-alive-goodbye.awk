# Both sides give up what rested for a minute, each by itself: the client's goodbye and its
# FIN are under way when the server's FIN is, so that the server resets.  Nobody waited for an
# answer.
function both(s, what, t) { packet_over(s, what, t, t + .005) }
function session(    s, t) {
	s = "s" ++n
	t = n * 100
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:3306 isn=%d,%d\n", s,
	       40000 + n, 1000 + n * 77777, 5000 + n * 99991
	both(s, "C>S SYN mss=1460", t)
	both(s, "S>C SYN,ACK mss=1460", t + .005)
	both(s, "C>S ACK", t + .0101)
	both(s, "C>S 1..101", t + .011)
	both(s, "S>C 1..301", t + .0165)
	both(s, "C>S ACK", t + .022)
	printf "%s:S>C FIN,ACK ack=101 id=9300 @server - %.6f\n", s, t + 60.0165
	printf "%s:C>S 101..141 ack=301 id=1300 @client - %.6f\n", s, t + 60.018
	printf "%s:C>S FIN,ACK ack=301 id=1301 @client - %.6f\n", s, t + 60.0181
	printf "%s:S>C FIN,ACK ack=101 id=9300 @client - %.6f\n", s, t + 60.0215
	printf "%s:C>S ACK ack=302 id=1302 @client - %.6f\n", s, t + 60.0216
	printf "%s:C>S 101..141 ack=301 id=1300 @server - %.6f\n", s, t + 60.023
	printf "%s:S>C RST seq=302 id=9301 @server - %.6f\n", s, t + 60.02302
	printf "%s:C>S FIN,ACK ack=301 id=1301 @server - %.6f\n", s, t + 60.0231
	printf "%s:C>S ACK ack=302 id=1302 @server - %.6f\n", s, t + 60.0266
	printf "%s:S>C RST seq=302 id=9301 @client - %.6f\n", s, t + 60.02802
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 3; i++)
		session()
	print "#= [.findings[] | select(.rule == \"reset.endpoint\")] == []"
}
