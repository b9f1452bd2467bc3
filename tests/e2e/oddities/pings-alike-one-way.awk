# Pings of the same contents to a host that is down, of which each fifth is lost on the
# way: by number they are themselves, and no other.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a ping C=10.0.0.1:77 S=10.0.1.7:77"
	for (n = 1; n <= 60; n++) {
		printf "a:C>S seq=%d text=abcdefghijklmnopqrstuvwabcdefghi @client - %.3f", n, n
		if (n % 5)
			printf " @server - %.3f", n + 0.02
		print ""
	}
	print "#$ all(.[] | select(.fate == \"delivered\"); .far_frame == .frame - ((.frame / 5) | floor))"
	print "#$ [.[] | select(.fate == \"delivered\")] | length >= 40"
	print "#$ all(.[] | select(.frame % 5 == 0); .fate != \"delivered\")"
}
