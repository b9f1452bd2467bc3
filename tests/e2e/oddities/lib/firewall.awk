# A firewall between the points in and out, 0.2 ms apart: a session S that opens at T there, and
# its turn I (from 0), a request of 100 bytes and an answer of 200.  What is LOST does not come
# out, and gets no answer.
function firewall_opens(s, t, mss)
{
	printf "%s:C>S SYN mss=%d @in - %.4f @out - %.4f\n", s, mss, t, t + .0002
	printf "%s:S>C SYN,ACK mss=%d @out - %.4f @in - %.4f\n", s, mss, t + .0005, t + .0007
	printf "%s:C>S ACK @in - %.4f @out - %.4f\n", s, t + .001, t + .0012
}

function firewall_turn(s, i, t, lost)
{
	printf "%s:C>S %d..%d @in - %.4f%s\n", s, 1 + 100 * i, 101 + 100 * i, t, lost ? "" : sprintf(" @out - %.4f", t + .0002)
	if (!lost)
		printf "%s:S>C %d..%d @out - %.4f @in - %.4f\n", s, 1 + 200 * i, 201 + 200 * i, t + .001, t + .0012
}
