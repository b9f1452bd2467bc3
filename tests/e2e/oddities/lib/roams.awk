# WireGuard, session s, behind a NAT, with a pause of a minute after 40 of 80 turns, beside
# session o.  Its datagrams have lengths of their own.

function roams_opens()
{
	path_of("client server")
	print "session o tcp C=192.168.1.9:41000 S=203.0.113.1:80"
	print "at server C=198.51.100.7:7000 S=203.0.113.1:80"
	print "session s udp C=192.168.1.9:40000 S=203.0.113.1:51820"
	print "at server C=198.51.100.7:5000 S=203.0.113.1:51820"
	srand(3)
	packet_over("o", "C>S SYN mss=1460", 0.5, 0.51)
	packet_over("o", "S>C SYN,ACK mss=1460", 0.511, 0.521)
	packet_over("o", "C>S ACK", 0.522, 0.532)
	ROAMS_OUT = ROAMS_BACK = 1
}

function roams_at(i)
{
	return 1 + i * 0.5 + (i >= 40 ? 60 : 0)
}

# The next from the client, without points.
function roams_next(    from)
{
	from = ROAMS_OUT
	ROAMS_OUT += 100 + int(rand() * 400)
	return "C>S " from ".." ROAMS_OUT
}

# What the server sends then.
function roams_back(i,    from)
{
	from = ROAMS_BACK
	ROAMS_BACK += 100 + int(rand() * 400)
	packet_over("s", "S>C " from ".." ROAMS_BACK, roams_at(i) + 0.012, roams_at(i) + 0.022)
}

function roams_ends()
{
	packet_over("o", "C>S 1..101", 150, 150.01)
	packet_over("o", "S>C 1..101", 150.011, 150.021)
	packet_over("o", "C>S ACK", 150.022, 150.032)
}
