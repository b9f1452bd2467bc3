# Datagrams of which nothing says that they want an answer; a firewall on the way rejects
# them, and says so: they do not get there, whether they ask or not.
BEGIN {
	path_of("client server")
	print "session s udp C=10.0.0.1:40001 S=10.0.1.1:7001 ttl=64,60"
	print "session t udp C=10.0.0.1:40002 S=10.0.1.1:7002 ttl=64,60"
	for (k = 0; k < 6; k++) {
		at = 1 + k * .5
		packet_at("s", "C>S " 1 + k * 100 ".." 101 + k * 100, "client", at)
		packet_at("s", "S>C icmp=3/13 from=10.0.9.9", "client", at + .003)
		packet_over("t", "C>S " 1 + k * 100 ".." 101 + k * 100, at + .2, at + .205)
		packet_over("t", "S>C " 1 + k * 100 ".." 101 + k * 100, at + .206, at + .211)
	}
	print "#= [.findings[] | select(.rule | startswith(\"stop.\")) | .rule, (.text | contains(\"An ICMP error from 10.0.9.9 names the cause: administratively prohibited\"))] == [\"stop.host\", true]"
	print "#1 client [.findings[] | select(.rule | startswith(\"stop.\")) | .rule] == [\"stop.host\"]"
}
