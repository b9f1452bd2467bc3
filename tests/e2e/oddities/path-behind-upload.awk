# Four sessions ask again and again; a burst of an upload of 0.4 MB fills the queue of
# their slow link for 0.4 s, and their requests come out behind it.  The path does not
# stand still: it carries the upload.
function one(s, at, len, dir,    to) {
	# what is sent behind the burst comes out behind it
	to = at + .010
	if (dir == "C>S" && to > 6 && to < 6.4)
		to = 6.4 + s * .0005
	if (dir == "C>S")
		printf "s%d:C>S %d..%d @client - %.6f @server - %.6f\n", s, c[s], c[s] + len, at, to
	else
		printf "s%d:S>C %d..%d @server - %.6f @client - %.6f\n", s, t[s], t[s] + len, at, to
	if (dir == "C>S")
		c[s] += len
	else
		t[s] += len
	return to
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (s = 1; s <= 4; s++) {
		printf "session s%d tcp C=10.0.0.%d:40001 S=10.0.1.1:7000 isn=%d,%d\n", s, s, 1000 * s, 70000 * s
		printf "s%d:C>S SYN mss=1460 @client - %.6f @server - %.6f\n", s, .5 + s * .003, .51 + s * .003
		printf "s%d:S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", s, .5101 + s * .003, .5201 + s * .003
		printf "s%d:C>S ACK @client - %.6f @server - %.6f\n", s, .5202 + s * .003, .5302 + s * .003
		c[s] = t[s] = 1
		now = 1 + s * .007
		while (now < 14) {
			there = one(s, now, 100, "C>S")
			back = one(s, there + .001, 300, "S>C")
			now = back + .03 + s * .002
		}
	}
	print "session d tcp C=10.0.0.9:40001 S=10.0.1.1:7001 isn=5,9"
	print "d:C>S SYN mss=1460 @client - .6 @server - .61"
	print "d:S>C SYN,ACK mss=1460 @server - .6101 @client - .6201"
	print "d:C>S ACK @client - .6202 @server - .6302"
	for (k = 0; k < 390; k++)
		printf "d:C>S %d..%d @client - %.6f @server - %.6f\n", 1 + k * 1000, 1001 + k * 1000, 5.99 + k * .00001, 6.005 + k * .001
	for (k = 1; k < 390; k += 2)
		printf "d:S>C ACK @server - %.6f @client - %.6f\n", 6.0051 + k * .001, 6.0151 + k * .001
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
}
