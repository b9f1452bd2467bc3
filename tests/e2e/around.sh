# tracepair around: one host's doings at a moment, on all its sessions.
. "$(dirname "$0")/lib"
export LC_ALL=C.UTF-8
cp "$samples/11-server-says-no/"*.pcapng .
works 'a case with errors' client.pcapng -o no.tp
works 'around an error' around no.tp client:46 --window 1s
check 'around: the error is marked' \
	grep -q '^>! .*#46 .*dir.txt, STATUS_NETWORK_SESSION_EXPIRED' out
check 'around: new tickets on other sessions' \
	test "$(grep -c 'session [45] .*kerberos .*-REQ' out)" -eq 2
check 'around: the session is set up again' \
	grep -q '^>  .*session 3 .*SESSION_SETUP' out
check 'around: what is farther away is left out' \
	test "$(grep -c 'MB01' out)" -eq 0
works 'around, wider' around no.tp client:46 --window 10s
check 'around, wider: the other servers' grep -q 'MB01' out
works 'around, two centuries' around no.tp client:46 --window 9223372036s
check 'around, two centuries: the other servers' grep -q 'MB01' out
editcap -F pcapng -c 40 client.pcapng ring.pcapng
works "a ring buffer" $(printf "client=%s " ring_*.pcapng) -o ring.tp
for frame in 28 33 35 37 39; do
	works "around frame $frame of the ring's first file" \
		around ring.tp "client:$frame" --window 1s
done
cp "$samples/12-four-servers/"*.pcapng .
works 'a case of four points' client.pcapng dc.pcapng ns.pcapng fs.pcapng \
	-o dir.tp
works 'around a command' around dir.tp client:1 --window 5s
check 'around: the whole command in one timeline' \
	grep -q '5 s around .*: 11 sessions' out
check 'around: the referral that is to be followed' \
	grep -q 'smb2 CREATE folder, STATUS_PATH_NOT_COVERED' out
check 'around: all of its servers, in order of time' \
	test "$(grep -o 'smb2 NEGOTIATE\|dns A [a-z.]*' out | tr '\n' ' ')" = \
	"dns A contoso.com smb2 NEGOTIATE dns A ns.contoso.com smb2 NEGOTIATE dns A fs.contoso.com smb2 NEGOTIATE "
works 'its servers' report dir.tp --by server
check 'its servers: all five' test "$(grep -c '10.1.1.[123]:[0-9]' out)" -eq 5
cp "$samples/01-policy-request/"*.pcapng .
works 'a case of a lost request' client.pcapng server.pcapng -o lost.tp
works 'around the lost request' around lost.tp client:1921 --window 60s
check 'around: never answered is said once' \
	grep -q 'request of .*, never answered$' out
