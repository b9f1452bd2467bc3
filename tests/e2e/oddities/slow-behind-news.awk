# Servers that speak once after a pause, unasked as it seems, and are slow to answer
# requests later: the pause may be news, what lies between a request and its answer is
# not.  FTP: "226" when the file is copied, then "150" only 8 s after the next RETR.
# IMAP: mail in IDLE, then a search of 20 s.  TLS and SQL: an answer in two pieces, then
# six slow ones.
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
function says(name, dir, n, t, what) {
	both(name ":" dir " " top[name dir] + 1 ".." top[name dir] + 1 + n \
		" " what, t)
	top[name dir] += n
}
function asks(name, n, t, answer, after) {
	says(name, "C>S", n, t)
	both(name ":S>C ACK", t + 0.05)
	says(name, "S>C", answer, t + after)
	both(name ":C>S ACK", t + after + 0.04)
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
	says("ftp", "S>C", 30, 14)
	says("ftp", "S>C", 24, 14.3)
	says("ftp", "C>S", 6, 14.32)
	says("ftp", "S>C", 10, 14.34)

	opens("imap", 143, 21)
	for (i = 0; i < 3; i++) {
		says("imap", "C>S", 17, 22 + i * 0.1)
		says("imap", "S>C", 81, 22.0201 + i * 0.1)
	}
	says("imap", "C>S", 9, 22.5)
	says("imap", "S>C", 10, 22.5201)
	says("imap", "S>C", 24, 30.51)
	says("imap", "C>S", 6, 30.53)
	says("imap", "S>C", 22, 30.56)
	asks("imap", 150, 30.6, 1000, 20)
	asks("imap", 20, 51, 20, 0.06)

	opens("sql", 5432, 61)
	says("sql", "C>S", 300, 61.03)
	says("sql", "S>C", 400, 61.05)
	says("sql", "C>S", 90, 61.1)
	says("sql", "S>C", 60, 61.12)
	both("sql:C>S ACK", 61.17)
	says("sql", "S>C", 700, 62.5)
	for (i = 0; i < 6; i++)
		asks("sql", 90, 62.52 + i * 5.06, 700, 5)

	opens("tls", 443, 101)
	says("tls", "C>S", 83, 101.03, "hex=160301004e0100004a0303dc40078d4b2b" \
		"86e6df4783b677f9dbbadca03cb186e545e1e35a96675bb681be0000021" \
		"3010100001f00000014001200000f7777772e6578616d706c652e636f6d" \
		"002b0003020304")
	says("tls", "S>C", 1261, 101.05, "hex=16030300320200002e0303eb868fca42" \
		"fb787863bb4325dcedc701d9167348fee38151d380b367bf4679fe00130" \
		"1000006002b0002030414030300010117030304ab")
	says("tls", "C>S", 64, 101.07, "hex=1403030001011703030035")
	says("tls", "C>S", 305, 101.0701, "hex=170303012c")
	says("tls", "S>C", 510, 101.09, "hex=17030301f9")
	says("tls", "S>C", 905, 101.0901, "hex=1703030384")
	both("tls:C>S ACK", 101.12)
	says("tls", "C>S", 305, 102, "hex=170303012c")
	says("tls", "S>C", 405, 102.05, "hex=1703030190")
	both("tls:C>S ACK", 102.1)
	says("tls", "S>C", 905, 103.45, "hex=1703030384")
	for (i = 0; i < 6; i++) {
		t = 104 + i * 5.2
		says("tls", "C>S", 305, t, "hex=170303012c")
		both("tls:S>C ACK", t + 0.05)
		says("tls", "S>C", 905, t + 5, "hex=1703030384")
		both("tls:C>S ACK", t + 5.05)
	}

	f = "[.findings[] | select(.rule == \"delay.server\" and .severity == \"high\")]"
	print "#= " f " | [.[].sessions] | sort == [[1], [2], [3], [4]]"
	print "#= " f "[] | select(.sessions == [1]) | .title | test(\"takes 7.98 s to answer\")"
	print "#= " f "[] | select(.sessions == [2]) | .title | test(\"takes 20 s to answer\")"
	print "#= " f "[] | select(.sessions == [3]) | .title | test(\"takes 4.99 s to answer\")"
	print "#= " f "[] | select(.sessions == [4]) | .title | test(\"takes 4.99 s to answer\")"
	# of the pauses themselves nothing is told as a wait
	print "#= all(.findings[]; .rule != \"delay.unanswered\")"
}
