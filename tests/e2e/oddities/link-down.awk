# A link loses one direction for four seconds: what two sessions send in it, and
# send again, is lost.
BEGIN {
	link_fails()
	link_works()
	print "#= .findings[0].rule | test(\"^loss[.](path|burst)$\")"
	print "#= .findings[0].title | test(\"^Nothing gets from client to server for 3[.]77 s\")"
	print "#= .findings[0].measure | .outage_ns == 3770000000 and .outage_lost == 10 and .outage_sent == 10 and .outage_sessions == 2"
	print "#= .findings[0].measure.outage_most_ns == 4530000000"
	print "#= [.findings[0].evidence[] | select(.note | test(\"got through\"))] | length == 2"
	print "#= .findings[0].next | map(test(\"failover\")) | any"
}
