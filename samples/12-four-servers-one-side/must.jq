(.sessions | length) == 11 and ([.sessions[].pairing.verdict] | unique) == ["alone"]
[.sessions[] | select(.flows[0].server == "10.1.1.1:88")] | length == 5
.sessions[] | select(.flows[0].server == "10.1.1.3:445") | .exchanges.count == 11 and .time_ns.one_sided and .time_ns.path > 200000000
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["app.error"]
.findings[0].title | contains("STATUS_FS_DRIVER_REQUIRED")
