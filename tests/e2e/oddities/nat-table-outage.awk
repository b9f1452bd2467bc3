# From 10.0 to 28.4 nothing passes between the points, and who asks then gives up after a few
# seconds.  The older ones go on later: no table is full.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			full = t > 10 && t < 28.4
			one_begins(i, k, t, full)
		}
		ask_again(i, t, 3)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k] && (t < 10 || t > 28.4))
			one_asks(k, t + .021)
		else if ((k in born) && i > born[k] && tries[k]++ < 4)
			printf "s%d:C>S %d..%d @client - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t + .021
	}
	print "idle server 4000 35"
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
