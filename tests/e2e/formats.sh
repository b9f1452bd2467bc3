# Capture files of every format that is read: the same packets as tshark sees
# (it is not asked in a brief run, under sanitizers).
. "$(dirname "$0")/lib"

# packets FILE: frame, time, lengths as tshark has them, of TCP and UDP.
packets()
{
	tshark -n -r "$1" -Y 'tcp or udp' -T fields -e frame.number \
		-e frame.time_epoch -e frame.cap_len -e frame.len 2>/dev/null |
		sed -E 's/\.([0-9]{9})/\1/'
}

# same WHAT FILE: tracepair has them, too, and nothing to say of the file.
same()
{
	rm -f it.case
	works "$1" "it=$2" -o it.case
	tp sql it.case 'select frame, time_ns, cap_len, wire_len from packet
		order by frame'
	sed -i 1d out # the columns' names
	if [ -z "${TEST_BRIEF:-}" ]; then
		packets "$2" > want
		check "$1: there are packets" test -s want
		check "$1: tshark sees the same" diff want out
	fi
	tp sql it.case 'select count(*) from quality'
	check "$1: nothing is wrong with it" test "$(sed 1d out)" = 0
}

cp "$samples"/02-wan-sql/client.pcapng plain.pcapng
for format in pcap nsecpcap pcapng netmon1 netmon2 snoop; do
	editcap -F $format plain.pcapng plain.$format
	same $format plain.$format
done
for packer in gzip zstd lz4; do
	$packer -q -c plain.netmon2 > plain.$packer
	same "netmon2 in $packer" plain.$packer
done
