# Somebody sends to the server from another port, 20 s before, what the client sends
# later and the server's capture lacks: by the clocks that is no port that a NAT
# changed.
BEGIN {
	roams_opens()
	for (i = 0; i < 80; i++) {
		if (i == 40)
			print "at server C=198.51.100.7:6000 S=203.0.113.1:51820"
		packet_over("s", roams_next(), roams_at(i), roams_at(i) + (i < 40 ? 0.01 : -20))
		roams_back(i)
	}
	print "#= all(.findings[]; .title | test(\"mid-session\") | not)"
	roams_ends()
}
