# Four sessions ask again and again; a burst of an upload of 0.4 MB fills the queue of
# their slow link for 0.4 s, and their requests come out behind it.  The path does not
# stand still: it carries the upload.
BEGIN {
	HELD = 6.4 # what is sent behind the burst comes out behind it
	UPLOAD = 1
	path_of("client server")
	asks_again()
	asks_beside()
	for (k = 0; k < 390; k++)
		printf "d:C>S %d..%d @client - %.6f @server - %.6f\n", 1 + k * 1000, 1001 + k * 1000, 5.99 + k * .00001, 6.005 + k * .001
	for (k = 1; k < 390; k += 2)
		printf "d:S>C ACK @server - %.6f @client - %.6f\n", 6.0051 + k * .001, 6.0151 + k * .001
	print "#= all(.findings[]; .title | test(\"stands still\") | not)"
}
