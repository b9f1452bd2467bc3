# The server's side opens a session to the client's: its SYNs are at the server
# only.  Other hosts of both subnets say which side is which.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 8; i++) {
		t = 1 + i
		printf "session p%d tcp C=10.0.0.50:%d S=10.0.1.50:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		printf "C>S SYN mss=1460     @client - %.6f @server - %.6f\n", t, t + .005
		printf "S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", t + .00501, t + .010
		printf "C>S ACK              @client - %.6f @server - %.6f\n", t + .0101, t + .015
		printf "C>S 1..101           @client - %.6f @server - %.6f\n", t + .011, t + .016
		printf "S>C 1..301           @server - %.6f @client - %.6f\n", t + .0161, t + .021
		printf "C>S ACK              @client - %.6f @server - %.6f\n", t + .022, t + .027
	}
	print "session r tcp C=10.0.1.1:20 S=10.0.0.1:45000 isn=555000,0"
	print "C>S SYN mss=1460 @server - 2.5"
	print "C>S SYN mss=1460 @server - 3.5"
	print "C>S SYN mss=1460 @server - 5.5"
	print "#= any(.findings[]; .rule == \"stop.path\" and .hop == {\"from\": \"client\", \"to\": \"server\"} and .measure.packets == 3)"
	print "#= all(.findings[]; .rule != \"stop.host\")"
}
