# What the text report says of captures that are not usual: it fits the page,
# has no empty section, and figures where it counts something.
. "$(dirname "$0")/lib"

# --- six points with long names ---
names='client-laptop.branch-office-7 access-switch.span-port-14
branch-router.wan-interface datacentre-edge-firewall.inside
load-balancer.virtual-server database-server-primary.eth0'
send() # TIME WAY WHAT: seen at all points, the sender's first
{
	local i=0 name order=$names
	[ "$2" = 'C>S' ] || order=$(printf '%s\n' $names | tac)
	for name in $order; do
		awk "BEGIN { printf \"%.6f\", $1 + 0.004 * $i }"
		echo " s:$2 $3 @$name -"
		i=$((i + 1))
	done
}
{
	for name in $names; do
		echo "point $name zero=2024-03-05T10:00:00"
	done
	echo 'session s tcp C=[2001:db8:1234:5678:9abc:def0:1357:2468]:49152' \
		'S=[fd00:abcd:ef01:2345:6789:aabb:ccdd:eeff]:1433 isn=1000,7000'
	{
		send 1 'C>S' 'SYN win=64240 mss=1440'
		send 1.03 'S>C' 'SYN,ACK win=64240 mss=1440'
		send 1.06 'C>S' 'ACK win=64240'
		send 1.07 'C>S' '1..301 win=64240'
		send 1.1 'S>C' '1..1201 win=64240'
		send 1.13 'C>S' 'ACK win=64240'
	} | sort -s -n | awk '{ at = $1; sub(/^[^ ]* /, ""); print $0, at }'
} > six.txt
"$samples/mkcap" six.txt .
works 'six points with long names' $(printf '%s.pcapng ' $names)
check 'they are drawn' grep -q '^  \[client-laptop.branch-office-7\]-' out
check 'no line is longer than the page' test -z "$(awk 'length > 100' out)"

# --- nothing but ARP ---
cat > arp.txt <<'END'
point arp zero=2024-03-05T10:00:00
session s tcp C=10.0.0.1:1024 S=10.0.0.2:80 isn=1,2
idle arp 20 9
END
"$samples/mkcap" arp.txt .
works 'a capture of ARP alone' arp.pcapng
check 'it has no session' grep -q '^There is no session in this capture' out
check 'and no section of sessions' test -z "$(grep '^Sessions' out)"

# --- what could not be read has figures ---
cat > cut.txt <<'END'
point cut zero=2024-03-05T10:00:00
session s tcp C=10.0.0.1:1024 S=10.0.0.2:80 isn=1000,2000
C>S SYN win=8192 @cut 1 0.1
S>C SYN,ACK win=8192 @cut 2 +0.01
C>S ACK win=8192 cap=24 @cut 3 +0.01
C>S 1..11 win=8192 cap=24 @cut 4 +0.01
END
"$samples/mkcap" cut.txt .
works 'a capture that is cut' cut.pcapng
check 'how often, and where first' grep -q \
	'cut.pcapng: packets captured too short.*(2, the first is frame 3)' out

# --- points in the wrong order, of which few packets tell ---
folder=$samples/03-padding-payload
works 'points in the wrong order' "$folder/fw-outside.pcapng" \
	"$folder/client.pcapng" "$folder/fw-inside.pcapng"
check 'a negative round trip is not left without a word' grep -q \
	'does the traffic pass fw-inside before client?' \
	<(tr '\n' ' ' < out | tr -s ' ')

# --- captures of other days ---
cat > day.txt <<'END'
point monday zero=2024-03-04T10:00:00
session s tcp C=10.0.0.1:51024 S=10.0.0.2:80 isn=1000,2000
s:C>S SYN win=8192 mss=1460 sackok @monday 1 0.1
s:S>C SYN,ACK win=8192 mss=1460 sackok @monday 2 +0.01
s:C>S ACK win=8192 @monday 3 +0.0001
s:C>S 1..101 win=8192 @monday 4 +0.0001
s:S>C 1..2001 win=8192 @monday 5 +0.02
s:C>S ACK win=8192 @monday 6 +0.0001
END
sed 's/monday/thursday/; s/03-04/03-07/; s/51024/61025/; s/1000,2000/55000,9900/
	s/^session/session other udp C=10.9.9.9:1 S=10.9.9.8:2\n&/' day.txt \
	> other.txt
