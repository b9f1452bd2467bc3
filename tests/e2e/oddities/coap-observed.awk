# A client of CoAP observes a temperature: the server tells it again whenever it changes,
# every 7 s or so, and the client acknowledges.  That is no request that waits 7 s.  Then
# it asks for another resource, whose value comes 4 s after the acknowledgement.
BEGIN {
	print "#= .sessions[0].time_ns | .server > 4000000000 and .server < 4100000000"
	print "#= .findings | all(.rule != \"delay.server\" or (.title | contains(\"4 s\")))"
	print "#! map(.name) == [\"GET /Temp\", \"GET /hum\"]"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session s udp C=10.0.0.7:50001 S=10.0.1.9:5683"
	c = s = 1
	ask(0, "41010001076054" "54656d70", 11)
	tell(0.02, "614500010761" "01ff3232", 10)
	for (i = 2; i < 10; i++) {
		tell(7 * i, sprintf("414501%02x0761%02xff3232", i, i), 10)
		ask(7 * i + 0.006, sprintf("600001%02x", i), 4)
	}
	ask(80, "4101000208b368756d", 9)
	tell(80.006, "60000002", 4)
	tell(84.006, "41450222" "08ff3431", 8)
	ask(84.012, "60000222", 4)
	print "idle client 60 90"
	print "idle server 60 90"
}
function ask(t, hex, n)
{
	printf "C>S %d..%d hex=%s @client - %.3f @server - %.3f\n", c, c + n, hex, t, t + 0.005
	c += n
}
function tell(t, hex, n)
{
	printf "S>C %d..%d hex=%s @server - %.3f @client - %.3f\n", s, s + n, hex, t, t + 0.005
	s += n
}
