# The server answers by another way, past the firewall between the client and the
# point "in": that has seen no SYN,ACK, and drops what follows the SYN.  "out" is on
# the way back.  Neither missed what never comes by it, few packets as they are.
# Syslog, which nobody answers, shows that "in" has what comes by it.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point in zero=2024-03-01T10:00:00"
	print "point out zero=2024-03-01T10:00:00"
	for (i = 1; i < 4; i++)
		print "session s" i " tcp C=10.0.0.1:4000" i " S=10.0.1.1:5000"
	print "session b udp C=10.0.0.1:514 S=10.0.1.1:514"
	for (n = 0; n < 60; n++)
		printf "b:C>S %d..%d @client - %.3f @in - %.3f\n", n * 80 + 1,
			n * 80 + 81, n / 10, n / 10 + 0.005
	for (i = 1; i < 4; i++) {
		s = "s" i
		t = i * 8
		printf "%s:C>S SYN mss=1460 @client - %.3f @in - %.3f\n", s, t, t + 0.005
		opens(s, t)
		out(s, t + 0.0103)
		out(s, t + 0.2103)
		out(s, t + 0.6103)
		opens(s, t + 1)
		out(s, t + 1.4103)
		out(s, t + 2.6103)
		opens(s, t + 3)
		out(s, t + 5.4103)
		opens(s, t + 7)
	}
	print "idle in 100 40"
	print "idle out 40 40"
	print "#= [.findings[] | select(.rule == \"capture.gap\")] == []"
	print "#= .findings[0] | .rule == \"stop.middlebox\" and .measure.half_seen"
	print "#= .findings[0].against | test(\"if the capture at in has one direction only\")"
	print "#= .findings[0].sessions | length > 1"
	print "#= .findings[0].text | test(\"Nothing that the server sends comes by in\")"
	print "#= all(.sessions[].hops[] | .c2s, .s2c | values; .unseen == 0)"
}
function opens(s, t)
{
	printf "%s:S>C SYN,ACK mss=1460 @out - %.6f @client - %.6f\n", s, t + 0.0051, t + 0.0101
	printf "%s:C>S ACK @client - %.6f\n", s, t + 0.0102
}
function out(s, t)
{
	printf "%s:C>S 1..101 @client - %.6f\n", s, t
}
