.findings[0] | .rule == "loss.path" and .severity == "high"
.findings[0].text | test("fragment 3 of 6 of datagram 814 \\(bytes 2960 to 4439\\)")
.findings[0].text | test("fragment 1 of 6 of datagram 817")
.findings[0].text | test("2 of 8 datagrams \\(25 %\\) sent in fragments are lost, by 2 missing fragments")
.findings[0].measure.datagrams_in_fragments | .entered == 8 and .lost == 2 and .fragments_lost == 2
.hops[0].out.lost_by_kind.datagram == 2
.sessions[] | select(.proto == "udp") | .hops[0].c2s | .entered == 48 and .delivered == 46 and .lost == 2
[.sessions[] | select(.pairing.verdict != "paired")] | length == 0
.sessions | length == 2
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["loss.path"]
.findings[] | select(.rule == "delay.path") | all(.filters[]; .filter | startswith("frame.number"))
