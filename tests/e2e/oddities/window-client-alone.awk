# A client takes 16 KB at a time over a path of 60 ms, and was captured at alone: what
# comes next had not been allowed until a round trip before, so it is not the server
# that is slow.
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,61"
	print "C>S SYN mss=1460 ws=0 sackok win=16384 @c - 1"
	print "S>C SYN,ACK mss=1460 ws=0 sackok win=64000 @c - 1.06"
	print "C>S ACK win=16384 @c - 1.0601"
	print "C>S 1..201 win=16384 @c - 1.0602"
	at = 1
	for (i = 0; i < 20; i++) {
		t = 1.1212 + i * 0.0603
		for (k = 0; k < 11; k++) {
			printf "S>C %d..%d win=64000 @c - %.6f\n", at, at + 1460,
				t + k * 0.00001
			at += 1460
		}
		printf "C>S ACK win=16384 @c - %.6f\n", t + 0.00012
	}
	print "#= [.findings[].rule] == [\"delay.window\"]"
	print "#= (.findings[0].title | test(\"client's window\"))"
	print "#= (.findings[0].text | test(\"seen from the receiver's side only\"))"
	print "#= .sessions[0].time_ns.window > 1140000000"
	print "#= .sessions[0].time_ns.server < 10000000"
}
