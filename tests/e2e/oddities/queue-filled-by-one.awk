# An upload fills a queue of 0.3 s, and a session of small requests waits in it, too.
# The title says which session may fill it.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a tcp C=10.0.0.1:40001 S=10.0.1.1:80 isn=1,2"
	print "session b tcp C=10.0.0.2:40002 S=10.0.1.1:7000 isn=3,4"
	for (s = 0; s < 2; s++) {
		x = s ? "b:" : "a:"
		printf "%sC>S SYN mss=1460 ws=7 @client - %.6f @server - %.6f\n", x, .5 + s * .003, .51 + s * .003
		printf "%sS>C SYN,ACK mss=1460 ws=7 @server - %.6f @client - %.6f\n", x, .5101 + s * .003, .5201 + s * .003
		printf "%sC>S ACK @client - %.6f @server - %.6f\n", x, .5202 + s * .003, .5302 + s * .003
	}
	# a window of 400 segments, let out by acknowledgements; one each ms
	for (k = 0; k < 3000; k++) {
		sent = 1 + (k < 300 ? k * .0001 : (k - 300) * .001 + .02)
		there = 1.01 + k * .001
		printf "a:C>S %d..%d @client - %.6f @server - %.6f\n", 1 + k * 1000, 1001 + k * 1000, sent, there
		printf "a:S>C ACK @server - %.6f @client - %.6f\n", there + .00002, there + .01002
	}
	print "a:S>C 1..51 @server - 4.02 @client - 4.03"
	for (k = 0; k < 20; k++) {
		t = 1 + k * .4
		q = t < 3.7 && t > 1.01 ? .3 : .01
		printf "b:C>S %d..%d @client - %.6f @server - %.6f\n", 1 + k * 50, 51 + k * 50, t + .0001, t + q
		printf "b:S>C %d..%d @server - %.6f @client - %.6f\n", 1 + k * 50, 51 + k * 50, t + q + .001, t + q + .011
	}
	print "#= .findings[0] | .rule == \"delay.queue\" and (.title | test(\"in a queue between client and server, which 10.0.0.1:40001 -> 10.0.1.1:80 .tcp. may fill\"))"
	print "#= .findings[0] | .measure.filled_by == 1 and .sessions == [2]"
}
