# The server's capture pauses from 10 to 12.5 s, and has nothing of what passes then.  Each
# way takes 5 ms.

function pause_over(t)
{
	return t < 10 || t > 12.5
}

# What leaves a side at @t; its session stands before it.
function pause_passes(what, t,    up, at)
{
	up = what ~ /:C>S/
	at = up ? t + .005 : t
	note_packet(what " @client", up ? t : t + .005)
	if (pause_over(at))
		note_packet(what " @server", at)
}

# The points, and twelve sessions of two of the server's ports, p0 on, that go on all the
# while: so many turns each.
function pause_sessions(turns,    i, k, t)
{
	path_of("client server")
	for (i = 0; i < 12; i++) {
		printf "session p%d tcp C=10.0.0.1:%d S=10.0.1.1:%d isn=%d,%d\n", i, 41000 + i, i % 2 ? 80 : 8080, 777000 + i * 91733, 888000 + i * 77171
		t = 1 + i * .5
		pause_passes("p" i ":C>S SYN mss=1460", t)
		pause_passes("p" i ":S>C SYN,ACK mss=1460", t + .0051)
		for (k = 0; k < turns; k++) {
			pause_passes(sprintf("p%d:C>S %d..%d", i, k * 100 + 1, k * 100 + 101), t + .02 + k * .6)
			pause_passes(sprintf("p%d:S>C %d..%d", i, k * 300 + 1, k * 300 + 301), t + .03 + k * .6)
		}
	}
}
