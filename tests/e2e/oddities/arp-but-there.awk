# A firewall asks in vain, as far as the capture has it, for a host that goes on with another session
# meanwhile: it is there, so that is not why new connections die.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443"
	print "session b tcp C=10.0.0.1:40003 S=10.0.1.7:443\nat in ttl=64,63\nat out ttl=63,64"
	print "session w tcp C=10.0.0.1:41000 S=10.0.1.9:443\nat in ttl=64,63\nat out ttl=63,64"
	print "ask 10.0.1.9 from=10.0.1.254 mac=fe @out - .9990"
	print "tell 10.0.1.9 to=10.0.1.254 mac=9 @out - .9995"
	for (i = 0; i < 20; i++) {
		t = 1 + i * .4
		if (!i) {
			firewall_opens("w", t, 1460)
			firewall_opens("b", t, 1460)
		}
		firewall_turn("w", i, t + .002)
		firewall_turn("b", i, t + .004)
		if (i == 2 || i == 5 || i == 9)
			printf "a:C>S SYN mss=1460 @in - %.4f\n", t + .1
		printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .12
	}
	print "idle in 300 10\nidle out 300 10"
	print "#= .findings[0] | .rule == \"stop.path\" and .severity == \"low\" and (.against | contains(\"in has packets that 10.0.1.7 sends meanwhile\"))"
	print "#= .findings[0] | (.title | contains(\"nobody answers\") | not) and all(.places[]; contains(\"is down\") | not)"
}
