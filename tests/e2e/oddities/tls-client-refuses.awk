# TLS 1.3: clients do not trust the server's certificate.  What they send in the place
# of their Finished is encrypted, but has an alert's length; nobody sends a request.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	for (i = 0; i < 3; i++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:443\n", i, 40000 + i
	for (i = 0; i < 3; i++) {
		t = 1 + 3 * i
		s = "s" i
		printf "%s:C>S SYN mss=1460 @client - %.4f\n", s, t
		printf "%s:S>C SYN,ACK mss=1460 @client - %.4f\n", s, t + 0.02
		printf "%s:C>S ACK @client - %.4f\n", s, t + 0.0201
		printf "%s:C>S 1..84 hex=160301004e0100004a0303dc40078d4b2b86e6df4783b677f9dbbadca03cb186e545e1e35a96675bb681be00000213010100001f00000014001200000f7777772e6578616d706c652e636f6d002b0003020304 @client - %.4f\n", s, t + 0.0202
		printf "%s:S>C 1..1262 hex=16030300320200002e0303eb868fca42fb787863bb4325dcedc701d9167348fee38151d380b367bf4679fe001301000006002b0002030414030300010117030304ab @client - %.4f\n", s, t + 0.0412
		printf "%s:C>S 84..114 hex=1403030001011703030013 @client - %.4f\n", s, t + 0.0422
		printf "%s:C>S RST,ACK @client - %.4f\n", s, t + 0.0423
	}
	print "#= .findings[0].rule == \"app.error\""
	print "#= .findings[0].title == \"TLS with 10.0.1.1:443 is refused by the client in 3 of 3 sessions: an encrypted alert\""
	print "#= .findings[0].measure.by == \"client\""
	print "#= [.findings[0].evidence[] | .frame][:2] == [4, 6]"
	print "#= (.findings | length) == 1"
}
