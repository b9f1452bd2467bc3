# Whose a wait is, each request tells by itself.  Of the first server IPv6 addresses come
# late once, and are answered in the end; later a question for them is lost on the way, each
# time: the server never had it.  To the second a question leaves just before others are asked
# again, and nobody waits for that.
function q(id, type, flags)
{
	return sprintf("hex=%04x%s00010000000000000765786d61706c6503636f6d00" \
		       "00%02x0001", id, flags, type)
}
function near(s, t, what)
{
	printf "%s:%s @client - %.6f\n", s, what, t
}
function ask(s, t, id, type)
{
	what = "C>S " q(id, type, "0100")
	printf "%s:%s @client - %.6f @server - %.6f\n", s, what, t, t + .003
}
function answer(s, t, id, type)
{
	what = "S>C " q(id, type, "8180")
	printf "%s:%s @server - %.6f @client - %.6f\n", s, what, t, t + .003
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a udp C=10.0.0.1:40000 S=10.0.1.1:53"
	print "session b udp C=10.0.0.1:40001 S=10.0.1.2:53"
	ask("a", 10, 3, 1); ask("a", 10.0001, 4, 28)
	answer("a", 10.01, 3, 1)
	ask("a", 15, 3, 1); ask("a", 15.0001, 4, 28)
	answer("a", 15.01, 3, 1)
	answer("a", 17.01, 4, 28)
	ask("a", 30, 5, 1); near("a", 30.0001, "C>S " q(6, 28, "0100"))
	answer("a", 30.01, 5, 1)
	ask("a", 35, 5, 1); near("a", 35.0001, "C>S " q(6, 28, "0100"))
	answer("a", 35.01, 5, 1)
	ask("b", 40, 3, 1); ask("b", 40.0001, 4, 28)
	answer("b", 40.01, 3, 1)
	ask("b", 44.9999, 7, 1)
	ask("b", 45, 3, 1); ask("b", 45.0001, 4, 28)
	answer("b", 45.01, 3, 1); answer("b", 45.0102, 4, 28)
	print "idle client 100 150"
	print "idle server 100 150"
	print "#= any(.findings[]; .title == \"The server 10.0.1.1:53 takes 7 s to answer\")"
	print "#= all(.findings[]; .title | test(\"never answered\") | not)"
	print "#= .sessions[0].time_ns | .server > 7000000000 and .server < 7100000000 and .recovery > 4900000000"
}
