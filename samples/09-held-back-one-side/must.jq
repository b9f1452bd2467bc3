[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["delay.shaping"]
.findings[0] | .hop == null and (.against | contains("one capture cannot tell")) and (.next[0] | contains("capture at the server"))
.findings[0].measure | .held == 6 and .each_ns > 400000000 and .each_ns < 412000000
.sessions[0].time_ns | .one_sided and .far_point == "client"
