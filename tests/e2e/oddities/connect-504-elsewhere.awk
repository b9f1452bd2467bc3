# A proxy asks another server, on another port, in vain while a browser waits for what it
# asked for (CONNECT), until the proxy says that it gets no connection (504).  Nothing
# tells that the two belong together.
BEGIN {
	print "#= .sessions | length == 2"
	print "#= [.sessions[].pairing.verdict] == [\"alone\", \"alone\"]"
	print "#= .findings | any(.rule == \"stop.host\" and (.title | startswith(\"198.51.100.9:8443 does not answer\")))"
	print "#= .findings | any(.rule == \"pair.none\" and .severity == \"high\")"
	proxy_sessions("192.0.2.1:40001", "198.51.100.9:8443")
	proxy_asked()
	proxy_tries_on()
	proxy_says(50, "504\\sGateway\\sTimeout", 10.03, .01)
}
