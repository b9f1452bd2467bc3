[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.findings[0] | .rule == "reset.endpoint" and .severity == "high" and (.text | test("30 us"))
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
[.findings[0].evidence[] | .point] | contains(["server"])
.hops[0] | .out.transmissions.lost == 0 and .back.transmissions.lost == 0
