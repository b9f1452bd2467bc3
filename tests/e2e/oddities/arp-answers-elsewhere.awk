# A firewall asks for a server, whose own capture has the questions and its answers: they do not come
# through to the firewall, so the server is not down.
BEGIN {
	path_of("in out server")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.7:443"
	print "session w tcp C=10.0.0.1:41000 S=10.0.1.9:443\nat in ttl=64,63\nat out ttl=63,64"
	print "ask 10.0.1.9 from=10.0.1.254 mac=fe @out - .9990 @server - .9991"
	print "tell 10.0.1.9 to=10.0.1.254 mac=9 @out - .9995"
	print "ask 10.0.1.8 from=10.0.1.254 mac=fe @out - .9996 @server - .9997"
	print "tell 10.0.1.8 to=10.0.1.254 mac=8 @out - .9998"
	for (i = 0; i < 20; i++) {
		t = 1 + i * .4
		if (!i)
			firewall_opens("w", t, 1460)
		firewall_turn("w", i, t + .002)
		if (i == 2 || i == 5 || i == 9)
			printf "a:C>S SYN mss=1460 @in - %.4f\n", t + .1
		printf "ask 10.0.1.7 from=10.0.1.254 mac=fe @out - %.4f @server - %.4f\n", t + .12, t + .1201
		printf "tell 10.0.1.7 to=10.0.1.254 mac=7 @server - %.4f\n", t + .1202
	}
	print "idle in 200 10\nidle out 200 10\nidle server 200 10"
	print "#= .findings[0] | .rule == \"stop.path\" and (.against | contains(\"at server, 10.0.1.7 (02:00:00:00:00:07) shows itself meanwhile\"))"
	print "#= all(.findings[]; (.title | contains(\"nobody answers\") | not) and all(.places[]; contains(\"is down\") | not))"
}
