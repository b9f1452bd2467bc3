# A call: both sides send voice, and a firewall lets only the client's pass.  That is no
# lossy link, and it is said so.  Of the last two the capture at c, which ends then,
# does not tell; session w is for the clocks.
function both(what, t, lost) {
	if (what ~ /:C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.01
	else if (lost)
		printf "%s @s - %.6f\n", what, t
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.01
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	print "session r udp C=10.0.0.1:16384 S=10.0.1.1:20000"
	print "session w tcp C=10.0.0.2:40002 S=10.0.1.2:80"
	both("w:C>S SYN mss=1460", 1)
	both("w:S>C SYN,ACK mss=1460", 1.011)
	both("w:C>S ACK", 1.022)
	c = s = 1
	for (i = 0; i < 200; i++) {
		t = 2 + i * 0.04
		both(sprintf("r:C>S hex=8000%04x%08x11223344aabbccdd55", i, i * 160), t)
		if (i % 4 == 0) {
			both(sprintf("w:C>S %d..%d", c, c + 100), t + 0.001)
			c += 100
		}
		both(sprintf("r:S>C hex=8000%04x%08x55667788aabbccdd66", i + 9000, i * 160 + 7), t + 0.0155, 1)
		if (i % 4 == 0) {
			both(sprintf("w:S>C %d..%d", s, s + 300), t + 0.0165)
			s += 300
			both("w:C>S ACK", t + 0.0275)
		}
	}
	print "#= [.findings[] | select(.severity == \"high\") | .rule] == [\"loss.path\"]"
	print "#= (.findings[0].title | test(\"^1 session is one way only: all of its datagrams from s to c vanish, and those from c to s arrive$\"))"
	print "#= .findings[0].measure.sessions_one_way == 1"
	print "#= .findings[0].measure.lost_by_kind == {\"datagram\": 198}"
}
