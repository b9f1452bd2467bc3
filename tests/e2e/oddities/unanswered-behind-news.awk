# A request that is sent at once behind what the server says after a pause looks like
# a reply to news.  Its like was answered before: it is a request, and never
# answered.  FTP, and SQL whose client closes or resets.  A broker's PONG, and a device's
# acknowledgements of 4 bytes, are owed nothing.
function ends(name, t) {
	news_passes(name ":C>S FIN", t)
	news_passes(name ":S>C FIN", t + 0.02)
	news_passes(name ":C>S ACK", t + 0.04)
}
function query(name, t) {
	news_says(name, "C>S", 300, t)
	news_says(name, "S>C", 400, t + 0.02)
	news_says(name, "C>S", 90, t + 0.07)
	news_says(name, "S>C", 60, t + 0.09)
	news_passes(name ":C>S ACK", t + 0.14)
	news_says(name, "S>C", 700, t + 1.47)
	news_says(name, "C>S", 90, t + 1.49)
	news_passes(name ":S>C ACK", t + 1.54)
}
BEGIN {
	path_of("c s")
	news_ftp()
	ends("ftp", 66)

	news_opens("closes", 5432, 101)
	query("closes", 101.03)
	ends("closes", 162.5)

	news_opens("resets", 5432, 201)
	query("resets", 201.03)
	news_passes("resets:C>S RST,ACK", 262.5)

	news_opens("broker", 4222, 301)
	news_says("broker", "S>C", 200, 301.04)
	news_says("broker", "C>S", 80, 301.06)
	news_says("broker", "S>C", 5, 301.08)
	news_says("broker", "S>C", 170, 305)
	news_says("broker", "S>C", 6, 307)
	news_says("broker", "C>S", 6, 307.0102)
	news_passes("broker:S>C ACK", 307.06)
	ends("broker", 367)

	news_opens("device", 1883, 401)
	news_says("device", "C>S", 60, 401.04)
	news_says("device", "S>C", 4, 401.06)
	news_says("device", "C>S", 30, 401.08)
	news_says("device", "S>C", 5, 401.1)
	for (i = 0; i < 3; i++) {
		news_says("device", "S>C", 70, 405 + i * 4)
		news_says("device", "C>S", 4, 405.0102 + i * 4)
		news_passes("device:S>C ACK", 405.06 + i * 4)
	}
	ends("device", 473)

	f = "[.findings[] | select(.title | test(\"never answer\"))]"
	print "#= " f " | [.[].sessions[]] | sort == [1, 2, 3]"
	print "#= all(.findings[]; .rule != \"delay.server\" or .severity == \"low\" or " \
		"all(.sessions[]; . < 4))"
	print "#= all(.findings[]; .title | test(\"takes .* to answer\") | not)"
}
