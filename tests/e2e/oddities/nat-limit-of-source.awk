# A NAT gives one of seven hosts no more sessions from 14.0 on: its new connections vanish,
# those that it has go on, and the other hosts' open.
BEGIN {
	path_of("client server")
	sixty_sessions(7, 4)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			one_begins(i, k, t, t > 14 && (k % 7 == 3 || k % 7 > 4))
		}
		ask_again(i, t)
		one_tries(i, t, 1)
		late_ask(i, t, 30)
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1 and .[0].severity == \"high\""
	print "#= " f "[0].title | test(\"while those that are open go on and other clients. open$\")"
	print "#= " f "[0].measure.beside | .by == \"source\" and .opened_since == 0"
	print "#= " f "[0].next | tostring | test(\"its limits for each source\")"
	print "#1 client any(.findings[]; .title == \"Some sessions of 10.0.0.4 to 10.0.1.1:443 get an answer and others do not: 13 of 24 get nothing back\")"
}
