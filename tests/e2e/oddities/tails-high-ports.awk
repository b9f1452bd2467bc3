# The ends of connections that were open before the capture, between ports that tell nothing: their
# FINs, which are reset or get nothing, are no probes of a scan, and who has the port that all
# share is the server.
BEGIN {
	path_of("server")
	for (i = 0; i < 40; i++) {
		name = "t" i
		printf "session %s tcp C=10.1.0.%d:%d S=10.9.9.3:50443 isn=%d,%d\n", name, i % 4 + 1, 50500 + i * 13, 1000 + i * 7654321, 77 + i * 1234567
		packet_at(name, "S>C FIN,ACK seq=100 ack=200", "server", 21 + i)
		if (i % 3)
			packet_at(name, "C>S RST seq=200", "server", 21.02 + i)
	}
	print "#= [.sessions[].flows[0].server] | unique == [\"10.9.9.3:50443\"]"
	print "#= all(.findings[]; .rule != \"reset.endpoint\")"
}
