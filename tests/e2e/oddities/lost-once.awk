# One SYN is lost, of one session of thirty.  It keeps that session for a second, which is
# nearly all of its time, and an accident: of medium severity at most.
BEGIN {
	print "point client zero=2024-05-05T10:00:00"
	print "point server zero=2024-05-05T10:00:00"
	for (i = 1; i <= 30; i++) {
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.0.9:443 isn=%d,%d\n", i, 40000 + i, 5000 + i * 7777, 90000 + i * 33333
		if (i == 7)
			printf "s%d:C>S SYN mss=1460 @client - %.6f\n", i, i / 2
		else
			session(i, i / 2)
		if (i == 8)
			session(7, 4.5)
	}
	print "#= [.findings[] | .rule, .severity] == [\"loss.path\", \"medium\", \"delay.recovery\", \"medium\"]"
}
function session(i, t,    x) {
	x = "s" i ":"
	printf "%sC>S SYN mss=1460 @client - %.6f @server - %.6f\n", x, t, t + 0.005
	printf "%sS>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", x, t + 0.0051, t + 0.0101
	printf "%sC>S ACK @client - %.6f @server - %.6f\n", x, t + 0.0102, t + 0.0152
	printf "%sC>S 1..%d @client - %.6f @server - %.6f\n", x, 200 + i, t + 0.0103, t + 0.0153
	printf "%sS>C 1..%d @server - %.6f @client - %.6f\n", x, 500 + i, t + 0.0253, t + 0.0303
	printf "%sC>S ACK @client - %.6f @server - %.6f\n", x, t + 0.0304, t + 0.0354
}
