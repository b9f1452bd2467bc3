# Bad input: each kind of design.md's list gets its own message and exit code,
# and what could be read is used and named in the report.
. "$(dirname "$0")/lib"

start=1700000000000 # ms
(pcap_header; talk $start 6) > near.pcap
(pcap_header; talk $((start + 1)) 6) > far.pcap
cp "$samples/02-wan-sql/client.pcapng" "$samples/02-wan-sql/server.pcapng" .
size=$(stat -c %s far.pcap)

# damaged WHAT QUALITY FILE: the job is done with all that could be read: at
# least five of the six sessions, and the quality section names the damage.
damaged()
{
	works "$1: exit 0" near=near.pcap far="$3" --format json
	says "$1: quality says $2" \
		"[.quality[] | select(.file == \"$3\" and .what == \"$2\"
		and .point == \"far\")] | length == 1"
	says "$1: the rest is used" \
		'[.sessions[] | select(.pairing.verdict == "paired")]
		| length >= 5'
	works "$1: as text" near=near.pcap far="$3"
	check "$1: the text names the file" grep -q -e "- $3: " out
}

# --- damaged captures: what could be read is used ---
head -c $((size - 7)) far.pcap > cut.pcap
damaged 'cut last record' cut-record cut.pcap
tp near=near.pcap far=cut.pcap --format json
says 'cut last record: the message says up to where' \
	'.quality[0].text | test("used up to there")'

(cat far.pcap; head -c 4000 /dev/zero) > zero.pcap
damaged 'zero-filled tail' zero-tail zero.pcap
tp near=near.pcap far=zero.pcap --format json
says 'zero-filled tail: no packets in it' '.points[1].files[0].packets == 12'

gzip -c far.pcap | head -c $(($(gzip -c far.pcap | wc -c) - 12)) > cut.pcap.gz
damaged 'cut gzip' cut-stream cut.pcap.gz
(gzip -c far.pcap; echo behind it) > tail.pcap.gz
damaged 'bytes behind gzip' stream-tail tail.pcap.gz

udp 1 2 3 4 text
(cat far.pcap; record $start "$packet" 32 32 20) > length.pcap
damaged 'captured length over wire length' bad-length length.pcap
(cat far.pcap; record $start "$packet" 32 20000000 20000000) > huge.pcap
damaged 'impossible length' bad-record huge.pcap

(pcap_header; talk $((start + 50000)) 1 b; talk $((start + 1)) 6) > back.pcap
damaged 'time stamps go backwards' time-back back.pcap
(pcap_header; talk 0 1 b 0; talk $((start + 1)) 6) > nulltime.pcap
damaged 'time stamps of zero' time-zero nulltime.pcap

# Stamps of 1970 and 2106 in turn, from packet to packet and from talk to talk:
# sums of such times stop at their ends (what adds them up anyway is seen with
# SANITIZE=undefined).
wild() # STEP
{
	pcap_header
	for ((k = 0; k < 40; k++)); do
		talk $((k / $1 % 2 * 4294967280000 + k)) 1 n$k 1
	done
}
for step in 1 7; do
	(pcap_header; for ((k = 0; k < 40; k++)); do
		talk $((start + k * 10)) 1 n$k
	done) > tame.pcap
	wild $step > wild.pcap
	for format in text json; do
		works "stamps of two centuries, by $step, $format: there" \
			near=tame.pcap far=wild.pcap --format $format
		works "stamps of two centuries, by $step, $format: here" \
			near=wild.pcap far=tame.pcap --format $format
	done
done

# --- pcapng: the same, on a sample ---
png()
{
	works "$1: exit 0" "$3" server.pcapng --format json
	says "$1: quality says $2" "[.quality[] | select(.file == \"$3\"
		and .what == \"$2\")] | length == 1"
	says "$1: the rest is used" '.sessions[0].pairing.verdict == "paired"'
}
head -c $(($(stat -c %s client.pcapng) - 7)) client.pcapng > cut.pcapng
png 'cut last block' cut-record cut.pcapng
(cat client.pcapng; head -c 4000 /dev/zero) > zero.pcapng
png 'zero-filled tail of pcapng' zero-tail zero.pcapng
size=$(stat -c %s client.pcapng)
(head -c $((size - 4)) client.pcapng; printf '\x08\0\0\0') > block.pcapng
png 'lengths of a block that disagree' bad-block block.pcapng
gzip -c client.pcapng > whole.pcapng.gz
head -c $(($(stat -c %s whole.pcapng.gz) * 9 / 10)) whole.pcapng.gz \
	> cut.pcapng.gz
png 'cut gzip of pcapng' cut-stream cut.pcapng.gz

