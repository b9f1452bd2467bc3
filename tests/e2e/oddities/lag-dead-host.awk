# Of one host no connection opens, and of another one does not: that is no matter of ports,
# although others of that one open.
BEGIN {
	path_of("client server")
	sixty_sessions(7, 4)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			one_begins(i, k, t, k % 7 > 4 || k % 7 == 3 || k == 7)
		}
		ask_again(i, t)
		one_tries(i, t, 1)
		late_ask(i, t, 30)
	}
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
