# A client asks at once most of the time, and pauses three times for seconds, as a
# person does: an average of half a second describes none of these waits.  A
# second client pauses far longer: that is no finding, and no fault either.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000"
	print "session u tcp C=10.0.0.2:40000 S=10.0.1.1:5000"
	t = 1
	talk("s", 60, 9)
	talk("u", 60, 90)
	f = "([.findings[] | select(.rule == \"delay.client\")])"
	print "#= " f " | length == 1"
	print "#= " f "[0].title | test(\"pauses for 9(\\\\.01)? s before 3 of 60 requests\")"
	print "#= " f "[0].severity == \"info\""
	print "#= " f "[0].measure | .slow == 3 and .slow_ns > 26900000000 and " \
		".slow_ns < 27100000000 and .others_median_ns < 6000000"
	print "#= .findings[0].severity == \"info\""
}
function talk(s, n, pause,    i, w)
{
	out(s ":C>S SYN mss=1460", t)
	back(s ":S>C SYN,ACK mss=1460", t + 0.00501)
	out(s ":C>S ACK", t + 0.0101)
	for (i = 0; i < n; i++) {
		w = i % 20 == 19 ? pause : 0.005
		t += 0.0112 + w
		out(s ":C>S " i * 100 + 1 ".." i * 100 + 101, t)
		back(s ":S>C " i * 200 + 1 ".." i * 200 + 201, t + 0.006)
	}
	out(s ":C>S FIN,ACK", t + 0.02)
	back(s ":S>C FIN,ACK", t + 0.0251)
	out(s ":C>S ACK", t + 0.0302)
	t++
}
function out(what, t)
{
	printf "%s @client - %.6f @server - %.6f\n", what, t, t + 0.005
}
function back(what, t)
{
	printf "%s @server - %.6f @client - %.6f\n", what, t, t + 0.005
}
