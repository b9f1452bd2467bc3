# At both ends.  The server says 38 bytes at once, as HTTP/2 does over TLS, and gives
# the page itself 800 ms later, once.  That is a pause within the answer for who
# cannot read it, and may as well be the time until it begins: the finding says how
# long, after how little, and shows both frames where the server's side has them.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:07"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:4430"
	out("SYN mss=1460", 1)
	back("SYN,ACK mss=1460", 1.01001)
	out("ACK", 1.0201)
	out("1..201", 1.03)
	back("1..39", 1.0412)
	out("ACK", 1.0513)
	for (i = 0; i < 20; i++)
		back(39 + i * 1000 ".." 1039 + i * 1000, 1.8412 + i * 0.0001)
	out("ACK", 1.8540)
	out("FIN,ACK", 1.87)
	back("FIN,ACK", 1.8801)
	out("ACK", 1.9)
	f = "([.findings[] | select(.rule == \"delay.server\")])"
	print "#= " f " | length == 1"
	print "#= " f "[0].title == \"The server 10.0.1.1:4430 gives its answers at its own pace, " \
		"with pauses of 800 ms in all\""
	print "#= " f "[0].measure | .longest_ns == 800000000 and .longest_after_bytes == 38"
	print "#= " f "[0].text | contains(\"how long the answer itself took to begin\")"
	print "#= " f "[0].evidence | any(.point == \"server\" and .frame == 7 and " \
		".note == \"it goes on after 800 ms\")"
}
function out(what, t)
{
	printf "C>S %s @client - %.6f @server - %.6f\n", what, t, t + 0.01
}
function back(what, t)
{
	printf "S>C %s @server - %.6f @client - %.6f\n", what, t, t + 0.01
}
