# One source asks 40 ports of a host, once each, and all are refused: nobody waits for what
# a scan finds closed.  Of another host five sources do so: somebody may wait there.  A
# scan of datagrams is answered by ICMP.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	for (i = 0; i < 80; i++) {
		t = 1 + i / 100
		printf "session s%d tcp C=10.0.0.%d:%d S=10.9.9.%d:%d isn=%d,0\n", i, i < 40 ? 9 : 10 + i % 5, 40000 + i, i < 40 ? 1 : 2, 7000 + i, 1000 + i * 7654321
		printf "s%d:C>S SYN mss=1460 @client - %.6f\n", i, t
		printf "s%d:S>C RST,ACK seq=0 ack=1 @client - %.6f\n", i, t + .006
	}
	for (i = 0; i < 40; i++) {
		t = 2 + i / 100
		printf "session u%d udp C=10.0.0.9:39999 S=10.9.9.3:%d\n", i, 7000 + i
		printf "u%d:C>S 1..31 @client - %.6f\n", i, t
		printf "u%d:S>C icmp=3/3 from=10.9.9.3 @client - %.6f\n", i, t + .006
	}
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.severity, .measure.ports, (.text | test(\"One source, 10.0.0.9, tries 40 (ports|services), .*a scan does so\"))]] | sort == [[\"low\", 40, true], [\"low\", 40, true], [\"medium\", 40, false]]"
}
