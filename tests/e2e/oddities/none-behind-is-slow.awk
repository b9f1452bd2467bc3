# A balancer spreads sessions over servers behind an address, and nothing shows that one of
# them is slow: one of two has most of the requests, each answered as late as the other's;
# one of two has all of the requests, the other's clients only open and close; and of four
# one was late once.
function both(s, what, t) { packet_over(s, what, t, t + .003) }
function session(vip, k, requests, late,    s, t, i) {
	s = "s" ++n
	t = 1 + n * 20
	printf "session %s tcp C=10.0.0.1:%d S=10.9.9.%d:80 isn=%d,%d\n", s,
	       40000 + n, vip, 1000 + n * 7654321, 5000 + n * 1234567
	printf "at server C=10.0.0.1:%d S=10.2.%d.%d:80\n", 40000 + n, vip, k
	both(s, "C>S SYN mss=1460", t)
	both(s, "S>C SYN,ACK mss=1460", t + .00302)
	both(s, "C>S ACK", t + .0061)
	for (i = 0; i < requests; i++) {
		both(s, sprintf("C>S %d..%d", 1 + i * 100, 101 + i * 100), t + .0062)
		both(s, sprintf("S>C %d..%d", 1 + i * 300, 301 + i * 300), t + .0102 + late)
		both(s, "C>S ACK", t + .0133 + late)
		t += late + .1
	}
	both(s, "C>S FIN,ACK", t + .02)
	both(s, "S>C FIN,ACK", t + .02302)
	both(s, "C>S ACK", t + .0261)
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 8; i++)
		session(1, 1 + i % 2, i % 2 ? 20 : 1, .4)
	for (i = 0; i < 8; i++)
		session(2, 1 + i % 2, i % 2 ? 5 : 0, .4)
	for (i = 0; i < 20; i++)
		session(3, 1 + i % 4, 1, i == 6 ? 1.2 : 0)
	print "#= [.findings[] | select(.rule == \"delay.server\") | .title | capture(\"server (?<s>[0-9.]+)\").s] | sort == [\"10.9.9.1\", \"10.9.9.2\", \"10.9.9.3\"]"
	print "#= all(.findings[]; .title | test(\"behind\") | not)"
	print "#= all(.findings[]; .measure.behind == null)"
}
