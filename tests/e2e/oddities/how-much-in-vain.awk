# One capture, at the client.  A session is said to get nothing back if three packets
# that want an acknowledgement get none, two of them sent again, over a second: only the
# last of these does.
function opened(s, t) {
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.1:80\n", s, ++port + 40000
	line(t, s ":C>S SYN mss=1460")
	line(t + 0.02, s ":S>C SYN,ACK mss=1460")
	line(t + 0.0201, s ":C>S ACK")
	line(t + 0.03, s ":C>S 1..101")
	line(t + 0.05, s ":S>C 1..201")
	line(t + 0.0501, s ":C>S ACK")
}
function line(t, what) {
	printf "%s @client - %.4f\n", what, t
}
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	opened("two", 1)
	line(3, "two:C>S 100..101") # keep-alives
	line(5, "two:C>S 100..101")
	line(6, "two:C>S RST,ACK")
	opened("new", 11)
	line(13, "new:C>S 101..201")
	line(13.1, "new:C>S 201..301")
	line(14.2, "new:C>S 101..201")
	line(14.8, "new:C>S RST,ACK")
	opened("soon", 21)
	line(23, "soon:C>S 101..201")
	line(23.2, "soon:C>S 101..201")
	line(23.5, "soon:C>S 101..201")
	line(23.98, "soon:C>S 101..201")
	line(24.8, "soon:C>S RST,ACK")
	opened("vain", 31)
	line(33, "vain:C>S 101..201")
	line(33.5, "vain:C>S 101..201")
	line(34.02, "vain:C>S 101..201")
	line(34.8, "vain:C>S RST,ACK")
	print "idle client 100 60"
	print "#= [.findings[] | select(.rule == \"stop.silent\") | .sessions | length] == [1]"
	print "#= .findings[] | select(.rule == \"stop.silent\") | .title | test(\"3 packets at client get nothing back\")"
}
