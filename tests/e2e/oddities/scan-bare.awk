# What has neither SYN nor ACK is a probe, whose reset says that a port is closed: a scan by
# FINs, and by packets with flags that no host sends.  Of one by ACKs each probe has its target
# for the server, whatever the ports of the two.
BEGIN {
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 60; i++)
		for (k = 1; k < 4; k++) {
			t = 10 * k + i / 100
			printf "session f%d_%d tcp C=203.0.0.%d:50000 S=10.9.9.%d:%d isn=%d,0\n", k, i, k, k, 49970 + i, 1000 + (k * 100 + i) * 7654321
			printf "f%d_%d:C>S %s @server - %.6f\n", k, i, k == 1 ? "FIN seq=5" : k == 2 ? "ECE seq=5" : "ACK seq=5 ack=77", t
			if (i % 10 == 3)
				continue
			printf "f%d_%d:S>C %s @server - %.6f\n", k, i, k == 1 ? "RST,ACK seq=0 ack=6" : k == 2 ? "RST,ACK seq=0 ack=5" : "RST seq=77", t + .0001
		}
	for (k = 1; k < 3; k++)
		print "#= [.findings[] | select(.title == \"10.9.9." k " (54 ports) resets 54 packets with neither SYN nor ACK; it looks like a scan by 203.0.0." k "\") | .severity] == [\"low\"]"
	print "#= [.findings[] | select(.title | test(\"^10.9.9.3 .54 ports. does not know 54 connections.*scan by 203.0.0.3\")) | .severity] == [\"low\"]"
	print "#= .findings | length == 3"
}
