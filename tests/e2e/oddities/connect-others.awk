# Two browsers ask a proxy for connections to the same server at the same time: each is
# one session with the one that the proxy opened for it.  A tunnel to a server whose
# side was not captured, a connection of the proxy's own, a refusal (403) and a
# request without a tunnel stay alone.
BEGIN {
	print "#= [.sessions[] | select(.pairing.verdict == \"paired\") | .flows | map(.client)] | sort == [[\"10.0.0.7:51001\", \"192.0.2.1:40001\"], [\"10.0.0.8:51002\", \"192.0.2.1:40002\"]]"
	print "#= [.sessions[] | select(.pairing.verdict == \"paired\") | .pairing.kind] == [\"relayed\", \"relayed\"]"
	print "#= [.sessions[] | select(.pairing.verdict == \"alone\") | .flows[0].client] | sort == [\"10.0.0.7:51003\", \"10.0.0.7:51005\", \"10.0.0.8:51006\", \"192.0.2.1:40004\"]"
	path_of("client server", "2024-05-04T10:00:00")
	split("10.0.0.7 10.0.0.8 10.0.0.7 10.0.0.7 10.0.0.7 10.0.0.8", host, " ")
	for (i = 1; i <= 6; i++) {
		print "session s" i " tcp C=" host[i] ":" 51000 + i " S=10.0.0.1:3128 isn=" 1000 * i "," 77000 * i " ttl=64,63"
		print "at server C=192.0.2.1:" 40000 + i " S=198.51.100.9:443 isn=" 700000 * i "," 900000 * i " ttl=63,64"
		front[i] = i != 4
		back[i] = i == 1 || i == 2 || i == 4
	}
	for (i = 1; i <= 6; i++)
		open(i, "client", front, 0, 0, 0)
	for (i = 1; i <= 4; i++) {
		at("C>S 1..52 text=CONNECT\\sexample.org:443\\sHTTP/1.1\\nHost:\\sexample\\n\\n", "client", front, 0.1)
		open(i, "server", back, 51, 39, 0.11)
		at("S>C 1..40 text=HTTP/1.1\\s200\\sConnection\\sestablished\\n\\n", "client", front, 0.15)
	}
	i = 5
	at("C>S 1..52 text=CONNECT\\sexample.org:443\\sHTTP/1.1\\nHost:\\sexample\\n\\n", "client", front, 0.1)
	at("S>C 1..46 text=HTTP/1.1\\s403\\sForbidden\\nContent-Length:\\s0\\n\\n", "client", front, 0.11)
	i = 6
	at("C>S 1..56 text=GET\\shttp://example.org/\\sHTTP/1.1\\nHost:\\sexample.org\\n\\n", "client", front, 0.1)
	at("S>C 1..1002 text=HTTP/1.1\\s200\\sOK\\nContent-Length:\\s961\\n\\n", "client", front, 0.12)
	for (k = 0; k < 4; k++)
		for (i = 1; i <= 4; i++) {
			t = 0.2 + k / 10
			from = k ? 571 + (k - 1) * 300 : 52
			both("C>S " from ".." 571 + k * 300 " ack=" 40 + k * 900 (k ? " hex=17030300" : " hex=160301020001000100"), t)
			both("S>C " 40 + k * 900 ".." 940 + k * 900 " ack=" 571 + k * 300 (k ? " hex=17030303" : " hex=160303007a0200"), t + 0.03)
		}
	order()
}
function open(i, where, has, c, s, t) {
	at("C>S SYN seq=" c " mss=1460 ws=8", where, has, t)
	at("S>C SYN,ACK seq=" s " ack=" c + 1 " mss=1460 ws=7", where, has, t + 0.0003)
	at("C>S ACK seq=" c + 1 " ack=" s + 1, where, has, t + 0.0006)
}
function at(what, where, has, t) {
	if (has[i])
		line[sprintf("%.6f %06d", t + i / 10000, ++n)] = sprintf("s%d:%s @%s - %.6f", i, what, where, t + i / 10000)
}
function both(what, t) {
	at(what, "client", front, t + (what ~ /^C/ ? 0 : 0.01))
	at(what, "server", back, t + (what ~ /^C/ ? 0.01 : 0))
}
# lines of a point stand in the order of time
function order(  m, k, key, sorted) {
	m = 0
	for (key in line)
		sorted[++m] = key
	for (i = 2; i <= m; i++)
		for (k = i; k > 1 && sorted[k] < sorted[k - 1]; k--) {
			key = sorted[k]
			sorted[k] = sorted[k - 1]
			sorted[k - 1] = key
		}
	for (i = 1; i <= m; i++)
		print line[sorted[i]]
}
