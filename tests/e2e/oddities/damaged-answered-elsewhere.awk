# Requests of which most have wrong checksums at the far point, and each is answered:
# so they were accepted.  The far point has what goes one way only (a mirror port);
# that they are answered is seen at the near one.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session u udp C=10.0.0.1:40001 S=10.0.1.1:9000"
	for (n = 0; n < 40; n++) {
		printf "C>S %d..%d @client - %.3f @server - %.3f%s\n", n * 80 + 1,
			n * 80 + 81, n / 10, n / 10 + 0.005,
			n % 3 ? " csum=0x1111" : ""
		printf "S>C %d..%d @client - %.3f\n", n * 50 + 1,
			n * 50 + 51, n / 10 + 0.011
	}
	print "#= all(.findings[]; .rule != \"change.payload\")"
	print "#= .sessions[0].hops[0].c2s.delivered == 40"
}
