# The server's clock is set forward by 80 ms while it works on the 200th request:
# it takes no longer for that.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000"
	srand(7)
	line("C>S SYN mss=1460", "client", 1, "server", 1.010)
	line("S>C SYN,ACK mss=1460", "server", 1.0101, "client", 1.0201)
	line("C>S ACK", "client", 1.0202, "server", 1.0302)
	for (i = 0; i < 400; i++) {
		t = 2 + i * 0.1
		out = 0.010 + wait()
		back = 0.010 + wait()
		line(sprintf("C>S %d..%d", 1 + 100 * i, 101 + 100 * i),
			"client", t, "server", t + out)
		step = i < 200 ? 0 : 0.080
		line(sprintf("S>C %d..%d", 1 + 300 * i, 301 + 300 * i),
			"server", t + out + 0.002, "client", t + out + 0.002 + back)
	}
	print "#= [.points[].clock.steps | length] == [0, 1]"
	print "#= .sessions[0].time_ns.server | . > 795000000 and . < 805000000"
	print "#! [.[] | select(.opening | not)] | length == 400"
	print "#! all(.[] | select(.opening | not); .server_ns > 1900000 and .server_ns < 2100000)"
}
# mostly little, at times a few ms
function wait() { return -0.001 * log(1 - rand()) }
function line(what, near, a, far, b) {
	if (near == "server") a += 3 + step
	else b += 3 + step
	printf "%s @%s - %.6f @%s - %.6f\n", what, near, a, far, b
}
