# Six of twenty streams of the same hosts send half as much again as the others, and lose a
# fifth, as a fair queue or a policer of each session has it: the others stay below.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++) {
		printf "session s%d udp C=10.0.0.1:%d S=10.0.1.1:7000\n", k, 40000 + k
		gap[k] = k % 10 > 6 ? .03 : .045
		due[k] = 1 + k * .0017
	}
	for (t = 1; t < 12; t += .0005)
		for (k = 0; k < 20; k++)
			if (due[k] <= t) {
				due[k] += gap[k] * (1 + .1 * (random() - .5))
				gone = k % 10 > 6 && random() < .2
				printf "s%d:C>S %d..%d @client - %.5f", k, 1 + n[k] * 200, 201 + n[k] * 200, t
				print gone ? "" : sprintf(" @server - %.5f", t + .01)
				n[k]++
			}
	print "#= .findings | any(.rule == \"loss.path\")"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
