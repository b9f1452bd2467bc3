# The router's entry for a host is gone, and the host answers only the sixth question: what
# came for it meanwhile is lost; another session, with another host, loses one packet at
# another time.
BEGIN {
	path_of("in out")
	hello("a", "10.0.1.7", 1)
	hello("b", "10.0.1.9", 1.05)
	print "tell 10.0.1.9 to=10.0.1.254 mac=9 @out - 1.20"
	for (i = 0; i < 100; i++) {
		t = 1.3 + i * .1
		gone = i >= 30 && i < 45
		if (gone && i % 3 == 0)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .0001
		if (i == 45)
			printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\ntell 10.0.1.7 to=10.0.1.254 mac=7 @out - %.4f\n", t + .0001, t + .0002
		if (!gone)
			one("a", t, 1)
		else if (i == 30 || i == 32 || i == 36 || i == 44)
			printf "a:C>S 3001..3101 @in - %.4f\n", t
		one("b", t + .05, i != 80)
		if (i == 80)
			printf "b:C>S %d..%d @in - %.4f @out - %.4f\n", 1 + 100 * i, 101 + 100 * i, t + .09, t + .0902
	}
	print "idle in 500 20\nidle out 500 20"
	print "#= .findings[0] | .rule == \"loss.path\" and (.text | contains(\"10.0.1.254 (02:00:00:00:00:fe) asks for the hardware address of 10.0.1.7 (ARP) 5 times in 1.5 s, and nobody answers but the question after these\") and contains(\"Of 5 packets lost that were looked at, 4 are of that time\"))"
	print "#= .findings[0] | any(.filters[]; .filter | startswith(\"arp.dst.proto_ipv4 == 10.0.1.7\")) and any(.places[]; startswith(\"10.0.1.7 or its link\"))"
	print "#1 in all(.findings[]; .rule != \"delay.server\")"
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
