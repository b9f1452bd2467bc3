# The server drops connections to one of its ports, without a word; its capture pauses for
# 2.5 s, in which it has nothing.  That the SYNs of two of them, of those 2.5 s, are not in
# it does not say that they were lost between; that those of a third port never are, over
# a minute, does.
BEGIN {
	print "#= [.findings[] | select(.rule == \"stop.path\") | .severity] == [\"high\", \"low\"]"
	print "#= any(.findings[]; .rule == \"stop.path\" and .severity == \"high\" and (.title | test(\"10.0.1.1:447 die between client and server\")))"
	print "#= any(.findings[]; .rule == \"stop.path\" and .severity == \"low\" and (.title | test(\"10.0.1.1:445 get no answer\")) and (.against | test(\"capture.gap\")))"
	pause_sessions(100)
	for (i = 0; i < 2; i++) {
		printf "session r%d tcp C=10.0.0.1:%d S=10.0.1.1:445 isn=%d,0\n", i, 42000 + i, 555000 + i * 81733
		for (k = 0; k < 2; k++)
			pause_passes("r" i ":C>S SYN mss=1460", 10.1 + i * .2 + k)
	}
	for (i = 0; i < 5; i++) {
		printf "session f%d tcp C=10.0.0.1:%d S=10.0.1.1:447 isn=%d,0\n", i, 43000 + i, 655000 + i * 81733
		for (k = 0; k < 3; k++)
			note_packet("f" i ":C>S SYN mss=1460 @client", 5 + i * 11 + (k ? 2 * k - 1 : 0))
	}
	print_by_time()
}
