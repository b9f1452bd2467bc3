# A proxy refuses a request (CONNECT, 502) after 34 ms: it does not know the name.  At the
# same time another host asks a server on the same port in vain, for 7 s.  Nobody knows
# after 34 ms that no answer comes, and who is told goes on no longer: the two have nothing
# to do with one another.
BEGIN {
	print "#= .findings | any(.rule == \"stop.host\" and (.title | startswith(\"198.51.100.9:443 does not answer\")))"
	print "#= .findings | any(.rule == \"pair.none\" and .severity == \"high\")"
	proxy_sessions("10.0.3.77:40001", "198.51.100.9:443")
	proxy_asked()
	proxy_tries_on()
	proxy_says(46, "502\\sBad\\sGateway", .035, .002)
}
