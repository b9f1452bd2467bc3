# An SSH client goes through a SOCKS 5 proxy, with a name and a password; the server,
# which speaks first, answers in the segment that the proxy's answer is in.  Behind the
# proxy the streams have the same bytes, without what was said to it.
BEGIN {
	print "#= .sessions | length == 1"
	print "#= .sessions[0].pairing | .verdict == \"paired\" and .kind == \"relayed\""
	print "#= .sessions[0].client_end == \"first\""
	print "#$ map(select(.fate == \"lost\" or .fate == \"undecided\")) | length == 0"
	print "#$ map(select(.fate == \"delivered\" and .dir == \"c2s\")) | length == 5"
	print "#! map(select(.proto == \"socks\")) | length == 1 and (.[0].name | startswith(\"CONNECT example.org:22\"))"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session ssh tcp C=10.0.0.7:51000 S=10.0.0.1:1080 isn=1000,5000 ttl=64,63"
	print "at server C=192.0.2.1:40001 S=198.51.100.9:22 isn=700000,900000 ttl=63,64"
	both = " mss=1460 win=64240 ws=8 sackok "
	say("C>S SYN" both, "client", 0)
	say("S>C SYN,ACK" both, "client", 0.0005)
	say("C>S ACK", "client", 0.0006)
	say("C>S 1..5 hex=05020002", "client", 0.001)
	say("S>C 1..3 hex=0502", "client", 0.0015)
	say("C>S 5..13 hex=01036a6f65026162", "client", 0.002)
	say("S>C 3..5 hex=0100", "client", 0.0025)
	say("C>S 13..31 hex=050100030b6578616d706c652e6f72670016", "client", 0.003)
	# the proxy's own connection, whose streams begin at 31 and 15
	say("C>S SYN seq=30" both, "server", 0.05)
	say("S>C SYN,ACK seq=14 ack=31" both, "server", 0.0501)
	say("C>S ACK seq=31 ack=15", "server", 0.07)
	c = 31
	s = 15
	say("S>C 15..56 ack=31 hex=5353482d322e302d4f70656e5353485f392e320d0a", "server", 0.0715)
	say("C>S ACK seq=31 ack=56", "server", 0.0916)
	say("S>C 5..56 hex=050000010000000000005353482d322e302d4f70656e5353485f392e320d0a", "client", 0.092)
	s = 56
	for (i = 0; i < 5; i++) {
		request(0.1 + i / 10, 200 + i, "")
		answer(0.145 + i / 10, 900 + 50 * i, "")
	}
}
function say(what, at, t) { printf "%s @%s - %.6f\n", what, at, t }
function request(t, n, bytes) {
	say("C>S " c ".." c + n bytes, "client", t)
	say("S>C ACK", "client", t + 0.0004)
	say("C>S " c ".." c + n " ack=" s bytes, "server", t + 0.0202)
	c += n
}
# at the server, at the client 20 ms later
function answer(t, n, bytes) {
	say("S>C " s ".." s + n " ack=" c bytes, "server", t)
	say("S>C " s ".." s + n bytes, "client", t + 0.0206)
	say("C>S ACK", "client", t + 0.0207)
	s += n
	say("C>S ACK seq=" c " ack=" s, "server", t + 0.02)
}
