# Behind each of 12 addresses one of three servers has no service: the largest are told, the others
# as one.
BEGIN {
	path_of("client")
	for (s = 1; s <= 12; s++)
		for (i = 0; i < 6 + (s < 5 ? 3 : 0); i++)
			asks_or_refused(s, 80, i % 3 == 2)
	print "#= [.findings[] | select(.rule == \"reset.endpoint\") | [.measure.servers, .measure.sessions, .measure.accepted]] | sort == [[null, 3, 6], [null, 3, 6], [null, 3, 6], [null, 3, 6], [8, 16, 32]]"
	print "#= any(.findings[]; .title == \"8 servers, or devices before them, refuse 16 of 48 connections: they reset them at the SYN\")"
}
