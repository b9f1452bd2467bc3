# A monitor asks 70 agents, of which 30 are down; another one asks 25, none of which is there, and
# again a minute later.  Neither is a scan.  One that tries the web servers of a network is, though
# some answer.
function opens(name, client, server, t)
{
	printf "session %s tcp C=%s S=%s isn=%d,%d\n", name, client, server, 1000 + ++n * 7654321, 77 + n * 1234567
	printf "%s:C>S SYN mss=1460 @monitor - %.6f\n", name, t
}
function refused(name, client, server, t)
{
	opens(name, client, server, t)
	printf "%s:S>C RST,ACK seq=0 ack=1 @monitor - %.6f\n", name, t + .006
}
function answered(name, client, server, t)
{
	opens(name, client, server, t)
	printf "%s:S>C SYN,ACK mss=1460 @monitor - %.6f\n", name, t + .006
	printf "%s:C>S ACK @monitor - %.6f\n", name, t + .0061
	printf "%s:C>S 1..31 @monitor - %.6f\n", name, t + .0062
	printf "%s:S>C 1..91 @monitor - %.6f\n", name, t + .013
}
BEGIN {
	print "point monitor zero=2024-03-01T10:00:00"
	for (i = 0; i < 70; i++)
		if (i % 7 < 3)
			refused("a" i, "10.0.0.9:" 40000 + i, "10.9.1." i + 1 ":10050", 1 + i / 100)
		else
			answered("a" i, "10.0.0.9:" 40000 + i, "10.9.1." i + 1 ":10050", 1 + i / 100)
	for (i = 0; i < 30; i++)
		if (i < 20)
			refused("w" i, "10.0.0.7:" 40000 + i, "10.9.3." i + 1 ":80", 3 + i / 100)
		else if (i < 23)
			answered("w" i, "10.0.0.7:" 40000 + i, "10.9.3." i + 1 ":80", 3 + i / 100)
	for (k = 0; k < 2; k++)
		for (i = 0; i < 25; i++)
			if (!k || i % 2)
				refused("b" i "_" k, "10.0.0.8:" 40000 + i + 100 * k, "10.9.2." i + 1 ":5666", 5 + k * 60 + i / 100)
	print "#= [.findings[] | select(.title | test(\"10.0.0.9 polls them, or scans$\")) | [.severity, .measure.servers, (.text | test(\"40 others on port 10050 answer it\"))]] == [[\"medium\", 30, true]]"
	print "#= [.findings[] | select(.title | test(\"10.0.0.8 polls them$\")) | [.severity, .measure.servers, .measure.sessions, (.text | test(\"some again after a while\"))]] == [[\"medium\", 25, 37, true]]"
	print "#= [.findings[] | select(.title | test(\"looks like a scan\")) | [.severity, .measure.servers, (.title | test(\"scan by 10.0.0.7\"))]] == [[\"low\", 20, true]]"
}
