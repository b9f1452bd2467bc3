# A device reports every 5 s, and nobody answers that; now and then its server tells it
# something of its own accord.  That is no slow answer.
BEGIN {
	path_of("c s")
	print "session d tcp C=10.0.0.1:40000 S=10.0.1.1:9000"
	news_passes("C>S SYN mss=1460", 1)
	news_passes("S>C SYN,ACK mss=1460", 1.01001)
	news_passes("C>S ACK", 1.0201)
	s = 1
	for (i = 0; i < 60; i++) {
		t = 2 + i * 5
		news_passes(sprintf("C>S %d..%d", i * 120 + 1, i * 120 + 121), t)
		news_passes("S>C ACK", t + 0.05)
		if (i % 6 == 3) {
			u = t + 1.2 + i % 5 * 0.7
			news_passes(sprintf("S>C %d..%d", s, s + 90), u)
			s += 90
			news_passes("C>S ACK", u + 0.05)
		}
	}
	print "#= [.findings[] | select(.rule == \"delay.server\")] == []"
}
