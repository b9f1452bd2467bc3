# A client of NTP takes another port for each poll; four of 40 get no answer, though they
# arrive.  It polls again by itself, and its clock lacks nothing: low severity.
BEGIN {
	print "#= [.findings[] | select(.rule == \"stop.host\") | .severity] == [\"low\"]"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	for (i = 0; i < 40; i++) {
		printf "session n%d udp C=10.0.0.7:%d S=10.0.1.9:123\n", i, 40000 + 7 * i
		t = i * 16
		stamp = sprintf("e900%04x1111%04x", i, 7 * i)
		printf "n%d:C>S 1..49 hex=2303%076d%s @client - %.3f @server - %.3f\n", i, 0, stamp, t, t + 0.005
		if (i % 10 != 4)
			printf "n%d:S>C 1..49 hex=240206ec%040d%s%032d @server - %.4f @client - %.4f\n", i, 0, stamp, 1, t + 0.0052, t + 0.0102
	}
	print "idle client 200 700"
	print "idle server 200 700"
}
