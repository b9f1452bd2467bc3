# Files of a ring buffer: frame numbers begin anew in each, and what is said of
# packets is the same.
. "$(dirname "$0")/lib"
notes='[.findings[] | .title, (.evidence[] | [.time_ns, .note])]'

"$samples/mkcap" "$here/oddities/queue-full.txt" .
editcap -F pcapng -r server.pcapng first.pcapng 1-14
editcap -F pcapng server.pcapng second.pcapng 1-14
tp client.pcapng server.pcapng --format json
jq "$notes" out > whole
works 'a ring buffer' client.pcapng server=first.pcapng \
	server=second.pcapng --format json
jq "$notes" out > ring
check 'a ring buffer: evidence as of one file' cmp whole ring

# A reset in the second file, what it is the answer to in the first.
mkdir reset
"$samples/mkcap" "$here/oddities/reset-instead.txt" reset
editcap -F pcapng -r reset/server.pcapng reset/1.pcapng 1-7
editcap -F pcapng reset/server.pcapng reset/2.pcapng 1-7
works 'a reset in a ring buffer' reset/client.pcapng server=reset/1.pcapng \
	server=reset/2.pcapng --format json
jq -c '.findings[] | select(.title | test("instead of answering")) |
	.evidence[:2][] | [.file, .frame]' out > frames
printf '%s\n' '["reset/1.pcapng",7]' '["reset/2.pcapng",1]' > expected
check 'a reset in a ring buffer: frames of their files' cmp expected frames

# Nothing is captured between two files: what opened just before is no flood.
mkdir pause
awk 'BEGIN {
	print "point server zero=2024-03-01T10:00:00"
	for (i = 0; i < 153; i++) {
		at = i < 150 ? 1 + i / 1000 : 3600 + 2 * i
		printf "session s%d tcp C=10.1.0.%d:40000 S=10.9.9.1:80 isn=%d,%d\n", i, i + 1, 1000 + i * 7654321, 77 + i * 1234567
		printf "s%d:C>S SYN @server - %.4f\ns%d:S>C SYN,ACK @server - %.4f\n", i, at, i, at + .0001
		if (i < 150)
			continue
		printf "s%d:C>S ACK @server - %.4f\ns%d:C>S 1..101 @server - %.4f\n", i, at + .2, i, at + .2001
		printf "s%d:C>S 101..201 @server - %.4f\n", i, at + .3
	}
}' > pause.txt
"$samples/mkcap" pause.txt pause
editcap -F pcapng -r pause/server.pcapng pause/1.pcapng 1-300
editcap -F pcapng pause/server.pcapng pause/2.pcapng 1-300
works 'a pause between two files' server=pause/1.pcapng server=pause/2.pcapng \
	--format json
jq -c '[.findings[] | select(.title | test("nobody goes on"))]' out > floods
echo '[]' > expected
check 'a pause between two files: no flood' cmp expected floods
