# From 10.0 to 28.4 nothing passes between the points, and who asks then gives up after a few
# seconds.  The older ones go on later: no table is full.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		if (i % 10 == 0) # one begins each half a second
			one_begins(i, i / 10, t, t > 10 && t < 28.4)
		ask_again(i, t, 3)
		one_tries(i, t, (t < 10 || t > 28.4))
	}
	print "idle server 4000 35"
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
