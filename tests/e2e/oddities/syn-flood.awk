# Of 1,100 sources with forged addresses each sends a SYN, to a server that leaves them
# without an answer: it looks like a flood, and lists of sources end.  30 clients that
# send theirs again to another server are no flood.
BEGIN {
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 1100; i++) {
		printf "session f%d tcp C=203.%d.%d.7:%d S=10.9.9.1:80 isn=%d,0\n", i, i % 7, int(i / 7), 1024 + i * 13, 1000 + i * 7654321
		printf "f%d:C>S SYN mss=1460 @server - %.6f\n", i, 1 + i / 1000
	}
	for (i = 0; i < 30; i++) {
		printf "session c%d tcp C=10.1.0.%d:%d S=10.9.9.2:80 isn=%d,0\n", i, i + 1, 1024 + i * 13, 1000 + i * 654321
		printf "c%d:C>S SYN mss=1460 @server - %.6f\n", i, 1 + i / 1000
		printf "c%d:C>S SYN mss=1460 @server - %.6f\n", i, 2 + i / 1000
		printf "c%d:C>S SYN mss=1460 @server - %.6f\n", i, 4 + i / 1000
	}
	print "#= [.findings[] | select(.rule == \"stop.host\") | [.severity, (.measure.by_source | length), .measure.of_other_sources, (.text | test(\"it looks like a flood with forged addresses\"))]] | sort == [[\"high\", 30, null, false], [\"medium\", 1000, 100, true]]"
}
