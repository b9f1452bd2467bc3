# A proxy's SYNs to the server that a browser asks for (CONNECT) get no answer; after a
# while it says so (504).  The two connections are not one.  The report begins with the
# server that does not answer the proxy: not with captures that have nothing in common,
# nor with a proxy that is slow.
BEGIN {
	print "#= .sessions | length == 2"
	print "#= [.sessions[].pairing.verdict] == [\"alone\", \"alone\"]"
	print "#= .findings[0] | .rule == \"stop.host\" and .severity == \"high\" and (.title | startswith(\"The proxy 10.0.0.1:3128 gets no connection: 198.51.100.9:443 does not answer\"))"
	print "#= [.findings[] | select(.rule == \"pair.none\" or .rule == \"delay.server\") | .severity] | unique == [\"low\"]"
	print "#= .findings | any(.rule == \"app.error\" and (.title | contains(\"504 Gateway Timeout\")))"
	proxy_sessions("192.0.2.1:40001", "198.51.100.9:443")
	proxy_asked()
	proxy_tries_on()
	proxy_says(50, "504\\sGateway\\sTimeout", 10.03, .01)
}
