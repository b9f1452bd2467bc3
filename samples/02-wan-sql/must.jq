[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
.sessions | length == 1
.sessions[0].flows[0] | .client == "192.168.1.66:46739" and .server == "10.1.1.7:1433"
.sessions[0].flows[1] | .client == "172.16.5.14:63584" and .server == "192.168.200.148:1433"
# what the path rewrote: both addresses, the client port, MSS both ways
[.sessions[0].changes[].what] | contains(["client-address", "client-port", "server-address", "mss"])
[.sessions[0].changes[] | select(.what == "mss")] | length == 2
.findings[0] | .rule == "delay.path" and .severity == "high"
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 1
# about 88 ms a round trip, whatever the clocks say
.hops[0].round_trip_ns.median | . > 86000000 and . < 91000000
.hops[0].out.transmissions.lost + .hops[0].back.transmissions.lost == 0
.points[1].clock | .status == "fitted" and .offset_high_ns - .offset_low_ns < 110000000
# the time budget: path, client, server; nothing else, and the sum is the whole
.sessions[0].time_ns | .path > 960000000 and .path < 1010000000 and .server < 10000000
.sessions[0].time_ns | .client + .path + .server == .total
# the server's median is about 0.2 ms
.time.all.server_ns.median | . > 150000 and . < 250000
.sessions[0].exchanges.count == 10
.time.slowest[0] | .request_frame == 432 and .far_request_frame == 61 and .far_response_frame == 62 and .response_frame == 433
