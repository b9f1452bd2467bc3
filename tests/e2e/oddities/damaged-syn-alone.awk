# Eight connections to one server, each of whose first SYN arrives damaged and is
# sent again after a second.  The one capture is next to the server: its host never
# got the first, so no listen queue was full.
BEGIN {
	print "point server zero=2024-03-01T10:00:00"
	for (s = 0; s < 8; s++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:80\n",
			s, 40000 + s
	for (s = 0; s < 8; s++) {
		t = 1 + 3 * s
		put("C>S SYN mss=1460 csum=0x1111", t)
		put("C>S SYN mss=1460", t + 1)
		put("S>C SYN,ACK mss=1460", t + 1.0001)
		put("C>S ACK", t + 1.0201)
		put("C>S 1..101", t + 1.021)
		put("S>C 1..301", t + 1.022)
		put("C>S FIN,ACK", t + 1.05)
		put("S>C FIN,ACK", t + 1.0501)
		put("C>S ACK seq=102", t + 1.0701)
	}
	print "#= all(.findings[]; .rule != \"delay.server\")"
	print "#= all(.sessions[]; .time_ns.server < 10000000 and .time_ns.recovery > 900000000)"
	print "#= any(.findings[]; .rule == \"delay.recovery\" and (.text | test(\"In 8 of 8 sessions .*they were damaged\")) and any(.evidence[]; .note | test(\"checksum is wrong\")))"
}
function put(what, t) { printf "s%d:%s @server - %.4f\n", s, what, t }
