# The client's card joins ten segments to one.  The server sends twenty each round trip
# of 60 ms, though the window of 32 KB has room for two more: it is not the limit.
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,61"
	print "C>S SYN mss=1460 ws=0 sackok win=32768 @c - 1"
	print "S>C SYN,ACK mss=1460 ws=0 sackok win=64000 @c - 1.06"
	print "C>S ACK win=32768 @c - 1.0601"
	print "C>S 1..201 win=32768 @c - 1.0602"
	at = 1
	for (i = 0; i < 60; i++) {
		t = 1.1212 + i * 0.0603
		for (k = 0; k < 2; k++) {
			printf "S>C %d..%d win=64000 @c - %.6f\n", at, at + 14600,
				t + k * 0.00001
			at += 14600
		}
		printf "C>S ACK win=32768 @c - %.6f\n", t + 0.00012
	}
	print "#= [.findings[] | select(.rule == \"delay.window\")] == []"
	print "#= .sessions[0].time_ns.window < 1000000"
}
