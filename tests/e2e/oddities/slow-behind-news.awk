# Servers that speak once after a pause, unasked as it seems, and are slow to answer
# requests later: the pause may be news, what lies between a request and its answer is
# not.  FTP: "226" when the file is copied, then "150" only 8 s after the next RETR.
# IMAP: mail in IDLE, then a search of 20 s.  TLS and SQL: an answer in two pieces, then
# six slow ones.
function asks(name, n, t, answer, after) {
	news_says(name, "C>S", n, t)
	news_passes(name ":S>C ACK", t + 0.05)
	news_says(name, "S>C", answer, t + after)
	news_passes(name ":C>S ACK", t + after + 0.04)
}
BEGIN {
	path_of("c s")
	news_ftp()
	news_says("ftp", "S>C", 30, 14)
	news_says("ftp", "S>C", 24, 14.3)
	news_says("ftp", "C>S", 6, 14.32)
	news_says("ftp", "S>C", 10, 14.34)

	news_opens("imap", 143, 21)
	for (i = 0; i < 3; i++) {
		news_says("imap", "C>S", 17, 22 + i * 0.1)
		news_says("imap", "S>C", 81, 22.0201 + i * 0.1)
	}
	news_says("imap", "C>S", 9, 22.5)
	news_says("imap", "S>C", 10, 22.5201)
	news_says("imap", "S>C", 24, 30.51)
	news_says("imap", "C>S", 6, 30.53)
	news_says("imap", "S>C", 22, 30.56)
	asks("imap", 150, 30.6, 1000, 20)
	asks("imap", 20, 51, 20, 0.06)

	news_opens("sql", 5432, 61)
	news_says("sql", "C>S", 300, 61.03)
	news_says("sql", "S>C", 400, 61.05)
	news_says("sql", "C>S", 90, 61.1)
	news_says("sql", "S>C", 60, 61.12)
	news_passes("sql:C>S ACK", 61.17)
	news_says("sql", "S>C", 700, 62.5)
	for (i = 0; i < 6; i++)
		asks("sql", 90, 62.52 + i * 5.06, 700, 5)

	news_opens("tls", 443, 101)
	news_says("tls", "C>S", 83, 101.03, "hex=160301004e0100004a0303dc40078d4b2b" \
		"86e6df4783b677f9dbbadca03cb186e545e1e35a96675bb681be0000021" \
		"3010100001f00000014001200000f7777772e6578616d706c652e636f6d" \
		"002b0003020304")
	news_says("tls", "S>C", 1261, 101.05, "hex=16030300320200002e0303eb868fca42" \
		"fb787863bb4325dcedc701d9167348fee38151d380b367bf4679fe00130" \
		"1000006002b0002030414030300010117030304ab")
	news_says("tls", "C>S", 64, 101.07, "hex=1403030001011703030035")
	news_says("tls", "C>S", 305, 101.0701, "hex=170303012c")
	news_says("tls", "S>C", 510, 101.09, "hex=17030301f9")
	news_says("tls", "S>C", 905, 101.0901, "hex=1703030384")
	news_passes("tls:C>S ACK", 101.12)
	news_says("tls", "C>S", 305, 102, "hex=170303012c")
	news_says("tls", "S>C", 405, 102.05, "hex=1703030190")
	news_passes("tls:C>S ACK", 102.1)
	news_says("tls", "S>C", 905, 103.45, "hex=1703030384")
	for (i = 0; i < 6; i++) {
		t = 104 + i * 5.2
		news_says("tls", "C>S", 305, t, "hex=170303012c")
		news_passes("tls:S>C ACK", t + 0.05)
		news_says("tls", "S>C", 905, t + 5, "hex=1703030384")
		news_passes("tls:C>S ACK", t + 5.05)
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
