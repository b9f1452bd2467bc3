[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.hops[0] | .out.transmissions.lost == 0 and .back.transmissions.lost == 0 and .back.transmissions.undecided == 0
.hops[0].back.bytes.delivered == 2580
[.findings[] | select(.severity == "high" or .severity == "medium" or .severity == "low")] == []
# the second write waits 200 ms for the delayed acknowledgement of the first
.sessions[0].time_ns.nagle | . > 190000000 and . < 205000000
