# A client repeats its SYN although each is answered: the answers do not get back, as
# the capture at the client has none of them (a).  Not told of a scan, whose SYN is not
# repeated (s).
function syn(name, t, lost) {
	printf "%s:C>S SYN mss=1460 @c - %.4f @s - %.4f\n", name, t, t + 0.005
	if (lost)
		printf "%s:S>C SYN,ACK mss=1460 @s - %.4f\n", name, t + 0.0051
	else
		printf "%s:S>C SYN,ACK mss=1460 @s - %.4f @c - %.4f\n", name, t + 0.0051, t + 0.0101
}
function session(name, port) {
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:443 isn=%d,%d\n", name, port, port * 7919, port * 104729
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	session("a", 40000)
	syn("a", 1, 1)
	syn("a", 2, 1)
	syn("a", 4, 1)
	print "a:S>C SYN,ACK mss=1460 @s - 6.0051"
	syn("a", 8, 1)
	session("s", 40001)
	print "s:C>S SYN mss=1460 @c - 20 @s - 20.005"
	for (i = 0; i < 4; i++)
		printf "s:S>C SYN,ACK mss=1460 @s - %.4f\n", 19.0051 + 2 ^ i
	print "#= [.findings[] | select(.rule == \"stop.path\") | .title, .sessions, .severity] == [\"10.0.0.1:40000 -> 10.0.1.1:443 (tcp) never opens: 5 SYN,ACKs at s, and only SYNs follow\", [1], \"medium\"]"
	print "#= .findings[] | select(.rule == \"stop.path\") | .text | test(\"c has the SYNs, and none of the answers\")"
	print "#= .findings[] | select(.rule == \"stop.path\") | .evidence | map(.frame) == [2, 3, 5, 8]"
	print "#= .findings[] | select(.rule == \"stop.path\") | .measure.answers == 5"
	print "#= [.findings[] | select(.severity == \"high\")] == []"
	print "#= .sessions[0].time_ns | .client == 0 and .recovery > 6900000000"
}
