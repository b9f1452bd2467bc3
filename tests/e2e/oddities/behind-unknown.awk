# A proxy hands four connections on, whose requests are heavy, and of the other sessions with
# it shows nobody what is behind.  So it is not known of more than one server there, and
# no balancer has one that is slow.
function session(k, known,    s, t) {
	s = "s" ++n
	t = 1 + n * 2
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.1:3128 isn=%d,%d\n", s, 40000 + n,
	       1000 + n * 7654321, 5000 + n * 1234567
	if (known)
		printf "at server C=10.0.0.1:%d S=10.2.0.2:80\n", 40000 + n
	packet_over(s, "C>S SYN mss=1460", t, t + .003)
	packet_over(s, "S>C SYN,ACK mss=1460", t + .00302, t + .00602)
	packet_over(s, "C>S ACK", t + .0061, t + .0091)
	packet_over(s, "C>S 1..101", t + .0062, t + .0092)
	k = known ? .9 : .001
	packet_over(s, "S>C 1..301", t + .0102 + k, t + .0132 + k)
	packet_over(s, "C>S ACK", t + .0133 + k, t + .0163 + k)
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 12; i++)
		session(i, i % 3 == 0)
	print "#= [.findings[] | select(.rule == \"delay.server\") | .measure.answered, .measure.behind] == [12, null]"
	print "#= [.findings[] | select(.rule == \"delay.server\") | .next[] | select(test(\"balancer\"))] == []"
}
