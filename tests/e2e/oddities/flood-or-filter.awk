# Of connections that a server answers, and of which nothing else is there, not all are a flood.  With
# a filter for SYNs: the first server answers some again, as its queue is full and it drops what they
# acknowledge.  With one for SYN, FIN and RST, some of whose FINs have data: those of the second
# last long.  Copies of an answer are no second one.
function opens(name, client, server, t)
{
	printf "session %s tcp C=%s S=%s isn=%d,%d\n", name, client, server, 1000 + ++n * 7654321, 77 + n * 1234567
	packet_at(name, "C>S SYN mss=1460", "server", t)
	packet_at(name, "S>C SYN,ACK mss=1460", "server", t + .0001)
}
BEGIN {
	path_of("server")
	for (i = 0; i < 300; i++) {
		opens("a" i, "10.1." i % 7 "." int(i / 7) + 1 ":" 1024 + i * 13, "10.9.9.1:80", 1 + i / 200)
		if (i % 2)
			packet_at("a" i, "S>C SYN,ACK mss=1460", "server", 2.0001 + i / 200)
	}
	for (i = 0; i < 150; i++) {
		opens("b" i, "10.2." i % 7 "." i + 1 ":" 1024 + i * 13, "10.9.9.2:80", 1.00001 + i / 200)
		packet_at("b" i, "S>C SYN,ACK mss=1460", "server", 1.00013 + i / 200)
	}
	for (i = 0; i < 20; i++) {
		opens("w" i, "10.3.0." i + 1 ":40000", "10.9.9.2:80", 7 + i / 2)
		packet_at("w" i, "C>S 1..101 FIN,ACK", "server", 7.2 + i / 2)
		packet_at("w" i, "S>C 1..301 FIN,ACK", "server", 7.225 + i / 2)
	}
	print "#= [.findings[] | select(.rule == \"stop.path\") | [.title, (.text | test(\"if the capture has no filter\"))]] == [[\"10.9.9.1:80 answers 150 connections again, of which nothing else is at server\", true]]"
}
