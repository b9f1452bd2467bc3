# As connect-504, but the server does not answer anybody: nothing tells that it was asked
# for the proxy, whose name for it is not known, and it is not the proxy's finding.
BEGIN {
	print "#= .findings | any(.rule == \"stop.host\" and (.title | startswith(\"198.51.100.9:443 does not answer\")))"
	print "#= all(.findings[]; .title | startswith(\"The proxy\") | not)"
	proxy_sessions("192.0.2.1:40001", "198.51.100.9:443")
	for (i = 1; i < 4; i++)
		printf "session o%d tcp C=192.0.2.%d:40001 S=198.51.100.9:443 isn=%d,9 ttl=63,64\n", i, 10 + i, i * 12345
	proxy_asked()
	for (i = 1; i < 4; i++)
		proxy_syn("o" i, 1 + i / 10)
	proxy_tries_on()
	proxy_says(50, "504\\sGateway\\sTimeout", 10.03, .01)
}
