# All SYNs that ask for ECN are lost, and clients ask again without.
BEGIN {
	ecn_sessions(0)
	print "#= any(.findings[]; .rule == \"loss.path\" and .measure.syns_with_ecn == 4 and (.text | contains(\"All 4 lost SYNs ask for ECN\")))"
}
