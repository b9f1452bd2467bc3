# Of twelve DNS queries three get no answer at the server's own point: that is more than
# the chance that one of many meets, as two of forty-five do.
function query(n, flags)
{
	return sprintf("%04x%s00010000000000000161077465737431%04x310161" \
		       "000001000100", n, flags, 12336 + n % 10)
}
function server(addr, queries, every,    i, q, t)
{
	for (i = 1; i <= queries; i++) {
		q = sprintf("q%d", ++n)
		t = 1 + n / 10
		printf "session %s udp C=10.0.0.1:%d S=%s:53\n", q, 50000 + n, addr
		line[n] = sprintf("%s:C>S hex=%s @client - %.3f @server - %.3f\n",
				  q, query(n, "0100"), t, t + .01)
		if (i % every)
			line[n] = line[n] sprintf("%s:S>C hex=%s @server - " \
				"%.3f @client - %.3f\n", q, query(n, "8180"),
				t + .011, t + .021)
	}
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	server("10.0.1.1", 12, 4)
	server("10.0.1.2", 45, 20)
	for (i = 1; i <= n; i++)
		printf "%s", line[i]
	print "#= [.findings[] | select(.rule == \"stop.host\") | [.severity, (.title | split(\":\")[0])]] == [[\"medium\", \"10.0.1.1\"], [\"low\", \"10.0.1.2\"]]"
}
