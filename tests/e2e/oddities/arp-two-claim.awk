# Two hosts have the server's address (as in address-twice), and both answer the router's
# question for it at the server's network: their cards are named.
function shake(i, t)
{
	printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\nat client ttl=64,63\nat server ttl=63,64\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
	printf "s%d:C>S SYN mss=1460     @client - %.6f @server - %.6f\n", i, t, t + .005
	printf "s%d:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", i, t + .0051, t + .010
	printf "s%d:C>S ACK              @client - %.6f @server - %.6f\n", i, t + .0101, t + .015
	printf "s%d:C>S 1..101           @client - %.6f @server - %.6f\n", i, t + .011, t + .016
	printf "s%d:S>C 1..301           @server - %.6f @client - %.6f\n", i, t + .0161, t + .021
	printf "s%d:C>S ACK              @client - %.6f @server - %.6f\n", i, t + .022, t + .027
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 12; i++) {
		t = 1 + i
		shake(i, t)
		if (i % 5 == 0) {
			printf "ask 10.2.0.2 from=10.2.0.254 mac=fe @server - %.4f\n", t + .2
			printf "tell 10.2.0.2 to=10.2.0.254 mac=2 @server - %.4f\n", t + .2002
			printf "tell 10.2.0.2 to=10.2.0.254 mac=b @server - %.4f\n", t + .2004
		}
		if (i % 2)
			continue
		printf "session r%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,0\nat client ttl=64,63\n", i, 42000 + i, 555000 + i * 81733
		printf "C>S SYN mss=1460     @client - %.6f\n", t + .4
		printf "S>C RST,ACK seq=0    @client - %.6f\n", t + .410
	}
	print "idle client 500 20\nidle server 500 20"
	print "#= .findings[0] | .rule == \"reset.path\" and .severity == \"high\" and (.text | contains(\"At server, 10.2.0.2 is claimed by 02:00:00:00:00:02 (frame \") and contains(\") and by 02:00:00:00:00:0b (frame \") and contains(\"in turn: the card changes 5 times\"))"
	print "#= .findings[0] | any(.evidence[]; .point == \"server\" and .note == \"02:00:00:00:00:0b claims, too, 10.2.0.2\") and any(.filters[]; .filter == \"arp.src.proto_ipv4 == 10.2.0.2\")"
}
