# A proxy grants a connection (CONNECT) only after 10 s, as its SYNs get no answer before
# that: not that is told as the proxy's own time, but that it may have waited.
BEGIN {
	print "#= [.findings[] | select(.rule == \"delay.server\") | [.severity, .title]] == [[\"medium\", \"The proxy 10.0.0.1:3128, or who it connects to, takes 10 s to open connections\"]]"
	print "#= any(.findings[]; .rule == \"delay.server\" and (.text | test(\"only a capture behind it tells\")))"
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
	say("back:S>C SYN,ACK" both, "server", 7.04)
	say("back:C>S ACK", "server", 7.041)
	say("web:S>C 1..51 text=HTTP/1.1\\s200\\sOK\\nContent-Length:\\s0\\n\\n", "client", 10.03)
	say("web:C>S ACK", "client", 10.031)
	say("web:C>S FIN,ACK", "client", 10.04)
	say("web:S>C FIN,ACK", "client", 10.041)
	say("web:C>S ACK", "client", 10.042)
	print "idle server 9 12"
	print "idle client 30 12"
}
function say(what, at, t) { printf "%s @%s - %.6f\n", what, at, t }
