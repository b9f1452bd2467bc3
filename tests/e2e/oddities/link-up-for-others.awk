# The same losses as in link-down, but a packet of another session gets through in
# their midst: these two sessions suffer, not the link.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "session b tcp C=10.0.0.2:40001 S=10.0.1.1:80"
	print "session c tcp C=10.0.0.3:40002 S=10.0.1.1:80"
	for (n = 1; n <= 3; n++) {
		s = substr("abc", n, 1)
		t = n / 10
		printf "%s:C>S SYN mss=1460     @client - %.4f @server - %.4f\n", s, t, t + .01
		printf "%s:S>C SYN,ACK mss=1460 @server - %.4f @client - %.4f\n", s, t + .0101, t + .0201
		printf "%s:C>S ACK              @client - %.4f @server - %.4f\n", s, t + .0202, t + .0302
	}
	for (i = 0; i < 40; i++) {
		both("a", i, 1 + i * .05)
		both("b", i, 1.02 + i * .05)
	}
	# from 3.0 to 7.0 all is lost
	for (n = 0; n < 2; n++) {
		s = substr("ab", n + 1, 1)
		t = 3.05 + n * .02
		for (i = 0; i < 5; i++)
			printf "%s:C>S %d..%d @client - %.4f\n", s, 4001, 4101, t + .25 * (2 ^ i - 1)
	}
	both("c", 0, 4.2)
	for (n = 0; n < 2; n++) {
		s = substr("ab", n + 1, 1)
		both(s, 40, 7.5 + n * .02)
		for (i = 41; i < 60; i++)
			both(s, i, 7.6 + n * .02 + (i - 41) * .05)
	}
	print "#= [.findings[] | select(.rule | test(\"^loss\"))] | length == 1"
	print "#= [.findings[].measure | select(has(\"outage_ns\"))] == []"
}

function both(s, i, t)
{
	printf "%s:C>S %d..%d @client - %.4f @server - %.4f\n", s, 1 + i * 100, 101 + i * 100, t, t + .01
	printf "%s:S>C ACK ack=%d @server - %.4f @client - %.4f\n", s, 101 + i * 100, t + .0101, t + .0201
}
