# Connections, s0 on, of which links of a bundle, tables or limits lose some: they open one
# by one, or 20 all at once and then send at the same time.

function random()
{
	seed = (seed ? seed : 4711) * 16807 % 2147483647
	return seed / 2147483647
}

# The same packet in each of 20 sessions, 1 ms apart; @way: over 0 to the server.
function each(what, t, way,    k, a, b)
{
	a = way > 0 ? "client" : "server"
	b = way > 0 ? "server" : "client"
	for (k = 0; k < 20; k++)
		printf "s%d:%s @%s - %.4f @%s - %.4f\n", k, what, a, t + k * .001, b, t + k * .001 + .01
}

function all_open(    k)
{
	for (k = 0; k < 20; k++)
		next_byte[k] = 1
	each("C>S SYN mss=1460", .1, .01)
	each("S>C SYN,ACK mss=1460", .2, -.01)
	each("C>S ACK", .3, .01)
}

# One opens; each way takes @one.
function one_opens(k, t, one)
{
	printf "s%d:C>S SYN mss=1460     @client - %.5f @server - %.5f\n", k, t, t + one
	printf "s%d:S>C SYN,ACK mss=1460 @server - %.5f @client - %.5f\n", k, t + one + .0001, t + 2 * one + .0001
	printf "s%d:C>S ACK              @client - %.5f @server - %.5f\n", k, t + 2 * one + .0002, t + 3 * one + .0002
}

# 100 bytes that 300 answer; each way takes 5 ms.
function one_asks(k, t)
{
	printf "s%d:C>S %d..%d @client - %.5f @server - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t, t + .005
	printf "s%d:S>C %d..%d @server - %.5f @client - %.5f\n", k, 1 + 300 * sent_by[k], 301 + 300 * sent_by[k], t + .0052, t + .0102
	sent_by[k]++
}

# One begins at step @i, of 50 ms, and opens unless its SYN vanishes.
function one_begins(i, k, t, vanishes)
{
	if (vanishes) {
		again[k] = 1
		due[k] = i
	} else {
		one_opens(k, t, .005)
		born[k] = i
	}
}

# SYNs of those that have no answer: at once, and again 1, 2, 4 s ... later.
function ask_again(i, t, most,    k)
{
	for (k = 0; k < 60; k++)
		if ((k in due) && due[k] == i && (!most || again[k] < most)) {
			printf "s%d:C>S SYN mss=1460 @client - %.5f\n", k, t + .02
			due[k] += 20 * 2 ^ (again[k]++ - 1)
		}
}

# 60 sessions of as many hosts as @hosts, behind a NAT; with @crowd the sessions of the
# last two are that host's, too.
function sixty_sessions(hosts, crowd,    k, host)
{
	for (k = 0; k < 60; k++) {
		host = crowd && k % hosts > hosts - 3 ? crowd : 1 + k % hosts
		printf "session s%d tcp C=10.0.0.%d:%d S=10.0.1.1:443 isn=%d,%d\n", k, host, 40000 + k, 1000 + 91733 * k, 5000 + 77171 * k
		printf "at server C=172.20.0.1:%d S=10.0.1.1:443\n", 2000 + 37 * k
	}
}

function is_open(i, k)
{
	return (k in born) && i > born[k]
}

# At step @i one of the first 17 asks, if it is open: in vain, a few times, unless that
# passes.
function one_tries(i, t, passes,    k)
{
	k = i % 17
	if (is_open(i, k) && passes)
		one_asks(k, t + .021)
	else if (is_open(i, k) && tries[k]++ < 4)
		printf "s%d:C>S %d..%d @client - %.5f\n", k, 1 + 100 * sent_by[k], 101 + 100 * sent_by[k], t + .021
}

# Each 2 s those that are open of @which, a list, ask.
function late_ask(i, t, which,    k, n, of)
{
	n = i % 40 == 7 ? split(which, of, " ") : 0
	for (k = 1; k <= n; k++)
		if (is_open(i, of[k] + 0))
			one_asks(of[k] + 0, t + .0211 + of[k] * .0001)
}

# 20 sessions of two hosts and one service.
function twenty_sessions(    k)
{
	for (k = 0; k < 20; k++)
		printf "session s%d tcp C=10.0.0.1:%d S=10.0.1.1:7000 isn=%d,%d\n", k, 40000 + k, 1000 + 9000 * k, 70000 + 7000 * k
}

# The next @len bytes of one of them, which take 10 ms, or vanish.
function one_sends(k, len, t, vanishes)
{
	printf "s%d:C>S %d..%d @client - %.5f", k, next_byte[k], next_byte[k] + len, t
	print vanishes ? "" : sprintf(" @server - %.5f", t + .010)
	came[k] = vanishes ? 0 : len
}

# What came of each is acknowledged; what vanished is sent again at its next turn.
function each_acks(t,    k)
{
	for (k = 0; k < 20; k++)
		if (came[k]) {
			next_byte[k] += came[k]
			printf "s%d:S>C ACK @server - %.5f @client - %.5f\n", k, t + k * .0002, t + .010 + k * .0002
			came[k] = 0
		}
}
