# A NAT forgets five sessions: their next data comes to the server from other ports, and
# is reset.  What is sent in two others the server never gets, and yet it is reset: that
# is told, too.
BEGIN {
	nat_forgets(7, 5)
	print "idle client 900 120"
	print "idle server 900 120"
	print "#= any(.findings[]; .rule == \"reset.endpoint\" and (.title | test(\"5 open sessions become\")))"
	print "#= [.findings[] | select(.rule == \"reset.path\")] | length == 1"
	print "#= .findings[] | select(.rule == \"reset.path\") | .severity == \"medium\" and .measure.sessions == 2 and (.evidence | length == 4) and (.title | test(\"^2 sessions are reset by something other\"))"
	print "#= .findings[] | select(.rule == \"reset.path\") | .sessions == [6, 7] and (.places | any(test(\"does not know\")))"
}
