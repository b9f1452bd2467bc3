# Calls over SIP, by UDP.  The first INVITE is lost, and sent again; who is called lets it
# ring for 20 s; the ACK is lost, so that the answer comes again.  After a minute the
# other side hangs up.  Whose time the ringing and the talking are is no server's.
BEGIN {
	print "#= [.findings[] | select(.rule == \"delay.server\" or .severity == \"high\")] == []"
	print "#= .sessions[0].time_ns | .server < 1100000000 and .recovery > 900000000 and .recovery < 1100000000 and .client > 79000000000"
	print "#! length == 1 and .[0].proto == \"sip\" and (.[0].name | startswith(\"INVITE sip:bob@example.org\"))"
	print "point client zero=2024-05-04T10:00:00"
	print "point server zero=2024-05-04T10:00:00"
	print "session s udp C=10.0.0.7:5060 S=10.0.1.9:5060"
	c = s = 1
	invite = "INVITE\\ssip:bob@example.org\\sSIP/2.0\\n" fields("1\\sINVITE", "a")
	ask(0, invite, 1)
	ask(0.5, invite)
	tell(0.515, "SIP/2.0\\s100\\sTrying\\n" fields("1\\sINVITE", "a"))
	tell(1.5, "SIP/2.0\\s180\\sRinging\\n" fields("1\\sINVITE", "a"))
	ok = "SIP/2.0\\s200\\sOK\\n" fields("1\\sINVITE", "a")
	tell(21.5, ok)
	ack = "ACK\\ssip:bob@example.org\\sSIP/2.0\\n" fields("1\\sACK", "b")
	ask(21.511, ack, 1)
	tell(22, ok)
	ask(22.011, ack)
	tell(82, "BYE\\ssip:alice@example.org\\sSIP/2.0\\n" fields("2\\sBYE", "c"))
	ask(82.011, "SIP/2.0\\s200\\sOK\\n" fields("2\\sBYE", "c"))
	print "idle client 40 90"
	print "idle server 40 90"
}
function fields(cseq, branch)
{
	return "Via:\\sSIP/2.0/UDP\\s10.0.0.7;branch=z9hG4bK" branch "\\nCall-ID:\\sx\\nCSeq:\\s" cseq "\\n\\n"
}
# bytes of the text: a space is written with two characters, and so is the end of a
# line, which has two bytes
function size(text,    all)
{
	all = length(text)
	return all - gsub(/\\s/, "", text)
}
function ask(t, text, lost)
{
	n = size(text)
	printf "C>S %d..%d text=%s @client - %.3f", c, c + n, text, t
	printf lost ? "\n" : " @server - %.3f\n", t + 0.005
	c += n
}
function tell(t, text)
{
	n = size(text)
	printf "S>C %d..%d text=%s @server - %.3f @client - %.3f\n", s, s + n, text, t, t + 0.005
	s += n
}
