# A device reports every 5 s, and nobody answers that; now and then its server tells it
# something of its own accord.  That is no slow answer.
function both(what, t) {
	if (what ~ /C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.01
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.01
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	print "session d tcp C=10.0.0.1:40000 S=10.0.1.1:9000"
	both("C>S SYN mss=1460", 1)
	both("S>C SYN,ACK mss=1460", 1.01001)
	both("C>S ACK", 1.0201)
	s = 1
	for (i = 0; i < 60; i++) {
		t = 2 + i * 5
		both(sprintf("C>S %d..%d", i * 120 + 1, i * 120 + 121), t)
		both("S>C ACK", t + 0.05)
		if (i % 6 == 3) {
			u = t + 1.2 + i % 5 * 0.7
			both(sprintf("S>C %d..%d", s, s + 90), u)
			s += 90
			both("C>S ACK", u + 0.05)
		}
	}
	print "#= [.findings[] | select(.rule == \"delay.server\")] == []"
}
