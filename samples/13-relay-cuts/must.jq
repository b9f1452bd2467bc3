[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.sessions[0].pairing | .kind == "relayed" and .verdict == "paired"
.sessions[0] | .client_end == "first" and (.flows | length) == 2
[.findings[] | select(.rule == "pair.relay")] | length == 1
.findings[0] | .rule == "stop.middlebox" and .severity == "high" and .measure.bytes == 128
.findings[0].evidence | length == 1 and .[0].point == "server" and (.[0].note | test("128 of this packet's 152 bytes, from byte 25 on"))
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
.hops[0].back.bytes | .lost == 128 and .delivered == 84
.hops[0].out.bytes | .lost == 0 and .delivered == 228
[.hops[0].out.transmissions, .hops[0].back.transmissions] | map(.unseen + .injected) | add == 0
