# A firewall asks for the host of new connections again and again, and nobody answers: what
# it lets in never leaves it.  Two other hosts behind it answer at once.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443"
	print "session b tcp C=10.0.0.1:40001 S=10.0.1.7:443"
	print "session w tcp C=10.0.0.1:41000 S=10.0.1.9:443\nat in ttl=64,63\nat out ttl=63,64"
	print "ask 10.0.1.9 from=10.0.1.254 mac=fe  @out - .9990"
	print "tell 10.0.1.9 to=10.0.1.254 mac=9    @out - .9995"
	print "ask 10.0.1.8 from=10.0.1.254 mac=fe  @out - .9996"
	print "tell 10.0.1.8 to=10.0.1.254 mac=8    @out - .9998"
	for (i = 0; i < 20; i++) {
		t = 1 + i * .4
		if (!i)
			firewall_opens("w", t, 1460)
		firewall_turn("w", i, t + .002)
		if (i == 2 || i == 5 || i == 9) {
			printf "a:C>S SYN mss=1460 @in - %.4f\n", t + .1
			printf "b:C>S SYN mss=1460 @in - %.4f\n", t + .11
		}
		if (i >= 2 && i < 14 && i % 3 != 1)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .12
		# asks whether its own address is free, and scans: no question of these
		printf "ask 10.0.1.%d from=10.0.1.66 mac=66 @out - %.4f\n", 100 + i, t + .13
	}
	print "idle in 200 10\nidle out 200 10"
	print "#= .findings[0] | .rule == \"stop.path\" and .severity == \"high\" and (.title | contains(\"at out nobody answers ARP for 10.0.1.7\"))"
	print "#= .findings[0] | .sessions | length == 2"
	print "#= .findings[0].evidence | map(select(.point == \"out\")) | length == 2 and (.[0].note == \"10.0.1.254 asks who has 10.0.1.7\")"
	print "#= any(.findings[0].filters[]; .filter | startswith(\"arp.dst.proto_ipv4 == 10.0.1.7\"))"
	print "#= .findings[0].against | contains(\"would have an answer\") | not"
	print "#= [.findings[] | select(.text | contains(\"hardware address of 10.0.1.1\"))] == []"
}
