# A firewall between "in" and "out" sees what clients send; the answers go round both.  It has
# seen no SYN,ACK, and drops what follows the SYN.  Other sessions pass both points.
function way(what, t) {
	printf "%s @in - %.6f @out - %.6f\n", what, t, t + .0001
}
function back(what, t) {
	printf "%s @out - %.6f @in - %.6f\n", what, t, t + .0001
}
BEGIN {
	print "point in zero=2024-03-01T10:00:00"
	print "point out zero=2024-03-01T10:00:00"
	for (i = 1; i < 4; i++)
		printf "session s%d tcp C=10.0.0.1:4000%d S=10.0.1.1:5000\n", i, i
	for (i = 0; i < 40; i++)
		printf "session o%d tcp C=10.0.0.1:%d S=10.0.3.1:80 isn=%d,%d\n", i,
		       41000 + i, 900000 + i * 77777, 1000 + i * 99999
	for (i = 0; i < 40; i++) {
		t = 1 + i / 2
		o = "o" i ":"
		way(o "C>S SYN mss=1460", t)
		back(o "S>C SYN,ACK mss=1460", t + .01)
		way(o "C>S ACK", t + .02)
		way(o "C>S 1..101", t + .021)
		back(o "S>C 1..301", t + .03)
		way(o "C>S ACK", t + .04)
		if (i % 10 != 5 || i > 30)
			continue
		s = "s" (i + 5) / 10 ":"
		way(s "C>S SYN mss=1460", t + .1)
		printf "%sC>S ACK ack=1 @in - %.6f\n", s, t + .12
		printf "%sC>S 1..101 ack=1 @in - %.6f\n", s, t + .121
		printf "%sC>S 1..101 ack=1 @in - %.6f\n", s, t + .321
	}
	print "#= .findings[0] | .rule == \"stop.middlebox\" and .measure.half_seen and (.sessions | length == 3)"
	print "#= .findings[0].text | test(\"Nothing that the server sends comes by in or out, although the client acknowledges it\")"
	print "#1 out [.findings[] | [.rule, .severity]] == [[\"stop.host\", \"medium\"]]"
	print "#1 out .findings[0].against | test(\"answers may go by another way than out\")"
}
