[.sessions[] | select(.pairing.verdict == "alone")] | length == 6
[.sessions[].pairing.relays[]] | length == 6 and all(.[]; .by == "form" and .confidence == "low" and .exchanges == 8)
[.sessions[] | select(.flows[0].server == "203.0.113.80:443") | [.flows[0].client, .pairing.relays[0].session]] as $f | [.sessions[] | [.id, .flows[0].client]] as $s | [$f[] | . as $x | [$x[0], ($s[] | select(.[0] == $x[1]) | .[1])]] | sort == [["192.0.2.31:50112", "10.2.0.5:41876"], ["192.0.2.32:50113", "10.2.0.5:41880"], ["192.0.2.33:50121", "10.2.0.5:41902"]]
[.findings[] | select(.rule == "pair.relay")] | length == 1 and .[0].severity == "low" and (.[0].evidence | length) == 6 and (.[0].filters | length) == 2 and .[0].measure.exchanges == 24
.findings[] | select(.rule == "pair.relay") | .measure.added_ns | .min > 30000000 and .median < 33000000 and .max > 110000000
[.findings[] | select(.severity == "high" or .severity == "medium")] | length == 0
.hops | length == 0
