# A NAT forgets 503 sessions at once: their next data comes to the server from other
# ports, and is reset.  All of these resets are compared with those that the client
# gets.
BEGIN {
	nat_forgets(503, 503)
	print "idle server 6000 120"
	print "#= [.findings[] | select(.rule == \"reset.endpoint\")] | length == 1"
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .title == \"Between client and server 503 open sessions become connections that the server does not know: it resets them\""
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"in all are reset so\") | not"
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"Just before, nothing had been sent for 8[89][.0-9]* s or more in each of them\")"
	# what vanishes at once counts as lost, and yet it has arrived
	print "#= .findings[] | select(.rule == \"reset.endpoint\") | .text | test(\"packets count as lost between client and server; what the client sent last is no loss\")"
}
