# Streams that nobody answers, of which six of twenty lack a fifth at the server: a queue of
# the capturing card that overflows looks the same as a bad link of a bundle.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++) {
		printf "session s%d udp C=10.0.0.1:%d S=10.0.1.1:7000\n", k, 40000 + k
		due[k] = 1 + k * .0017
	}
	for (t = 1; t < 12; t += .0005)
		for (k = 0; k < 20; k++)
			if (due[k] <= t) {
				due[k] += .04 * (1 + .1 * (random() - .5))
				gone = k % 10 > 6 && random() < .2
				printf "s%d:C>S %d..%d @client - %.5f", k, 1 + n[k] * 200, 201 + n[k] * 200, t
				print gone ? "" : sprintf(" @server - %.5f", t + .01)
				n[k]++
			}
	f = "[.findings[] | select(.rule == \"loss.path\")]"
	print "#= " f "[0].measure.split.by == \"ports\""
	print "#= " f "[0].against | test(\"a capturing card shares packets out to its queues by such a hash\")"
}
