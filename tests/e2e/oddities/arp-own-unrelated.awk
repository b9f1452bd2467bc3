# SYNs arrive at a server that does not answer.  It asks for another host in vain, as it did before
# and goes on to do: that has nothing to do with it.  Of another one it asks for a host just then, but sends
# to clients beyond the router meanwhile.
BEGIN {
	path_of("client server")
	print "session w tcp C=10.0.0.1:39000 S=10.0.1.9:443\nat client ttl=64,63\nat server ttl=63,64"
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443\nat client ttl=64,63\nat server ttl=63,64"
	print "session c tcp C=10.0.0.1:40001 S=10.0.1.9:80\nat client ttl=64,63\nat server ttl=63,64"
	printf "w:C>S SYN mss=1460 @client - .5 @server - .51\nw:S>C SYN,ACK mss=1460 @server - .5101 @client - .5201\nw:C>S ACK @client - .5202 @server - .5302\n"
	for (i = 0; i < 30; i++) {
		t = .6 + i
		printf "w:C>S %d..%d @client - %.4f @server - %.4f\n", 1 + i * 100, 101 + i * 100, t, t + .01
		printf "w:S>C %d..%d @server - %.4f @client - %.4f\n", 1 + i * 300, 301 + i * 300, t + .0101, t + .0201
		printf "ask 10.0.1.66 from=10.0.1.7 mac=7 @server - %.4f\n", t + .02
		if (i == 3 || i == 5 || i == 9) {
			printf "a:C>S SYN mss=1460 @client - %.4f @server - %.4f\n", t + .1, t + .11
			printf "c:C>S SYN mss=1460 @client - %.4f @server - %.4f\n", t + .3, t + .31
		}
		if (i >= 3 && i < 14)
			printf "ask 10.0.1.77 from=10.0.1.9 mac=9 @server - %.4f\n", t + .3101
	}
	print "idle client 200 40\nidle server 200 40"
	print "#= [.findings[] | select(.rule == \"stop.host\")] | length == 2"
	print "#= all(.findings[]; (.text | contains(\"hardware address\") | not) and all(.places[]; contains(\"its router\") | not))"
}
