# A record is cut on the way, and its first piece sent again 3 ms later, well within the
# usual spread of delays; that copy is lost (or the capture, which ends an acknowledgement
# later, missed it).  No ID tells the two apart.  The piece that came is the record's, as the next one goes on in it.
BEGIN {
	print "point s zero=2024-03-01T10:00:00"
	print "point c zero=2024-03-01T10:00:00"
	print "session a tcp C=10.1.0.2:38000 S=10.1.0.9:7000 isn=1000,9000"
	print "C>S SYN mss=1460 sackok @c - 0.9 @s - 0.92"
	print "S>C SYN,ACK mss=1460 sackok id=0 @s - 0.9201 @c - 0.9401"
	print "C>S ACK @c - 0.9402 @s - 0.9602"
	print "C>S 1..101 @c - 0.9403 @s - 0.9603"
	seq = 1
	for (k = 0; k < 40; k++) {
		t = 1 + k * 0.1 + (k >= 30) * 0.2
		d = 0.02 + (k < 30) * (k * 7 % 11) * 0.001
		if (k == 30)
			cut(4)
		printf "S>C %d..%d ack=101 id=0 @s - %.6f @c - %.6f\n", seq, seq + 500, t, t + d
		acked(500, t + d + 0.0001)
	}
	print "#$ [.[] | select(.kind == \"data\" and .fate != \"delivered\") | .seq, .len, .copy, .fate] == [24001, 1448, 2, \"undecided\"]"
	print "#$ [.[] | select(.marks | contains([\"resegmented\"])) | .seq, .len, .copy] == [24001, 2896, 1]"
}

function cut(t)
{
	printf "S>C %d..%d ack=101 id=0 @s - %.6f\n", seq, seq + 2896, t
	printf "S>C %d..%d nopush ack=101 id=0 @c - %.6f\n", seq, seq + 1448, t + 0.022
	printf "S>C %d..%d ack=101 id=0 @c - %.6f\n", seq + 1448, seq + 2896, t + 0.0221
	printf "S>C %d..%d nopush ack=101 id=0 @s - %.6f\n", seq, seq + 1448, t + 0.003
	acked(2896, t + 0.0225)
}

function acked(n, t)
{
	seq += n
	printf "C>S ACK ack=%d @c - %.6f @s - %.6f\n", seq, t, t + 0.0201
}
