# Twenty connections of five hosts to one.  One of the five has a bad link and loses a fifth.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.%d:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 1 + k % 5, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++) {
			printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + 100, t + k * .001
			gone[k] = k % 5 == 3 && random() < .2
			print gone[k] ? "" : sprintf(" @server - %.5f", t + k * .001 + .010)
		}
		for (k = 0; k < 20; k++)
			if (!gone[k]) {
				next_byte[k] += 100
				printf "s%d:S>C ACK @server - %.5f @client - %.5f\n", k, t + .0305 + k * .0002, t + .0405 + k * .0002
			}
	}
	f = "[.findings[] | select(.rule | test(\"^loss\"))]"
	print "#= " f " | length == 1 and .[0].rule == \"loss.path\""
	print "#= " f "[0].title | test(\"^Sessions of 10.0.0.4 lose [0-9.]+ % of their packets between client and server, those of other hosts lose none$\")"
	print "#= " f "[0].measure.split | .by == \"host\" and .lossy == 4 and .clean == 16"
}
