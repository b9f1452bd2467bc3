# Twenty connections of one client to one address, which a load balancer shares out to
# four servers.  One of these has a bad link and loses a fifth: that is no hash over ports.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++) {
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
		printf "at server C=10.0.0.1:%d S=10.0.2.%d:7000\n", 40000 + k, 1 + k % 4
	}
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++)
			one_sends(k, 100, t + k * .001, k % 4 == 2 && random() < .2)
		each_acks(t + .0305)
	}
	f = "[.findings[] | select(.rule | test(\"^loss\"))]"
	print "#= " f " | length == 1 and .[0].rule == \"loss.path\""
	print "#= " f "[0].title | test(\"^Sessions of 10.0.2.3 lose [0-9.]+ % of their packets between client and server, those of other hosts lose none$\")"
	print "#= " f "[0].measure.split | .by == \"host\" and .lossy == 5 and .clean == 15"
}
