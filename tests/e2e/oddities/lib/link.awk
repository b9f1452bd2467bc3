# A link loses one direction from 3 to 7 s: what two of three sessions, a to c, send in it,
# and send again, is lost.

# Packet I of 100 bytes, and its acknowledgement.
function link_passes(s, i, t)
{
	printf "%s:C>S %d..%d @client - %.4f @server - %.4f\n", s, 1 + i * 100, 101 + i * 100, t, t + .01
	printf "%s:S>C ACK ack=%d @server - %.4f @client - %.4f\n", s, 101 + i * 100, t + .0101, t + .0201
}

# Until then.
function link_fails(    i, n, s, t)
{
	path_of("client server")
	for (n = 1; n <= 3; n++)
		print "session " substr("abc", n, 1) " tcp C=10.0.0." n ":" 39999 + n " S=10.0.1.1:80"
	for (n = 1; n <= 3; n++) {
		s = substr("abc", n, 1)
		t = n / 10
		printf "%s:C>S SYN mss=1460     @client - %.4f @server - %.4f\n", s, t, t + .01
		printf "%s:S>C SYN,ACK mss=1460 @server - %.4f @client - %.4f\n", s, t + .0101, t + .0201
		printf "%s:C>S ACK              @client - %.4f @server - %.4f\n", s, t + .0202, t + .0302
	}
	for (i = 0; i < 40; i++) {
		link_passes("a", i, 1 + i * .05)
		link_passes("b", i, 1.02 + i * .05)
	}
	for (n = 0; n < 2; n++) {
		t = 3.05 + n * .02
		for (i = 0; i < 5; i++)
			printf "%s:C>S 4001..4101 @client - %.4f\n", substr("ab", n + 1, 1), t + .25 * (2 ^ i - 1)
	}
}

# From then on.
function link_works(    i, n, s)
{
	for (n = 0; n < 2; n++) {
		s = substr("ab", n + 1, 1)
		link_passes(s, 40, 7.5 + n * .02)
		for (i = 41; i < 60; i++)
			link_passes(s, i, 7.6 + n * .02 + (i - 41) * .05)
	}
}
