# Twice nothing passes for 8 s, and who asks then gives up before it ends.  Between and behind
# others of the same hosts open: that is no matter of ports.
BEGIN {
	path_of("client server")
	sixty_sessions(2)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			if (bad(t) && !bad(t + 2)) continue
			one_begins(i, k, t, bad(t))
		}
		ask_again(i, t, 3)
		one_tries(i, t, !bad(t))
	}
	print "idle server 4000 35"
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
function bad(t)
{
	return t > 5 && t < 13 || t > 20 && t < 28
}
