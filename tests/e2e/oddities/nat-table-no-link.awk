# From 10.0 on nothing passes between the points: new connections vanish, and the older ones
# stand still.  No table is full.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			full = t > 10
			one_begins(i, k, t, full)
		}
		ask_again(i, t)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k] && t < 10)
			one_asks(k, t + .021)
		else if ((k in born) && i > born[k] && tries[k]++ < 4)
			printf "s%d:C>S %d..%d @client - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t + .021
		if (i % 40 == 7)
			for (k = 30; k <= 41; k += 11)
				if ((k in born) && i > born[k])
					one_asks(k, t + .0211 + k * .0001)
	}
	print "idle server 4000 35"
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length >= 1"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
