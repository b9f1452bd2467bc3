# Four hosts have connections to four others, two each.  A hash over both addresses sends
# some pairs over a bad link of a bundle, so that each host has some that lose.
BEGIN {
	seed = 4711
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (k = 0; k < 32; k++) {
		printf "session s%d tcp C=10.0.0.%d:%d S=10.0.1.%d:7000 isn=%d,%d\n", k, 1 + k % 4, 40000 + k, 1 + int(k / 8), 1000 + 9000 * k, 70000 + 7000 * k
		next_byte[k] = 1
	}
	to_each("C>S SYN mss=1460", .1, .01)
	to_each("S>C SYN,ACK mss=1460", .2, -.01)
	to_each("C>S ACK", .3, .01)
	for (i = 0; i < 120; i++) {
		t = 1 + i * .05
		for (k = 0; k < 32; k++) {
			printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + 100, t + k * .001
			gone[k] = (k % 4 + int(k / 8)) % 4 == 0 && random() < .2
			print gone[k] ? "" : sprintf(" @server - %.5f", t + k * .001 + .010)
		}
		for (k = 0; k < 32; k++)
			if (!gone[k]) {
				next_byte[k] += 100
				printf "s%d:S>C ACK @server - %.5f @client - %.5f\n", k, t + .0305 + k * .0002, t + .0405 + k * .0002
			}
	}
	f = "[.findings[] | select(.rule | test(\"^loss\"))]"
	print "#= " f " | length == 1 and .[0].rule == \"loss.path\""
	print "#= " f "[0].title | test(\"^8 of 32 sessions lose [0-9.]+ % of their packets between client and server, the others none$\")"
	print "#= " f "[0].measure.split.by == \"addresses\""
}
function to_each(what, t, way,    a, b)
{
	a = way > 0 ? "client" : "server"
	b = way > 0 ? "server" : "client"
	for (k = 0; k < 32; k++)
		printf "s%d:%s @%s - %.4f @%s - %.4f\n", k, what, a, t + k * .001, b, t + k * .001 + .01
}
