# The server's capture begins after half of the sessions: of these nothing is known
# but that, and the report says so before it says that nothing is wrong.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T12:00:00"
	for (i = 0; i < 8; i++) {
		t = 1 + i
		print "session s" i " tcp C=10.0.0.1:" 40000 + i \
			" S=10.0.1.1:80 isn=" 1000 + 777 * i "," 9000 + 991 * i
		both("C>S SYN mss=1460", "client", "server", t)
		both("S>C SYN,ACK mss=1460", "server", "client", t + 0.002)
		both("C>S ACK", "client", "server", t + 0.004)
		both("C>S 1..201", "client", "server", t + 0.005)
		both("S>C 1..901", "server", "client", t + 0.008)
		both("C>S ACK", "client", "server", t + 0.010)
	}
	print "#= .findings[0] | .rule == \"capture.window\" and .severity == \"low\""
	print "#= .findings[0].title | test(\"server does not cover the whole time: outside it are 4 of 8 sessions\")"
	print "#= .findings[0].text | test(\"It has packets from 2024-03-01T12:00:05\")"
	print "#= [.findings[] | select(.rule == \"capture.window\")] | length == 1"
}

function both(what, from, to, t)
{
	line = what
	if (from == "client" || i >= 4)
		line = line sprintf(" @%s - %.4f", from, t)
	if (to == "client" || i >= 4)
		line = line sprintf(" @%s - %.4f", to, t + 0.001)
	print line
}
