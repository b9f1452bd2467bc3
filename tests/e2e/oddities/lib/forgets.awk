# A NAT forgets N sessions, a0 on, in a pause of 89 s: the next data of the first TAKEN comes
# to the server from other ports (sessions b0 on), and is reset there; that of the others
# the server never gets, and yet it is reset.
function nat_forgets(n, taken,    a, b, i, isn, t)
{
	path_of("client server")
	for (i = 0; i < n; i++) {
		isn = sprintf("isn=%d,%d", 1000 + i * 91733, 5000 + i * 77171)
		printf "session a%d tcp C=10.0.0.1:%d S=10.0.1.1:5000 %s\n", i, 20000 + i, isn
		printf "at server C=172.20.0.1:%d S=10.0.1.1:5000\n", 30000 + i
		printf "session b%d tcp C=172.20.0.1:%d S=10.0.1.1:5000 %s\n", i, 40000 + i, isn
	}
	for (i = 0; i < n; i++) {
		t = 1 + i * .04
		a = "a" i
		packet_over(a, "C>S SYN mss=1460", t, t + .005)
		packet_over(a, "S>C SYN,ACK mss=1460", t + .00501, t + .010)
		packet_over(a, "C>S ACK", t + .0101, t + .015)
		packet_over(a, "C>S 1..101", t + .011, t + .016)
		packet_over(a, "S>C 1..201", t + .0165, t + .0215)
		packet_over(a, "C>S ACK", t + .0216, t + .0266)
	}
	for (i = 0; i < n; i++) {
		t = 90 + i * .04
		a = "a" i
		b = "b" i
		packet_at(a, "C>S 101..201", "client", t)
		if (i < taken) {
			packet_at(b, "C>S 101..201 ack=201", "server", t + .005)
			packet_at(b, "S>C RST seq=201", "server", t + .0051)
		}
		packet_at(a, "S>C RST seq=201", "client", t + .010)
	}
}
