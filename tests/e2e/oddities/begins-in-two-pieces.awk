# What a server says first is not all that the client waits for: a greeting of which the
# second line comes 6 s later, and the settings of HTTP/2 that come before the answer.
function both(what, t) {
	if (what ~ /C>S/)
		printf "%s @c - %.6f @s - %.6f\n", what, t, t + 0.01
	else
		printf "%s @s - %.6f @c - %.6f\n", what, t, t + 0.01
}
function opens(name, port, t) {
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.%d:%d\n", name, \
		40000 + ++n, n, port
	both(name ":C>S SYN mss=1460", t)
	both(name ":S>C SYN,ACK mss=1460", t + 0.01002)
	both(name ":C>S ACK", t + 0.02004)
}
function says(name, dir, n, t) {
	both(name ":" dir " " top[name dir] + 1 ".." top[name dir] + 1 + n, t)
	top[name dir] += n
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	opens("mail", 25, 1)
	says("mail", "S>C", 20, 1.0401)
	both("mail:C>S ACK", 1.08)
	says("mail", "S>C", 20, 7.0401)
	says("mail", "C>S", 10, 7.06)
	says("mail", "S>C", 90, 7.08)
	says("mail", "C>S", 30, 7.1)
	says("mail", "S>C", 9, 7.12)
	says("mail", "C>S", 6, 7.14)
	says("mail", "S>C", 9, 7.16)
	opens("grpc", 50051, 21)
	says("grpc", "C>S", 200, 21.03)
	says("grpc", "S>C", 38, 21.0501)
	both("grpc:C>S ACK", 21.07)
	says("grpc", "S>C", 700, 26.05)
	both("grpc:C>S ACK", 26.07)
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | [.[].sessions] | sort == [[1], [2]]"
	print "#= " f " | all(.severity == \"high\")"
	print "#= " f "[] | select(.sessions == [1]) | .title | test(\"takes 6.03 s to greet\")"
	print "#= " f "[] | select(.sessions == [2]) | .title | test(\"takes 5.01 s to answer\")"
}
