# The points share nothing.  At the far one a firewall watches a host that the client wants, and nothing shows
# that the capture there, of another host, would have the answers: so these do not explain that.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443"
	print "session w tcp C=10.0.5.1:41000 S=10.0.1.9:80 isn=77000,1"
	for (i = 0; i < 20; i++) {
		t = 1 + i * .4
		if (i == 2 || i == 5 || i == 9) {
			printf "a:C>S SYN mss=1460 @in - %.4f\n", t + .1
			printf "w:C>S SYN mss=1460 @out - %.4f\n", t + .1
		}
		printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f\n", t + .12
		printf "ask 10.0.1.9 from=10.0.1.254 mac=fe @out - %.4f\n", t + .15
	}
	print "idle in 200 10\nidle out 200 10"
	print "#= .findings[0] | .rule == \"pair.none\" and .severity == \"high\" and (.text | contains(\"asked for in vain\") | not)"
}
