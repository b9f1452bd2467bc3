# A switch, or a tap, whose trailers were counted into the IP length: at the server
# of session s, at the client of session u; of session w a single one.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 1; i <= 4; i++)
		print "session " substr("tsuw", i, 1) " tcp C=10.0.0." i \
			":40000 S=10.0.1.1:5000 ttl=64,64"
	others(0, 40)
	trailed("s", 1.000, "", " tail=000102030405060708090a0b")
	trailed("u", 1.201, " tail=000102030405060708090a0b", "")
	out("w", "SYN mss=1460", 1.402, "", "")
	back("w", "SYN,ACK mss=1460", 1.412)
	out("w", "ACK", 1.423, "", " tail=000102030405060708090a0b")
	out("w", "1..101", 1.424, "", "")
	back("w", "1..501 ack=101", 1.435)
	out("w", "ACK ack=501", 1.446, "", "")
	others(40, 80)
	print "#= [.hops[] | .out, .back | .transmissions.lost] | add == 0"
	print "#= [.findings[] | select(.rule | test(\"^loss|^dup\"))] == []"
	print "#= any(.findings[]; .rule == \"change.payload\" and .hop == {\"from\": \"client\", \"to\": \"server\"})"
	print "#$ [.[] | select(.kind == \"ack\" and .fate == \"undecided\") | .reason] | unique == [\"unmatched-content\"]"
	print "#$ [.[] | select(.fate == \"undecided\" and .kind == \"ack\")] | length <= 3"
	print "#$ [.[] | select(.marks | index(\"duplicated\"))] == []"
}
function out(s, what, t, near, far) {
	printf "%s:C>S %s @client - %.4f%s @server - %.4f%s\n", s, what, t, near, t + 0.01, far
}
function back(s, what, t) {
	printf "%s:S>C %s @server - %.4f @client - %.4f\n", s, what, t, t + 0.01
}
# Others pass untouched, so that absence means something.
function others(from, to,   k, t) {
	if (!from) {
		out("t", "SYN mss=1460", 0.100, "", "")
		back("t", "SYN,ACK mss=1460", 0.111)
		out("t", "ACK", 0.122, "", "")
	}
	for (k = from; k < to; k++) {
		t = (from ? 0.9 : 0.2) + 0.018 * k
		out("t", 1 + 100 * k ".." 101 + 100 * k, t, "", "")
		back("t", "ACK ack=" 101 + 100 * k, t + 0.0101)
	}
}
function trailed(s, t, near, far) {
	out(s, "SYN mss=1460", t, "", "")
	back(s, "SYN,ACK mss=1460", t + 0.011)
	out(s, "ACK", t + 0.022, near, far)
	out(s, "1..101", t + 0.023, near, far)
	out(s, "101..301", t + 0.024, near, far)
	out(s, "301..401", t + 0.025, near, far)
	back(s, "1..501 ack=401", t + 0.036)
	out(s, "ACK ack=501", t + 0.047, near, far)
	back(s, "501..1001 ack=401", t + 0.058)
	back(s, "1001..1501 ack=401", t + 0.0581)
	out(s, "ACK ack=1001", t + 0.0692, near, far)
	out(s, "ACK ack=1501", t + 0.0693, near, far)
	out(s, "401..601 ack=1501", t + 0.0894, near, far)
	back(s, "ACK ack=601", t + 0.1005)
	out(s, "FIN,ACK ack=1501 seq=601", t + 0.111, near, far)
	back(s, "FIN,ACK ack=602 seq=1501", t + 0.122)
	out(s, "ACK ack=1502 seq=602", t + 0.133, near, far)
}
