# The capture in the middle drops all for a while, as what passes both before and
# after and is acknowledged shows.  A flight of another session is lost then as a
# whole: the capture has none of it, wherever it was lost, and all that it has of
# that session around it was sent long before or after.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point middle zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session bulk tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "session late tcp C=10.0.0.1:40001 S=10.0.1.1:80"
	open("bulk", 1.0)
	open("late", 1.1)
	for (i = 0; i < 300; i++) {
		t = 2 + i * 0.01
		deaf = i >= 100 && i < 120
		send("bulk", i, t, !deaf, 1)
		ack("bulk", sprintf("ack=%d", end(i)), t + 0.0102, !deaf)
		for (k = 0; i == 110 && k < 10; k++)
			send("late", k, t + 0.005 + k * 0.0001, 0, 0)
		if (i == 140) {
			send("late", 10, t + 0.004, 1, 1)
			ack("late", "ack=1 sack=1001-1101", t + 0.0142, 1)
		}
		for (k = 0; i == 150 && k < 10; k++) {
			send("late", k, t + 0.003 + k * 0.0001, 1, 1)
			ack("late", k == 9 ? "ack=1101" : sprintf("ack=%d sack=1001-1101", end(k)), t + 0.0132 + k * 0.0001, 1)
		}
	}
	print "#$ [.[] | select(.from == \"client\" and .kind == \"data\") | .fate] | group_by(.) | map([.[0], length]) == [[\"delivered\", 291], [\"undecided\", 10], [\"unseen\", 20]]"
	print "#$ [.[] | select(.fate == \"undecided\") | .reason] | unique == [\"gap\"]"
	print "#= .hops[0].out.transmissions.lost == 0"
}

function start(i) { return i * 100 + 1 }
function end(i) { return i * 100 + 101 }

function open(s, t) {
	printf "%s:C>S SYN mss=1460 sackok     @client - %.6f @middle - %.6f @server - %.6f\n", s, t, t + 0.005, t + 0.01
	printf "%s:S>C SYN,ACK mss=1460 sackok @server - %.6f @middle - %.6f @client - %.6f\n", s, t + 0.011, t + 0.016, t + 0.021
	printf "%s:C>S ACK                     @client - %.6f @middle - %.6f @server - %.6f\n", s, t + 0.022, t + 0.027, t + 0.032
}

function send(s, i, t, at_middle, at_server) {
	printf "%s:C>S %d..%d @client - %.6f", s, start(i), end(i), t
	printf at_middle ? sprintf(" @middle - %.6f", t + 0.0051) : ""
	print at_server ? sprintf(" @server - %.6f", t + 0.0101) : ""
}

function ack(s, what, t, at_middle) {
	printf "%s:S>C ACK %s @server - %.6f", s, what, t
	printf at_middle ? sprintf(" @middle - %.6f", t + 0.005) : ""
	printf " @client - %.6f\n", t + 0.0101
}