# --- nothing to use in it, but well formed ---
nothing() # WHAT QUALITY FILE
{
	works "$1: exit 0" near=near.pcap far="$3" --format json
	says "$1: quality says $2" "[.quality[] | select(.file == \"$3\"
		and .what == \"$2\")] | length == 1"
	says "$1: no session in common is the first finding" \
		'.findings[0] | .rule == "pair.none" and .severity == "high"'
	says "$1: the finding names the point without packets" \
		'.findings[0].text | test("far has no packet")'
}
(pcap_header 262144 253; talk $start 6) > link.pcap
nothing 'unknown link type' unknown-linktype link.pcap
says 'unknown link type: has its name' '.quality[0].text | test("NETLINK")'
pcap_header > none.pcap
nothing 'a capture of no packets' no-packets none.pcap
(pcap_header 20; for i in 1 2 3; do
	udp 1 2 $i 4 text
	record $((start + i)) "$packet" 32 20 32
done) > tiny.pcap
nothing 'a snap length that cuts off ports' cut-packet tiny.pcap

# --- nothing to judge is not that nothing is wrong ---
tp none.pcap
check 'no packets: nothing is said to be right' \
	grep -q '^There is no packet in this capture' out
tp far.pcap --host 9.9.9.9
check 'nothing left: the answer names what left it out' \
	grep -q '^There is no session in this capture.*--host' out
tp near=near.pcap far=none.pcap
check 'one of two is empty: it is named' \
	grep -q '^=> The capture at far has no packet to compare with near' out

# --- snap lengths that mean something else ---
for snap in 0 65535; do
	(pcap_header $snap; talk $((start + 1)) 6) > snap$snap.pcap
	works "snap length $snap: exit 0" near.pcap snap$snap.pcap \
		--format json
	says "snap length $snap: all is paired and nothing is lost" \
		'([.sessions[].pairing.verdict] | all(. == "paired"))
		and .hops[0].out.transmissions.lost == 0
		and .hops[0].out.transmissions.delivered == 6'
	says "snap length $snap: quality has nothing to say" '.quality == []'
done
says 'snap length 65535 is in the points' '.points[1].files[0].snaplen == 65535'

# --- inputs that cannot be used: exit 3, one line ---
: > empty.pcap
fails 'empty file' 3 '^tracepair: empty.pcap: |is empty' near.pcap empty.pcap
mkdir folder
fails 'directory' 3 'folder: is a directory|name the capture files' \
	near.pcap folder
fails 'missing file' 3 'missing.pcap: no such file|check the name' \
	near.pcap missing.pcap
fails 'missing file of a point' 3 'missing.pcap: no such file' \
	near.pcap far=missing.pcap
head -c 10 far.pcap > stub.pcap
fails 'cut in the file header' 3 'stub.pcap: |cut off|copy it again' \
	near.pcap stub.pcap
head -c 10 client.pcapng > stub.pcapng
fails 'cut in the section header' 3 'stub.pcapng: |copy it again' \
	near.pcap stub.pcapng
gzip -c far.pcap | head -c 8 > stub.pcap.gz
fails 'gzip cut in its header' 3 'stub.pcap.gz: |copy it again' \
	near.pcap stub.pcap.gz
(printf 'GMBU\0\3\1\0'; head -c 200 /dev/zero) > monitor.cap
fails 'Network Monitor, unknown version' 3 'monitor.cap: |version 3.0|editcap' \
	near.pcap monitor.cap
(head -c 72 /dev/zero; printf '\2\0\2\xc0'; head -c 200 /dev/zero) > trace.etl
fails 'Windows event trace' 3 'trace.etl: |ETL|etl2pcapng' near.pcap trace.etl
printf '\x28\xb5\x2f\xfd and more of it' > far.pcap.zst
fails 'damaged zstd' 3 'far.pcap.zst: |copy it again' near.pcap far.pcap.zst
printf '\x04\x22\x4d\x18 and more of it' > far.pcap.lz4
fails 'damaged lz4' 3 'far.pcap.lz4: |copy it again' near.pcap far.pcap.lz4
printf '\xfd7zXZ\0 and more of it' > far.pcap.xz
fails 'xz' 3 'far.pcap.xz: |xz -d' near.pcap far.pcap.xz
echo 'this is what tcpdump printed' > log.txt
fails 'text' 3 'log.txt: is text|tcpdump -w' near.pcap log.txt
printf '\x89PNG\r\n\x1a\n and more of it' > picture.png
fails 'an image' 3 'picture.png: is no capture that is known' \
	near.pcap picture.png
head -c 3000 /dev/urandom | sed '1s/^/\x01\x02/' > noise.bin
fails 'noise' 3 'noise.bin: is no capture that is known' near.pcap noise.bin
if [ "$(id -u)" -ne 0 ]; then
	cp far.pcap secret.pcap
	chmod 0 secret.pcap
	fails 'unreadable file' 3 'secret.pcap: cannot be opened|ermission' \
		near.pcap secret.pcap
fi

# --- the same capture twice ---
cp near.pcap again.pcap
fails 'the same file twice at one point' 3 \
	'again.pcap: is the same capture as near.pcap|leave it out' \
	a=near.pcap a=again.pcap b=far.pcap
fails 'the same file at two points' 3 \
	'again.pcap: is the same capture as near.pcap|point a and point b|give each point its own' \
	a=near.pcap b=again.pcap

