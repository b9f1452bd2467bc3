# The points of a path, whose clocks agree, and what passes them.

# In the order of the path.
function path_of(names, zero,    name, n, i)
{
	n = split(names, name, " ")
	for (i = 1; i <= n; i++)
		print "point " name[i] " zero=" (zero ? zero : "2024-03-01T10:00:00")
}

# A packet of a session, as one point has it.
function packet_at(session, what, at, t)
{
	printf "%s:%s @%s - %.6f\n", session, what, at, t
}

# One that leaves a side's point at @at and comes to the other's at @to.  With @by_mid
# a third point, mid, has it, too, 1 ms from the client's.
function packet_over(session, what, at, to, by_mid,    up)
{
	up = what ~ /^C/
	printf "%s:%s @%s - %.6f", session, what, up ? "client" : "server", at
	if (by_mid)
		printf " @mid - %.6f", up ? at + .001 : to - .001
	printf " @%s - %.6f\n", up ? "server" : "client", to
}
