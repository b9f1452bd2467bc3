# Resolvers ask for a name's IPv4 and IPv6 addresses by two datagrams of one port, wait
# for both answers, and after 5 s ask for both again.  The first server never answers for
# IPv6; on the way to the second the first question for IPv6 is lost.  Nobody is known to
# wait where both were answered and are asked again (third), or where one was not, and the
# client goes on with other names (fourth).
function q(id, name, type, flags)
{
	return sprintf("hex=%04x%s0001000000000000026e%02x0474657374000" \
		       "0%02x0001", id, flags, 48 + name, type)
}
function ask(s, t, id, name, type, lost)
{
	line[++n] = sprintf("%s:C>S %s id=%d @client - %.6f", s,
			    q(id, name, type, "0100"), 2000 + ++ids, t)
	at[n] = t
	if (lost)
		return
	line[++n] = sprintf("%s:C>S %s id=%d @server - %.6f", s,
			    q(id, name, type, "0100"), 2000 + ids, t + .005)
	at[n] = t + .005
}
function answer(s, t, id, name, type)
{
	line[++n] = sprintf("%s:S>C %s id=%d @server - %.6f", s,
			    q(id, name, type, "8180"), 7000 + ++ids, t + .006)
	at[n] = t + .006
	line[++n] = sprintf("%s:S>C %s id=%d @client - %.6f", s,
			    q(id, name, type, "8180"), 7000 + ids, t + .011)
	at[n] = t + .011
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 1; i <= 4; i++)
		printf "session s%d udp C=10.0.0.1:%d S=10.0.1.%d:53\n", i,
		       40000 + i, i
	for (i = 1; i <= 4; i++) {
		s = "s" i
		for (j = 0; j < 2; j++) {
			t = 1 + i / 10 + 5 * j
			id = i * 256
			name = i == 4 ? j : 0
			ask(s, t, id + name, name, 1)
			ask(s, t + .0001, id + 16 + name, name, 28, i == 2 && !j)
			answer(s, t + .0002, id + name, name, 1)
			if (i == 3 || (i == 2 && j) || (i == 4 && j))
				answer(s, t + .0003, id + 16 + name, name, 28)
		}
	}
	for (i = 1; i <= n; i++) {
		best = 0
		for (j = 1; j <= n; j++)
			if (!done[j] && (!best || at[j] < at[best]))
				best = j
		done[best] = 1
		print line[best]
	}
	print "#= [.findings[] | select(.rule == \"delay.server\") | [.severity, .title]] == [[\"high\", \"The server 10.0.1.1:53 never answered 1 of 3 requests: waited for 4.99 s\"]]"
	print "#= [.findings[] | select(.rule == \"delay.server\") | .evidence[].note] == [\"a request leaves that is never answered\", \"it is sent again\", \"it arrives\"]"
	print "#= [.findings[] | select(.rule == \"delay.recovery\") | .sessions] == [[2]]"
	print "#= [.sessions[].time_ns | [.server, .recovery, .client] | map(. > 4900000000)] == [[true, false, false], [false, true, false], [false, false, true], [false, false, true]]"
	print "#! [.[] | select(.time_ns.total > 4900000000) | [.session, .name]] == [[1, \"AAAA n0.test\"], [2, \"AAAA n0.test\"]]"
}
