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
			full = bad(t)
			one_begins(i, k, t, full)
		}
		ask_again(i, t, 3)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k] && !bad(t))
			one_asks(k, t + .021)
		else if ((k in born) && i > born[k] && tries[k]++ < 4)
			printf "s%d:C>S %d..%d @client - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t + .021
	}
	print "idle server 4000 35"
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
function bad(t)
{
	return t > 5 && t < 13 || t > 20 && t < 28
}
