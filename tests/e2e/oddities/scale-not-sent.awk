# A SYN with a window scale is lost, and its sender tries again without: the path took
# nothing out.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "C>S SYN mss=1460 win=65535 ws=7 @client - 0.1"
	out("C>S SYN mss=1460 win=65535", 1)
	back("S>C SYN,ACK mss=1460 win=65535", 1.05001)
	out("C>S ACK win=65535", 1.1001)
	out("C>S 1..101 win=65535", 1.1002)
	for (i = 0; i < 20; i++) {
		t = 1.151 + i * 0.102
		for (k = 0; k < 44; k++) {
			at = 1 + (i * 44 + k) * 1460
			back("S>C " at ".." at + 1460 " win=65535",
			     t + k * 0.00001)
		}
		out("C>S ACK win=65535", t + 0.0506)
	}
	w = "([.findings[] | select(.rule == \"delay.window\")])"
	print "#= " w " | length == 1"
	print "#= " w "[0].title | test(\"^The client's window keeps\")"
}
function out(what, t)
{
	printf "%s @client - %.6f @server - %.6f\n", what, t, t + 0.05
}
function back(what, t)
{
	printf "%s @server - %.6f @client - %.6f\n", what, t, t + 0.05
}
