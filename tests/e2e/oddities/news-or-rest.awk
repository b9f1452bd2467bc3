# A server speaks again seconds after it has answered: mail comes while a client idles,
# a broker sends what was subscribed to and asks whether the client is there, a phone
# rings, two events come over a WebSocket.  Nobody is known to wait for any of that, nor for what follows the
# client's replies; a stop behind full segments is within an answer.
BEGIN {
	path_of("c s")
	print "session idle tcp C=10.0.0.1:40000 S=10.0.1.1:143"
	print "session broker tcp C=10.0.0.1:40001 S=10.0.1.1:4222"
	print "session sip udp C=10.0.0.1:5060 S=10.0.1.2:5060"
	print "session full tcp C=10.0.0.1:40002 S=10.0.1.3:7000"
	news_shakes("idle", 1)
	for (i = 0; i < 3; i++) {
		news_says("idle", "C>S", 17, 2 + i * 0.1)
		news_says("idle", "S>C", 81, 2.0101 + i * 0.1)
	}
	news_says("idle", "C>S", 9, 2.5)
	news_says("idle", "S>C", 10, 2.5101)
	news_says("idle", "S>C", 24, 10.51)
	news_says("idle", "S>C", 12, 15.51)
	news_says("idle", "C>S", 6, 15.5202)
	news_says("idle", "S>C", 22, 15.5303)
	news_shakes("broker", 21)
	news_says("broker", "C>S", 50, 21.03)
	news_says("broker", "S>C", 5, 21.0401)
	for (i = 0; i < 5; i++) {
		news_says("broker", "S>C", 6, 24 + 4 * i)
		news_says("broker", "C>S", 6, 24.0105 + 4 * i)
		if (i < 4)
			news_says("broker", "S>C", 170, 26.5 + 4 * i)
	}
	news_says("sip", "C>S", 400, 51)
	news_says("sip", "S>C", 300, 51.0101)
	news_says("sip", "S>C", 600, 57)
	news_says("sip", "C>S", 350, 57.0102)
	news_shakes("full", 61)
	news_says("full", "C>S", 50, 61.03)
	news_says("full", "S>C", 1460, 61.0401)
	news_says("full", "S>C", 1460, 61.0402)
	news_says("full", "S>C", 900, 65.0402)
	news_says("full", "C>S", 50, 65.0503)
	news_says("full", "S>C", 50, 65.0604)
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | map(select(.severity != \"low\")) | length == 1"
	print "#= " f "[0] | .severity == \"high\" and .sessions == [4]"
	print "#= " f "[1:] | map(.title | test(\"speaks again unasked, after up to\")) == [true, true, true]"
	print "#= [.findings[] | select(.severity == \"high\")] | length == 1"
}
