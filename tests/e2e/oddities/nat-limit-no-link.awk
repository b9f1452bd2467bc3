# From 14.0 on nothing of one host of several passes: its new connections vanish and its older
# ones stand still, as where its own link is down.  That is no limit.
BEGIN {
	path_of("client server")
	for (k = 0; k < 60; k++) {
		isn = sprintf("isn=%d,%d", 1000 + 91733 * k, 5000 + 77171 * k)
		printf "session s%d tcp C=10.0.0.%d:%d S=10.0.1.1:443 %s\n", k, (k % 7 > 4 ? 4 : 1 + k % 7), 40000 + k, isn
		printf "at server C=172.20.0.1:%d S=10.0.1.1:443\n", 2000 + 37 * k
	}
	for (i = 0; i < 600; i++) { # each 50 ms
		t = 1 + i * .05
		# one begins each half a second
		if (i % 10 == 0) {
			k = i / 10
			full = t > 14 && (k % 7 == 3 || k % 7 > 4)
			one_begins(i, k, t, full)
		}
		ask_again(i, t)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k] && !(t > 14 && (k % 7 == 3 || k % 7 > 4)))
			one_asks(k, t + .021)
		else if ((k in born) && i > born[k] && tries[k]++ < 4)
			printf "s%d:C>S %d..%d @client - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t + .021
		if (i % 40 == 7)
			for (k = 30; k <= 30; k += 11)
				if ((k in born) && i > born[k] && k % 7 < 3)
					one_asks(k, t + .0211 + k * .0001)
	}
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
