# A stream to each of twenty ports of a host, all sent in the same order at each tick of 20 ms: a
# short queue drops some of the last six.  That is a matter of the order.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d udp C=10.0.0.1:%d S=10.0.1.1:7000\n", k, 40000 + k
	for (i = 0; i < 400; i++)
		for (k = 0; k < 20; k++) {
			t = 1 + i * .02 + k * .00001
			gone = k > 13 && random() < .2
			printf "s%d:C>S %d..%d @client - %.5f", k, 1 + i * 200, 201 + i * 200, t
			print gone ? "" : sprintf(" @server - %.5f", t + .01)
		}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
