# The server resets two connections half a second after their SYNs, while its capture
# pauses for 2.5 s: that it has the SYNs and not the resets is the pause's doing, which is
# said.
BEGIN {
	print "#= [.findings[] | select(.rule == \"reset.path\") | .severity] == [\"low\"]"
	print "#= any(.findings[]; .rule == \"reset.path\" and .measure.sessions == 2 and (.against | test(\"may have missed these resets\")))"
	pause_sessions(30)
	for (i = 0; i < 2; i++) {
		printf "session r%d tcp C=10.0.0.1:%d S=10.0.1.1:445 isn=%d,0\n", i, 42000 + i, 555000 + i * 81733
		pause_passes("r" i ":C>S SYN mss=1460", 9.8 + i * .1)
		pause_passes("r" i ":S>C RST,ACK seq=0", 10.3 + i * .1)
	}
	print_by_time()
}
