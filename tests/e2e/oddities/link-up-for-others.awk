# The same losses as in link-down, but a packet of another session gets through in
# their midst: these two sessions suffer, not the link.
BEGIN {
	link_fails()
	link_passes("c", 0, 4.2)
	link_works()
	print "#= [.findings[] | select(.rule | test(\"^loss\"))] | length == 1"
	print "#= [.findings[].measure | select(has(\"outage_ns\"))] == []"
}
