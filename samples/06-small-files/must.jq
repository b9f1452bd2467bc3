[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["loss.path", "loss.burst", "delay.recovery"]
.findings[0] | (.title | contains("between client and server")) and .measure.lost_by_kind == {"data": 5, "ack": 8}
.findings[1] | (.title | contains("between server and client")) and .measure.lost_by_kind == {"data": 97} and .measure.longest_run == 97
.hops[0] | .out.lost_by_kind.data == 5 and .out.lost_by_kind.ack == 8 and .back.bytes.lost == 141620
.findings[2].measure | .timeouts == 5 and .fast == 1 and .without_ns < 100000000
.findings[2].text | contains("Without these losses the session would take")
.sessions[0].time_ns | .recovery * 100 > .total * 90 and .unattributed == 0
