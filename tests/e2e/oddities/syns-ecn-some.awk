# Four SYNs that ask for ECN are lost, and none without: but twenty that ask pass, in
# sessions in which nothing is amiss.
BEGIN {
	ecn_sessions(20)
	print "#= [.findings[] | select(.rule == \"loss.path\")] | length == 1"
	print "#= all(.findings[]; .text | contains(\"ECN\") | not)"
}
