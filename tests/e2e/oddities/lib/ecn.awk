# Thirty sessions.  SYNs of the first ASKING ask for ECN, and pass; those of four from the
# 20th on do so and are lost, and come again without.  The last six lose data.
function ecn_sessions(asking,    i, s, t)
{
	path_of("client server")
	for (i = 0; i < 30; i++) {
		s = "s" i
		t = 1 + i * 3
		printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		if (i >= 20 && i < 24)
			packet_at(s, "C>S SYN,ECE,CWR mss=1460", "client", t++)
		packet_over(s, i < asking ? "C>S SYN,ECE,CWR mss=1460" : "C>S SYN mss=1460", t, t + .005)
		packet_over(s, "S>C SYN,ACK mss=1460", t + .0051, t + .0101)
		packet_over(s, "C>S 1..101", t + .011, t + .016)
		packet_over(s, "S>C 1..301", t + .0161, t + .0211)
		packet_over(s, "C>S ACK", t + .022, t + .027)
		if (i < 24)
			continue
		packet_at(s, "C>S 101..201", "client", t + .1)
		packet_over(s, "C>S 101..201", t + .4, t + .405)
		packet_over(s, "S>C 301..401", t + .41, t + .415)
		packet_over(s, "C>S ACK", t + .42, t + .425)
	}
}