pcap_header > nothing.pcap
works 'two captures of no packets: exit 0' none.pcap nothing.pcap --format json
says 'two captures of no packets: each is said to be empty' \
	'[.quality[] | select(.what == "no-packets").point] == ["none", "nothing"]'
tp none.pcap nothing.pcap
check 'two captures of no packets: the answer says so' \
	grep -q '^=> Neither none nor nothing has a packet' out

# --- captures that do not belong together ---
(net='\x0b\x01\x01'; pcap_header; talk $start 6 other) > foreign.pcap
works 'nothing in common: exit 0' near.pcap foreign.pcap --format json
says 'nothing in common: pair.none says what each sees instead' \
	'.findings[0] | .rule == "pair.none"
	and (.text | test("near sees 6 sessions") and test("10.0.0.1:20000")
	and test("foreign sees 6 sessions") and test("11.1.1.1:20000"))'
says 'nothing in common: nothing is said to be lost' \
	'[.findings[].rule] | all(test("loss|stop") | not)'
says 'nothing in common: it says what to do' '.findings[0].next | length >= 1'
(net='\x0b\x01\x01'; pcap_header; talk $((start + 86400000)) 6 other) \
	> later.pcap
works 'no overlap in time: exit 0' near.pcap later.pcap --format json
says 'no overlap in time: is said with how far they are apart' \
	'.findings[0] | .rule == "pair.none"
	and (.title | test("no session in common: by their clocks they ran at different times"))
	and (.text | test("times do not overlap") and test("86400 s|24 h|1 day"))
	and (.next[0] | test("capture at both points at the same time"))'
(pcap_header; talk $((start + 7200001)) 6) > hours.pcap
works 'clocks two hours apart: exit 0' near.pcap hours.pcap --format json
says 'clocks two hours apart: paired by content' \
	'[.sessions[].pairing.verdict] | length == 6 and all(. == "paired")'
says 'clocks two hours apart: the offset is inside its bounds' \
	'.points[1].clock | .offset_low_ns <= 7200001000000
	and .offset_high_ns >= 7200000000000 and .status == "fitted"'

# --- one capture alone ---
works 'one point: exit 0' near.pcap
check 'one point: says what one side cannot tell' grep -q 'One side cannot' out

# --- a decompression bomb: no end, no growth ---
(pcap_header; talk $((start + 1)) 6; head -c 100000000 /dev/zero) |
	gzip -1 > bomb.pcap.gz
damaged 'a bomb of zeroes' zero-tail bomb.pcap.gz
# a sanitizer's shadow alone is larger than any limit
if ! grep -q __asan_init "$tracepair"; then
	(ulimit -v 1500000
		"$tracepair" near.pcap far=bomb.pcap.gz > out 2> err)
	check 'a bomb of zeroes: memory is bounded' grep -q bomb.pcap.gz out
fi

# --- interfaces ---
mergecap=$(command -v mergecap)
check 'mergecap is there' test -n "$mergecap"
"$mergecap" -F pcapng -w two.pcapng near.pcap foreign.pcap
"$mergecap" -I none -F pcapng -w two.pcapng near.pcap foreign.pcap
tp two.pcapng far.pcap --format json
check 'several interfaces: a notice says what to do' \
	grep -q 'two.pcapng.*2 interfaces.*--one-point' err
says 'several interfaces: a point each' \
	'[.points[].name] == ["two#0", "two#1", "far"]'
works 'several interfaces: --one-point' --one-point two.pcapng far.pcap \
	--format json
says 'several interfaces: --one-point keeps one' \
	'[.points[].name] == ["two", "far"]'
works 'FILE#IFACE' 'near=two.pcapng#0' far.pcap --format json
says 'FILE#IFACE takes that one only' '.points[0].files[0].packets == 12
	and ([.sessions[].pairing.verdict] | all(. == "paired"))'
fails 'FILE#IFACE wrong' 3 'two.pcapng#eth7: |no such interface' \
	'two.pcapng#eth7' far.pcap
fails 'FILE# without an interface' 2 'no interface after|FILE#NAME' \
	'two.pcapng#' far.pcap

# --- standard input ---
tp near=- far.pcap --format json < near.pcap
check 'standard input: exit 0' test "$code" -eq 0
says 'standard input: its packets are used' \
	'.points[0].name == "near" and .points[0].files[0].packets == 12'
for packer in gzip zstd lz4; do
	$packer -q -c near.pcap | "$tracepair" - far.pcap --format json \
		> out 2> err
	check "standard input by $packer: nothing on stderr" test ! -s err
	says "standard input by $packer: paired" \
		'[.sessions[].pairing.verdict] | all(. == "paired")'
done
fails 'standard input twice' 2 'standard input|once' - b=- < near.pcap
"$tracepair" - far.pcap < /dev/null > out 2> err
check 'empty standard input: exit 3' test $? -eq 3
check 'empty standard input: is named' grep -q 'standard input: is empty' err
