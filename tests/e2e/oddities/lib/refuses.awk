# One session a second, s1, s2 and so on, with port @port of host 10.9.9.@host, at one
# point, "client": refused, or answered.
function asks_or_refused(host, port, refused,    s, t)
{
	s = "s" ++SESSIONS
	t = SESSIONS
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.%d:%d isn=%d,%d\n", s,
	       40000 + t, host, port, 1000 + t * 7654321, 5000 + t * 1234567
	packet_at(s, "C>S SYN mss=1460", "client", t)
	if (refused) {
		packet_at(s, "S>C RST,ACK seq=0 ack=1", "client", t + .006)
		return
	}
	packet_at(s, "S>C SYN,ACK mss=1460", "client", t + .006)
	packet_at(s, "C>S ACK", "client", t + .0061)
	packet_at(s, "C>S 1..101", "client", t + .0062)
	packet_at(s, "S>C 1..301", "client", t + .0132)
	packet_at(s, "C>S ACK", "client", t + .0133)
}
