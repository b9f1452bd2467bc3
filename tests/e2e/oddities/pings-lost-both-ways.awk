# Pings of which some are lost on the way out and others on the way back: they are
# named by their numbers.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a ping C=10.0.0.1:77 S=10.0.1.7:77"
	text = "text=abcdefghijklmnopqrstuvwabcdefghi"
	for (n = 1; n <= 30; n++) {
		lost = n % 3 == 0
		back = n % 5 == 0
		printf "a:C>S seq=%d %s @client - %.3f %s\n", n, text, n, lost ? "" : sprintf("@server - %.3f", n + .01)
		if (!lost) printf "a:S>C seq=%d %s @server - %.3f %s\n", n, text, n + 0.0101, back ? "" : sprintf("@client - %.3f", n + 0.02)
	}
	print "idle client 200 40"
	print "idle server 200 40"
	print "#= [.findings[] | select(.rule == \"loss.path\")] | length == 2"
	print "#= [.findings[] | select(.rule == \"loss.path\")][0].evidence[0].note == \"ping 3 (0 bytes): not at server\""
	print "#= [.findings[] | select(.rule == \"loss.path\")][1].evidence[0].note == \"answer to ping 5 (0 bytes): not at client\""
	print "#= .sessions[0].time_ns | .recovery == 0 and .server == 0"
}
