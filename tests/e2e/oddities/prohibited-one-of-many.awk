# Twelve connections to hosts of which the far point has nothing.  An ICMP error
# quotes one of them: what became of the others is as unknown as without it.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point far zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	for (i = 1; i <= 12; i++)
		printf "session o%d tcp C=10.0.0.1:%d S=172.16.9.%d:80\n", i,
			41000 + i, i
	there("C>S SYN mss=1460", 1)
	back("S>C SYN,ACK mss=1460", 1.0011)
	there("C>S ACK", 1.0022)
	for (i = 0; i < 30; i++) {
		t = 1.01 + i
		there("C>S " 1 + i * 100 ".." 101 + i * 100, t)
		back("S>C " 1 + i * 100 ".." 101 + i * 100, t + 0.002)
		if (i < 1 || i > 12)
			continue
		for (k = 1; k < 3; k++)
			printf "o%d:C>S SYN mss=1460 @client - %.3f\n", i,
				t + k / 10
		if (i == 5)
			printf "o%d:S>C icmp=3/13 from=10.9.9.9 @client - %.3f\n",
				i, t + 0.203
	}
	f = "([.findings[] | select(.rule == \"stop.path\")])"
	print "#= " f " | length == 1 and .[0].severity == \"low\""
	print "#= " f "[0].text | test(\"quotes 1 of these 12 sessions\")"
}
function there(what, t)
{
	printf "s:%s @client - %.4f @far - %.4f\n", what, t, t + 0.001
}
function back(what, t)
{
	printf "s:%s @far - %.4f @client - %.4f\n", what, t, t + 0.001
}
