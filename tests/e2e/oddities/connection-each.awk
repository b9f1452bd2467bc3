# A client opens a connection for each request, over a way of 60 ms there and back: a
# third of its time goes into opening them.  Beside it a server that speaks first does
# so after 6 s, and answers at once then; and a pool of connections is opened for one
# statement each, but stays open for more.
function both(what, t) {
	if (what ~ /:C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.03
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.03
}
function opens(name, t) {
	both(name ":C>S SYN mss=1460", t)
	both(name ":S>C SYN,ACK mss=1460", t + 0.03002)
	both(name ":C>S ACK", t + 0.06004)
	return t + 0.06004
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	t = 1
	for (i = 0; i < 40; i++) {
		name = "r" i
		printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:80 isn=%d,%d\n",
			name, 40000 + i, 1000 + 7919 * i, 90000 + 104729 * i
		u = opens(name, t)
		both(name ":C>S 1..46 text=GET\\s/x\\sHTTP/1.1\\nHost:\\sh\\nX:\\saaaaaaaaaa\\n\\n", u + 0.0001)
		both(name ":S>C 1..42 text=HTTP/1.1\\s200\\sOK\\nContent-Length:\\s02\\n\\nok", u + 0.0331)
		both(name ":S>C FIN,ACK", u + 0.0332)
		both(name ":C>S FIN,ACK", u + 0.0633)
		both(name ":S>C ACK", u + 0.0934)
		t = u + 0.14
	}
	print "session m tcp C=10.0.0.1:50000 S=10.0.1.1:25"
	u = opens("m", t)
	both("m:S>C 1..41 text=220\\smail\\sESMTP\\n", u + 6)
	u += 6.03
	both("m:C>S 1..31 text=EHLO\\sa\\n", u + 0.001)
	both("m:S>C 41..61 text=250\\sOK\\n", u + 0.033)
	both("m:C>S 31..61 text=QUIT\\n", u + 0.065)
	both("m:S>C 61..81 text=221\\sbye\\n", u + 0.097)
	both("m:C>S FIN,ACK", u + 0.128)
	both("m:S>C FIN,ACK", u + 0.159)
	t = u + 1
	for (i = 0; i < 40; i++) {
		name = "p" i
		printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:5432 isn=%d,%d\n",
			name, 51000 + i, 3000 + 7919 * i, 70000 + 104729 * i
		u = opens(name, t)
		both(name ":C>S 1..46", u + 0.0001)
		both(name ":S>C 1..42", u + 0.0331)
		both(name ":C>S ACK", u + 0.1035)
		t = u + 0.11
	}
	print "#= [.findings[] | select(.title | test(\":5432\"))] == []"
	print "#= [.findings[] | select(.severity == \"high\") | .title | test(\"^The server 10.0.1.1:25 takes 6[.0-9]* s to greet its clients$\")] == [true]"
	print "#= [.findings[] | select(.rule == \"delay.server\")] | length == 1"
	print "#= any(.findings[]; .rule == \"delay.path\" and .severity == \"medium\" and (.title | test(\"40 connections from 10.0.0.1 to 10.0.1.1:80 are for one request each: opening them takes 2.4 s\")))"
	print "#= [.findings[] | select(.rule == \"delay.path\") | .measure | .connections, .closed_by_server, .explained_ns] | .[:2] == [40, 40] and .[2] > 2390000000 and .[2] < 2410000000"
	print "#= [.findings[] | select(.rule == \"delay.path\") | .evidence[:4][] | [.point, (.note | sub(\" after .*\"; \"\"))]] == [[\"c\", \"a SYN leaves; its answer is there\"], [\"s\", \"it arrives\"], [\"s\", \"the answer leaves\"], [\"c\", \"the answer arrives\"]]"
}
