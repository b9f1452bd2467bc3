# In one session a host stops to answer, and a router asks in vain for it, as far as the capture
# has that.  But the host goes on in another session: it is there.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443 isn=1000,7000\nat in ttl=64,63\nat out ttl=63,64"
	print "session b tcp C=10.0.0.1:40001 S=10.0.1.7:443 isn=91000,97000\nat in ttl=64,63\nat out ttl=63,64"
	firewall_opens("a", 1, 1460)
	firewall_opens("b", 1.05, 1460)
	for (i = 0; i < 100; i++) {
		t = 1.3 + i * .1
		if (i >= 30 && i % 3 == 0)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .0003
		if (i < 30)
			firewall_turn("a", i, t)
		else if (i == 30 || i == 33 || i == 39 || i == 51 || i == 75)
			printf "a:C>S 3001..3101 @in - %.4f @out - %.4f\n", t, t + .0002
		firewall_turn("b", i, t + .05)
	}
	print "idle in 500 20\nidle out 500 20"
	print "#= any(.findings[]; .rule == \"stop.host\") and all(.findings[]; .text | contains(\"nobody answers\") | not)"
}
