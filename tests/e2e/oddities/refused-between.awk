# Eight sessions of a server pass at all three points; SYNs to another port are
# answered by a RST between the middle and the server, in the server's name and
# with a TTL that none of its own packets has.
BEGIN {
	path_of("client middle server")
	for (i = 0; i < 8; i++) {
		t = 1 + i * 3
		printf "session p%d tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,%d\n", i, 41000 + i, i % 2 ? 80 : 8080, 777000 + i * 91733, 888000 + i * 77171
		printf "C>S SYN mss=1460     @client - %.6f @middle - %.6f @server - %.6f\n", t, t + .002, t + .005
		printf "S>C SYN,ACK mss=1460 @server - %.6f @middle - %.6f @client - %.6f\n", t + .00501, t + .008, t + .010
		printf "C>S ACK              @client - %.6f @middle - %.6f @server - %.6f\n", t + .0101, t + .012, t + .015
		printf "C>S 1..101           @client - %.6f @middle - %.6f @server - %.6f\n", t + .011, t + .013, t + .016
		printf "S>C 1..301           @server - %.6f @middle - %.6f @client - %.6f\n", t + .0161, t + .019, t + .021
		printf "C>S ACK              @client - %.6f @middle - %.6f @server - %.6f\n", t + .022, t + .024, t + .027
	}
	for (i = 0; i < 3; i++) {
		t = 2 + i * 3
		printf "session r%d tcp C=10.0.0.1:%d S=10.0.1.1:445 isn=%d,%d\n", i, 42000 + i, 555000 + i * 81733, 0
		printf "C>S SYN mss=1460     @client - %.6f @middle - %.6f\n", t, t + .002
		printf "S>C RST,ACK seq=0    @middle - %.6f @client - %.6f\n", t + .003, t + .005
	}
	print "#= any(.findings[]; .rule == \"reset.path\" and .severity == \"high\" and .hop == {\"from\": \"middle\", \"to\": \"server\"} and .measure.sessions == 3)"
	print "#= all(.findings[]; .rule != \"reset.endpoint\")"
	print "#1 client all(.findings[]; .severity != \"high\" and ((.rule | startswith(\"reset\") | not) or (.title | test(\"or a device before it\"))))"
	print "#1 middle all(.findings[]; .severity != \"high\" and ((.rule | startswith(\"reset\") | not) or (.title | test(\"or a device before it\"))))"
}
