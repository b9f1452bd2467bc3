# A router says of one port that it refuses it; three other ports of that host are
# silent, and so is a second host's port but for one session of four.  An error
# names the cause of the sessions that it quotes, and of no others.
BEGIN {
	path_of("client")
	n = t = 0
	open(9, 80, 1)
	for (p = 81; p <= 83; p++)
		open(9, p, 0)
	for (i = 0; i < 4; i++)
		open(8, 80, i == 1)
	print "idle client 99 60"
	of("No answer from 10.0.1.9:80:", "(.text | test(\"names the cause\")) and .measure.sessions == 1 and (.places | any(test(\"filter on 10.9.9.9\")))")
	of("No answer from 10.0.1.9:81:", "(.text | test(\"ICMP\") | not) and .measure.sessions == 1")
	of("No answer from 10.0.1.8:80:", ".measure.sessions == 4 and (.text | test(\"quotes 1 of these 4 sessions\")) and (.places | any(test(\"the server host\")))")
	print "#= [.findings[] | select(.rule == \"stop.host\")] | length == 5"
}
function of(who, what)
{
	print "#= any(.findings[]; .rule == \"stop.host\" and (.title | " \
		"startswith(\"" who "\")) and " what ")"
}
function open(host, port, told)
{
	n++
	t += 4
	printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.%d:%d isn=%d,1\n", n,
		40000 + n, host, port, n * 70000
	for (k = 0; k < 2; k++) {
		printf "s%d:C>S SYN mss=1460 @client - %.3f\n", n, t + k
		if (told)
			printf "s%d:S>C icmp=3/13 from=10.9.9.9 @client - %.3f\n",
				n, t + k + 0.003
	}
}
