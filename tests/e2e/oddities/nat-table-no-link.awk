# From 10.0 on nothing passes between the points: new connections vanish, and the older ones
# stand still.  No table is full.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		if (i % 10 == 0) # one begins each half a second
			one_begins(i, i / 10, t, t > 10)
		ask_again(i, t)
		one_tries(i, t, t < 10)
		late_ask(i, t, "30 41")
	}
	print "idle server 4000 35"
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length >= 1"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
