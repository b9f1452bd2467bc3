# As path-goes-on, but what goes on is a stream that a host on the server's side sends to
# one on the clients' side, and that nobody answers: its client is behind the other point.
BEGIN {
	HELD = 7.2
	path_of("client server")
	asks_again()
	print "session d udp C=10.0.1.1:17002 S=10.0.0.9:40002"
	for (k = 0; k < 700; k++)
		printf "d:C>S %d..%d @server - %.6f @client - %.6f\n", 1 + k * 172, 173 + k * 172, .7 + k * .02, .71 + k * .02
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
}
