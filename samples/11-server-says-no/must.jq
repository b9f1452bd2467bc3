[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["app.error", "app.error", "app.error"]
[.findings[].title] | (any(contains("2 requests with STATUS_BAD_NETWORK_NAME")) and any(contains("STATUS_ACCESS_DENIED")) and any(contains("STATUS_NETWORK_SESSION_EXPIRED")))
[.findings[] | select(.title | contains("BAD_NETWORK_NAME")) | .evidence[] | select(.note | contains("\\\\MB01.contoso.com\\production")) | .frame] == [12, 10]
[.findings[] | select(.title | contains("SESSION_EXPIRED")) | .evidence[] | .frame] == [46, 47]
[.findings[] | .next[0] | contains("tracepair around")] | all
(.sessions | length) == 5 and ([.sessions[].time_ns.server] | add) < 50000000
