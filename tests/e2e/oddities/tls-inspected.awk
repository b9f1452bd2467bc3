# A device inspects TLS: it ends each connection in the server's name, and opens its own
# in the client's, from the same port.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 5; i++) {
		t = 1 + i
		for (k = 0; k < 2; k++) {
			p = k ? "server" : "client"
			u = t + k * .02
			printf "session s%d%d tcp C=10.1.0.2:%d S=10.2.0.2:443 isn=%d,%d\n", i, k, 41000 + i, 777000 + i * 91733 + k * 5123457, 888000 + i * 77171 + k * 7234568
			printf "C>S SYN mss=%d     @%s - %.6f\n", k ? 1380 : 1460, p, u
			printf "S>C SYN,ACK mss=1460 @%s - %.6f\n", p, u + .002
			printf "C>S ACK              @%s - %.6f\n", p, u + .0021
			printf "C>S 1..%d            @%s - %.6f\n", 101 + i * 20 + k * 33, p, u + .003
			printf "S>C 1..%d            @%s - %.6f\n", 301 + i * 40 + k * 71, p, u + .009 + i * .01
			printf "C>S ACK              @%s - %.6f\n", p, u + .010 + i * .01
		}
	}
	print "#= any(.findings[]; .rule == \"pair.none\" and .severity == \"medium\" and .measure.same_ends == 5)"
	print "#= all(.sessions[]; .pairing.verdict == \"alone\")"
	print "#= all(.findings[]; .rule | startswith(\"loss\") or startswith(\"stop\") | not)"
	print "#= .findings[] | select(.rule == \"pair.none\") | [.filters[].filter] == [\"frame.number in {1, 7, 13}\", \"frame.number in {1, 7, 13}\"]"
}
