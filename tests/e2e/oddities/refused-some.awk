# One of several servers behind an address has no service: some connections are refused, others
# are answered.  Another server refuses all.
BEGIN {
	path_of("client")
	for (i = 0; i < 12; i++)
		asks_or_refused(1, 80, i % 4 == 2)
	for (i = 0; i < 3; i++)
		asks_or_refused(2, 80, 1)
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.title, .measure.accepted]] | sort == [[\"10.9.9.1:80, or a device before it, refuses 3 of 12 connections: it resets them at the SYN\", 9], [\"10.9.9.2:80, or a device before it, refuses connections: it resets 3 sessions at the SYN\", null]]"
	print "#= [.findings[] | select(.measure.accepted) | .places[] | select(test(\"one of several servers\"))] | length == 1"
}
