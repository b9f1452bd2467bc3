# A client looks for its router in vain, so nothing leaves it; the server has other clients.
BEGIN {
	path_of("client server")
	print "session w tcp C=10.0.0.9:39000 S=10.0.1.9:443"
	print "w:C>S SYN mss=1460     @server - .5100"
	print "w:S>C SYN,ACK mss=1460 @server - .5101"
	print "w:C>S ACK              @server - .5302"
	print "w:C>S 1..101           @server - .5400"
	print "w:S>C 1..301           @server - .5401"
	for (i = 0; i < 12; i++)
		printf "ask 10.0.0.254 from=10.0.0.1 mac=1 @client - %d\n", 1 + i
	print "idle server 20 20"
	print "#= .findings[0] | .rule == \"pair.none\" and (.text | contains(\"10.0.0.1 (02:00:00:00:00:01) asks for the hardware address of 10.0.0.254 (ARP) 12 times in 11 s, and nobody answers\")) and any(.places[]; startswith(\"10.0.0.1, which looks for 10.0.0.254 in vain\"))"
	print "#= .findings[0] | any(.filters[]; .filter | startswith(\"arp.dst.proto_ipv4 == 10.0.0.254\"))"
}
