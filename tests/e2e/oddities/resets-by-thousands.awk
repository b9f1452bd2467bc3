# The server forgets 2,040 sessions that rest: more than rules look at for the frames of
# what was lost, as figures tell of that; of resets they do not, so each counts.
BEGIN {
	print "#= any(.findings[]; .rule == \"reset.endpoint\" and .severity == \"high\" and .measure.sessions == 2040)"
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 2040; i++) {
		t = 1 + i * 0.05
		printf "session s%d tcp C=10.0.%d.%d:41000 S=10.0.100.1:80 isn=%d,%d\n", i, i / 250, i % 250 + 1, 777000 + i * 91733, 888000 + i * 77171
		printf "C>S SYN mss=1460     @client - %.6f @server - %.6f\n", t, t + .005
		printf "S>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", t + .00501, t + .01
		printf "C>S 1..101           @client - %.6f @server - %.6f\n", t + .011, t + .016
		printf "S>C 1..301           @server - %.6f @client - %.6f\n", t + .0161, t + .021
		printf "C>S 101..201         @client - %.6f @server - %.6f\n", t + .031, t + .036
		printf "S>C RST              @server - %.6f @client - %.6f\n", t + .0361, t + .041
	}
}
