# Two hosts in the client's network have the server's address; the client's card for it changes,
# and the wrong one refuses.  One capture, beside the client.
BEGIN {
	path_of("client")
	for (i = 0; i < 12; i++) {
		t = 1 + i
		printf "session s%d tcp C=10.2.0.1:%d S=10.2.0.2:80 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		printf "s%d:C>S SYN mss=1460     @client - %.6f\n", i, t
		if (i % 3 == 2) {
			printf "s%d:S>C RST,ACK seq=0 @client - %.6f\n", i, t + .0005
		} else {
			printf "s%d:S>C SYN,ACK mss=1460 @client - %.6f\n", i, t + .0005
			printf "s%d:C>S ACK              @client - %.6f\n", i, t + .0006
			printf "s%d:C>S 1..101           @client - %.6f\n", i, t + .0010
			printf "s%d:S>C 1..301           @client - %.6f\n", i, t + .0020
		}
		if (i % 3)
			continue
		printf "ask 10.2.0.2 from=10.2.0.1 mac=1 @client - %.4f\n", t + .2
		printf "tell 10.2.0.2 to=10.2.0.1 mac=2 @client - %.4f\n", t + .2002
		printf "tell 10.2.0.2 to=10.2.0.1 mac=b @client - %.4f\n", t + .2004
	}
	print "#= .findings[0] | .rule == \"reset.endpoint\" and (.text | contains(\"At client, 10.2.0.2 is claimed by 02:00:00:00:00:02 (frame \")) and any(.places[]; . == \"two hosts with the address 10.2.0.2 at client\")"
}
