# A NAT forgets five sessions: their next data comes to the server from other ports, and
# is reset.  What is sent in two others the server never gets, and yet it is reset: that
# is told, too.
BEGIN {
	n = 7
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < n; i++) {
		isn = sprintf("isn=%d,%d", 1000 + i * 91733, 5000 + i * 77171)
		printf "session a%d tcp C=10.0.0.1:%d S=10.0.1.1:5000 %s\n", i, 20000 + i, isn
		printf "at server C=172.20.0.1:%d S=10.0.1.1:5000\n", 30000 + i
		printf "session b%d tcp C=172.20.0.1:%d S=10.0.1.1:5000 %s\n", i, 40000 + i, isn
	}
	for (i = 0; i < n; i++) {
		t = 1 + i * .04
		a = sprintf("a%d:", i)
		printf "%sC>S SYN mss=1460     @client - %.6f @server - %.6f\n", a, t, t + .005
		printf "%sS>C SYN,ACK mss=1460 @server - %.6f @client - %.6f\n", a, t + .00501, t + .010
		printf "%sC>S ACK              @client - %.6f @server - %.6f\n", a, t + .0101, t + .015
		printf "%sC>S 1..101           @client - %.6f @server - %.6f\n", a, t + .011, t + .016
		printf "%sS>C 1..201           @server - %.6f @client - %.6f\n", a, t + .0165, t + .0215
		printf "%sC>S ACK              @client - %.6f @server - %.6f\n", a, t + .0216, t + .0266
	}
	for (i = 0; i < n; i++) {
		t = 90 + i * .04
		a = sprintf("a%d:", i)
		b = sprintf("b%d:", i)
		printf "%sC>S 101..201         @client - %.6f\n", a, t
		if (i < 5) {
			printf "%sC>S 101..201 ack=201 @server - %.6f\n", b, t + .005
			printf "%sS>C RST seq=201      @server - %.6f\n", b, t + .0051
		}
		printf "%sS>C RST seq=201      @client - %.6f\n", a, t + .010
	}
	print "idle client 900 120"
	print "idle server 900 120"
	print "#= any(.findings[]; .rule == \"reset.endpoint\" and (.title | test(\"5 open sessions become\")))"
	print "#= [.findings[] | select(.rule == \"reset.path\")] | length == 1"
	print "#= .findings[] | select(.rule == \"reset.path\") | .severity == \"medium\" and .measure.sessions == 2 and (.evidence | length == 4) and (.title | test(\"^2 sessions are reset by something other\"))"
	print "#= .findings[] | select(.rule == \"reset.path\") | .sessions == [6, 7] and (.places | any(test(\"does not know\")))"
}
