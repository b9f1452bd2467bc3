# A firewall's outer address moves to its partner, which announces it; that has none of the
# sessions, and drops what belongs to them.
BEGIN {
	path_of("in out")
	print "session a tcp C=10.1.0.2:41000 S=10.2.0.2:80\nat in ttl=64,63\nat out ttl=63,64"
	print "C>S SYN mss=1460     @in - 1.000 @out - 1.005"
	print "S>C SYN,ACK mss=1460 @out - 1.0051 @in - 1.0101"
	print "C>S ACK              @in - 1.0102 @out - 1.0152"
	print "tell 10.2.0.254 mac=a @out - 1.1"
	for (i = 0; i < 40; i++) {
		t = 1.2 + i * .1
		if (i < 30) {
			printf "C>S %d..%d @in - %.4f @out - %.4f\n", 1 + 100 * i, 101 + 100 * i, t, t + .005
			printf "S>C %d..%d @out - %.4f @in - %.4f\n", 1 + 300 * i, 301 + 300 * i, t + .0052, t + .0102
		}
		if (i == 30)
			printf "tell 10.2.0.254 mac=b @out - %.4f\n", t
		if (i > 30 && i < 34)
			printf "C>S %d..%d @in - %.4f\n", 1 + 100 * (i - 1), 101 + 100 * (i - 1), t
	}
	for (i = 0; i < 4; i++)
		printf "C>S 3001..3101 @in - %.4f\n", 6 + 2 ^ i
	print "idle in 400 30\nidle out 400 30"
	print "#= .findings[0] | .rule == \"stop.middlebox\" and (.text | contains(\"02:00:00:00:00:0b announces 10.2.0.254 (frame \") and contains(\"which 02:00:00:00:00:0a had until then\")) and any(.places[]; contains(\"what took over 10.2.0.254 then\"))"
	print "#= .findings[0] | any(.evidence[]; .note == \"02:00:00:00:00:0b announces 10.2.0.254\")"
}
