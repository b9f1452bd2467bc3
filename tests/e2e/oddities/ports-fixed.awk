# Clients of a fixed port open one connection after the other: the first capture has one
# of each alone, since it began earlier, and the other one a later one.
function session(name, client, port, t, points, i) {
	printf "session %s tcp C=%s:%d S=10.2.0.2:%d isn=%d,%d\n", name, client, port, points == "both" ? 80 : 2049, ++n * 91733, n * 77171
	say("C>S SYN mss=1460", t, points, 0)
	say("S>C SYN,ACK mss=1460", t + .011, points, 1)
	say("C>S ACK", t + .0221, points, 0)
	say(sprintf("C>S 1..%d", 101 + n), t + .0222, points, 0)
	say(sprintf("S>C 1..%d", 301 + n), t + .033, points, 1)
	say("C>S ACK", t + .045, points, 0)
}
function say(what, t, points, back) {
	if (points == "both" && back)
		printf "%s @server - %.4f @client - %.4f\n", what, t, t + .005
	else if (points == "both")
		printf "%s @client - %.4f @server - %.4f\n", what, t, t + .005
	else
		printf "%s @%s - %.4f\n", what, points, t
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 5; i++)
		session("a" i, "10.1.0." i + 1, 900 + i, 1 + i, "client")
	for (i = 0; i < 10; i++)
		session("b" i, "10.1.0." i + 1, 41000 + i, 60 + i, "both")
	for (i = 0; i < 5; i++)
		session("c" i, "10.1.0." i + 1, 900 + i, 120 + i, "server")
	print "#= [.findings[] | select(.rule == \"pair.none\")] == []"
	print "#= [.sessions[] | select(.pairing.verdict == \"alone\")] | length == 10"
}
