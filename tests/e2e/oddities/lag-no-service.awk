# Six of twenty connections are to another service, which loses a fifth: a rule by port may
# do so, and who else asks the same service loses, too.
BEGIN {
	path_of("client server")
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,%d\n", k, 40000 + k, 7000 + (k % 10 > 6), 1000 + 9000 * k, 70000 + 7000 * k
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++)
			one_sends(k, 100, t + k * .001, k % 10 > 6 && random() < .2)
		each_acks(t + .0305)
	}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
