# TCP Fast Open: servers that do not take what a SYN has (an old cookie), or do not get it
# before its copy without data, acknowledge the SYN alone.  The same is sent again at once, and
# is asked only then: the round trip until then is the path's, no time of the server's.
BEGIN {
	path_of("client server")
	for (i = 0; i < 6; i++) {
		printf "session s%d tcp C=10.1.0.2:%d S=10.2.0.2:5000 isn=%d,%d\n", i, 41000 + i, 777000 + i * 91733, 888000 + i * 77171
		s = "s" i
		t = 1 + i * 3
		if (i % 2) {
			packet_at(s, "C>S SYN mss=1460 sackok 1..101 seq=0", "client", t++)
			packet_over(s, "C>S SYN mss=1460 sackok", t, t + .1)
		} else
			packet_over(s, "C>S SYN mss=1460 sackok 1..101 seq=0", t, t + .1)
		packet_over(s, "S>C SYN,ACK mss=1460 sackok ack=1", t + .1001, t + .2001)
		packet_over(s, "C>S ACK ack=1 1..101 seq=1", t + .2002, t + .3002)
		packet_over(s, "S>C 1..301 ack=101", t + .3012, t + .4012)
		packet_over(s, "C>S FIN,ACK ack=301 seq=101", t + .4022, t + .5022)
		packet_over(s, "S>C FIN,ACK ack=102 seq=301", t + .5023, t + .6023)
		packet_over(s, "C>S ACK ack=302 seq=102", t + .6024, t + .7024)
	}
	print "#= [.sessions[].time_ns | .server < 2000000 and .path > 590000000] | all and length == 6"
	print "#! [.[] | .opening, .request_bytes, .response_bytes][:6] == [true, 0, 0, false, 100, 300]"
	print "#! all(.server_ns < 2000000)"
	print "#1 server all(.sessions[].time_ns; .server < 2000000)"
}
