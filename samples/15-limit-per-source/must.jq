[.sessions[] | select(.pairing.verdict == "paired")] | length == 10
.findings[0] | .rule == "stop.host" and .severity == "high" and (.title | test("192.168.200.1 and not others: 3 of 9"))
.findings[0].text | test("From 192.168.200.1: 3 sessions unanswered, from 2013-05-14T08:30:08.25.* to 2013-05-14T08:30:11.35")
.findings[0].text | test("6 of the same address to the same server were answered")
.findings[0].text | test("fits, but is not proven")
.findings[0].measure.by_source == {"192.168.200.1": 3}
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
.hops[0].out.transmissions.lost == 0 and .hops[0].back.transmissions.lost == 0
