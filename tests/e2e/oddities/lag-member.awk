# Twenty connections of the same two hosts to one service.  Those of six ports are sent over
# one link of a bundle, which loses a fifth of what goes there; the others lose nothing at
# the same time.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++) {
			printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + 100, t + k * .001
			gone[k] = k % 10 > 6 && random() < .2
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
	print "#= " f "[0].title | test(\"^6 of 20 sessions lose 19[.0-9]* % of their packets between client and server, the others none$\")"
	print "#= " f "[0].measure.split | .by == \"ports\" and .lossy == 6 and .clean == 14 and .clean_lost == 0 and .clean_sent == 1708"
	print "#= " f "[0] | .next | tostring | test(\"its hash gives these addresses and ports\")"
}
