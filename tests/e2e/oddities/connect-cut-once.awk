# A client asks its proxy for a connection (CONNECT), of which the server speaks first.
# A firewall in between gives both directions other numbers, and the capture behind it
# is cut to 90 bytes: there the request and the answer have no end, so that nobody sees
# where the streams begin.  That the other point sees it makes them no two connections.
BEGIN {
	print "#= .sessions | length == 1"
	print "#= .sessions[0].pairing | .verdict == \"paired\" and .kind == \"resequenced\""
	print "#= .sessions[0].flows | length == 2"
	print "#$ all(.fate == \"delivered\")"
	path_of("client proxy", "2024-05-04T10:00:00")
	print "session web tcp C=10.0.0.7:51000 S=10.0.0.1:3128 isn=1000,5000 ttl=64,64"
	print "at proxy C=192.0.2.1:40001 S=10.0.0.1:3128 isn=700000,900000 ttl=63,64"
	both = " mss=1460 win=64240 ws=8 sackok"
	c = s = 1
	say("C>S SYN" both, 0)
	say("S>C SYN,ACK" both, 0.0005)
	say("C>S ACK", 0.0006)
	request(0.001, 82, "text=CONNECT\\sexample.org:443\\sHTTP/1.1\\nHost:\\sexample.org:443\\nUser-Agent:\\smade-up-1\\n\\n")
	answer(0.097, 39, "text=HTTP/1.1\\s200\\sConnection\\sestablished\\n\\n")
	answer(0.137, 60, "")
	for (i = 0; i < 3; i++) {
		request(0.2 + i / 10, 200 + i, "")
		answer(0.245 + i / 10, 900 + 50 * i, "")
	}
	say("C>S FIN,ACK ack=" s, 0.7)
	say("S>C FIN,ACK ack=" c + 1, 0.71)
	say("C>S ACK ack=" s + 1, 0.72)
}
function say(what, t)
{
	printf "%s @client - %.6f\n", what, t
	printf "%s cap=90 @proxy - %.6f\n", what, t + (what ~ /^C/ ? 0.0101 : -0.0001)
}
function request(t, n, bytes) { say("C>S " c ".." c + n " ack=" s " " bytes, t); c += n }
function answer(t, n, bytes) { say("S>C " s ".." s + n " ack=" c " " bytes, t); s += n }
