# From 14.0 on nothing of one host of several passes: its new connections vanish and its older
# ones stand still, as where its own link is down.  That is no limit.
BEGIN {
	path_of("client server")
	sixty_sessions(7, 4)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		if (i % 10 == 0) # one begins each half a second
			one_begins(i, i / 10, t, stuck(i / 10, t))
		ask_again(i, t)
		one_tries(i, t, !stuck(i % 17, t))
		late_ask(i, t, 30)
	}
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
function stuck(k, t)
{
	return t > 14 && (k % 7 == 3 || k % 7 > 4)
}
