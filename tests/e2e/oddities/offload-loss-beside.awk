# A card joins packets of one session, which loses such a frame as a whole, and another session
# loses so much that packets of the captures are counted, not of the wire: everywhere the same.
BEGIN {
	path_of("client server")
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.1:5000 ttl=64,60"
	print "at server offload=S"
	packet_over("a", "C>S SYN mss=1460", 1, 1.005)
	packet_over("a", "S>C SYN,ACK mss=1460", 1.00501, 1.01001)
	packet_over("a", "C>S ACK", 1.0101, 1.0151)
	packet_over("a", "C>S 1..201", 1.0102, 1.0152)
	packet_at("a", "S>C 1..5841", "server", 1.02)
	for (i = 0; i < 4; i++)
		packet_at("a", "S>C " 1 + i * 1460 ".." 1461 + i * 1460, "client", 1.025 + i / 1e5)
	packet_over("a", "C>S ACK ack=5841", 1.0252, 1.0302)
	packet_at("a", "S>C 5841..11681", "server", 1.0303)
	for (i = 4; i < 8; i++)
		packet_over("a", "S>C " 1 + i * 1460 ".." 1461 + i * 1460, 1.3 + i / 1e5, 1.305 + i / 1e5)
	packet_over("a", "C>S ACK ack=11681", 1.3052, 1.3102)
	print "session b tcp C=10.0.0.1:40001 S=10.0.1.1:5000 ttl=64,60"
	packet_over("b", "C>S SYN mss=1460", 2, 2.005)
	packet_over("b", "S>C SYN,ACK mss=1460", 2.00501, 2.01001)
	packet_over("b", "C>S ACK", 2.0101, 2.0151)
	packet_over("b", "C>S 1..201", 2.0102, 2.0152)
	for (k = 0; k < 40; k++) {
		at = 2.02 + k / 2
		if (k % 2)
			packet_at("b", "S>C " 1 + k * 1000 ".." 1001 + k * 1000, "server", at)
		packet_over("b", "S>C " 1 + k * 1000 ".." 1001 + k * 1000, at + .25, at + .255)
		packet_over("b", "C>S ACK ack=" 1001 + k * 1000, at + .2552, at + .2602)
	}
	print "#= (.hops[0].back.transmissions | \"\\(.lost) of \\(.entered) packets \") as $n | [.findings[] | select(.rule | startswith(\"loss.\")).title | contains($n + \"(\")] == [true]"
}
