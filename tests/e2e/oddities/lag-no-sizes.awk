# Six of twenty connections send large packets, of which a fifth is lost, as noise on a line
# does; the others send small ones and lose nothing.
BEGIN {
	path_of("client server")
	twenty_sessions()
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++)
			one_sends(k, k % 10 > 6 ? 1400 : 100, t + k * .001, k % 10 > 6 && random() < .2)
		each_acks(t + .0305)
	}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
