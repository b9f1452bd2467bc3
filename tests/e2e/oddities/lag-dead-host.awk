# Of one host no connection opens, and of another one does not: that is no matter of ports,
# although others of that one open.
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
			full = k % 7 > 4 || k % 7 == 3 || k == 7
			one_begins(i, k, t, full)
		}
		ask_again(i, t)
		# one of those open asks
		k = i % 17
		if ((k in born) && i > born[k])
			one_asks(k, t + .021)
		if (i % 40 == 7)
			for (k = 30; k <= 30; k += 11)
				if ((k in born) && i > born[k])
					one_asks(k, t + .0211 + k * .0001)
	}
	print "#= .findings | any(.rule == \"stop.path\")"
	print "#= [.findings[].measure | select(has(\"beside\"))] == []"
}
