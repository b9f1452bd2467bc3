# A NAT whose table is full from 10.0 on: new connections vanish in it, those that are open
# go on, and a new one gets through where an old one ends.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		if (i % 10 == 0) # one begins each half a second
			one_begins(i, i / 10, t, t > 10 && i != 300 && i != 410)
		ask_again(i, t)
		one_tries(i, t, 1)
		late_ask(i, t, "30 41")
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1 and .[0].severity == \"high\""
	print "#= " f "[0].title == \"New connections to 10.0.1.1:443 vanish between client and server from some moment on, while those that are open go on\""
	print "#= " f "[0].measure.beside | .by == \"time\" and .opened_before == 19 and .opened_since == 2 and .older == 17"
	print "#= " f "[0].evidence | .[2].note == \"of a session that was open before: it goes on\" and .[2].point == \"client\" and .[2].frame > 276"
}
