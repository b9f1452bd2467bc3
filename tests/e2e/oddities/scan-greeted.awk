# A scan of SSH: half of the hosts refuse it, and the others greet whoever connects.  That is no
# monitor, which asks.
BEGIN {
	path_of("server")
	for (i = 0; i < 120; i++) {
		name = "s" i
		t = 1 + i / 50
		printf "session %s tcp C=203.0.113.9:%d S=10.9.9.%d:22 isn=%d,%d\n", name, 30000 + i, i + 1, 1000 + i * 7654321, 77 + i * 1234567
		packet_at(name, "C>S SYN mss=1460", "server", t)
		if (i % 2) {
			packet_at(name, "S>C RST,ACK ack=1", "server", t + .0001)
			continue
		}
		packet_at(name, "S>C SYN,ACK mss=1460", "server", t + .0001)
		packet_at(name, "C>S ACK", "server", t + .02)
		packet_at(name, "S>C 1..21 text=SSH-2.0-OpenSSH_9.6\\n", "server", t + .025)
		packet_at(name, "C>S RST,ACK", "server", t + .045)
	}
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.severity, (.title | test(\"it looks like a scan by 203.0.113.9\"))]] == [[\"low\", true]]"
}
