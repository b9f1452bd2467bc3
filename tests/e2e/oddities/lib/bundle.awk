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

# 60 sessions of as many hosts as @hosts, behind a NAT.
function sixty_sessions(hosts,    k)
{
	for (k = 0; k < 60; k++) {
		printf "session s%d tcp C=10.0.0.%d:%d S=10.0.1.1:443 isn=%d,%d\n", k, 1 + k % hosts, 40000 + k, 1000 + 91733 * k, 5000 + 77171 * k
		printf "at server C=172.20.0.1:%d S=10.0.1.1:443\n", 2000 + 37 * k
	}
}
