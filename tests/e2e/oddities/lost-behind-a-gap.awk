# The capture in the middle misses one packet in forty, and behind it one in twenty
# is lost.  Of those one is not in it either: it is lost, but nothing tells on which
# side.  Had it missed none, the packet would be lost before it.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point middle zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "C>S SYN mss=1460 sackok     @client - 1.000 @middle - 1.005 @server - 1.010"
	print "S>C SYN,ACK mss=1460 sackok @server - 1.011 @middle - 1.016 @client - 1.021"
	print "C>S ACK                     @client - 1.022 @middle - 1.027 @server - 1.032"
	for (i = 0; i < 400; i++) {
		t = 2 + i * 0.1
		lost = i % 20 == 7
		hole = i % 20 == 8
		send(i, t, i % 40 != 3 && i != 207, !lost)
		if (lost)
			continue
		if (!hole) {
			ack(sprintf("ack=%d", end(i)), t + 0.0102)
			continue
		}
		ack(sprintf("ack=%d sack=%d-%d", start(i - 1), start(i), end(i)), t + 0.0102)
		send(i - 1, t + 0.03, 1, 1)
		ack(sprintf("ack=%d", end(i)), t + 0.0402)
	}
	print "#= [.findings[] | select(.rule == \"capture.gap\").evidence[] | select(.note | test(\"not at middle, but at a point behind it\"))] | length > 0"
	print "#= .hops[0].out.transmissions.lost == 0"
	print "#= .hops[0].out.lost_here_or_behind == 1"
	print "#= .hops[1].out.transmissions.lost == 19"
	print "#= [.findings[] | select(.rule == \"loss.path\" and .hop.from == \"client\") | .measure.lost_here_or_behind] == [1]"
	print "#$ [.[] | select(.reason == \"lost-here-or-behind\") | [.from, .to, .fate, .rel_seq]] == [[\"client\", \"middle\", \"undecided\", 20701]]"
}

function start(i) { return i * 100 + 1 }
function end(i) { return i * 100 + 101 }

function send(i, t, at_middle, at_server) {
	printf "C>S %d..%d @client - %.6f", start(i), end(i), t
	printf at_middle ? sprintf(" @middle - %.6f", t + 0.0051) : ""
	print at_server ? sprintf(" @server - %.6f", t + 0.0101) : ""
}

function ack(what, t) {
	printf "S>C ACK %s @server - %.6f @middle - %.6f @client - %.6f\n", what, t, t + 0.005, t + 0.0101
}
