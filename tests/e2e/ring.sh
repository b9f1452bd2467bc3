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
