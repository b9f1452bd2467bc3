# A browser asks a proxy for a connection (CONNECT).  The proxy wants credentials, which
# the second request has; its answer comes when the proxy has looked the name up, in
# 50 ms, and has opened its own connection, in 40 ms.  Then TLS goes through, of which
# the server answers each request within 5 ms.  Behind the proxy the stream has the same
# bytes, without what was said to the proxy; both are one session, whose opening is
# none of the server's.
BEGIN {
	print "#= .sessions | length == 1"
	print "#= .sessions[0].pairing | .verdict == \"paired\" and .kind == \"relayed\""
	print "#= .sessions[0].client_end == \"first\""
	print "#= .findings[] | select(.rule == \"pair.relay\") | .text | contains(\"In session 1 that took 92 ms at client, of which the SYN and its answer took 100 us at server\")"
	print "#$ map(select(.fate == \"lost\" or .fate == \"undecided\")) | length == 0"
	print "#$ map(select(.from == \"client\" and .fate == \"delivered\" and .kind == \"data\")) | length == 6"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session web tcp C=10.0.0.7:51000 S=10.0.0.1:3128 isn=1000,5000 ttl=64,63"
	print "at server C=192.0.2.1:40001 S=198.51.100.9:443 isn=700000,900000 ttl=63,64"
	both = " mss=1460 win=64240 ws=8 sackok "
	say("C>S SYN" both, "client", 0)
	say("S>C SYN,ACK" both, "client", 0.0005)
	say("C>S ACK", "client", 0.0006)
	ask = "CONNECT\\sexample.org:443\\sHTTP/1.1\\n"
	say("C>S 1..83 text=" ask "Host:\\sexample.org:443\\nUser-Agent:\\smade-up-1\\n\\n", "client", 0.001)
	say("S>C 1..50 text=HTTP/1.1\\s407\\sAuthenticate\\nContent-Length:\\s20\\n\\n", "client", 0.003)
	say("S>C 50..70", "client", 0.0031)
	say("C>S 83..152 text=" ask "Proxy-Authorization:\\sBasic\\sYTpi\\n\\n", "client", 0.005)
	# the proxy's own connection, whose streams begin at 152 and 109
	say("C>S SYN seq=151" both, "server", 0.056)
	say("S>C SYN,ACK seq=108 ack=152" both, "server", 0.0561)
	say("C>S ACK seq=152 ack=109", "server", 0.096)
	say("S>C 70..109 text=HTTP/1.1\\s200\\sConnection\\sestablished\\n\\n", "client", 0.097)
	c = 152
	s = 109
	request(0.098, 517, "hex=16030102000100")
	answer(0.139, 1300, "hex=160303007a0200")
	request(0.181, 80, "hex=1403030001011703030035")
	for (i = 0; i < 4; i++) {
		request(0.2 + i / 10, 200 + i, "hex=17030300c0")
		answer(0.245 + i / 10, 900 + 50 * i, "hex=1703030300")
	}
	c++
	say("C>S FIN,ACK", "client", 0.7)
	say("S>C ACK", "client", 0.7003)
	say("C>S FIN,ACK seq=" c - 1 far(s), "server", 0.72)
	say("S>C FIN,ACK seq=" s far(c), "server", 0.7201)
	s++
	say("C>S ACK seq=" c far(s), "server", 0.74)
	say("S>C FIN,ACK", "client", 0.741)
	say("C>S ACK", "client", 0.7411)
}
function say(what, at, t) { printf "%s @%s - %.6f\n", what, at, t }
# before the streams, the server's point has seen nothing
function far(ack) { return " ack=" ack }
function request(t, n, bytes) {
	say("C>S " c ".." c + n " " bytes, "client", t)
	say("S>C ACK", "client", t + 0.0004)
	say("C>S " c ".." c + n far(s) " " bytes, "server", t + 0.0202)
	c += n
}
# at the server, at the client 20 ms later
function answer(t, n, bytes) {
	say("S>C " s ".." s + n far(c) " " bytes, "server", t)
	say("S>C " s ".." s + n " " bytes, "client", t + 0.0206)
	say("C>S ACK", "client", t + 0.0207)
	s += n
	say("C>S ACK seq=" c far(s), "server", t + 0.02)
}
