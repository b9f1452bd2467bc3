# A mirror port between client and server delivers what comes from the server by
# a clock of its own, 2.5 s late.  The client's capture is sound: the server
# answers at once, and the path takes 10 ms.
BEGIN {
	late = 2.5
	print "point client zero=2024-03-01T10:00:00"
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
			t += 0.1
			told = i * 2000 + 1
			out(p "C>S " i * 100 + 1 ".." i * 100 + 101 \
				" ack=" told, t)
			back(p "S>C " told ".." told + 1000 \
				" ack=" i * 100 + 101, t + 0.014)
			back(p "S>C " told + 1000 ".." told + 2000 \
				" ack=" i * 100 + 101, t + 0.0141)
			out(p "C>S ACK ack=" told + 2000, t + 0.015)
		}
		out(p "C>S FIN,ACK ack=10001", t + 0.1)
		back(p "S>C FIN,ACK ack=502", t + 0.11)
		out(p "C>S ACK seq=502 ack=10002", t + 0.111)
	}
	print_by_time()
	print "#= .quality | any(.what == \"path-order\" and (.text | test(\"at mirror has its two directions from two clocks.*6 of 6 sessions what the server sends\")))"
	print "#= all(.findings[]; .rule | startswith(\"delay.\") | not)"
	print "#= all(.sessions[]; .time_ns.server == 0 and .time_ns.unattributed == .time_ns.total)"
	print "#! length > 20 and all(.[]; .server_ns == null and .time_ns.unattributed == .time_ns.total)"
	print "#= all(.hops[]; .out.transmissions.lost == 0 and .back.transmissions.lost == 0)"
}
function out(w, t)
{
	note_packet(w " @client", t)
	note_packet(w " @mirror", t + 0.005)
}
function back(w, t)
{
	note_packet(w " @mirror", t - 0.005 + late)
	note_packet(w " @client", t)
}
