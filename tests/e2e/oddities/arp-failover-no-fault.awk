# The server's address moves to another card, which announces it, and back, while its session
# goes on; who asks for it has its answer late once: nothing of this is a fault.
BEGIN {
	path_of("client server")
	print "session a tcp C=10.1.0.2:41000 S=10.2.0.2:80\nat client ttl=64,63\nat server ttl=63,64"
	print "C>S SYN mss=1460     @client - 1.000 @server - 1.005"
	print "S>C SYN,ACK mss=1460 @server - 1.0051 @client - 1.0101"
	print "C>S ACK              @client - 1.0102 @server - 1.0152"
	print "tell 10.2.0.2 to=10.2.0.254 mac=a @server - 1.1"
	for (i = 0; i < 100; i++) {
		t = 1.2 + i * .1
		printf "C>S %d..%d @client - %.4f @server - %.4f\n", 1 + 100 * i, 101 + 100 * i, t, t + .005
		printf "S>C %d..%d @server - %.4f @client - %.4f\n", 1 + 300 * i, 301 + 300 * i, t + .0052, t + .0102
		if (i == 30 || i == 70)
			printf "tell 10.2.0.2 mac=%s @server - %.4f\n", i == 30 ? "b" : "a", t + .02
		if (i == 31 || i == 41 || i == 51 || i == 61)
			printf "ask 10.2.0.2 from=10.2.0.254 mac=fe @server - %.4f\n", t + .03
	}
	print "idle client 400 20\nidle server 400 20"
	print "#= all(.findings[]; .severity == \"info\" or .severity == \"low\")"
	print "#= all(.findings[]; (.text + .title + (.places | join(\" \"))) | test(\"card|hardware address|ARP\") | not)"
}
