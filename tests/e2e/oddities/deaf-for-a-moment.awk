# The client's capture drops whatever comes for a moment, again and again: data that
# the client acknowledges shows it. Twenty acknowledgements of an upload that fall into
# such a moment, amid much that it has, are not lost.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session d tcp C=10.0.0.1:40000 S=10.0.1.1:80 isn=1000,5000"
	print "session u tcp C=10.0.0.1:40001 S=10.0.1.1:81 isn=777000,888000"
	for (s = 0; s < 2; s++) {
		n = s ? "u" : "d"
		printf "%s:C>S SYN mss=1460 @client - %.6f @server - %.6f\n", n, 1 + s / 10, 1.01 + s / 10
		printf "%s:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", n, 1.0101 + s / 10, 1.0201 + s / 10
		printf "%s:C>S ACK @client - %.6f @server - %.6f\n", n, 1.0202 + s / 10, 1.0302 + s / 10
	}
	for (i = 0; i < 300; i++) {	# a download; of every hundred eight are missed
		t = 2 + i * .0002
		miss = i % 100 >= 50 && i % 100 < 58
		printf "d:S>C %d..%d @server - %.6f%s\n", 1 + i * 1000, 1001 + i * 1000, t, miss ? "" : sprintf(" @client - %.6f", t + .01)
		if (!miss)
			printf "d:C>S ACK ack=%d @client - %.6f @server - %.6f\n", 1001 + i * 1000, t + .01005, t + .02005
	}
	for (i = 0; i < 300; i++) {	# an upload; the capture misses acknowledgements
		t = 3 + i * .0002 + (i >= 150) * .03
		deaf = i >= 130 && i < 150
		printf "u:C>S %d..%d @client - %.6f @server - %.6f\n", 1 + i * 1000, 1001 + i * 1000, t, t + .01
		printf "u:S>C ACK ack=%d @server - %.6f%s\n", 1001 + i * 1000, t + .01005, deaf ? "" : sprintf(" @client - %.6f", t + .02005)
	}
	print "#$ [.[] | select(.fate == \"lost\")] == []"
	print "#= [.findings[] | select(.rule == \"capture.gap\").evidence[] | select(.note | test(\"acknowledges it\"))] | length > 0"
	print "#$ [.[] | select(.fate == \"undecided\" and .kind == \"ack\")] | length == 20"
	print "#$ [.[] | select(.fate == \"unseen\" and .kind == \"data\")] | length == 24"
}
