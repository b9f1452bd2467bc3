# A proxy's SYNs to the server that a browser asks for (CONNECT) get no answer; after a
# while it says so (504).  The two connections are not one.  The report begins with the
# server that does not answer the proxy: not with captures that have nothing in common,
# nor with a proxy that is slow.
BEGIN {
	print "#= .sessions | length == 2"
	print "#= [.sessions[].pairing.verdict] == [\"alone\", \"alone\"]"
	print "#= .findings[0] | .rule == \"stop.host\" and .severity == \"high\" and (.title | startswith(\"The proxy 10.0.0.1:3128 gets no connection: 198.51.100.9:443 does not answer\"))"
	print "#= [.findings[] | select(.rule == \"pair.none\" or .rule == \"delay.server\") | .severity] | unique == [\"low\"]"
	print "#= .findings | any(.rule == \"app.error\" and (.title | contains(\"504 Gateway Timeout\")))"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session web tcp C=10.0.0.7:51000 S=10.0.0.1:3128 isn=1000,5000 ttl=64,63"
	print "session back tcp C=192.0.2.1:40001 S=198.51.100.9:443 isn=700000,900000 ttl=63,64"
	both = " mss=1460 win=64240 ws=8 sackok "
	say("web:C>S SYN" both, "client", 0)
	say("web:S>C SYN,ACK" both, "client", 0.0005)
	say("web:C>S ACK", "client", 0.0006)
	say("web:C>S 1..56 text=CONNECT\\sexample.org:443\\sHTTP/1.1\\nHost:\\sexample.org\\n\\n", "client", 0.001)
	say("web:S>C ACK", "client", 0.0015)
	say("back:C>S SYN" both, "server", 0.03)
	say("back:C>S SYN" both, "server", 1.03)
	say("back:C>S SYN" both, "server", 3.03)
	say("back:C>S SYN" both, "server", 7.03)
	say("web:S>C 1..51 text=HTTP/1.1\\s504\\sGateway\\sTimeout\\nContent-Length:\\s0\\n\\n", "client", 10.03)
	say("web:C>S ACK", "client", 10.031)
	say("web:C>S FIN,ACK", "client", 10.04)
	say("web:S>C FIN,ACK", "client", 10.041)
	say("web:C>S ACK", "client", 10.042)
	print "idle server 9 12"
	print "idle client 30 12"
}
function say(what, at, t) { printf "%s @%s - %.6f\n", what, at, t }
