# Requests that are all alike, bytes and identification, and so are the answers, each
# 100 ms after its request.  One request and one answer are lost and asked for again:
# what comes after these is not taken for what went before, and the server keeps its time.
function way(what, t, lost) {
	printf "%s id=0 hex=%s @%s - %.6f", what, what ~ /^C/ ? "aa01" : "aa02bb", what ~ /^C/ ? "c" : "s", t
	if (!lost)
		printf " @%s - %.6f", what ~ /^C/ ? "s" : "c", t + 0.011
	printf "\n"
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:20:00"
	print "session u udp C=10.0.0.1:4000 S=10.0.1.1:5000"
	t = 1
	for (i = 0; i < 60; i++) {
		if (i == 20) {
			way("C>S", t, 1)
			t += 5
		}
		way("C>S", t)
		if (i == 40) {
			way("S>C", t + 0.111, 1)
			t += 5
			way("C>S", t)
		}
		way("S>C", t + 0.111)
		t += 0.5 + i * 37 % 11 / 50
	}
	print "#= .hops[0] | [.out, .back | .transmissions.lost] == [1, 1]"
	print "#= .sessions[0].time_ns | .queue == 0 and .recovery == 10000000000 and .path == 60 * 22000000"
	print "#= .sessions[0].time_ns.server == 60 * 100000000"
	print "#! map(.server_ns) | unique == [100000000]"
}
