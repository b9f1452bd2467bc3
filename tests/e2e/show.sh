# tracepair show: the ladder in the terminal.
. "$(dirname "$0")/lib"
export LC_ALL=C.UTF-8
cp "$samples/01-policy-request/"*.pcapng .
works 'a case' client.pcapng server.pcapng -o loss.tp
works 'show' show loss.tp 1
check 'show: each of the six copies ends in a cross' \
	test "$(grep -c '✕.*data 282..1742.*lost' out)" -eq 6
check 'show: one that arrives has both frames' grep -q '#1917 ─*► #13587' out
check 'show: the corrected clock and its bounds' \
	grep -q 'server: .*put forward by 4.2.* s, +- .* ms at that time$' out
cp "$samples/03-padding-payload/client.pcapng" far-c.pcapng
cp "$samples/03-padding-payload/fw-inside.pcapng" far-f.pcapng
works 'clocks far apart' far-c.pcapng far-f.pcapng -o far.tp
works 'show: clocks far apart' show far.tp 1
check 'show: an offset in the words of the report' \
	grep -q 'put forward by 10 min 43 s' out
works 'show --ascii' show loss.tp 1 --ascii
check 'show --ascii: plain bytes only' \
	test -z "$(LC_ALL=C grep -n '[^ -~]' out)"
works 'show --around' show loss.tp 1 --around client:2071 --rows 1
check 'show --around: the frame and one row each side' \
	test "$(grep -c '#' out)" -eq 3
check 'show --around: the frame is marked' grep -q '^\* .*#2071' out
works 'show of one point' client.pcapng -o one.tp
tp show one.tp 1
check 'show of one point: its packets' grep -q '#1921 .*data 282..1742' out
fails 'show without a session' 2 'tracepair show CASE SESSION' show loss.tp
fails 'show of no number' 2 'tracepair show CASE SESSION' show loss.tp x
fails 'show of no such session' 2 'no session 7' show loss.tp 7
fails '--around of no form' 2 'POINT:FRAME' show loss.tp 1 --around 5
fails '--rows without --around, which would do nothing' 2 \
	'--rows: is for --around' show loss.tp 1 --rows 3
fails '--around of no such point' 2 'no such point' \
	show loss.tp 1 --around other:5
fails '--around of a frame of nobody' 2 \
	"no such frame|'tracepair show CASE 1' has its frames" \
	show loss.tp 1 --around client:1
