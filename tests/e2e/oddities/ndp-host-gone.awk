# Of IPv6: a host goes away in the middle of its session.  The router behind the point "in"
# passes on what comes for it until its neighbour cache tells that nobody answers, and then
# asks in vain: what "in" has comes no farther.  Another host lives on.
BEGIN {
	path_of("in out")
	print "session a tcp C=[fd00::1]:40000 S=[fd01::7]:443"
	print "session w tcp C=[fd00::1]:41000 S=[fd01::9]:443 isn=70,80"
	packet("ask fd01::9 from=fd01::fe mac=fe", .900)
	packet("tell fd01::9 to=fd01::fe mac=9", .901)
	open("a", 1)
	open("w", 1.1)
	for (i = 0; i < 60; i++) {
		t = 1.2 + i * .2
		one("w", t, 1)
		if (i < 10)
			one("a", t + .05, 1)
		else if (i < 12)
			one("a", t + .05, 0)
		if (i >= 12 && i < 30 && i % 5 == 0)
			printf "ask fd01::7 from=fd01::fe mac=fe @out - %.4f\n", t + .07
	}
	print "a:C>S 1001..1101 @in - 4.0000\na:C>S 1001..1101 @in - 5.6000\na:C>S 1001..1101 @in - 8.8000"
	print "idle in 400 20\nidle out 400 20"
	print "#= [.findings[] | select(.severity == \"high\")] | length == 1 and (.[0].rule | test(\"^(loss|stop)\")) and (.[0].text | contains(\"fd01::fe (02:00:00:00:00:fe) asks for the hardware address of fd01::7 (neighbour discovery) 3 times in 2 s\"))"
	print "#= any(.findings[0].filters[]; .filter | startswith(\"icmpv6.nd.ns.target_address == fd01::7\"))"
	print "#= any(.findings[0].places[]; contains(\"nobody answers neighbour discovery\"))"
}
function packet(what, t)
{
	printf "%s @out - %.4f\n", what, t
}
function open(s, t)
{
	firewall_opens(s, t, 1440)
}
function one(s, t, there)
{
	firewall_turn(s, sent[s]++, t, !there)
}
