# A NAT gives one of seven hosts no more sessions from 10.0 on: its new connections vanish,
# those that it has go on, and the other hosts' open.
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
		if ((k in born) && i > born[k])
			one_asks(k, t + .021)
		if (i % 40 == 7)
			for (k = 30; k <= 30; k += 11)
				if ((k in born) && i > born[k])
					one_asks(k, t + .0211 + k * .0001)
	}
	f = "[.findings[] | select(.rule == \"stop.path\")]"
	print "#= " f " | length == 1 and .[0].severity == \"high\""
	print "#= " f "[0].title | test(\"while those that are open go on and other clients. open$\")"
	print "#= " f "[0].measure.beside | .by == \"source\" and .opened_since == 0"
	print "#= " f "[0].next | tostring | test(\"its limits for each source\")"
	print "#1 client any(.findings[]; .title == \"Some sessions of 10.0.0.4 to 10.0.1.1:443 get an answer and others do not: 13 of 24 get nothing back\")"
}
