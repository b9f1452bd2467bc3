# WebSockets within TLS whose servers ping their clients each 20 s, and have news now and
# then: nobody waits behind a pong.  The captures begin within the sessions, so that the
# first pong seen may be anything.  What asks for something in the same sizes, and is
# answered 3 s later, is another matter: its first is behind no news.
function says(s, dir, n, t,    from) {
	from = said[s dir] + 1
	said[s dir] += n
	packet_over(s, sprintf("%s %d..%d hex=170303%04x", dir, from, from + n, n - 5), t, t + .01)
}
function opens(s, port) {
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.%d:443\n", s, port, port % 10
}
function pings(s, first,    k, t) {
	for (k = 0; k < 8; k++) {
		t = first + 20 * k
		if (k || first > 10)
			says(s, "S>C", 24, t)
		says(s, "C>S", 28, t + .0103)
		packet_over(s, "S>C ACK", t + .06, t + .07)
		if (k % 3 == 0)
			says(s, "S>C", 200, t + 3.3)
		if (k % 3 == 0)
			packet_over(s, "C>S ACK", t + 3.35, t + 3.36)
	}
}
BEGIN {
	path_of("client server")
	opens("pong", 40001)
	opens("ping", 40002)
	opens("asks", 40003)
	pings("pong", 1)
	pings("ping", 11)
	for (k = 0; k < 8; k++) {
		says("asks", "C>S", 28, 1 + k * 3.4)
		says("asks", "S>C", 200, 1.01 + k * 3.4 + 3.3)
	}
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | map(select(.severity == \"high\" or .severity == \"medium\") | .title) == [\"The server 10.0.1.3:443 takes 3.3 s to answer\"]"
	print "#= " f " | map(select(.severity == \"low\" and (.title | test(\"speaks again unasked\")))) | length == 2"
}
