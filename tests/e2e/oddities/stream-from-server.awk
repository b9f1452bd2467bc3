# One datagram asks, and a stream follows (RTP, a camera, a game): what comes at once
# and goes on is the server's pace, not its slowness.  A second client asks twice at a
# time, and the answer to its second request is late: there the server is slow.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s udp C=10.0.0.1:5006 S=10.0.1.1:5006"
	print "session u udp C=10.0.0.1:40000 S=10.0.1.1:9000"
	out("s:C>S 1..3", 1)
	for (i = 0; i < 300; i++)
		back("s:S>C " i * 172 + 1 ".." i * 172 + 173, 1.0102 + i * 0.02)
	for (i = 0; i < 4; i++) {
		t = 10 + i * 3
		out("u:C>S " i * 80 + 1 ".." i * 80 + 41, t)
		out("u:C>S " i * 80 + 41 ".." i * 80 + 81, t + 0.0001)
		back("u:S>C " i * 250 + 1 ".." i * 250 + 101, t + 0.011)
		back("u:S>C " i * 250 + 101 ".." i * 250 + 251, t + 2.511)
	}
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | length == 2"
	print "#= " f "[0] | .severity == \"high\" and .sessions == [2]"
	print "#= " f "[1] | .severity == \"low\" and .sessions == [1]"
	print "#= " f "[1].title | test(\"at its own pace\")"
}
function out(what, t)
{
	printf "%s @client - %.6f @server - %.6f\n", what, t, t + 0.01
}
function back(what, t)
{
	printf "%s @server - %.6f @client - %.6f\n", what, t, t + 0.01
}
