# A host stops to answer, and a router that still knows its card sends on, but asks for it again
# and again, in vain.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443 isn=1000,7000\nat in ttl=64,63\nat out ttl=63,64"
	firewall_opens("a", 1, 1460)
	for (i = 0; i < 100; i++) {
		t = 1.3 + i * .1
		if (i >= 30 && i % 3 == 0)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .0003
		if (i < 30)
			firewall_turn("a", i, t)
		else if (i == 30 || i == 33 || i == 39 || i == 51 || i == 75)
			printf "a:C>S 3001..3101 @in - %.4f @out - %.4f\n", t, t + .0002
	}
	print "idle in 500 20\nidle out 500 20"
	print "#= .findings[0] | .rule == \"stop.host\" and (.text | contains(\"10.0.1.254 (02:00:00:00:00:fe) asks for the hardware address of 10.0.1.7\")) and any(.places[]; startswith(\"10.0.1.7 or its link\"))"
}
