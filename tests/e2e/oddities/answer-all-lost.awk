# A black hole for large packets, as over IPv6 where Packet Too Big is dropped: of the
# answer, some twenty full segments, the client gets none, and closes after 6 s.  It
# waited for what was lost; and looking for that moves what was looked up before.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a tcp C=[fd00::1]:51646 S=[fd00::2]:7000"
	print "C>S SYN mss=1440 @client - 1.0000 @server - 1.0150"
	print "S>C SYN,ACK mss=1440 @server - 1.0151 @client - 1.0301"
	print "C>S ACK @client - 1.0302 @server - 1.0452"
	print "C>S 1..201 @client - 1.0303 @server - 1.0453"
	print "S>C ACK @server - 1.0454 @client - 1.0604"
	for (i = 0; i < 20; i++)
		printf "S>C %d..%d @server - %.6f\n", 1 + 1440 * i, 1441 + 1440 * i, 1.0480 + i / 10000
	for (i = 0; i < 4; i++)
		printf "S>C 1..1441 @server - %.4f\n", 1.0480 + .25 * 2 ^ i
	print "C>S FIN,ACK ack=1 @client - 7.0303 @server - 7.0453"
	print "S>C ACK @server - 7.0454 @client - 7.0604"
	print "#= .sessions[0].time_ns | .recovery > 5800000000 and .client < 100000000"
	print "#= .findings[0] | .severity == \"high\" and .hop == {from: \"client\", to: \"server\"}"
}
