[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.findings[0] | .rule == "stop.host" and .severity == "high" and (.text | test("beyond server: the network or the host"))
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
[.findings[0].evidence[] | select(.point == "server") | .frame] == [1, 2, 3, 4, 5]
.hops[0].out.transmissions | .delivered == 5 and .lost == 0
