# A SYN with a window scale is lost, and its sender tries again without: the path took
# nothing out.
BEGIN {
	path_of("client server")
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:80"
	print "C>S SYN mss=1460 win=65535 ws=7 @client - 0.1"
	scale_passes("C>S SYN mss=1460 win=65535", 1)
	scale_downloads()
	w = "([.findings[] | select(.rule == \"delay.window\")])"
	print "#= " w " | length == 1"
	print "#= " w "[0].title | test(\"^The client's window keeps\")"
}
