[.findings[] | select(.severity == "high" or .severity == "medium")] == []
.sessions[0].time_ns | .client * 100 < .total * 15
