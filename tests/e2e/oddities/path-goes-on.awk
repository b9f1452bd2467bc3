# As path-stands-still, and a download goes on all the while: the path does not stand
# still.  Who holds these four up is something of theirs.
BEGIN {
	HELD = 7.2
	path_of("client server")
	asks_again()
	asks_beside()
	print "d:C>S 1..101 @client - .6203 @server - .6303"
	for (k = 0; k < 1300; k++) {
		printf "d:S>C %d..%d @server - %.6f @client - %.6f\n", 1 + k * 1000, 1001 + k * 1000, .7 + k * .01, .71 + k * .01
		printf "d:C>S ACK @client - %.6f @server - %.6f\n", .7101 + k * .01, .7201 + k * .01
	}
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
}
