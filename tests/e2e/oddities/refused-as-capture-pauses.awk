# The server resets two connections half a second after their SYNs, while its capture
# pauses for 2.5 s: that it has the SYNs and not the resets is the pause's doing, which is
# said.
function put(what, t) { at[n] = t; text[n++] = what }
function c2s(what, t) { put(what " @client", t); if (seen(t + .005)) put(what " @server", t + .005) }
function s2c(what, t) { if (seen(t)) put(what " @server", t); put(what " @client", t + .005) }
function seen(t) { return t < 10 || t > 12.5 }
BEGIN {
	print "#= [.findings[] | select(.rule == \"reset.path\") | .severity] == [\"low\"]"
	print "#= any(.findings[]; .rule == \"reset.path\" and .measure.sessions == 2 and (.against | test(\"may have missed these resets\")))"
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 12; i++) {
		printf "session p%d tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,%d\n", i, 41000 + i, i % 2 ? 80 : 8080, 777000 + i * 91733, 888000 + i * 77171
		t = 1 + i * .5
		c2s("p" i ":C>S SYN mss=1460", t)
		s2c("p" i ":S>C SYN,ACK mss=1460", t + .0051)
		for (k = 0; k < 30; k++) {
			c2s(sprintf("p%d:C>S %d..%d", i, k * 100 + 1, k * 100 + 101), t + .02 + k * .6)
			s2c(sprintf("p%d:S>C %d..%d", i, k * 300 + 1, k * 300 + 301), t + .03 + k * .6)
		}
	}
	for (i = 0; i < 2; i++) {
		printf "session r%d tcp C=10.0.0.1:%d S=10.0.1.1:445 isn=%d,0\n", i, 42000 + i, 555000 + i * 81733
		c2s("r" i ":C>S SYN mss=1460", 9.8 + i * .1)
		s2c("r" i ":S>C RST,ACK seq=0", 10.3 + i * .1)
	}
	for (i = 1; i < n; i++) # by time
		for (k = i; k > 0 && at[k] < at[k - 1]; k--) {
			t = at[k]; at[k] = at[k - 1]; at[k - 1] = t
			t = text[k]; text[k] = text[k - 1]; text[k - 1] = t
		}
	for (i = 0; i < n; i++)
		printf "%s - %.4f\n", text[i], at[i]
}
