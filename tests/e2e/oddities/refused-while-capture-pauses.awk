# The server refuses connections to two of its ports; its capture pauses for 2.5 s, in
# which it has nothing: that three refusals are not in it shows no other host.  Nor does
# it, high, that the only ones of the other port are not.
BEGIN {
	print "#= [.findings[] | select(.rule == \"reset.path\") | .severity] == [\"low\"]"
	print "#= any(.findings[]; .rule == \"reset.path\" and .measure.sessions == 2 and (.against | test(\"capture.gap\")))"
	print "#= any(.findings[]; .rule == \"reset.endpoint\" and .measure.sessions == 20)"
	pause_sessions(30)
	for (i = 0; i < 22; i++) {
		t = i < 20 ? 1.013 + i : 10.6 + (i - 20) * .9
		printf "session r%d tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,0\n", i, 42000 + i, i < 20 ? 445 : 446, 555000 + i * 81733
		pause_passes("r" i ":C>S SYN mss=1460", t)
		pause_passes("r" i ":S>C RST,ACK seq=0", t + .0053)
	}
	print_by_time()
}
