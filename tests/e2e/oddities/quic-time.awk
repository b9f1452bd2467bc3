# QUIC over a path of 40 ms, as two browsers and quic-go do: most datagrams only
# acknowledge.  In session q the server takes 2 s for one of the requests; session d is
# a download at the pace of the congestion window, with a pause of the client's and an
# answer of which the first datagram is lost; in session k a client that rests for 10 s
# sends a ping, and goes on with a short request.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session q udp C=10.0.0.1:40001 S=10.0.1.1:443"
	print "session d udp C=10.0.0.1:40002 S=10.0.1.1:443"
	print "session k udp C=10.0.0.1:40003 S=10.0.1.1:443"
	shake("q", 1)
	send("q", 0, 450, 1.1)
	send("q", 1, 25, 1.121)		# acknowledged at once
	send("q", 1, 300, 1.122)	# tickets: an answer to Finished
	send("q", 0, 28, 1.143)
	answer("q", 3.2)
	send("q", 0, 400, 3.4)
	answer("q", 3.421)

	shake("d", 10)
	send("d", 0, 450, 10.1)
	for (t = 10.121; t < 11.5; t += 0.041) {
		for (i = 0; i < 10; i++)
			send("d", 1, 1250, t + i / 10000)
		send("d", 0, 30, t + 0.0205)
	}
	send("d", 0, 440, 15)
	send("d", 1, 1250, 15.021, 1)	# lost
	send("d", 1, 1250, 15.17)
	send("d", 1, 700, 15.1701)

	shake("k", 20)
	send("k", 0, 450, 20.1)
	answer("k", 20.121)
	send("k", 0, 28, 30)		# ping
	send("k", 1, 25, 30.021)
	send("k", 0, 85, 35)
	answer("k", 35.021)
	lines()
	print "#= any(.findings[]; .rule == \"delay.server\")"
	print "#= all(.findings[] | select(.rule | startswith(\"delay.\")); .rule == \"delay.server\" and .sessions == [1])"
	print "#= .sessions[0].time_ns | .server > 2050000000 and .server < 2120000000 and .recovery == 0"
	print "#= .sessions[1].time_ns | .server < 20000000 and .recovery > 140000000 and .recovery < 160000000"
	print "#= .sessions[1].time_ns | .transfer > 1300000000 and .client > 3400000000 and .client < 3600000000"
	print "#= .sessions[2].time_ns | .server < 20000000 and .client > 14800000000"
	print "#! map(select(.session == 3)) | length == 3"
	print "#! map(select(.proto == \"quic\")) | length == 9"
}
function shake(s, t)
{
	send(s, 0, 1250, t, 0, "hex=c300000001080102030405060708000044c0")
	send(s, 1, 1252, t + 0.021, 0, "hex=c3000000010004aabbccdd004020")
	send(s, 0, 1250, t + 0.042, 0, "hex=e30000000104aabbccdd004020")
}
function answer(s, t)
{
	send(s, 1, 1252, t)
	send(s, 1, 1252, t + 0.0001)
	send(s, 1, 600, t + 0.0002)
	send(s, 0, 27, t + 0.0205)
}
function send(s, d, len, t, lost, hex)
{
	what[++n] = s (d ? ":S>C " : ":C>S ") sent[s, d] + 1 ".." \
		sent[s, d] + 1 + len " " \
		(hex ? hex : "hex=" (d ? "41" : "42aabbccdd"))
	sent[s, d] += len
	at[n] = t
	dir[n] = d
	gone[n] = lost
}
function lines(k, j, i, p, m, t)
{
	for (p = 0; p < 2; p++) {
		m = 0
		for (j = 1; j <= n; j++) {
			t = at[j] + (dir[j] == p ? 0 : 0.02)
			if (gone[j] && dir[j] != p)
				continue
			for (i = ++m; i > 1 && when[i - 1] > t; i--) {
				when[i] = when[i - 1]
				text[i] = text[i - 1]
			}
			when[i] = t
			text[i] = what[j]
		}
		for (k = 1; k <= m; k++)
			printf "%s @%s - %.4f\n", text[k],
				p ? "server" : "client", when[k]
	}
}
