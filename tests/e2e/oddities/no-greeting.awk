# None of these servers is late with a greeting: one whose request the captures lack,
# one that sends to who listens when there is news, and one that is told goodbye after
# its news of two minutes, of which the first came at once.
function both(what, t) {
	if (what ~ /:C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.005
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.005
}
function opens(name, port, t) {
	printf "session %s tcp C=10.0.0.1:4%d S=10.0.1.1:%d\n", name, port, port
	both(name ":C>S SYN mss=1460", t)
	both(name ":S>C SYN,ACK mss=1460", t + 0.00502)
	both(name ":C>S ACK", t + 0.01004)
	return t + 0.01004
}
function news(name, n, t, every) {
	for (i = 0; i < n; i++) {
		both(sprintf("%s:S>C %d..%d", name, 1 + 50 * i, 51 + 50 * i), t)
		both(name ":C>S ACK", t + 0.0052)
		t += every
	}
	return t
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	t = opens("lacked", 8080, 1)
	both("lacked:S>C ACK ack=60", t + 0.01)
	both("lacked:S>C 1..1001 ack=60", t + 3)
	both("lacked:C>S ACK seq=60", t + 3.0052)
	both("lacked:C>S 60..120", t + 3.5)
	both("lacked:S>C 1001..2001", t + 3.51)
	t = opens("listens", 3003, 10)
	t = news("listens", 20, t + 7, 7)
	both("listens:C>S FIN,ACK", t)
	both("listens:S>C FIN,ACK", t + 0.0052)
	t = opens("early", 3004, 200)
	t = news("early", 20, t + 0.01, 7)
	both("early:C>S 1..11", t)
	both("early:S>C 1001..1011", t + 0.0052)
	print "#= [.findings[] | select(.rule == \"delay.server\" and .measure.greeting_ns)] == []"
}
