# Four sessions, s1 to s4, that ask again and again for 14 s over a path of 10 ms each way,
# but for a while that begins after 6 s: what comes out then waits until HELD, all at once,
# if that is set; with UPLOAD, of what the clients send only.  With MID, a third point sees
# all of it.  SAID_C and SAID_S count what each side has said.
function asks_piece(s, at, len, dir,    to, from)
{
	to = at + .010
	if (HELD && (!UPLOAD || dir == "C>S") && to > 6 && to < HELD)
		to = HELD + s * .0005
	if (dir == "C>S") {
		from = SAID_C[s]
		SAID_C[s] += len
	} else {
		from = SAID_S[s]
		SAID_S[s] += len
	}
	packet_over("s" s, sprintf("%s %d..%d", dir, from, from + len), at, to, MID)
	return to
}

# A session and its three packets that open it.
function asks_open(s,    t)
{
	t = s * .003
	printf "session s%d tcp C=10.0.0.%d:40001 S=10.0.1.1:7000 isn=%d,%d\n", s, s, 1000 * s, 70000 * s
	packet_over("s" s, "C>S SYN mss=1460", .5 + t, .51 + t, MID)
	packet_over("s" s, "S>C SYN,ACK mss=1460", .5101 + t, .5201 + t, MID)
	packet_over("s" s, "C>S ACK", .5202 + t, .5302 + t, MID)
	SAID_C[s] = SAID_S[s] = 1
}

function asks_again(    s, now, there, back)
{
	for (s = 1; s <= 4; s++) {
		asks_open(s)
		now = 1 + s * .007
		while (now < 14) {
			there = asks_piece(s, now, 100, "C>S")
			back = asks_piece(s, there + .001, 300, "S>C")
			now = back + .03 + s * .002
		}
	}
}

# A fifth session, d, beside them.
function asks_beside()
{
	print "session d tcp C=10.0.0.9:40001 S=10.0.1.1:7001 isn=5,9"
	print "d:C>S SYN mss=1460 @client - .6 @server - .61"
	print "d:S>C SYN,ACK mss=1460 @server - .6101 @client - .6201"
	print "d:C>S ACK @client - .6202 @server - .6302"
}
