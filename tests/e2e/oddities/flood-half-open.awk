# 150 sources send a SYN, which the server answers three times, and nobody goes on: a flood.  A second
# server with SYN cookies answers once, and has other clients.  Of a third one the capture ends at
# once: nothing is known.  A fourth has no flood.
function opens(name, client, server, t)
{
	printf "session %s tcp C=%s S=%s isn=%d,%d\n", name, client, server, 1000 + ++n * 7654321, 77 + n * 1234567
	packet_at(name, "C>S SYN mss=1460", "server", t)
	packet_at(name, "S>C SYN,ACK mss=1460", "server", t + .0001)
}
BEGIN {
	path_of("server")
	for (i = 0; i < 150; i++) {
		opens("a" i, "203." i % 7 ".1." i + 1 ":" 1024 + i * 13, "10.9.9.1:80", 1 + i / 200)
		opens("b" i, "203." i % 7 ".2." i + 1 ":" 1024 + i * 13, "10.9.9.2:80", 1.00001 + i / 200)
	}
	for (k = 2; k < 8; k *= 2)
		for (i = 0; i < 150; i++)
			packet_at("a" i, "S>C SYN,ACK mss=1460", "server", k + i / 200 + .0003)
	for (i = 0; i < 20; i++) {
		opens("w" i, "10.1.0." i + 1 ":40000", "10.9.9.2:80", 7 + i / 2)
		packet_at("w" i, "C>S ACK", "server", 7.02 + i / 2)
		packet_at("w" i, "C>S 1..101", "server", 7.021 + i / 2)
		packet_at("w" i, "S>C 1..301", "server", 7.025 + i / 2)
		packet_at("w" i, "C>S ACK", "server", 7.045 + i / 2)
	}
	for (i = 0; i < 150; i++)
		opens("c" i, "203." i % 7 ".3." i + 1 ":" 1024 + i * 13, "10.9.9.3:80", 17 + i / 200)
	print "#= [.findings[] | select(.rule == \"stop.path\") | [.severity, .title, .measure.sources, (.text | test(\"a flood with forged addresses\"))]] | sort == [[\"medium\", \"10.9.9.1:80 answers 150 connections that nobody goes on with: they stay half open at server\", 150, true], [\"medium\", \"10.9.9.2:80 answers 150 connections that nobody goes on with: they stay half open at server\", 150, true]]"
}
