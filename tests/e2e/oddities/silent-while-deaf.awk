# The server's capture drops all for a while, as what passes both before and after
# and is acknowledged shows.  A SYN sent then is not there, and is not answered:
# it may be lost, and so may the answer, which that capture would not have either.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session bulk tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "session late tcp C=10.0.0.1:40001 S=10.0.1.1:80"
	print "bulk:C>S SYN mss=1460     @client - 1.000 @server - 1.010"
	print "bulk:S>C SYN,ACK mss=1460 @server - 1.011 @client - 1.021"
	print "bulk:C>S ACK              @client - 1.022 @server - 1.032"
	for (i = 0; i < 300; i++) {
		t = 2 + i * 0.01
		deaf = i >= 100 && i < 120
		if (i == 110)
			printf "late:C>S SYN mss=1460 @client - %.6f\n", t + 0.005
		if (i == 210) {
			printf "late:C>S SYN mss=1460 @client - %.6f @server - %.6f\n", t + 0.005, t + 0.015
			printf "late:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", t + 0.0151, t + 0.0251
		}
		printf "bulk:C>S %d..%d @client - %.6f", i * 100 + 1, i * 100 + 101, t
		print deaf ? "" : sprintf(" @server - %.6f", t + 0.0101)
		if (deaf)
			printf "bulk:S>C ACK ack=%d @client - %.6f\n", i * 100 + 101, t + 0.0203
		else
			printf "bulk:S>C ACK ack=%d @server - %.6f @client - %.6f\n", i * 100 + 101, t + 0.0102, t + 0.0203
	}
	print "#$ [.[] | select(.kind == \"syn\" and .fate == \"lost\")] == []"
	print "#$ [.[] | select(.kind == \"syn\" and .fate == \"undecided\")] | length == 1"
	print "#$ [.[] | select(.kind == \"data\" and .fate == \"unseen\")] | length == 20"
}
