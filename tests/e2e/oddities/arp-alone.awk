# One capture with ARP alone: a host looks for its router in vain.
BEGIN {
	path_of("host")
	for (i = 0; i < 12; i++)
		printf "ask 10.0.0.254 from=10.0.0.1 mac=1 @host - %d\n", 1 + i
	print "ask 10.0.0.9 from=10.0.0.1 mac=1 @host - 14\ntell 10.0.0.9 to=10.0.0.1 mac=9 @host - 14.001"
	print "#= .findings | length == 1 and (.[0] | .rule == \"pair.none\" and .severity == \"medium\" and (.title == \"host has no session: 10.0.0.1 asks for the hardware address of 10.0.0.254 12 times, and no answer is there\") and any(.places[]; startswith(\"10.0.0.1, which looks for 10.0.0.254 in vain\")))"
}
