# The client's card joins ten segments to one.  The server sends twenty each round trip
# of 60 ms, though the window of 32 KB has room for two more: it is not the limit.
BEGIN {
	window_opens(32768)
	for (i = 0; i < 60; i++)
		window_round(i, 2, 14600, 32768)
	print "#= [.findings[] | select(.rule == \"delay.window\")] == []"
	print "#= .sessions[0].time_ns.window < 1000000"
}
