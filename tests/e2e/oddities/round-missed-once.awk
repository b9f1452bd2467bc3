# For a while every other packet of the client goes round b's capture, with another TTL.
# b lacks these once, not again on the way to c, by c's clock: twice as many would look
# like a capture that was deaf then, not like one that misses single packets.  So whether
# it missed the two acknowledgements at the end, nobody knows.
BEGIN {
	print "point a zero=2024-03-01T10:00:00"
	print "point b zero=2024-03-01T10:00:00"
	print "point c zero=2024-03-01T10:00:00"
	print "session k tcp C=10.1.0.2:38000 S=10.1.0.9:22 isn=700,800"
	print "C>S SYN mss=1460 @a - 0.5000 @b - 0.5001 @c - 0.5002 ttl=62"
	print "S>C SYN,ACK mss=1460 @c - 0.5003 @b - 0.5004 @a - 0.5005 ttl=62"
	print "C>S ACK @a - 0.5006 @b - 0.5007 @c - 0.5008 ttl=62"
	for (k = 0; k < 300; k++) {
		t = 1 + k * 0.1
		s = 1 + k * 100
		round = k >= 100 && k <= 160 && k % 2 == 0
		printf "C>S %d..%d ack=%d @a - %.4f%s @c - %.4f ttl=%d\n", s, s + 100, s, t, round ? "" : sprintf(" @b - %.4f", t + 0.0001), t + 0.0002, round ? 61 : 62
		printf "S>C %d..%d ack=%d @c - %.4f @b - %.4f @a - %.4f ttl=62\n", s, s + 100, s + 100, t + 0.0010, t + 0.0011, t + 0.0012
		printf "C>S ACK seq=%d ack=%d @a - %.4f%s\n", s + 100, s + 100, t + 0.0014, k == 296 || k == 298 ? "" : sprintf(" @b - %.4f @c - %.4f ttl=62", t + 0.0015, t + 0.0016)
	}
	print "#$ [.[] | select(.kind == \"ack\" and .fate != \"delivered\") | .fate, .reason] == [\"undecided\", \"capture-may-miss\", \"undecided\", \"capture-may-miss\"]"
	print "#$ [.[] | select(.fate == \"unseen\")] | length == 31"
}