"$samples/mkcap" day.txt .
"$samples/mkcap" other.txt .
tp monday.pcapng thursday.pcapng
check 'captures of other days have nothing in common' grep -q \
	'^=> monday and thursday have no session in common' out
check 'it says how far apart they are' grep -q 'clock, 3 days 0 h apart' \
	<(tr '\n' ' ' < out | tr -s ' ')

# --- a client's own time is no blame ---
awk -f "$here/oddities/pauses-few.awk" > pauses.txt
mkdir pauses
"$samples/mkcap" pauses.txt pauses
works 'a client that pauses' pauses/client.pcapng pauses/server.pcapng
check 'the answer does not blame it' \
	grep -q '^For 100 % of the time nothing shows that the client waited' out
check 'its pauses are counted' \
	grep -q '^    client: 3 of 60 requests come after a pause, 27 s together' out
{
	echo 'point client zero=2024-03-05T10:00:00'
	echo 'session s udp C=10.0.0.1:40000 S=10.0.1.1:5004'
	for i in $(seq 50); do
		echo "s:C>S $((i * 160 + 1))..$((i * 160 + 161)) @client - 1.$((10 + i))"
	done
} > stream.txt
"$samples/mkcap" stream.txt .
works 'a stream that nobody answers' client.pcapng
check 'its time is its pace' \
	grep -q '^    client: the pace at which it sends' out
check 'no far side is counted' test -z "$(grep 'the far host' out)"

# Most of the time went to sending again: no finding says why, but that is not "nothing".
"$samples/mkcap" "$here/oddities/answer-of-other-number.txt" .
works 'recovery without a finding' client.pcapng
check 'it is not said that nothing stands out' \
	grep -q '^Nothing is proven to be wrong by this one capture' out

# A stream that nobody answers, of which the far capture lacks some: whether it
# lost or missed them nothing tells, so nothing is said to be right, either.
awk 'BEGIN {
	print "point near zero=2024-03-04T10:00:00"
	print "point far zero=2024-03-04T10:00:00"
	print "session s udp C=10.0.0.1:40000 S=10.0.1.1:5004"
	for (i = 0; i < 60; i++)
		printf "C>S %d..%d @near - %.3f%s\n", 1 + 100 * i,
			101 + 100 * i, 1 + i / 50,
			i % 17 == 9 ? "" : sprintf(" @far - %.3f", 1.004 + i / 50)
}' > stream.txt
"$samples/mkcap" stream.txt .
tp near.pcapng far.pcapng
check 'with packets undecided nothing is said to be right' grep -q \
	'^Nothing serious is proven between these points' out
check 'it says that the far capture lacks them' grep -q \
	'the capture at far lacks them, and may only have missed them' \
	<(tr '\n' ' ' < out | tr -s ' ')

# --- servers of one IPv6 network: their names are not cut to the same ---
session() # NAME SERVER AT
{
	echo "session $1 tcp C=[2001:db8::7]:$3 S=[$2]:443 isn=1000,7000"
	echo "$1:C>S SYN win=64240 mss=1440 @v6 - $3.00"
	echo "$1:S>C SYN,ACK win=64240 mss=1440 @v6 - $3.01"
	echo "$1:C>S ACK win=64240 @v6 - $3.02"
	echo "$1:C>S 1..301 win=64240 @v6 - $3.03"
	echo "$1:S>C 1..1201 win=64240 @v6 - $3.08"
	echo "$1:C>S ACK win=64240 @v6 - $3.09"
}
{
	echo 'point v6 zero=2024-03-05T10:00:00'
	session a 2001:db8:1234:5678:9abc:def0:1357:2468 1025
	session b 2001:db8:1234:5678:9abc:def0:1357:2469 1026
} > v6.txt
"$samples/mkcap" v6.txt .
works 'two servers of one IPv6 network' v6.pcapng
for last in 68 69; do
	check "the table has the whole name of the server that ends in $last" \
		grep -q "^  \[2001:db8:1234:5678:9abc:def0:1357:24$last\]:443\$" out
done

# --- a table with errors fits the page, too ---
(cd "$samples/12-four-servers" && "$tracepair" client.pcapng) > out
check 'the table has a column of errors' grep -q '^  command .* rest errors$' out
check 'what CASE stands for in advice is said' grep -q "^  CASE is the file" out
check 'no line of it is longer than the page' \
	test -z "$(awk 'length > 100' out)"
