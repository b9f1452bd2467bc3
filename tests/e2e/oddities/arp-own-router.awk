# SYNs arrive at a server that does not answer: it asks for its router in vain (a, b), and for
# a client on another network, as its mask is too wide (c).
BEGIN {
	path_of("client server")
	print "session w tcp C=10.0.0.1:39000 S=10.0.1.9:443\nat client ttl=64,63\nat server ttl=63,64"
	print "w:C>S SYN mss=1460     @client - .5000 @server - .5100"
	print "w:S>C SYN,ACK mss=1460 @server - .5101 @client - .5201"
	print "w:C>S ACK              @client - .5202 @server - .5302"
	print "w:C>S 1..101           @client - .5300 @server - .5400"
	print "w:S>C 1..301           @server - .5401 @client - .5501"
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443\nat client ttl=64,63\nat server ttl=63,64"
	print "session c tcp C=10.0.7.1:40001 S=10.0.1.7:80\nat client ttl=64,63\nat server ttl=63,64"
	for (i = 0; i < 3; i++) {
		printf "a:C>S SYN mss=1460 @client - %.4f @server - %.4f\n", 1 + i * 2, 1.01 + i * 2
		printf "ask 10.0.1.254 from=10.0.1.7 mac=7 @server - %.4f\n", 1.0101 + i * 2
	}
	for (i = 0; i < 3; i++) {
		printf "c:C>S SYN mss=1460 @client - %.4f @server - %.4f\n", 21 + i * 2, 21.01 + i * 2
		printf "ask 10.0.7.1 from=10.0.1.7 mac=7 @server - %.4f\n", 21.0101 + i * 2
	}
	print "idle client 200 40\nidle server 200 40"
	print "#= [.findings[] | select(.rule == \"stop.host\")] | length == 2"
	print "#= any(.findings[]; .rule == \"stop.host\" and (.title | startswith(\"10.0.1.7:443\")) and any(.places[]; contains(\"if 10.0.1.254 is its router\")))"
	print "#= any(.findings[]; .rule == \"stop.host\" and (.title | startswith(\"10.0.1.7:80 \")) and any(.places[]; startswith(\"the mask of 10.0.1.7, if 10.0.7.1, the client, is in another network\")))"
	print "#= all(.findings[]; .title | contains(\"nobody answers\") | not)"
}
