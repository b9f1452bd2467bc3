# Sound each way every 20 ms, of a codec without a number of its own, over 22 ms there and
# back.  Some of it is lost, and the capture at s pauses for 600 ms: what comes is still no
# answer, and nobody waits for round trips.
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:09"
	print "session r udp C=10.0.0.5:16384 S=203.0.113.9:20000"
	for (i = 0; i < 500; i++) {
		t = 1 + i * 0.02
		deaf = i >= 200 && i < 230
		printf "C>S hex=8060%04x%08x1122334455667788 @c - %.6f", i, i * 960, t
		if (!deaf && i % 60 != 31)
			printf " @s - %.6f", t + 0.011
		printf "\nS>C hex=8060%04x%08x99aabbccddeeff00", i + 700, i * 960 + 5
		if (!deaf)
			printf " @s - %.6f", t + 0.0145
		printf " @c - %.6f\n", t + 0.0255
	}
	print "#= [.findings[] | select(.rule | startswith(\"delay.\"))] == []"
	print "#= .sessions[0].time_ns | .path == 0 and .client == .total"
}
