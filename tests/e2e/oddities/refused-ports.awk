# A host refuses 13 ports, which is one fact; it accepts two more, one of them not always:
# that is told apart.  Another host's three ports are few enough to be told one by one.
BEGIN {
	path_of("client")
	for (i = 0; i < 13; i++)
		asks_or_refused(1, 8000 + i, 1)
	asks_or_refused(1, 80, 0)
	asks_or_refused(1, 443, 0)
	asks_or_refused(1, 443, 1)
	for (i = 0; i < 3; i++)
		asks_or_refused(2, 8000 + i, 1)
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.title, .measure.ports]] | sort == [[\"10.9.9.1 (13 ports), or a device before it, refuses connections: it resets 13 sessions at the SYN\", 13], [\"10.9.9.1:443, or a device before it, refuses 1 of 2 connections: it resets it at the SYN\", null], [\"10.9.9.2:8000, or a device before it, refuses connections: it resets 1 session at the SYN\", null], [\"10.9.9.2:8001, or a device before it, refuses connections: it resets 1 session at the SYN\", null], [\"10.9.9.2:8002, or a device before it, refuses connections: it resets 1 session at the SYN\", null]]"
	print "#= [.findings[] | select(.measure.ports == 13) | .sessions | length] == [13]"
	print "#= any(.findings[]; .measure.ports == 13 and (.text | test(\"The ports are 8000, 8001, .*8012[.]\")))"
}
