# Twenty connections of the same two hosts to one service.  Those of six ports are sent over
# one link of a bundle, which loses a fifth of what goes there; the others lose nothing at
# the same time.
BEGIN {
	path_of("client server")
	twenty_sessions()
	all_open()
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 20; k++)
			one_sends(k, 100, t + k * .001, k % 10 > 6 && random() < .2)
		each_acks(t + .0305)
	}
	f = "[.findings[] | select(.rule | test(\"^loss\"))]"
	print "#= " f " | length == 1 and .[0].rule == \"loss.path\""
	print "#= " f "[0].title | test(\"^6 of 20 sessions lose 19[.0-9]* % of their packets between client and server, the others none$\")"
	print "#= " f "[0].measure.split | .by == \"ports\" and .lossy == 6 and .clean == 14 and .clean_lost == 0 and .clean_sent == 1708"
	print "#= " f "[0] | .next | tostring | test(\"its hash gives these addresses and ports\")"
}
