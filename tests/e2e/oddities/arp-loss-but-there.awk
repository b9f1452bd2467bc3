# As in arp-late a router asks in vain for a host, and loses what is for it in one session.  But the host
# goes on in another one meanwhile: it is there.
BEGIN {
	path_of("in out")
	hello("a", "10.0.1.7", 1)
	hello("b", "10.0.1.7", 1.05)
	print "tell 10.0.1.7 to=10.0.1.254 mac=7 @out - 1.20"
	for (i = 0; i < 100; i++) {
		t = 1.3 + i * .1
		gone = i >= 30 && i < 45
		if (gone && i % 3 == 0)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .0001
		if (!gone)
			one("a", t, 1)
		else if (i == 30 || i == 32 || i == 36 || i == 44)
			printf "a:C>S 3001..3101 @in - %.4f\n", t
		one("b", t + .05, 1)
	}
	print "idle in 500 20\nidle out 500 20"
	print "#= .findings[0] | .rule == \"loss.path\" and all(.places[]; startswith(\"10.0.1.7 or its link\") | not) and (.text | contains(\"nobody answers\") | not)"
}
function hello(s, host, t)
{
	printf "session %s tcp C=10.0.0.1:4000%d S=%s:443 isn=%d,%d\nat in ttl=64,63\nat out ttl=63,64\n", s, n++, host, 1000 * n, 70000 * n
	firewall_opens(s, t, 1460)
}
function one(s, t, there)
{
	firewall_turn(s, sent[s]++, t, !there)
}
