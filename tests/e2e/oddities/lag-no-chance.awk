# Twenty connections of the same two hosts lose one packet in thirty: some of them, by
# chance, none.
BEGIN {
	path_of("client server")
	twenty_sessions()
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++)
			one_sends(k, 100, t + k * .001, i < 60 + k % 3 && random() < .03)
		each_acks(t + .0305)
	}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
