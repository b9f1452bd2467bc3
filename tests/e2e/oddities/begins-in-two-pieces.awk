# What a server says first is not all that the client waits for: a greeting of which the
# second line comes 6 s later, and the settings of HTTP/2 that come before the answer.
BEGIN {
	path_of("c s")
	news_opens("mail", 25, 1)
	news_says("mail", "S>C", 20, 1.0401)
	news_passes("mail:C>S ACK", 1.08)
	news_says("mail", "S>C", 20, 7.0401)
	news_says("mail", "C>S", 10, 7.06)
	news_says("mail", "S>C", 90, 7.08)
	news_says("mail", "C>S", 30, 7.1)
	news_says("mail", "S>C", 9, 7.12)
	news_says("mail", "C>S", 6, 7.14)
	news_says("mail", "S>C", 9, 7.16)
	news_opens("grpc", 50051, 21)
	news_says("grpc", "C>S", 200, 21.03)
	news_says("grpc", "S>C", 38, 21.0501)
	news_passes("grpc:C>S ACK", 21.07)
	news_says("grpc", "S>C", 700, 26.05)
	news_passes("grpc:C>S ACK", 26.07)
	f = "[.findings[] | select(.rule == \"delay.server\")]"
	print "#= " f " | [.[].sessions] | sort == [[1], [2]]"
	print "#= " f " | all(.severity == \"high\")"
	print "#= " f "[] | select(.sessions == [1]) | .title | test(\"takes 6.03 s to greet\")"
	print "#= " f "[] | select(.sessions == [2]) | .title | test(\"takes 5.01 s to answer\")"
}
