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
