# A database hangs once for 9 s; otherwise its client asks at leisure, so that the
# server has a quarter of the time only.  Beside it t: an event stream that begins at
# once and goes on for long, in which nothing is late.
function both(what, t) {
	if (substr(what, 3, 1) == "C")
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.005
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.005
}
function opens(name, t) {
	both(name ":C>S SYN mss=1460", t)
	both(name ":S>C SYN,ACK mss=1460", t + 0.00502)
	both(name ":C>S ACK", t + 0.01004)
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	print "session d tcp C=10.0.0.1:40000 S=10.0.1.1:1433"
	print "session t tcp C=10.0.0.1:40001 S=10.0.1.1:80"
	opens("d", 1)
	t = 1.1
	for (i = 0; i < 30; i++) {
		t += 0.9
		both(sprintf("d:C>S %d..%d", i * 200 + 1, i * 200 + 201), t)
		t += 0.005 + (i == 12 ? 9 : 0.004)
		both(sprintf("d:S>C %d..%d", i * 500 + 1, i * 500 + 501), t)
		t += 0.005
	}
	opens("t", t + 1)
	t += 2
	both("t:C>S 1..51 text=GET\\s/e\\sHTTP/1.1\\nHost:\\sh\\nX:\\saaaaaaaaaaaaaaa\\n\\n", t)
	both("t:S>C 1..53 text=HTTP/1.1\\s200\\sOK\\nContent-Type:\\stext/event-st\\n\\n", t + 0.006)
	for (i = 0; i < 20; i++) {
		t += 1.5
		both(sprintf("t:S>C %d..%d", 53 + i * 80, 53 + i * 80 + 80), t)
		both("t:C>S ACK", t + 0.0051)
	}
	print "#= [.findings[] | select(.rule == \"delay.server\") | .severity] | sort == [\"high\", \"low\"]"
	print "#= [.findings[] | select(.severity == \"high\") | .title] == [\"The server 10.0.1.1:1433 takes 9 s to answer 1 of 30 requests\"]"
	print "#= .findings[0].measure.explained_ns == 9000000000"
	print "#= [.findings[0].evidence[] | select(.point == \"c\") | .frame] == [28, 29]"
	print "#= any(.findings[]; .rule == \"delay.server\" and .severity == \"low\" and (.title | test(\"own pace\")))"
}
