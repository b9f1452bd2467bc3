# Twenty connections of the same two hosts lose one packet in thirty: some of them, by
# chance, none.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++) {
			printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + 100, t + k * .001
			gone[k] = i < 60 + k % 3 && random() < .03
			print gone[k] ? "" : sprintf(" @server - %.5f", t + k * .001 + .010)
		}
		for (k = 0; k < 20; k++)
			if (!gone[k]) {
				next_byte[k] += 100
				printf "s%d:S>C ACK @server - %.5f @client - %.5f\n", k, t + .0305 + k * .0002, t + .0405 + k * .0002
			}
	}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
