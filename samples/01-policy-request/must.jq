# paired, without being told anything
[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.findings[0] | .rule == "loss.path" and .severity == "high"
.findings[0].hop == {"from": "client", "to": "server"}
# the six copies, and no other frame
[.findings[0].evidence[] | select(.point == "client").frame] == [1921, 1975, 2071, 2264, 2651, 3475]
.findings[0].text | test("1500 bytes") and test("one segment does not prove it")
.findings[0].places | length == 3
# nothing else of weight; wrong checksums of senders are no finding
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
.hops[0].out.lost_by_kind.data == 6
.hops[0].back.transmissions.lost == 0
# about 4.2 s apart, inside the bounds
.points[1].clock | .offset_low_ns <= -4190000000 and .offset_high_ns >= -4220000000 and .offset_low_ns <= .offset_high_ns
.points[1].clock.resolution_ns == 15625000
[.findings[0].evidence[] | select(.point == "server").frame] == [13612, 30509]
