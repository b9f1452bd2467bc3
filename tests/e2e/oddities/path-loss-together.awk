# Four sessions ask again and again; at one moment a request of each is lost, and all are
# sent again a third of a second later.  The path did not stand still: it lost something,
# and their time-outs are alike.
BEGIN {
	path_of("client server")
	for (s = 1; s <= 4; s++) {
		asks_open(s)
		c = t = 1
		now = 1 + s * .007
		for (n = 0; now < 14; n++) {
			if (now >= 6 && !lost[s]) {
				lost[s] = 1
				printf "s%d:C>S %d..%d @client - %.6f\n", s, c, c + 100, now
				now += .33
			}
			printf "s%d:C>S %d..%d @client - %.6f @server - %.6f\n", s, c, c + 100, now, now + .010
			printf "s%d:S>C %d..%d @server - %.6f @client - %.6f\n", s, t, t + 300, now + .011, now + .021
			c += 100; t += 300
			now += .024 + s * .0005
		}
	}
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
	print "#= .findings | any(.rule == \"loss.path\")"
}
