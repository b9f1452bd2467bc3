# Of a scan of 84 ports two resets are at the client's point alone.  The capture at the server
# has the others, so it may have missed these: that something resets on the way is low.
BEGIN {
	path_of("client server")
	for (i = 0; i < 84; i++) {
		t = 1 + i / 50
		printf "session s%d tcp C=10.0.0.9:%d S=10.9.9.1:%d isn=%d,0\n", i, 40000 + i, 7000 + i, 1000 + i * 7654321
		printf "s%d:C>S SYN mss=1460 @client - %.6f @server - %.6f\n", i, t, t + .002
		printf "s%d:S>C RST,ACK seq=0 ack=1 %s@client - %.6f\n", i, i % 42 == 7 ? "" : sprintf("@server - %.6f ", t + .0021), t + .004
	}
	print "#= [.findings[] | select(.rule == \"reset.path\") | [.severity, (.against | test(\"82 other connections are refused at server, too\"))]] == [[\"low\", true]]"
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.severity, .measure.sessions]] == [[\"low\", 82]]"
}
