# MQTT clients ping their broker each minute.  One capture ends before the last pings, the
# other begins with them: the last acknowledgement at the client and the ping at the server
# have the same place in the stream and lie a minute apart, and no packet is at both points,
# so that nothing tells how long packets take.  They are two packets; nothing was changed.
function session(i,    s, t, k) {
	s = "s" i
	t = i
	printf "session %s tcp C=10.0.0.%d:%d S=192.0.2.10:1883 isn=%d,%d ttl=64,63\n", s, i,
	       40000 + i, i * 77777, i * 99991
	printf "at server C=203.0.113.5:%d S=192.0.2.10:1883 ttl=63,64\n", 20000 + i
	packet_at(s, "C>S SYN mss=1460", "client", t)
	packet_at(s, "S>C SYN,ACK mss=1460", "client", t + .02)
	packet_at(s, "C>S ACK", "client", t + .0201)
	packet_at(s, "C>S 1..3 hex=c000", "client", t + .021)
	packet_at(s, "S>C 1..3 hex=d000", "client", t + .0412)
	packet_at(s, "C>S ACK id=" 2000 + i, "client", t + .081)
	packet_at(s, "C>S 3..5 hex=c000 ack=3 id=" 3000 + i, "server", t + 60.031)
	packet_at(s, "S>C 3..5 hex=d000", "server", t + 60.0312)
	packet_at(s, "C>S ACK", "server", t + 60.1)
}
BEGIN {
	path_of("client server")
	for (i = 1; i <= 4; i++)
		session(i)
	print "#= [.findings[] | select(.rule == \"change.payload\")] == []"
	print "#= [.sessions[].pairing.verdict] == [\"paired\", \"paired\", \"paired\", \"paired\"]"
}
