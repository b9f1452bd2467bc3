# The capture at the server ends before the client sends its last, which is reset: what
# that capture cannot have is not gone to another host.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 6; i++) {
		t = 1 + i
		printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		printf "s%d:C>S SYN mss=1460     @client - %.6f @server - %.6f\n", i, t, t + .005
		printf "s%d:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", i, t + .0051, t + .010
		printf "s%d:C>S 1..101           @client - %.6f @server - %.6f\n", i, t + .011, t + .016
		printf "s%d:S>C 1..301           @server - %.6f @client - %.6f\n", i, t + .0161, t + .021
		printf "s%d:C>S ACK              @client - %.6f @server - %.6f\n", i, t + .022, t + .027
	}
	for (i = 0; i < 6; i++) {
		printf "s%d:C>S 101..201 @client - %.6f\n", i, 7.03 + i * .1
		printf "s%d:S>C RST seq=301 ack=0 @client - %.6f\n", i, 7.04 + i * .1
	}
	print "#= [.findings[] | select(.rule == \"reset.path\")] == []"
}
