# A NAT forgets 503 sessions at once: their next data comes to the server from other
# ports, and is reset.  All of these resets are compared with those that the client
# gets.
BEGIN {
	n = 503
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
		printf "%sC>S 101..201 ack=201 @server - %.6f\n", b, t + .005
		printf "%sS>C RST seq=201      @server - %.6f\n", b, t + .0051
		printf "%sS>C RST seq=201      @client - %.6f\n", a, t + .010
	}
	print "idle server 6000 120"
	print "#= [.findings[] | select(.rule == \"reset.endpoint\")] | length == 1"
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .title == \"Between client and server 503 open sessions become connections that the server does not know: it resets them\""
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"in all are reset so\") | not"
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"Just before, nothing had been sent for 8[89][.0-9]* s or more in each of them\")"
	# what vanishes at once counts as lost, and yet it has arrived
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"packets count as lost between client and server; what the client sent last is no loss\")"
}
