# A TFTP server answers from another port (RFC 1350, 4).  Who asked for the file is the
# client of that, too, though the server speaks first there.  A request, a block
# and an acknowledgement are lost: what their repetition takes is recovery, not a queue,
# and the server answers.
function way(what, t, lost) {
	printf "%s @%s - %.6f", what, what ~ /:C/ ? "c" : "s", t
	if (!lost)
		printf " @%s - %.6f", what ~ /:C/ ? "s" : "c", t + 0.011
	printf "\n"
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:07"
	print "session r udp C=10.0.0.1:50000 S=10.0.1.1:69"
	print "at s C=198.51.100.7:41000"
	print "session d udp C=10.0.0.1:50000 S=10.0.1.1:33000"
	print "at s C=198.51.100.7:41000"
	print "session w udp C=10.0.0.1:4000 S=10.0.1.1:5000"
	asks = "r:C>S hex=0001626f6f74006f6374657400"
	way("w:C>S 1..9", 0.5)
	way("w:S>C 1..9", 0.52)
	way(asks, 1, 1)
	way(asks, 4)
	t = 4.012
	for (b = 1; b <= 100; b++) {
		block = sprintf("d:S>C hex=0003%04x00112233445566778899aabbccddeeff00112233", b)
		if (b == 50) {
			way(block, t, 1)
			t += 1
		}
		way(block, t)
		if (b == 60) {
			way(sprintf("d:C>S hex=0004%04x", b), t + 0.0113, 1)
			t += 1
			way(block, t)
		}
		way(sprintf("d:C>S hex=0004%04x", b), t + 0.0113)
		t += 0.0228
	}
	print "#= [.sessions[].flows[] | select(.point == \"c\") | .client] | unique == [\"10.0.0.1:4000\", \"10.0.0.1:50000\"]"
	print "#= [.hops[0] | .out, .back | .transmissions.lost] == [1, 1]"
	print "#= [.findings[] | select(.severity != \"info\") | .rule] | sort == [\"delay.path\", \"delay.recovery\", \"loss.path\", \"loss.path\"]"
	print "#= .sessions[] | select(.flows[0].server == \"10.0.1.1:33000\") | .time_ns | .recovery > 1990000000 and .recovery < 2010000000 and .queue == 0 and .server == 49500000"
}
