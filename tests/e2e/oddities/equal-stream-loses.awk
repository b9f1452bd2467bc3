# A stream of datagrams that are all alike, every 20 ms, some of which are lost: that one
# comes while another is missing does not make it a copy that the network made.
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:20:00"
	print "session r udp C=10.0.0.1:16384 S=10.0.1.1:20000"
	for (i = 0; i < 400; i++) {
		t = 1 + i * 0.02
		printf "C>S id=0 hex=aaaaaaaaaaaaaaaa @c - %.6f", t
		if (i * 3 % 97 >= 2)
			printf " @s - %.6f", t + 0.010 + i * i * 37 % 41 / 10000
		printf "\n"
	}
	print "#= [.findings[] | select(.rule == \"dup.path\")] == []"
	print "#= .hops[0].out.transmissions | .lost == 0 and .duplicated == 0"
}
