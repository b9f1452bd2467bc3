# The server resets what comes after a rest, while its capture misses packets of
# another session, too: that nothing of it is there shows no other host.
function both(s, what, t) { note_packet(s what " @client", t); note_packet(s what " @server", t + 0.005) }
function back(s, what, t) { note_packet(s what " @server", t); note_packet(s what " @client", t + 0.005) }
function opens(s, t) {
	both(s, "C>S SYN win=64240 mss=1460", t)
	back(s, "S>C SYN,ACK win=64240 mss=1460", t + 0.0051)
	both(s, "C>S ACK win=64240", t + 0.0102)
}
BEGIN {
	print "#= [.findings[] | select(.rule == \"reset.path\")] == []"
	print "#= [.findings[] | select(.rule == \"capture.gap\")] | length == 1"
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session a tcp C=10.0.0.1:40000 S=10.0.1.1:5000 isn=1000,7000"
	print "session b tcp C=10.0.0.1:40001 S=10.0.1.1:5000 isn=11000,17000"
	opens("a:", 1)
	both("a:", "C>S 1..101 win=64240", 1.0103)
	back("a:", "S>C 1..201 win=64240", 1.016)
	both("a:", "C>S ACK win=64240", 1.0211)
	note_packet("a:C>S 101..201 win=64240 @client", 3)
	note_packet("a:S>C RST win=0 @client", 3.0101)
	opens("b:", 1.1)
	for (i = 0; i < 120; i++) {
		t = 1.2 + i * 0.03
		asks = sprintf("C>S %d..%d win=64240", i * 100 + 1, i * 100 + 101)
		tells = sprintf("S>C %d..%d win=64240", i * 200 + 1, i * 200 + 201)
		if (t > 2.9 && t < 3.1) {
			note_packet("b:" asks " @client", t)
			note_packet("b:" tells " @client", t + 0.0105)
		} else {
			both("b:", asks, t)
			back("b:", tells, t + 0.0055)
		}
	}
	print_by_time()
	print "#1 client all(.findings[]; .severity != \"high\" and ((.rule | startswith(\"reset\") | not) or (.title | test(\"or a device before it\"))))"
}
