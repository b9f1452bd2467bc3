# As path-stands-still, with a third capture between the two: nobody is told to take one.
function one(s, at, len, dir,    to) {
	# what is sent while the path stands still comes out behind it
	to = at + .010
	if (to > 6 && to < 7.2)
		to = 7.2 + s * .0005
	if (dir == "C>S")
		printf "s%d:C>S %d..%d @client - %.6f @mid - %.6f @server - %.6f\n", s, c[s], c[s] + len, at, at + .001, to
	else
		printf "s%d:S>C %d..%d @server - %.6f @mid - %.6f @client - %.6f\n", s, t[s], t[s] + len, at, to - .001, to
	if (dir == "C>S")
		c[s] += len
	else
		t[s] += len
	return to
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point mid zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (s = 1; s <= 4; s++) {
		printf "session s%d tcp C=10.0.0.%d:40001 S=10.0.1.1:7000 isn=%d,%d\n", s, s, 1000 * s, 70000 * s
		printf "s%d:C>S SYN mss=1460 @client - %.6f @mid - %.6f @server - %.6f\n", s, .5 + s * .003, .501 + s * .003, .51 + s * .003
		printf "s%d:S>C SYN,ACK mss=1460 @server - %.6f @mid - %.6f @client - %.6f\n", s, .5101 + s * .003, .5191 + s * .003, .5201 + s * .003
		printf "s%d:C>S ACK @client - %.6f @mid - %.6f @server - %.6f\n", s, .5202 + s * .003, .5212 + s * .003, .5302 + s * .003
		c[s] = t[s] = 1
		now = 1 + s * .007
		while (now < 14) {
			there = one(s, now, 100, "C>S")
			back = one(s, there + .001, 300, "S>C")
			now = back + .03 + s * .002
		}
	}
	print "#= .findings[0] | .rule == \"delay.queue\" and .severity == \"high\" and (.title | test(\"client and server stands still\"))"
	print "#= .findings[0].next | any(contains(\"tracepair show\")) and all(contains(\"a capture between\") | not)"
}
