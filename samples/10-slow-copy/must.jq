[.sessions[] | select(.pairing.verdict == "paired")] | length == 1
[.findings[] | select(.severity == "high" or .severity == "medium") | .rule] == ["delay.client"]
.sessions[0].time_ns | .client * 100 > .total * 80
