# Two telephones that report every half a second, more or less, each at its own
# pace (RTCP).
# Neither answers anything: nobody waits for the server.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session r udp C=10.0.0.1:40001 S=10.0.1.1:7001"
	srand(7)
	for (d = 0; d < 2; d++)
		for (t = 1 + d * 0.2; t < 40; t += 0.25 + 0.5 * rand())
			send("r", d, 76, t)
	lines()
	print "#= all(.findings[]; .rule | startswith(\"delay.\") | not)"
	print "#= all(.sessions[]; .time_ns.server == 0 and .time_ns.recovery == 0)"
	print "#= all(.sessions[]; .time_ns.client == .time_ns.total)"
	print "#! length == 0"
}
function send(s, d, len, t)
{
	what[++n] = s (d ? ":S>C " : ":C>S ") sent[s, d] + 1 ".." \
		sent[s, d] + 1 + len
	sent[s, d] += len
	at[n] = t
	dir[n] = d
}
function lines(k, j, best, p)
{
	for (k = 1; k <= n; k++) {
		best = 0
		for (j = 1; j <= n; j++)
			if (!used[j] && (!best || at[j] < at[best]))
				best = j
		used[best] = 1
		order[k] = best
	}
	for (p = 0; p < 2; p++) {
		m = 0
		for (k = 1; k <= n; k++) {
			j = order[k]
			t = at[j] + (dir[j] == p ? 0 : 0.02)
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
