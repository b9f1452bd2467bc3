# As path-goes-on, and the download goes on for 8,000 packets more.
BEGIN {
	HELD = 7.2
	path_of("client server")
	asks_again()
	asks_beside()
	print "d:C>S 1..101 @client - .6203 @server - .6303"
	for (k = 0; k < 9300; k++) {
		printf "d:S>C %d..%d @server - %.6f @client - %.6f\n", 1 + k * 1000, 1001 + k * 1000, at(k), at(k) + .01
		printf "d:C>S ACK @client - %.6f @server - %.6f\n", at(k) + .0101, at(k) + .0201
	}
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
}
function at(k) { return k < 1300 ? .7 + k * .01 : 13.7 + (k - 1300) * .001 }
