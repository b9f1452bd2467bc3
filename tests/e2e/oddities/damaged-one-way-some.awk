# A stream that nobody answers, of which the far capture has every tenth datagram
# with a wrong checksum: no capture does that of its own.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s udp C=10.0.0.1:40000 S=10.0.1.1:7000"
	for (i = 0; i < 700; i++) {
		t = 1 + i / 100
		printf "C>S %d..%d @client - %.3f @server - %.3f%s\n",
			1 + i * 100, 101 + i * 100, t, t + 0.001,
			i % 10 ? "" : " csum=0x1111"
	}
	print "#= [.findings[] | select(.rule == \"change.payload\")] | length == 1 and .[0].severity == \"medium\" and (.[0].title | test(\"^70 packets are damaged\"))"
}
