# Twenty connections of the same two hosts.  In four spans of a second half of everything
# is lost, and only six of the connections send then: it is the time, not the connection.
BEGIN {
	path_of("client server")
	twenty_sessions()
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		bad = i % 30 > 9
		for (k = 0; k < 20; k++)
			if (!bad || k % 10 > 6)
				one_sends(k, 100, t + k * .001, bad && random() < .5)
		each_acks(t + .0305)
	}
	print "#= .findings | any(.rule | test(\"^loss\"))"
	print "#= [.findings[].measure | select(has(\"split\"))] == []"
}
