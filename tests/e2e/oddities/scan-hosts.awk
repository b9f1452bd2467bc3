# What a scan finds closed is one finding, of low severity, be it ports of a host or a port
# of many hosts, and be it asked by SYNs, ACKs or datagrams.  Hosts that many sources
# want are no scan, but the smallest are told together.  What a NAT has forgotten comes
# from ports of its own: no scan.
function refused(name, client, server, t)
{
	printf "session %s tcp C=%s S=%s isn=%d,0\n", name, client, server, 1000 + ++n * 7654321
	printf "%s:C>S SYN mss=1460 @client - %.6f\n", name, t
	printf "%s:S>C RST,ACK seq=0 ack=1 @client - %.6f\n", name, t + .006
}
function stray(name, client, server, t)
{
	printf "session %s tcp C=%s S=%s isn=%d,%d\n", name, client, server, 1000 + ++n * 7654321, 99 + n * 1234567
	printf "%s:C>S ACK seq=5 ack=77 @client - %.6f\n", name, t
	printf "%s:S>C RST seq=77 @client - %.6f\n", name, t + .006
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "#= [.findings[] | select(.measure.servers == 30) | .against | test(\"a monitor or balancer\")] == [true]"
	for (i = 0; i < 30; i++) {
		refused("h" i, "10.0.0.9:" 40000 + i, "10.9.1." i + 1 ":445", 1 + i / 100)
		stray("a" i, "10.0.0.8:51234", "10.9.2.1:" i + 1, 2 + i / 100)
		stray("f" i, "10.0.0.7:" 52000 + i, "10.9.3." i + 1 ":80", 3 + i / 100)
		for (k = 0; k < (i < 5 ? 3 : 1); k++)
			refused("m" i "_" k, "10.1.0." i + k ":" 41000 + k, "10.9.4." i + 1 ":80", 4 + i / 100)
		printf "session u%d udp C=10.0.0.6:39999 S=10.9.5.%d:161\n", i, i + 1
		printf "u%d:C>S 1..31 @client - %.6f\n", i, 5 + i / 100
		printf "u%d:S>C icmp=3/3 from=10.9.5.%d @client - %.6f\n", i, i + 1, 5.006 + i / 100
	}
	print "#= [.findings[] | select(.measure.servers == 30) | [.severity, .title]] == [[\"low\", \"30 servers, or devices before them, refuse connections: they reset 30 sessions at the SYN; it looks like a scan by 10.0.0.9\"]]"
	print "#= [.findings[] | select(.title | test(\"30 ports\")) | [.severity, .title]] | .[0] == [\"low\", \"10.9.2.1 (30 ports), or a device before it, does not know 30 connections: it resets at the first packet at client, which opens none; it looks like a scan by 10.0.0.8\"]"
	print "#= [.findings[] | select(.title | test(\"refuses? datagrams\")) | .severity] == [\"low\"]"
	print "#= [.findings[] | select(.title | test(\"^10.9.4|^26 servers, or devices before them, refuse\")) | [.severity, .measure.servers, .measure.sessions]] | sort == [[\"medium\", null, 3], [\"medium\", null, 3], [\"medium\", null, 3], [\"medium\", null, 3], [\"medium\", 26, 28]]"
	print "#= [.findings[] | select(.title | test(\"^10.9.3|^26 servers, or devices before them, do not know\")) | [.severity, .measure.servers, .measure.sessions]] | sort == [[\"medium\", null, 1], [\"medium\", null, 1], [\"medium\", null, 1], [\"medium\", null, 1], [\"medium\", 26, 26]]"
}
