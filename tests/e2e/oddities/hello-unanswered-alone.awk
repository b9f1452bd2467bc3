# A TLS server acknowledges each ClientHello and nothing of an answer comes, as
# where its certificate is too large for a link on the way: by the client's capture
# alone that is the far side's time, not the client's.  Before it a handshake that
# is answered, after which the client rests.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	hello = " hex=1603010128010001240303"
	for (i = 0; i < 72; i++)
		hello = hello "00"
	print "session ok tcp C=10.0.0.1:39999 S=10.0.1.1:443 isn=5,9"
	at("ok:C>S SYN mss=1460", 0.1)
	at("ok:S>C SYN,ACK mss=1460", 0.12)
	at("ok:C>S ACK", 0.1201)
	at("ok:C>S 1..302" hello, 0.1202)
	at("ok:S>C 1..128 hex=160303007a020000760303", 0.15)
	at("ok:C>S ACK", 0.1501)
	for (i = 0; i < 3; i++) {
		t = 1 + i * 9
		s = "s" i ":"
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:443 " \
			"isn=%d,%d\n", i, 40000 + i, 1000 + i * 7777, i * 3333
		at(s "C>S SYN mss=1460", t)
		at(s "S>C SYN,ACK mss=1460", t + 0.02)
		at(s "C>S ACK", t + 0.0201)
		at(s "C>S 1..302" hello, t + 0.0203)
		at(s "S>C ACK ack=302", t + 0.0405)
		at(s "C>S FIN,ACK ack=1", t + 7)
		at(s "S>C ACK ack=303", t + 7.02)
	}
	f = "([.findings[] | select(.rule == \"delay.server\")] | first)"
	print "#= " f ".title | startswith(\"3 of 3 requests to 10.0.1.1:443 were never answered\")"
	print "#= " f ".places | any(test(\"limit on packet size\"))"
	print "#= all(.sessions[] | select(.id > 1); .time_ns.client < 100000000 and .time_ns.server > 6800000000)"
}
function at(what, t)
{
	printf "%s @client - %.4f\n", what, t
}
