# A browser, whose capture is "client", asks a proxy for a connection (CONNECT); what the
# proxy, or another host, asks a server for then is captured at "server", and gets no answer.

# The points, and the sessions web and back; @from and @to: the ends of back.
function proxy_sessions(from, to)
{
	path_of("client server", "2024-05-04T10:00:00")
	print "session web tcp C=10.0.0.7:51000 S=10.0.0.1:3128 isn=1000,5000 ttl=64,63"
	print "session back tcp C=" from " S=" to " isn=700000,900000 ttl=63,64"
}

function proxy_syn(session, t)
{
	packet_at(session, "C>S SYN mss=1460 win=64240 ws=8 sackok ", "server", t)
}

# The browser asks; the first two SYNs of back.
function proxy_asked()
{
	packet_at("web", "C>S SYN mss=1460 win=64240 ws=8 sackok ", "client", 0)
	packet_at("web", "S>C SYN,ACK mss=1460 win=64240 ws=8 sackok ", "client", 0.0005)
	packet_at("web", "C>S ACK", "client", 0.0006)
	packet_at("web", "C>S 1..56 text=CONNECT\\sexample.org:443\\sHTTP/1.1\\nHost:\\sexample.org\\n\\n", "client", 0.001)
	packet_at("web", "S>C ACK", "client", 0.0015)
	proxy_syn("back", 0.03)
	proxy_syn("back", 1.03)
}

# The other two.
function proxy_tries_on()
{
	proxy_syn("back", 3.03)
	proxy_syn("back", 7.03)
}

# What the proxy says to that, in so many bytes, at @t; the end, @gap s later.
function proxy_says(len, bytes, t, gap)
{
	packet_at("web", "S>C 1.." 1 + len " text=HTTP/1.1\\s" bytes "\\nContent-Length:\\s0\\n\\n", "client", t)
	packet_at("web", "C>S ACK", "client", t + .001)
	packet_at("web", "C>S FIN,ACK", "client", t + gap)
	packet_at("web", "S>C FIN,ACK", "client", t + gap + .001)
	packet_at("web", "C>S ACK", "client", t + gap + .002)
	print "idle server 9 12"
	print "idle client 30 12"
}
