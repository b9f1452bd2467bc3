# A stream that nobody answers, of which the far capture has each of 700 datagrams
# with a wrong checksum: the capture may show them so.  They are more than are kept
# as facts of a session, so their number is the least.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s udp C=10.0.0.1:40000 S=10.0.1.1:7000"
	for (i = 0; i < 700; i++) {
		t = 1 + i / 100
		printf "C>S %d..%d @client - %.3f @server - %.3f csum=0x1111\n",
			1 + i * 100, 101 + i * 100, t, t + 0.001
	}
	print "#= [.findings[] | select(.rule == \"change.payload\")] | length == 1 and .[0].severity == \"low\" and (.[0].title | test(\"^At least 512 packets are damaged\")) and .[0].measure.at_least and (.[0].against | test(\"nobody answers\"))"
}
