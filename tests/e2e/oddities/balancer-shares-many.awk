# A balancer sends each of 84 requests of 50 clients over another of 84 connections, so that
# no two sessions have more than one request in common.  There are more than 4,096 requests:
# one that has but one counterpart tells all the same.
function opens(s, at, t)
{
	packet_at(s, "C>S SYN mss=1460", at, t)
	packet_at(s, "S>C SYN,ACK mss=1460", at, t + .0004)
	packet_at(s, "C>S ACK", at, t + .0005)
}
function asks(s, at, i, k, t, took, line,    text, len)
{
	text = "GET\\s/" i "/" k "\\sHTTP/1.1\\nHost:\\sa\\n" line "\\n"
	len = text
	gsub(/\\s/, " ", len)
	len = length(len) # \n is two bytes on the wire, too
	packet_at(s, "C>S " next_c[s] ".." next_c[s] + len " text=" text, at, t)
	packet_at(s, "S>C " next_s[s] ".." next_s[s] + 80 " text=HTTP/1.1\\s200\\sOK\\nContent-Length:\\s41\\n\\n", at, t + took)
	next_c[s] += len
	next_s[s] += 80
}
BEGIN {
	path_of("client server")
	for (i = 0; i < 50; i++) {
		next_c["f" i] = next_s["f" i] = 1
		printf "session f%d tcp C=10.0.1.%d:%d S=10.0.0.80:80 isn=%d,%d\n", i, i + 1, 40000 + i, 1000 + i * 7654321, 99 + i * 1234567
		opens("f" i, "client", .1 + i / 1000)
	}
	for (k = 0; k < 84; k++) {
		next_c["b" k] = next_s["b" k] = 1
		printf "session b%d tcp C=10.0.9.1:%d S=10.0.9.9:8080 isn=%d,%d\n", k, 30000 + k, 5000 + k * 6543211, 77 + k * 2345671
		opens("b" k, "server", .2 + k / 1000)
	}
	for (k = 0; k < 84; k++)
		for (i = 0; i < 50; i++) {
			t = 1 + k + i / 60
			took = .004 + (i * 7 + k * 3) % 11 / 1000
			asks("f" i, "client", i, k, t, took + .002)
			asks("b" k, "server", i, k, t + .001, took, "Via:\\s1\\n")
		}
	print "#= [.findings[] | select(.rule == \"pair.relay\") | .title] == [\"50 sessions at client continue as 84 at server: a relay that shares connections\"]"
	print "#= any(.findings[]; .rule == \"pair.none\") | not"
}
