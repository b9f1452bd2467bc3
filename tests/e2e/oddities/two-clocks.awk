# One capture, whose two directions were stamped by two clocks 2.5 s
# apart: nothing is said of who took how long.
BEGIN {
	late = 2.5
	print "point mirror zero=2024-03-01T10:00:00"
	for (s = 0; s < 6; s++)
		print "session s" s " tcp C=10.0.0.1:" 40000 + s " S=10.0.1.1:443"
	for (s = 0; s < 6; s++) {
		p = "s" s ":"
		t = 1 + s
		out(p "C>S SYN mss=1460 sackok", t)
		back(p "S>C SYN,ACK mss=1460 sackok ack=1", t + 0.010)
		out(p "C>S ACK ack=1", t + 0.011)
		for (i = 0; i < 5; i++) {
			t += 0.3
			out(p "C>S " i * 100 + 1 ".." i * 100 + 101 " ack=" i * 2000 + 1, t)
			back(p "S>C " i * 2000 + 1 ".." i * 2000 + 1001 " ack=" i * 100 + 101, t + 0.014)
			back(p "S>C " i * 2000 + 1001 ".." i * 2000 + 2001 " ack=" i * 100 + 101, t + 0.0141)
			out(p "C>S ACK ack=" i * 2000 + 2001, t + 0.015)
		}
		out(p "C>S FIN,ACK ack=" 5 * 2000 + 1, t + 0.4)
		back(p "S>C FIN,ACK ack=502", t + 0.41)
		out(p "C>S ACK seq=502 ack=" 5 * 2000 + 2, t + 0.411)
	}
	print "#= .quality | any(.what == \"path-order\" and (.text | test(\"in 6 of 6 sessions what the server sends is stamped some 2.5 s behind\")))"
	print "#= all(.findings[]; .rule | startswith(\"delay.\") | not)"
	print "#= all(.sessions[]; .time_ns.server == 0 and .time_ns.client == 0)"
	print_by_time()
}
function out(w, t) { note_packet(w " @mirror", t) }
function back(w, t) { note_packet(w " @mirror", t + late) }
