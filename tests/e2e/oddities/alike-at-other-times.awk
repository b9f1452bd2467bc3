# Two sessions of the same form, each at one point only, one quarter of a minute after
# the other.  Sessions that both points have tell the clocks, so neither is the
# other's continuation behind a proxy.
BEGIN {
	print "point near zero=2024-03-01T10:00:00"
	print "point far zero=2024-03-01T10:00:00"
	print "session both tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "session late tcp C=10.0.0.2:40001 S=10.0.1.2:8080"
	print "session soon tcp C=10.0.2.1:40002 S=10.0.3.1:9090"
	talk("soon", 1, "", "far", 0)
	talk("both", 10, "near", "far", 0.005)
	talk("late", 16, "near", "", 0)
	print "#= [.sessions[].pairing.relays[]?] == []"
	print "#= .findings[0].title | test(\"outside it is 1 of 3 sessions\")"
}

function talk(s, t, near, far, d,    i, x) {
	x = t
	put(s, "C>S SYN mss=1460", near, x, far, x + d)
	put(s, "S>C SYN,ACK mss=1460", far, x + 0.01, near, x + 0.01 + d)
	put(s, "C>S ACK", near, x + 0.02, far, x + 0.02 + d)
	q = 1; a = 1
	srand(7)
	for (i = 0; i < 40; i++) {
		x += 0.05 + int(rand() * 200) / 1000
		len = 40 + int(rand() * 900)
		put(s, sprintf("C>S %d..%d", q, q + 200), near, x, far, x + d)
		q += 200
		len += s == "late" ? 29 : 0
		put(s, sprintf("S>C %d..%d", a, a + len), far, x + 0.02, near, x + 0.02 + d + (s == "late" ? 0.01 : 0))
		a += len
	}
}

function put(s, what, p1, t1, p2, t2) {
	printf "%s:%s", s, what
	if (p1 != "") printf " @%s - %.6f", p1, t1
	if (p2 != "") printf " @%s - %.6f", p2, t2
	print ""
}
