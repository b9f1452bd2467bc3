# Something between the second and the third of three points takes the window
# scale out of the SYN: 64 KB a round trip is all that the window allows then.
# The stripped option is the cause, and where that happens.  Of a second session
# the server's window is far smaller: a scale would be of no use to it.
BEGIN {
	SCALE_FW = 1
	path_of("client fw server")
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "C>S SYN mss=1460 win=65535 @client - 1 ws=7 @fw - 1.001 ws=7 " \
		"@server - 1.05"
	scale_downloads()
	scale_passes("C>S FIN,ACK win=65535", 3.4)
	scale_passes("S>C FIN,ACK win=65535", 3.4511)
	scale_passes("C>S ACK win=65535", 3.502)
	print "session t tcp C=10.0.0.1:40001 S=10.0.1.1:81"
	print "t:C>S SYN mss=1460 win=65535 @client - 4 ws=7 @fw - 4.001 " \
		"ws=7 @server - 4.05"
	scale_passes("t:S>C SYN,ACK mss=1460 win=8760", 4.05001)
	scale_passes("t:C>S ACK win=65535", 4.1001)
	for (i = 0; i < 20; i++) {
		t = 4.151 + i * 0.102
		for (k = 0; k < 6; k++) {
			at = 1 + (i * 6 + k) * 1460
			scale_passes("t:C>S " at ".." at + 1460 " win=65535", t + k * 0.00001)
		}
		scale_passes("t:S>C ACK win=8760", t + 0.0506)
	}
	w = "([.findings[] | select(.rule == \"delay.window\" and .sessions == [1])][0])"
	print "#= " w ".hop == {\"from\": \"fw\", \"to\": \"server\"}"
	print "#= " w ".title | test(\"window scale is taken out between fw and server\")"
	print "#= " w ".evidence | map(select(.note | test(\"SYN\"))) | " \
		"map([.point, .frame]) == [[\"fw\", 1], [\"server\", 1]]"
	print "#= [.findings[] | select(.rule == \"delay.window\" and .sessions == [2])" \
		"][0].title | test(\"^The server's window keeps\")"
	print "#1 client .findings[0] | .sessions == [1] and (.text | test(\"SYN has a window scale here and its SYN,ACK has none\"))"
	print "#1 server .findings[0] | .sessions == [1] and (.text | test(\"SYN has no window scale here\"))"
	print "#1 client .findings[1] | .sessions == [2] and (.text | test(\"window scale\") | not)"
}
