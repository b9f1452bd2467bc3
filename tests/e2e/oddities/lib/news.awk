# Servers that speak unasked, at times, and their clients: captured at both, c and s, 10 ms
# apart.

# What leaves a side at @t; its session stands before it.
function news_passes(what, t,    up)
{
	up = what ~ /C>S/
	printf "%s @%s - %.6f @%s - %.6f\n", what, up ? "c" : "s", t, up ? "s" : "c", t + 0.01
}

function news_shakes(name, t)
{
	news_passes(name ":C>S SYN mss=1460", t)
	news_passes(name ":S>C SYN,ACK mss=1460", t + 0.01002)
	news_passes(name ":C>S ACK", t + 0.02004)
}

# The next session, to a server of its own.
function news_opens(name, port, t)
{
	NEWS_SESSIONS++
	printf "session %s tcp C=10.0.0.1:%d S=10.0.1.%d:%d\n", name, 40000 + NEWS_SESSIONS, NEWS_SESSIONS, port
	news_shakes(name, t)
}

# The next so many bytes of a direction, which are WHAT, if that is given.
function news_says(name, dir, n, t, what)
{
	news_passes(name ":" dir " " NEWS_SAID[name dir] + 1 ".." NEWS_SAID[name dir] + 1 + n " " what, t)
	NEWS_SAID[name dir] += n
}

# FTP whose server says after 5 s that a file is there, and is asked at once for the next.
function news_ftp(    i)
{
	news_opens("ftp", 21, 1)
	news_says("ftp", "S>C", 20, 1.0401)
	for (i = 0; i < 3; i++) {
		news_says("ftp", "C>S", 10, 1.1 + i * 0.04)
		news_says("ftp", "S>C", 30, 1.12 + i * 0.04)
	}
	news_says("ftp", "S>C", 24, 6)
	news_says("ftp", "C>S", 10, 6.012)
	news_passes("ftp:S>C ACK", 6.06)
}
