# A third of all SYNs is lost, as they come: five connections give up after two, but fifteen
# open by their second one.  It is no matter of ports.
BEGIN {
	path_of("client server")
	sixty_sessions(7)
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			if (k % 3 == 1)
				printf "s%d:C>S SYN mss=1460 @client - %.5f\n", k, t
			due[k] = k % 3 == 1 ? i + 20 : i
		}
		for (k = 0; k < 60; k++)
			if ((k in due) && due[k] == i) {
				printf "s%d:C>S SYN mss=1460     @client - %.5f", k, t + .001
				print k % 12 == 7 ? "" : sprintf(" @server - %.5f", t + .005)
				if (k % 12 == 7)
					continue
				printf "s%d:S>C SYN,ACK mss=1460 @server - %.5f @client - %.5f\n", k, t + .0051, t + .0101
				printf "s%d:C>S ACK              @client - %.5f @server - %.5f\n", k, t + .0102, t + .0152
				born[k] = i
			}
		one_tries(i, t, 1)
		late_ask(i, t, 30)
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
