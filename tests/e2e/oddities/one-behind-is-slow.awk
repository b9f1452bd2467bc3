# A balancer spreads sessions over four servers behind one address.  Of the first address
# one server is slow, and that is said; of the second all are, now and then.
function both(s, what, t) { packet_over(s, what, t, t + .003) }
function session(vip, k, late,    s, t) {
	s = "s" ++n
	t = 1 + n * 2
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.%d:80 isn=%d,%d\n", s,
	       40000 + n, vip, 1000 + n * 7654321, 5000 + n * 1234567
	printf "at server C=10.0.0.1:%d S=10.2.%d.%d:80\n", 40000 + n, vip, k
	both(s, "C>S SYN mss=1460", t)
	both(s, "S>C SYN,ACK mss=1460", t + .00302)
	both(s, "C>S ACK", t + .0061)
	both(s, "C>S 1..101", t + .0062)
	both(s, "S>C 1..301", t + .0102 + late)
	both(s, "C>S ACK", t + .0133 + late)
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 20; i++)
		session(1, 1 + i % 4, i % 4 == 2 ? 1.2 : 0)
	for (i = 0; i < 20; i++)
		session(2, 1 + i % 4, i % 5 == 2 ? 1.2 : 0)
	print "#= [.findings[] | select(.rule == \"delay.server\") | [.title, .measure.behind, .measure.servers_behind]] | sort == [[\"The server 10.9.9.1:80 takes 1.2 s to answer 5 of 20 requests: those of 10.2.1.3:80, one of 4 behind it\", \"10.2.1.3:80\", 4], [\"The server 10.9.9.2:80 takes 1.2 s to answer 4 of 20 requests\", null, null]]"
}
