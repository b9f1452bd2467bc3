# Four SYNs that ask for ECN are lost, and none without: but twenty that ask pass, in
# sessions in which nothing is amiss.
function way(s, what, t) { printf "s%d:C>S %s @client - %.6f @server - %.6f\n", s, what, t, t + .005 }
function back(s, what, t) { printf "s%d:S>C %s @server - %.6f @client - %.6f\n", s, what, t, t + .005 }
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 30; i++) {
		t = 1 + i * 3
		printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		if (i >= 20 && i < 24) {
			printf "s%d:C>S SYN,ECE,CWR mss=1460 @client - %.6f\n", i, t
			t++
		}
		way(i, i < 20 ? "SYN,ECE,CWR mss=1460" : "SYN mss=1460", t)
		back(i, "SYN,ACK mss=1460", t + .0051)
		way(i, "1..101", t + .011)
		back(i, "1..301", t + .0161)
		way(i, "ACK", t + .022)
		if (i < 24)
			continue
		printf "s%d:C>S 101..201 @client - %.6f\n", i, t + .1
		way(i, "101..201", t + .4)
		back(i, "301..401", t + .41)
		way(i, "ACK", t + .42)
	}
	print "#= [.findings[] | select(.rule == \"loss.path\")] | length == 1"
	print "#= all(.findings[]; .text | contains(\"ECN\") | not)"
}
