# Requests and answers by UDP at three points, of which the middle one lacks an
# answer.  Each stretch has what its ends saw, 2 ms and 18 ms a round trip; of the
# fourth turn's 20 ms no stretch is known.
BEGIN {
	print "point a zero=2024-03-01T10:00:00"
	print "point b zero=2024-03-01T10:50:00"
	print "point c zero=2024-03-01T09:40:00"
	print "session s udp C=10.0.0.1:4000 S=10.0.1.1:5000"
	for (i = 0; i < 10; i++) {
		t = 1 + i * 0.2
		printf "C>S %d..%d @a - %.6f @b - %.6f @c - %.6f\n",
			i * 100 + 1, i * 100 + 60, t, t + 0.001, t + 0.010
		t += 0.015
		printf "S>C %d..%d @a - %.6f%s @c - %.6f\n", i * 100 + 1,
			i * 100 + 90, t + 0.010,
			i == 3 ? "" : sprintf(" @b - %.6f", t + 0.009), t
	}
	print "#= .sessions | length == 1"
	print "#= [.sessions[0].time_ns.path_between[] | [.from, .to, .span, .ns]] == [[\"a\", \"b\", false, 18000000], [\"b\", \"c\", false, 162000000], [\"a\", \"c\", true, 20000000]]"
	print "#= .sessions[0].time_ns | .path == 200000000 and .server == 50000000"
}
