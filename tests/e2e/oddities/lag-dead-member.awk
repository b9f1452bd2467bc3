# A third of the connections of seven hosts never opens: they are sent over a dead link of a
# bundle, by their ports, however often they ask.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			one_begins(i, k, t, k % 3 == 1)
		}
		ask_again(i, t)
		one_tries(i, t, 1)
		late_ask(i, t, 30)
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1 and .[0].severity == \"high\""
	print "#= " f "[0].text | test(\"Meanwhile 38 others of the same addresses to the same service open, and the 20 that fail do so each time they ask [(][0-9]+ SYNs[)]: it is a matter of their ports\")"
	print "#= " f "[0].measure.beside.by == \"ports\""
	print "#= " f "[0] | (.title | test(\"die between client and server by their ports: .* and others of the same addresses open\")) and (.places[0] | test(\"one dead member\"))"
}
