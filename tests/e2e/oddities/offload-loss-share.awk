# A server's card cuts segments behind the capture, so that a frame there is ten packets of
# the wire, and the loss of one of them is no loss of ten: one of two hundred is no percent.
BEGIN {
	path_of("client server")
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,60"
	print "at server offload=S"
	packet_over("s", "C>S SYN mss=1460", 1, 1.005)
	packet_over("s", "S>C SYN,ACK mss=1460", 1.00501, 1.01001)
	packet_over("s", "C>S ACK", 1.0101, 1.0151)
	packet_over("s", "C>S 1..201", 1.0102, 1.0152)
	for (k = 0; k < 20; k++) {
		at = 1.02 + k / 50
		packet_at("s", "S>C " 1 + k * 14600 ".." 14601 + k * 14600, "server", at)
		for (i = 0; i < 10; i++)
			if (k % 9 != 5 || i != 4)
				packet_at("s", "S>C " 1 + k * 14600 + i * 1460 ".." 1461 + k * 14600 + i * 1460,
					  "client", at + .005 + i / 1e5)
		if (k % 9 == 5) {
			hole = 1 + k * 14600 + 4 * 1460
			packet_over("s", "C>S ACK ack=" hole " sack=" hole + 1460 "-" 14601 + k * 14600,
				    at + .0052, at + .0102)
			packet_over("s", "S>C " hole ".." hole + 1460, at + .0103, at + .0153)
			packet_over("s", "C>S ACK ack=" 14601 + k * 14600, at + .0154, at + .0199)
		} else
			packet_over("s", "C>S ACK ack=" 14601 + k * 14600, at + .0052, at + .0102)
	}
	print "#= [.findings[] | select(.rule == \"loss.path\") | .title, .severity] == [\"2 of 203 packets (0.985 %) vanish between server and client\", \"medium\"]"
	print "#= [.findings[] | select(.rule == \"loss.path\") | .text] | all(contains(\"Lost: 2 of 202 data segments (0.99 %).  These are segments of the wire\"))"
	print "#= .hops[0].back | [.transmissions, .segments | .entered, .lost] == [23, 2, 203, 2]"
}
