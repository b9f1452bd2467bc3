# The far end of a link of 30 ms is given before its near end: twelve questions,
# answered in turn, and one packet that is lost on the link.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point far zero=2024-03-01T10:00:00"
	print "point near zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:5000"
	print "C>S SYN mss=1460     @client - 1.000 @near - 1.001 @far - 1.016"
	print "S>C SYN,ACK mss=1460 @far - 1.017 @near - 1.032 @client - 1.033"
	print "C>S ACK              @client - 1.034 @near - 1.035 @far - 1.050"
	t = 2
	for (i = 0; i < 12; i++) {
		asked = i * 100 + 1
		told = i * 200 + 1
		if (i == 6) {
			printf "C>S %d..%d @client - %.3f @near - %.3f\n",
				asked, asked + 100, t, t + 0.001
			t += 0.3
		}
		printf "C>S %d..%d @client - %.3f @near - %.3f @far - %.3f\n",
			asked, asked + 100, t, t + 0.001, t + 0.016
		printf "S>C %d..%d @far - %.3f @near - %.3f @client - %.3f\n",
			told, told + 200, t + 0.017, t + 0.032, t + 0.033
		t += 0.1
	}
	print "#= .quality | any(.what == \"path-order\" and (.text | test(\"packets meet near before far\") and test(\"it is client, near, far\")))"
	print "#= all(.findings[]; .rule != \"capture.gap\")"
}
