# Two hosts have the server's address; which of them gets a connection's packets is what
# ARP said last.  The one that is not captured refuses new connections, and resets those
# that it never had.  Its packets are no different from the server's.
function shake(i, t) {
	printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\nat client ttl=64,63\nat server ttl=63,64\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
	printf "C>S SYN mss=1460     @client - %.6f @server - %.6f\n", t, t + .005
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 12; i++) {
		t = 1 + i
		shake(i, t)
		printf "S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", t + .0051, t + .010
		printf "C>S ACK              @client - %.6f @server - %.6f\n", t + .0101, t + .015
		printf "C>S 1..101           @client - %.6f @server - %.6f\n", t + .011, t + .016
		printf "S>C 1..301           @server - %.6f @client - %.6f\n", t + .0161, t + .021
		printf "C>S ACK              @client - %.6f @server - %.6f\n", t + .022, t + .027
		if (i % 4 == 3) {
			printf "C>S 101..201 @client - %.6f\n", t + .3
			printf "S>C RST seq=301 ack=0 @client - %.6f\n", t + .310
		}
		if (i % 2)
			continue
		printf "session r%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,0\nat client ttl=64,63\n", i, 42000 + i, 555000 + i * 81733
		printf "C>S SYN mss=1460     @client - %.6f\n", t + .4
		printf "S>C RST,ACK seq=0    @client - %.6f\n", t + .410
	}
	print "idle client 500 20"
	print "idle server 500 20"
	print "#= .findings[0].rule == \"reset.path\" and .findings[0].severity == \"high\""
	print "#= any(.findings[]; .rule == \"reset.path\" and .severity == \"high\" and .measure.sessions == 6 and (.title | contains(\"refused by something other than what accepts\")))"
	print "#= any(.findings[]; .rule == \"reset.path\" and .severity == \"medium\" and .measure.sessions == 3 and (.title | contains(\"by something other than what answered before\")))"
	print "#= all(.findings[]; .rule != \"reset.endpoint\" and .rule != \"loss.path\")"
	print "#1 client all(.findings[]; .severity != \"high\" and ((.rule | startswith(\"reset\") | not) or (.title | test(\"or a device before it\"))))"
}
