# The SYNs of twelve early sessions vanish.  When these are looked at, one other
# has arrived, which does not tell yet that absence is loss: the fifty behind them
# do.  Their time must not stay unknown for that.
BEGIN {
	print "point client zero=2024-05-05T10:00:00"
	print "point server zero=2024-05-05T10:00:00.010"
	for (i = 1; i <= 12; i++) {
		printf "session l%d tcp C=10.0.0.1:%d S=10.0.0.9:443 isn=%d,2000\n", i, 30000 + i, 3000 + i * 55555
		for (k = 0; k < 4; k++)
			printf "C>S SYN win=64240 mss=1460 @client - %.6f\n", 0.1 + i / 100 + (2 ^ k - 1)
	}
	for (i = 1; i <= 50; i++) {
		t = i == 1 ? 0.01 : 9 + i / 4
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.0.9:443 isn=%d,%d\n", i, 40000 + i, 5000 + i * 7777, 90000 + i * 33333
		printf "C>S SYN win=64240 mss=1460 @client - %.6f @server - %.6f\n", t, t + 0.005
		printf "S>C SYN,ACK win=65160 mss=1460 @server - %.6f @client - %.6f\n", t + 0.0051, t + 0.0101
		printf "C>S ACK @client - %.6f @server - %.6f\n", t + 0.0102, t + 0.0152
		printf "C>S 1..%d @client - %.6f @server - %.6f\n", 200 + i, t + 0.0103, t + 0.0153
		printf "S>C 1..%d @server - %.6f @client - %.6f\n", 500 + i, t + 0.0253, t + 0.0303
		printf "C>S ACK @client - %.6f @server - %.6f\n", t + 0.0304, t + 0.0354
	}
	print "#= all(.sessions[] | select(.bytes.c2s == 0); .hops[0].c2s.lost == 4)"
	print "#= all(.sessions[] | select(.bytes.c2s == 0).time_ns; .recovery == .total and .unattributed == 0)"
}
