# As in arp-own-answers, but hosts there answer to every card, so that the capture has the answers of two
# hosts: that it would have one to the firewall alone does not follow.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443"
	print "session w tcp C=10.0.0.1:41000 S=10.0.1.9:443\nat in ttl=64,63\nat out ttl=63,64"
	for (i = 8; i < 10; i++) {
		printf "ask 10.0.1.%d from=10.0.1.254 mac=fe  @out - .99%d0\n", i, i
		printf "tell 10.0.1.%d to=10.0.1.254 mac=%d all @out - .99%d5\n", i, i, i
	}
	for (i = 0; i < 20; i++) {
		t = 1 + i * .4
		if (!i)
			firewall_opens("w", t, 1460)
		firewall_turn("w", i, t + .002)
		if (i == 2 || i == 5 || i == 9)
			printf "a:C>S SYN mss=1460 @in - %.4f\n", t + .1
		printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .12
	}
	print "idle in 200 10\nidle out 200 10"
	print "#= all(.findings[]; .severity != \"high\")"
	print "#= .findings[0] | .rule == \"stop.path\" and (.against | contains(\"nothing shows that the capture at out would have an answer to 10.0.1.254\"))"
}
