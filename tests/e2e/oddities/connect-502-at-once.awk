# A proxy refuses a request (CONNECT, 502) after 34 ms: it does not know the name.  At the
# same time another host asks a server on the same port in vain, for 7 s.  Nobody knows
# after 34 ms that no answer comes, and who is told goes on no longer: the two have nothing
# to do with one another.
BEGIN {
	print "#= .findings | any(.rule == \"stop.host\" and (.title | startswith(\"198.51.100.9:443 does not answer\")))"
	print "#= .findings | any(.rule == \"pair.none\" and .severity == \"high\")"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session web tcp C=10.0.0.7:51000 S=10.0.0.1:3128 isn=1000,5000 ttl=64,63"
	print "session back tcp C=10.0.3.77:40001 S=198.51.100.9:443 isn=700000,900000 ttl=63,64"
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
	say("web:S>C 1..47 text=HTTP/1.1\\s502\\sBad\\sGateway\\nContent-Length:\\s0\\n\\n", "client", 0.035)
	say("web:C>S ACK", "client", 0.036)
	say("web:C>S FIN,ACK", "client", 0.037)
	say("web:S>C FIN,ACK", "client", 0.038)
	say("web:C>S ACK", "client", 0.039)
	print "idle server 9 12"
	print "idle client 30 12"
}
function say(what, at, t) { printf "%s @%s - %.6f\n", what, at, t }
