# Speech that is not RTP, every 20 ms each way, the server 3 ms behind the client:
# over a round trip of 70 ms each side has sent three more before an answer could
# come, so nobody waits and the path is no delay.
BEGIN {
	print "#= [.findings[] | select(.id | startswith(\"delay.\")) | .severity] - [\"info\"] == []"
	print "#= (.hops[0].round_trip_ns.median / 1e6 | round) == 70"
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session q udp C=10.0.0.1:40001 S=10.0.1.1:7000"
	for (i = 0; i < 300; i++) {
		what = sprintf("%d..%d id=", 1 + i * 160, 161 + i * 160)
		line(1 + i * 0.02, "C>S " what 1000 + i, "client", "server")
		line(1.003 + i * 0.02, "S>C " what 5000 + i, "server", "client")
	}
	for (i = 0; i <= last; i++)
		if (i in at)
			printf "%s", at[i]
}

# mkcap wants lines in the order of time: by the millisecond here.
function line(t, what, from, to)
{
	put(t, "q:" what " @" from " - ")
	put(t + 0.035, "q:" what " @" to " - ")
}

function put(t, text, ms)
{
	ms = int(t * 1000 + 0.5)
	at[ms] = at[ms] text sprintf("%.3f\n", t)
	if (ms > last)
		last = ms
}
