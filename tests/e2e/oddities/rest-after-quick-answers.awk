# 25 requests, 7 ms apart, and five seconds of rest before the server closes: the client
# does not take 200 ms before each request.
BEGIN {
	print "point client zero=2024-03-01T10:00:00"
	print "point server zero=2024-03-01T10:00:00"
	print "session s tcp C=10.0.0.1:40000 S=10.0.1.1:7001"
	at("C>S SYN mss=1460", 1)
	at("S>C SYN,ACK mss=1460", 1.0011)
	at("C>S ACK", 1.0022)
	for (i = 0; i < 25; i++) {
		at(sprintf("C>S %d..%d", 1 + i * 200, 201 + i * 200), 1.01 + i * 0.01)
		at(sprintf("S>C %d..%d", 1 + i * 300, 301 + i * 300), 1.012 + i * 0.01)
	}
	at("C>S ACK", 1.2531)
	at("S>C FIN,ACK", 6.3)
	at("C>S FIN,ACK", 6.3011)
	at("S>C ACK", 6.3022)
	print "#= .findings == []"
	print "#= .sessions[0].time_ns.client > 5000000000"
}

function at(packet, t)
{
	if (packet ~ /^C/)
		printf "%s @client - %.4f @server - %.4f\n", packet, t, t + 0.001
	else
		printf "%s @server - %.4f @client - %.4f\n", packet, t, t + 0.001
}
