# As never-opens, while another service of the same host is asked again and again at both
# points: then the client's has none of the answers because they are lost.
function session(name, port, to) {
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,%d\n", name, port, to, port * 7919, port * 104729
}
function syn(name, t) {
	printf "%s:C>S SYN mss=1460 @c - %.4f @s - %.4f\n%s:S>C SYN,ACK mss=1460 @s - %.4f\n", name, t, t + 0.005, name, t + 0.0051
}
function asked(t) {
	printf "o:C>S %d..%d @c - %.4f @s - %.4f\n", 1 + 100 * n, 101 + 100 * n, t, t + 0.005
	printf "o:S>C %d..%d @s - %.4f @c - %.4f\n", 1 + 100 * n, 101 + 100 * n, t + 0.0051, t + 0.0101
	n++
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	session("o", 39999, 80)
	session("a", 40000, 443)
	print "o:C>S SYN mss=1460 @c - 0.5 @s - 0.505"
	print "o:S>C SYN,ACK mss=1460 @s - 0.5051 @c - 0.5101"
	for (i = 0; i < 6; i++) asked(0.6 + 0.05 * i)
	syn("a", 1)
	for (i = 0; i < 18; i++) asked(1.05 + 0.05 * i)
	syn("a", 2)
	for (i = 0; i < 36; i++) asked(2.05 + 0.05 * i)
	syn("a", 4)
	for (i = 0; i < 76; i++) asked(4.05 + 0.05 * i)
	syn("a", 8)
	for (i = 0; i < 20; i++) asked(8.05 + 0.05 * i)
	print "#= [.findings[] | select(.rule == \"stop.path\") | .title, .sessions, .severity] == [\"10.0.0.1:40000 -> 10.0.1.1:443 (tcp) never opens: 4 SYN,ACKs at s, and none at c\", [2], \"high\"]"
	print "#= .findings[] | select(.rule == \"stop.path\") | .hop == {from: \"c\", to: \"s\"} and .measure.answers == 4"
	print "#= [.findings[] | select(.rule | startswith(\"loss\"))] == []"
}
