# A server speaks again seconds after it has answered: mail comes while a client idles,
# a broker sends what was subscribed to and asks whether the client is there, a phone
# rings, two events come over a WebSocket.  Nobody is known to wait for any of that, nor for what follows the
# client's replies; a stop behind full segments is within an answer.
function both(what, t) {
	if (what ~ /C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.01
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.01
}
function opens(name, t) {
	both(name ":C>S SYN mss=1460", t)
	both(name ":S>C SYN,ACK mss=1460", t + 0.01002)
	both(name ":C>S ACK", t + 0.02004)
}
function says(name, dir, n, t) {
	both(name ":" dir " " top[name dir] + 1 ".." top[name dir] + 1 + n, t)
	top[name dir] += n
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	print "session idle tcp C=10.0.0.1:40000 S=10.0.1.1:143"
	print "session broker tcp C=10.0.0.1:40001 S=10.0.1.1:4222"
	print "session sip udp C=10.0.0.1:5060 S=10.0.1.2:5060"
	print "session full tcp C=10.0.0.1:40002 S=10.0.1.3:7000"
	opens("idle", 1)
	for (i = 0; i < 3; i++) {
		says("idle", "C>S", 17, 2 + i * 0.1)
		says("idle", "S>C", 81, 2.0101 + i * 0.1)
	}
	says("idle", "C>S", 9, 2.5)
	says("idle", "S>C", 10, 2.5101)
	says("idle", "S>C", 24, 10.51)
	says("idle", "S>C", 12, 15.51)
	says("idle", "C>S", 6, 15.5202)
	says("idle", "S>C", 22, 15.5303)
	opens("broker", 21)
	says("broker", "C>S", 50, 21.03)
	says("broker", "S>C", 5, 21.0401)
	for (i = 0; i < 5; i++) {
		says("broker", "S>C", 6, 24 + 4 * i)
		says("broker", "C>S", 6, 24.0105 + 4 * i)
		if (i < 4)
			says("broker", "S>C", 170, 26.5 + 4 * i)
	}
	says("sip", "C>S", 400, 51)
	says("sip", "S>C", 300, 51.0101)
	says("sip", "S>C", 600, 57)
	says("sip", "C>S", 350, 57.0102)
	opens("full", 61)
	says("full", "C>S", 50, 61.03)
	says("full", "S>C", 1460, 61.0401)
	says("full", "S>C", 1460, 61.0402)
	says("full", "S>C", 900, 65.0402)
	says("full", "C>S", 50, 65.0503)
	says("full", "S>C", 50, 65.0604)
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | map(select(.severity != \"low\")) | length == 1"
	print "#= " f "[0] | .severity == \"high\" and .sessions == [4]"
	print "#= " f "[1:] | map(.title | test(\"speaks again unasked, after up to\")) == [true, true, true]"
	print "#= [.findings[] | select(.severity == \"high\")] | length == 1"
}
