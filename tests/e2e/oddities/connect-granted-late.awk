# A proxy grants a connection (CONNECT) only after 10 s, as its SYNs get no answer before
# that: not that is told as the proxy's own time, but that it may have waited.
BEGIN {
	print "#= [.findings[] | select(.rule == \"delay.server\") | [.severity, .title]] == [[\"medium\", \"The proxy 10.0.0.1:3128, or who it connects to, takes 10 s to open connections\"]]"
	print "#= any(.findings[]; .rule == \"delay.server\" and (.text | test(\"only a capture behind it tells\")))"
	proxy_sessions("192.0.2.1:40001", "198.51.100.9:443")
	proxy_asked()
	proxy_tries_on()
	packet_at("back", "S>C SYN,ACK mss=1460 win=64240 ws=8 sackok ", "server", 7.04)
	packet_at("back", "C>S ACK", "server", 7.041)
	proxy_says(50, "200\\sOK", 10.03, .01)
}
