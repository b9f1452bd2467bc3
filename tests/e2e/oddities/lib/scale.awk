# A client whose window is 64 KB, as no window scale reaches the server: a session "s" that
# opens at 1 s, over 50 ms each way, and a download at that pace.  SCALE_FW: a point, fw,
# stands 1 ms from the client.

function scale_passes(what, t,    up)
{
	up = what ~ /C>S/
	printf "%s @%s - %.6f", what, up ? "client" : "server", t
	if (SCALE_FW)
		printf " @fw - %.6f", t + (up ? 0.001 : 0.049)
	printf " @%s - %.6f\n", up ? "server" : "client", t + 0.05
}

# All but its SYN.
function scale_downloads(    at, i, k, t)
{
	scale_passes("S>C SYN,ACK mss=1460 win=65535", 1.05001)
	scale_passes("C>S ACK win=65535", 1.1001)
	scale_passes("C>S 1..101 win=65535", 1.1002)
	for (i = 0; i < 20; i++) {
		t = 1.151 + i * 0.102
		for (k = 0; k < 44; k++) {
			at = 1 + (i * 44 + k) * 1460
			scale_passes("S>C " at ".." at + 1460 " win=65535", t + k * 0.00001)
		}
		scale_passes("C>S ACK win=65535", t + 0.0506)
	}
}
