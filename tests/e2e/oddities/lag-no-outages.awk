# Twenty connections of the same two hosts.  In four spans of a second half of everything
# is lost, and only six of the connections send then: it is the time, not the connection.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		bad = i % 30 > 9
		for (k = 0; k < 20; k++) {
			gone[k] = 1
			if (bad && k % 10 < 7)
				continue
			printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + 100, t + k * .001
			gone[k] = bad && random() < .5
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
