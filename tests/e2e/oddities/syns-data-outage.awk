# Nothing passes for a second, in which clients begin, all of them with data in the SYN (Fast
# Open): that their copies without pass later does not say that the data was the cause.
BEGIN {
	path_of("client server")
	for (i = 0; i < 12; i++) {
		printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		s = "s" i
		t = i < 3 || i > 7 ? 1 + i * 3 : 12 + i / 10
		if (i >= 3 && i <= 7)
			packet_at(s, "C>S SYN mss=1460 sackok 1..101 seq=0", "client", t++)
		packet_over(s, "C>S SYN mss=1460 sackok", t, t + .005)
		packet_over(s, "S>C SYN,ACK mss=1460 sackok ack=1", t + .0051, t + .0101)
		packet_over(s, "C>S ACK ack=1 1..101 seq=1", t + .011, t + .016)
		packet_over(s, "S>C 1..301 ack=101", t + .0161, t + .0211)
		packet_over(s, "C>S ACK ack=301 seq=101", t + .022, t + .027)
	}
	print "#= any(.findings[]; .rule == \"loss.path\")"
	print "#= all(.findings[]; (.text | contains(\"Fast Open\") | not) and .measure.syns_with_data == null)"
}
