# A client opens a connection for each request, 100 ms away; only its side was
# captured.  The round trip of the last acknowledgement is the path's, not the
# server's.
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	for (i = 0; i < 12; i++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:80 ttl=64,60\n",
			i, 40000 + i
	for (i = 0; i < 12; i++) {
		t = 1 + i * 0.32
		put("C>S SYN mss=1460 sackok", 0)
		put("S>C SYN,ACK mss=1460 sackok", 0.1)
		put("C>S ACK", 0.1001)
		put("C>S 1..29 text=GET\\s/x\\sHTTP/1.1\\nHost:\\sx\\n\\n", 0.1002)
		put("S>C ACK", 0.2002)
		put("S>C 1..301 text=HTTP/1.1\\s200\\sOK\\nContent-Length:" \
		    "\\s259\\n\\n", 0.2012)
		put("S>C FIN,ACK", 0.2013)
		put("C>S FIN,ACK", 0.2014)
		put("S>C ACK", 0.3014)
	}
	print "#= ([.sessions[].time_ns.server] | add) < 20000000"
}
function put(what, after)
{
	printf "s%d:%s @c - %.6f\n", i, what, t + after
}
