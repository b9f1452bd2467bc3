# Pings of the same contents each second, as of Windows, of which each third gets no
# answer.  The next one is no copy of it, and nobody took the time between them but the
# client: the others are answered within 20 ms.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "session a ping C=10.0.0.1:77 S=10.0.1.7:77"
	text = "text=abcdefghijklmnopqrstuvwabcdefghi"
	for (n = 1; n <= 30; n++) {
		printf "a:C>S seq=%d %s @client - %.3f\n", n, text, n
		if (n % 3)
			printf "a:S>C seq=%d %s @client - %.3f\n", n, text, n + 0.02
	}
	print "idle client 200 40"
	print "#= [.findings[] | select(.rule == \"loss.path\")] | length == 1"
	print "#= .sessions[0].time_ns | .recovery == 0 and .server == 400000000"
}
