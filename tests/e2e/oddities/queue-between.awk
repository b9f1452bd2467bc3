# Requests wait in a queue between the second and the third of three points: the
# queue is named there, not between the outer ones.
BEGIN {
	print "point a zero=2024-03-01T10:00:00"
	print "point b zero=2024-03-01T10:00:00"
	print "point c zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000"
	one_way("C>S SYN mss=1460 sackok", 1, 0)
	back("S>C SYN,ACK mss=1460 sackok", 1.0101)
	one_way("C>S ACK", 1.0204, 0)
	for (i = 0; i < 30; i++) {
		t = 2 + i * 0.2
		q = i < 5 ? 0 : 0.12
		one_way("C>S " i * 100 + 1 ".." i * 100 + 101, t, q)
		back("S>C " i * 200 + 1 ".." i * 200 + 201, t + 0.011 + q)
	}
	print "#= [.findings[] | select(.rule == \"delay.queue\")][0].hop == {\"from\": \"b\", \"to\": \"c\"}"
}
function one_way(what, t, wait)
{
	printf "%s @a - %.6f @b - %.6f @c - %.6f\n", what, t, t + 0.002,
		t + 0.01 + wait
}
function back(what, t)
{
	printf "%s @c - %.6f @b - %.6f @a - %.6f\n", what, t, t + 0.008,
		t + 0.01
}
