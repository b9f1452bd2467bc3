# A server that sends to a client over a path of 60 ms, with so large a window; captured at
# the client, c, alone.  WINDOW_SENT: up to where it has.

function window_opens(win)
{
	path_of("c")
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,61"
	print "C>S SYN mss=1460 ws=0 sackok win=" win " @c - 1"
	print "S>C SYN,ACK mss=1460 ws=0 sackok win=64000 @c - 1.06"
	print "C>S ACK win=" win " @c - 1.0601"
	print "C>S 1..201 win=" win " @c - 1.0602"
	WINDOW_SENT = 1
}

# Round trip I: N segments of LEN bytes.  Acknowledged with the window WIN, unless it is 0.
function window_round(i, n, len, win,    k, t)
{
	t = 1.1212 + i * 0.0603
	for (k = 0; k < n; k++) {
		printf "S>C %d..%d win=64000 @c - %.6f\n", WINDOW_SENT, WINDOW_SENT + len, t + k * 0.00001
		WINDOW_SENT += len
	}
	if (win)
		printf "C>S ACK win=%d @c - %.6f\n", win, t + 0.00012
}
