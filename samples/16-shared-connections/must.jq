[.sessions[] | .pairing.verdict] == ["alone", "alone", "alone", "alone", "alone", "alone", "alone"]
[.findings[] | select(.rule == "pair.relay")] | length == 1
.findings[] | select(.rule == "pair.relay") | .severity == "low" and (.sessions | sort) == [1, 2, 3, 4, 5, 6, 7]
.findings[] | select(.rule == "pair.relay") | .measure | .sessions == 5 and .back_sessions == 2 and .exchanges == 25
# the truth: 7.85 ms and 115.9 ms
.findings[] | select(.rule == "pair.relay") | .measure.added_ns | (.min / 1e5 | round) == 79 and (.max / 1e5 | round) == 1159
[.sessions[] | select(.flows[0].point == "clients") | .pairing.relays[] | select(.side == "back") | .exchanges] | add == 25
[.sessions[] | select(.flows[0].point == "server") | .pairing.relays[] | select(.side == "front") | .exchanges] | add == 25
.sessions[2].pairing.relays == [.sessions[2].pairing.relays[] | select(.session == 1 and .side == "back" and .by == "http" and .exchanges == 5 and .confidence == "high")]
.hops == []
[.findings[] | select(.rule | test("^(loss|stop|tap)"))] == []
[.findings[] | select(.severity == "high" or .severity == "medium")] == []
[.findings[] | select(.rule == "delay.server") | .next[] | select(test("capture at the server"))] == []
