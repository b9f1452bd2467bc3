# The server's capture has a wrong checksum in each of 1200 datagrams, and the server
# answers all of them: only the capture shows them so.  They are more than are kept
# as facts of a session.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s udp C=10.0.0.1:40000 S=10.0.1.1:7000"
	for (i = 0; i < 1200; i++) {
		t = 1 + i / 100
		printf "C>S %d..%d @client - %.3f @server - %.3f csum=0x1111\n",
			1 + i * 100, 101 + i * 100, t, t + 0.001
		printf "S>C %d..%d @server - %.3f @client - %.3f\n",
			1 + i * 100, 101 + i * 100, t + 0.002, t + 0.003
	}
	print "#= [.findings[] | select(.rule == \"change.payload\")] == []"
}
