# One capture: a question for IPv6 addresses is asked again and answered then; another never
# is.  The first wait was recovery, and only the second is the far side's.
function q(id, type, flags)
{
	return sprintf("hex=%04x%s00010000000000000765786d61706c6503636f6d00" \
		       "00%02x0001", id, flags, type)
}
function ask(t, id, type)
{
	printf "a:C>S %s @client - %.6f\n", q(id, type, "0100"), t
}
function answer(t, id, type)
{
	printf "a:S>C %s @client - %.6f\n", q(id, type, "8180"), t
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "session a udp C=10.0.0.1:40000 S=10.0.1.1:53"
	for (t = 10; t < 50; t += 20) {
		for (i = 0; i < 2; i++) {
			ask(t + 5 * i, t, 1)
			ask(t + 5 * i + .0001, t + 1, 28)
			answer(t + 5 * i + .01, t, 1)
			if (i && t == 10)
				answer(t + 5 * i + .0101, t + 1, 28)
		}
	}
	print "idle client 100 150"
	print "#= any(.findings[]; .title | test(\"^1 of 6 requests to 10.0.1.1:53 was never answered: waited for 4.99 s\"))"
	print "#= all(.findings[]; .text | test(\"had arrived\") | not)"
	print "#= any(.findings[]; .rule == \"delay.recovery\")"
	print "#= .sessions[0].time_ns | [.server, .recovery] | map(. > 4900000000 and . < 5100000000) == [true, true]"
}
