# A request that is sent at once behind what the server says after a pause looks like
# a reply to news.  Its like was answered before: it is a request, and never
# answered.  FTP, and SQL whose client closes or resets.  A broker's PONG, and a device's
# acknowledgements of 4 bytes, are owed nothing.
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
function ends(name, t) {
	both(name ":C>S FIN", t)
	both(name ":S>C FIN", t + 0.02)
	both(name ":C>S ACK", t + 0.04)
}
function query(name, t) {
	says(name, "C>S", 300, t)
	says(name, "S>C", 400, t + 0.02)
	says(name, "C>S", 90, t + 0.07)
	says(name, "S>C", 60, t + 0.09)
	both(name ":C>S ACK", t + 0.14)
	says(name, "S>C", 700, t + 1.47)
	says(name, "C>S", 90, t + 1.49)
	both(name ":S>C ACK", t + 1.54)
}
BEGIN {
	print "point c zero=2024-03-01T10:00:00"
	print "point s zero=2024-03-01T10:00:00"
	opens("ftp", 21, 1)
	says("ftp", "S>C", 20, 1.0401)
	for (i = 0; i < 3; i++) {
		says("ftp", "C>S", 10, 1.1 + i * 0.04)
		says("ftp", "S>C", 30, 1.12 + i * 0.04)
	}
	says("ftp", "S>C", 24, 6)
	says("ftp", "C>S", 10, 6.012)
	both("ftp:S>C ACK", 6.06)
	ends("ftp", 66)

	opens("closes", 5432, 101)
	query("closes", 101.03)
	ends("closes", 162.5)

	opens("resets", 5432, 201)
	query("resets", 201.03)
	both("resets:C>S RST,ACK", 262.5)

	opens("broker", 4222, 301)
	says("broker", "S>C", 200, 301.04)
	says("broker", "C>S", 80, 301.06)
	says("broker", "S>C", 5, 301.08)
	says("broker", "S>C", 170, 305)
	says("broker", "S>C", 6, 307)
	says("broker", "C>S", 6, 307.0102)
	both("broker:S>C ACK", 307.06)
	ends("broker", 367)

	opens("device", 1883, 401)
	says("device", "C>S", 60, 401.04)
	says("device", "S>C", 4, 401.06)
	says("device", "C>S", 30, 401.08)
	says("device", "S>C", 5, 401.1)
	for (i = 0; i < 3; i++) {
		says("device", "S>C", 70, 405 + i * 4)
		says("device", "C>S", 4, 405.0102 + i * 4)
		both("device:S>C ACK", 405.06 + i * 4)
	}
	ends("device", 473)

	f = "[.findings[] | select(.title | test(\"never answer\"))]"
	print "#= " f " | [.[].sessions[]] | sort == [1, 2, 3]"
	print "#= all(.findings[]; .rule != \"delay.server\" or .severity == \"low\" or " \
		"all(.sessions[]; . < 4))"
	print "#= all(.findings[]; .title | test(\"takes .* to answer\") | not)"
}
