(.sessions | length) == 11 and ([.sessions[] | select(.pairing.verdict == "paired" and (.flows | length) == 2)] | length) == 11
[.sessions[] | select(.flows[0].server == "10.1.1.1:88")] | length == 5
[.sessions[] | select(.flows[0].server == "10.1.1.1:53")] | length == 3
[.sessions[] | select(.flows[0].server | endswith(":445")) | .time_ns.far_point] | sort == ["dc", "fs", "ns"]
.sessions[] | select(.flows[0].server == "10.1.1.3:445") | .exchanges.count == 11 and .time_ns.path > 200000000 and .time_ns.server < 20000000
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["app.error"]
.findings[0].title | contains("STATUS_FS_DRIVER_REQUIRED")
[.hops[] | (.out.transmissions.lost + .back.transmissions.lost)] | add == 0
[.sessions[].time_ns.unattributed] | add == 0
