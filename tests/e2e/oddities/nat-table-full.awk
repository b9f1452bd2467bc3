# A NAT whose table is full from 10.0 on: new connections vanish in it, those that are open
# go on, and a new one gets through where an old one ends.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			full = t > 10 && k != 30 && k != 41
			one_begins(i, k, t, full)
		}
		ask_again(i, t)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k])
			one_asks(k, t + .021)
		if (i % 40 == 7)
			for (k = 30; k <= 41; k += 11)
				if ((k in born) && i > born[k])
					one_asks(k, t + .0211 + k * .0001)
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1 and .[0].severity == \"high\""
	print "#= " f "[0].title == \"New connections to 10.0.1.1:443 vanish between client and server from some moment on, while those that are open go on\""
	print "#= " f "[0].measure.beside | .by == \"time\" and .opened_before == 19 and .opened_since == 2 and .older == 17"
	print "#= " f "[0].evidence | .[2].note == \"of a session that was open before: it goes on\" and .[2].point == \"client\" and .[2].frame > 276"
}
