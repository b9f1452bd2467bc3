[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["delay.shaping"]
.findings[0] | .hop == {"from": "client", "to": "nas"} and (.title | contains("holds back the last piece of each answer by 406 ms"))
.findings[0].measure | .held == 6 and .exchanges == 6 and .each_ns > 400000000 and .each_ns < 412000000
[.findings[0].evidence[].point] | (contains(["client"]) and contains(["nas"]))
.sessions[0].time_ns | .server < 10000000 and .client < 50000000 and .queue * 10 > .total * 9 and .unattributed == 0
.points[1].clock | (.steps == []) and .offset_low_ns <= 1318000000 and .offset_high_ns >= 1318000000
.hops[0] | .out.transmissions.lost == 0 and .back.transmissions.lost == 0 and .back.transmissions.injected == 0
