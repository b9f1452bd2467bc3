[.sessions[] | select((.flows | length) == 3)] | length == 1
.findings[0].rule == "change.payload"
.findings[0] | .hop == {"from": "client", "to": "fw-inside"} and (.text | test("padding"; "i"))
# each time: frames 456, 512 and 568 at the client
[.findings[0].evidence[] | select(.point == "client") | .frame] == [456, 512, 568]
[.findings[0].evidence[] | select(.point == "fw-inside") | .frame] == [6461, 6872, 7481]
[.findings[] | select(.rule == "stop.middlebox")] | length == 1
.findings[] | select(.rule == "stop.middlebox") | .hop == {"from": "fw-inside", "to": "fw-outside"} and (.text | test("2 bytes beyond"))
.findings[] | select(.rule == "stop.middlebox") | [.evidence[].frame] == [6462, 6463, 6489, 6614, 6806, 6873, 6891, 7110]
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] | sort == ["change.payload", "stop.middlebox"]
# about 643 s behind: -642.998 s by the SYN, whose delay is under 1 ms
.points[1].clock | .offset_low_ns <= -642990000000 and .offset_high_ns >= -643010000000 and .status == "fitted"
