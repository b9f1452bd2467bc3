# A client takes 16 KB at a time over a path of 60 ms, and was captured at alone: what
# comes next had not been allowed until a round trip before, so it is not the server
# that is slow.
BEGIN {
	window_opens(16384)
	for (i = 0; i < 20; i++)
		window_round(i, 11, 1460, 16384)
	print "#= [.findings[].rule] == [\"delay.window\"]"
	print "#= (.findings[0].title | test(\"client's window\"))"
	print "#= (.findings[0].text | test(\"seen from the receiver's side only\"))"
	print "#= .sessions[0].time_ns.window > 1140000000"
	print "#= .sessions[0].time_ns.server < 10000000"
}
