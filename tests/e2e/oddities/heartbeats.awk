# Routers that tell each other every half a minute that they are there: each at its own
# pace, so the one that is ten seconds behind is not late with an answer.
function both(what, t) {
	if (what ~ /^C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.005
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.005
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	print "session d tcp C=10.0.0.1:40000 S=10.0.1.1:179"
	both("C>S SYN mss=1460", 1)
	both("S>C SYN,ACK mss=1460", 1.00502)
	both("C>S ACK", 1.01004)
	both("C>S 1..46", 1.1)
	both("S>C 1..46", 1.106)
	for (i = 0; i < 12; i++) {
		t = 6 + 30 * i
		both(sprintf("C>S %d..%d", 46 + 19 * i, 65 + 19 * i), t)
		both("S>C ACK", t + 0.045)
		both(sprintf("S>C %d..%d", 46 + 19 * i, 65 + 19 * i), t + 10)
		both("C>S ACK", t + 10.045)
	}
	print "#= [.findings[] | select(.rule == \"delay.server\")] == []"
}
