# Somebody sends to the server from another port, 20 s before, what the client sends
# later and the server's capture lacks: by the clocks that is no port that a NAT
# changed.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session o tcp C=192.168.1.9:41000 S=203.0.113.1:80"
	print "at server C=198.51.100.7:7000 S=203.0.113.1:80"
	print "session s udp C=192.168.1.9:40000 S=203.0.113.1:51820"
	print "at server C=198.51.100.7:5000 S=203.0.113.1:51820"
	srand(3)
	o = 1; b = 1
	print "o:C>S SYN mss=1460 @client - 0.5 @server - 0.51"
	print "o:S>C SYN,ACK mss=1460 @server - 0.511 @client - 0.521"
	print "o:C>S ACK @client - 0.522 @server - 0.532"
	for (i = 0; i < 80; i++) {
		t = 1 + i * 0.5 + (i >= 40 ? 60 : 0)
		l = 100 + int(rand() * 400)
		if (i == 40)
			print "at server C=198.51.100.7:6000 S=203.0.113.1:51820"
		printf "s:C>S %d..%d @client - %.4f @server - %.4f\n", o, o + l, t, t + (i < 40 ? 0.01 : -20)
		o += l
		l = 100 + int(rand() * 400)
		printf "s:S>C %d..%d @server - %.4f @client - %.4f\n", b, b + l, t + 0.012, t + 0.022
		b += l
	}
	print "#= all(.findings[]; .title | test(\"mid-session\") | not)"
	print "o:C>S 1..101 @client - 150 @server - 150.01"
	print "o:S>C 1..101 @server - 150.011 @client - 150.021"
	print "o:C>S ACK @client - 150.022 @server - 150.032"
}
