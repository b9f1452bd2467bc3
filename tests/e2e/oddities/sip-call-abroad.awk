# Ten calls abroad over SIP: 100 Trying comes at once, and 180 Ringing after the 6 s that it
# takes to put them through.  Nobody is slow.
BEGIN {
	print "#= [.findings[] | select(.rule == \"delay.server\")] == []"
	print "#= .sessions[0].time_ns | .server < 1000000000"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session s udp C=10.0.0.7:5060 S=10.0.1.9:5060"
	c = s = 1
	for (i = 0; i < 10; i++) {
		T = i * 30
		ask(T, "INVITE\\ssip:bob@example.org\\sSIP/2.0\\n" fields("1\\sINVITE", "a" i))
		tell(T + 0.015, "SIP/2.0\\s100\\sTrying\\n" fields("1\\sINVITE", "a" i))
		tell(T + 6, "SIP/2.0\\s180\\sRinging\\n" fields("1\\sINVITE", "a" i))
		tell(T + 16, "SIP/2.0\\s200\\sOK\\n" fields("1\\sINVITE", "a" i))
		ask(T + 16.01, "ACK\\ssip:bob@example.org\\sSIP/2.0\\n" fields("1\\sACK", "b" i))
		tell(T + 20, "BYE\\ssip:alice@example.org\\sSIP/2.0\\n" fields("2\\sBYE", "c" i))
		ask(T + 20.01, "SIP/2.0\\s200\\sOK\\n" fields("2\\sBYE", "c" i))
	}
	print "idle client 100 400"
	print "idle server 100 400"
}
function fields(cseq, branch) { return "Via:\\sSIP/2.0/UDP\\s10.0.0.7;branch=z9hG4bK" branch "\\nCall-ID:\\sx" branch "\\nCSeq:\\s" cseq "\\n\\n" }
function size(text,    all) { all = length(text); return all - gsub(/\\s/, "", text) }
function ask(t, text) { n = size(text); printf "C>S %d..%d text=%s @client - %.3f @server - %.3f\n", c, c + n, text, t, t + 0.005; c += n }
function tell(t, text) { n = size(text); printf "S>C %d..%d text=%s @server - %.3f @client - %.3f\n", s, s + n, text, t, t + 0.005; s += n }
