# Requests are lost on the way and sent again.  The server's capture has each only once,
# late: by itself it must not say that this time is the client's own.
function lost(t, n) # sent, and again
{
	printf "a:C>S %d..%d @client - %.4f\n", 100 * n + 1, 100 * n + 101, t
	turn(t + .3, n)
}
function turn(t, n)
{
	printf "a:C>S %d..%d @client - %.4f @server - %.4f\n", 100 * n + 1, 100 * n + 101, t, t + .01
	printf "a:S>C %d..%d @server - %.4f @client - %.4f\n", 200 * n + 1, 200 * n + 201, t + .011, t + .021
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.1:7000"
	for (i = 0; i < 40; i++) {
		t = 1 + i * .33
		if (i % 4 == 1)
			lost(t, i)
		else
			turn(t + .3, i)
	}
	print "#= any(.findings[]; .rule == \"loss.path\")"
	print "#1 server [.findings[].title] == [\"The client 10.0.0.1, or the way from it, takes 100 % of the time: 321 ms before each request\"]"
	print "#1 client all(.findings[]; .title | test(\"the way from it\") | not)"
}
