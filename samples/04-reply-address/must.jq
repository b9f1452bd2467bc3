.findings[0] | .rule == "reply.address" and (.title | test("192.168.29.47:1434")) and (.title | test("192.168.29.49:1434"))
.findings[0].measure | .answers == 7 and .lost == 7
[.findings[] | select(.rule == "loss.path")] | length == 1
.findings[] | select(.rule == "loss.path") | .measure.lost_by_kind.datagram == 7
.hops[0].back.lost_by_kind.datagram == 7
.hops[0].out.transmissions | .delivered == 7 and .lost == 0
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] | sort == ["loss.path", "reply.address"]
