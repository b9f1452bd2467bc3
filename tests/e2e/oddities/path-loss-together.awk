# Four sessions ask again and again; at one moment a request of each is lost, and all are
# sent again a third of a second later.  The path did not stand still: it lost something,
# and their time-outs are alike.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (s = 1; s <= 4; s++) {
		printf "session s%d tcp C=10.0.0.%d:40001 S=10.0.1.1:7000 isn=%d,%d\n", s, s, 1000 * s, 70000 * s
		printf "s%d:C>S SYN mss=1460 @client - %.6f @server - %.6f\n", s, .5 + s * .003, .51 + s * .003
		printf "s%d:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", s, .5101 + s * .003, .5201 + s * .003
		printf "s%d:C>S ACK @client - %.6f @server - %.6f\n", s, .5202 + s * .003, .5302 + s * .003
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
