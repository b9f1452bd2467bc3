# The command line: usage, exit codes, formats, and that the ways to a report
# are one.
. "$(dirname "$0")/lib"

cp "$samples/01-policy-request/"*.pcapng . # a loss, high
cp "$samples/02-wan-sql/client.pcapng" wan-c.pcapng
cp "$samples/02-wan-sql/server.pcapng" wan-s.pcapng
cp "$samples/07-server-closes/client.pcapng" end-c.pcapng
cp "$samples/07-server-closes/server.pcapng" end-s.pcapng

# --- usage: exit 2 ---
tp
check 'no arguments: exit 2' test "$code" -eq 2
check 'no arguments: the usage, on standard error' \
	grep -q '^  tracepair index' err
for command in index pair report sessions packets exchanges around show export merge sql; do
	tp $command --help
	check "$command --help: exit 0" test "$code" -eq 0
	check "$command --help: fits a terminal of 80" \
		test -z "$(awk 'length > 80' out)"
	check "$command --help: on standard output" \
		grep -q "^tracepair $command CASE" out
	check "$command --help: nothing on standard error" test ! -s err
	fails "$command without a case" 2 "tracepair $command CASE" $command
	fails "$command of an unknown option" 2 '--nonsense|--help' \
		$command --nonsense case.tp
done
tp --help
check '--help: exit 0' test "$code" -eq 0
for command in index pair report sessions packets exchanges around show export merge sql; do
	check "--help names $command" grep -q "^  tracepair $command" out
done
check '--help fits a terminal of 80' test -z "$(awk 'length > 80' out)"
tp wan-c.pcapng --help
check "--help of the whole job lists its options" grep -q -e --max-transit out
check '--help of the whole job fits' test -z "$(awk 'length > 80' out)"
works '--version' --version
check '--version: one line' test "$(wc -l < out)" -eq 1
for topic in index job; do
	works "help $topic" help $topic
	mv out topic
	works "help $topic as an option" $([ $topic = job ] && echo --help-job ||
		echo $topic --help)
	check "help $topic: the same text" cmp topic out
done
works 'help' help
check 'help: the usage' grep -q '^  tracepair index' out
fails 'help on what is no command' 2 'reprot: no such command' help reprot
fails 'a misspelt command' 2 \
	"reprot: no such command|did you mean 'report'|tracepair help" \
	reprot case.tp
fails 'a command behind its options' 2 \
	'a command comes first|tracepair report CASE .options' \
	--format json report case.tp
fails 'a command behind a flag' 2 'tracepair show CASE SESSION' -q show case.tp 1
fails 'unknown option' 2 '--nonsense|--help' --nonsense wan-c.pcapng
fails 'a misspelt option' 2 '--fromat: no such option|did you mean --format' \
	wan-c.pcapng --fromat json
fails 'a word like nothing' 2 'xyzzy: no such command, and no such file; .tra' xyzzy
fails 'an option without its value' 2 '--format|needs a value' \
	wan-c.pcapng --format
fails 'a flag with a value' 2 '--quiet' wan-c.pcapng --quiet=yes
fails 'options without captures' 2 'no captures' --format json
fails '--format wrong' 2 'yaml|text, json' wan-c.pcapng --format yaml
fails 'sessions --format wrong' 2 'yaml|take text or ndjson' \
	sessions case.tp --format yaml
fails '--format ndjson of a report' 2 'ndjson|text, json or html' \
	wan-c.pcapng --format ndjson
fails '--from after --to' 2 '--from is later' wan-c.pcapng \
	--from 2024-01-02T00:00:00 --to 2024-01-01T00:00:00
fails '--from no time' 2 '--from|yesterday' wan-c.pcapng --from yesterday
fails '--max-transit 0' 2 '--max-transit 0|as in 2s' wan-c.pcapng \
	wan-s.pcapng --max-transit 0
fails '--max-transit no duration' 2 '--max-transit|soon' wan-c.pcapng \
	--max-transit soon
fails '--filter that does not compile' 2 'filter|tcp and and|pcap-filter' \
	wan-c.pcapng --filter 'tcp and and'
fails '--host no address' 2 '--host|nonsense|as in 10.1.1.7' wan-c.pcapng --host nonsense
fails '--map not two addresses' 2 '--map 1.2.3.4|two addresses' \
	wan-c.pcapng wan-s.pcapng --map 1.2.3.4
fails '--clock of no point' 2 '--clock|no such point|wan-c, wan-s' \
	wan-c.pcapng wan-s.pcapng --clock other=synced:1ms
fails '--clock of no form' 2 '--clock' wan-c.pcapng wan-s.pcapng \
	--clock wan-s=good
fails '--on-host of no point' 2 '--on-host|no such point' \
	wan-c.pcapng wan-s.pcapng --on-host other
fails '--fail-on rtt without a unit, which would be seconds' 2 \
	'--fail-on rtt>50: |rtt>100ms' wan-c.pcapng --fail-on 'rtt>50'
fails '--fail-on of no form' 2 '--fail-on much|severity>=high' \
	wan-c.pcapng --fail-on much

# --- --fail-on: exit 1 where it is met, the report all the same ---
met() # CODE CONDITION
{
	tp client.pcapng server.pcapng --fail-on "$2"
	check "--fail-on $2: exit $1" test "$code" -eq "$1"
	check "--fail-on $2: the report is there" grep -q '^Findings' out
}
met 1 loss.path
met 0 reset.path
met 1 'severity>=high'
met 1 'severity>=info'
met 1 'loss>0%'
met 1 'loss>1'
met 0 'loss>99.9%'
met 1 'rtt>1ns'
met 0 'rtt>10m'
tp client.pcapng server.pcapng --fail-on reset.path --fail-on loss.path
check '--fail-on twice: any of them' test "$code" -eq 1

# --- the ways to a report are one ---
works 'whole job with -o' client.pcapng server.pcapng -o whole.tp \
	--format json
mv out whole.json
works 'index' index steps.tp client.pcapng
works 'index again' index steps.tp server.pcapng
works 'pair' pair steps.tp
works 'report' report steps.tp --format json
check 'index, pair, report: the same JSON as the whole job' \
	cmp out whole.json
works 'pair again' pair steps.tp
works 'report again' report steps.tp --format json
check 'pairing again gives the same' cmp out whole.json
works 'report -o' report whole.tp --format json -o report.json
check 'report -o writes the same' cmp report.json whole.json
works 'report as text' report whole.tp
mv out whole.txt
works 'whole job as text' client.pcapng server.pcapng
check 'the text is the same, too' cmp out whole.txt
fails 'report -o of the case itself' 2 'whole.tp: is the case itself' \
	report whole.tp -o ./whole.tp
ln -s client.pcapng link.pcapng
fails 'show of a number that is none' 2 'no session 99999999999999999999;' \
	show whole.tp 99999999999999999999
fails 'show of a session that is not there' 2 'no session 9;|whole.tp' \
	show whole.tp 9
fails 'show --around of no such frame' 2 'session 1|tracepair show' \
	show whole.tp 1 --around client:1
fails 'show --around of no such point' 2 'the points are client, server' \
	show whole.tp 1 --around nat:1
fails 'around of no such point' 2 'nat: no such|the points are client, server' \
	around whole.tp nat:1
fails 'around without a frame' 2 "'client:' names no frame|POINT:FRAME" \
	around whole.tp client:
fails 'packets --session of none' 2 'no session 9;|sessions CASE' \
	packets whole.tp --session 9
fails 'packets --session 0' 2 'a number of 1 or more|sessions CASE' \
	packets whole.tp --session 0
fails 'a name of a point that is none' 2 'B.ro=|ASCII letters' \
	'Büro=wan-c.pcapng' wan-s.pcapng
fails 'export --session of no number' 2 '--session one|tracepair report' \
	export whole.tp -o none.pcapng --session one
fails 'export where no folder is' 4 'nowhere/x.pcapng: |with -o' \
	export whole.tp -o nowhere/x.pcapng
fails 'sessions --format json' 2 'take text or ndjson' \
	sessions whole.tp --format json
fails 'report --format ndjson' 2 'take text or json or html' \
	report whole.tp --format ndjson
fails 'report -o of a capture' 2 'link.pcapng: is a capture of the case' \
	sessions whole.tp -o link.pcapng
rm link.pcapng
works 'both are as they were' report whole.tp
check 'it says the same' cmp out whole.txt

# The temporary case goes, however the process ends.
mkdir temporary
left() # NAME
{
	check "$1: no temporary case is left" test -z "$(ls temporary)"
	rm -f temporary/*
}
TMPDIR=$PWD/temporary works 'whole job' client.pcapng server.pcapng
left 'whole job'
TMPDIR=$PWD/temporary fails 'a capture that is missing' 3 'gone.pcapng' \
	client.pcapng gone.pcapng
left 'a capture that is missing'
mkfifo reader
(exec 0< reader) & # gone before a word is written
TMPDIR=$PWD/temporary "$tracepair" client.pcapng server.pcapng \
	> reader 2> err
check 'a reader that is gone: SIGPIPE' test $? -eq 141
wait
left 'a reader that is gone'
# A capture that never ends: the process is amid its job when the signal comes.
ended() # SIGNAL
{
	local pid=
	rm -f reader; mkfifo reader
	# under nohup this script has HUP ignored, which is handed on
	TMPDIR=$PWD/temporary env --default-signal=HUP "$tracepair" \
		client.pcapng reader > out 2> err &
	pid=$!
	exec 9<> reader # does not wait for it to be read
	for _ in {1..250}; do
		[ -n "$(ls temporary)" ] && break
		sleep 0.02
	done
	sleep 0.1
	kill -s "$1" $pid
	wait $pid
	check "SIG$1: it ends" test $? -gt 128
	exec 9>&-
	left "SIG$1"
}
ended TERM
ended HUP
ended PIPE
(trap '' HUP # as nohup does
TMPDIR=$PWD/temporary exec "$tracepair" client.pcapng reader > out 2> err) &
exec 9<> reader
cat server.pcapng >&9
for _ in {1..250}; do
	[ -n "$(ls temporary)" ] && break
	sleep 0.02
done
sleep 0.1
kill -s HUP $!
sleep 0.1
check 'SIGHUP under nohup: it goes on' kill -s TERM $!
wait $!
check 'SIGHUP under nohup: another ends it' test $? -eq 143
exec 9>&-
left 'SIGHUP under nohup'
rm -rf temporary reader

works 'index one' index part.tp client.pcapng
fails 'report of a case that is not paired' 4 \
	'part.tp: |not paired|tracepair pair part.tp' report part.tp
works 'pair one' pair part.tp
works 'report of one point' report part.tp
works 'index the other' index part.tp server.pcapng
fails 'report of a case that has grown since' 4 \
	'part.tp: |added since|tracepair pair part.tp' report part.tp
fails '-o of a case that exists' 2 'whole.tp: exists' client.pcapng \
	server.pcapng -o whole.tp
cp server.pcapng kept.pcapng
fails '-o of what is no case' 2 '-o kept.pcapng: exists, and is no case' \
	client.pcapng server.pcapng -o kept.pcapng
check 'it is not said that it may be removed' grep -vq remove err
check 'it is as it was' cmp server.pcapng kept.pcapng
fails '-o of a folder' 2 '-o .: exists, and is no case' client.pcapng \
	server.pcapng -o .
# (--format html would be refused where the page was not built)
fails '-o of a report, which would be a case' 2 \
	"-o r.html: keeps the case|'--format html > r.html'" \
	client.pcapng server.pcapng -o r.html
fails '-o of packets' 2 "-o r.pcapng: keeps the case|export case.tpc -o r.pcapng" \
	wan-c.pcapng wan-s.pcapng -o r.pcapng
fails '-o of a report of that format' 2 "-o r.json: keeps the case|'> r.json'" \
	client.pcapng server.pcapng --format json -o r.json
check 'no such case is made' test ! -e r.html
fails 'index of what the case has' 3 'same capture' \
	index whole.tp client=client.pcapng
fails 'merge of a case with itself' 2 './whole.tp: is given twice' \
	merge whole.tp ./whole.tp -o merged.tp

# What fails before a capture was read leaves no case behind.
fails 'a capture that is missing, with -o' 3 'gone.pcapng: no such file' \
	gone.pcapng -o left.tp
check 'no empty case is left' test ! -e left.tp
fails '-o where no folder is' 4 'client.pcapng/x.tp: cannot make the case' \
	client.pcapng server.pcapng -o client.pcapng/x.tp
fails '--clock of no form, with -o' 2 '--clock server=good' \
	client.pcapng server.pcapng -o left.tp --clock server=good
check 'that is seen before captures are read' test ! -e left.tp
fails '--clock without a form, with -o' 2 'POINT=synced:T' \
	client.pcapng server.pcapng -o left.tp --clock server
fails '--map of no form, with -o' 2 'two addresses' \
	client.pcapng server.pcapng -o left.tp --map server
check 'that, too' test ! -e left.tp
fails 'an override that fits nothing, with -o' 2 'no such point' \
	client.pcapng server.pcapng -o left.tp --clock other=synced:1ms
check 'what was indexed is kept' test -e left.tp
works 'and can be gone on with' pair left.tp
rm -f left.tp

# A point of many files: any order of them, any number of threads.
editcap=$(command -v editcap)
check 'editcap is there' test -n "$editcap"
"$editcap" -F pcapng -c 5000 server.pcapng ring.pcapng
ring=(ring_*.pcapng)
check 'there are several files' test ${#ring[@]} -gt 3
for i in "${!ring[@]}"; do
	forth[i]=server=${ring[i]}
	back[${#ring[@]} - 1 - i]=server=${ring[i]}
done
works 'a ring buffer' client.pcapng "${forth[@]}" --format json
strip='del(.points[].files)'
jq -S "$strip" out > forth.json
jq -S '[.points[].files[] | del(.id)] | sort_by(.path)' out > forth.files
works 'a ring buffer from its end' client.pcapng "${back[@]}" --format json
jq -S "$strip" out > back.json
jq -S '[.points[].files[] | del(.id)] | sort_by(.path)' out > back.files
check 'the order of files does not matter' cmp forth.json back.json
check 'the order of files does not matter to them' cmp forth.files back.files
for threads in 1 4; do
	TRACEPAIR_THREADS=$threads "$tracepair" client.pcapng "${forth[@]}" \
		--format json > threads$threads.json
done
check 'the number of threads does not matter' cmp threads1.json threads4.json

# --- output ---
says2() # WHAT FILE EXPRESSION
{
	cp "$2" out
	says "$1" "$3"
}
check 'not a terminal: no colour' test -z "$(grep -l $'\033' whole.txt)"
if command -v script > /dev/null; then
	env -u NO_COLOR TERM=xterm script -qec "$tracepair report whole.tp" \
		/dev/null > tty.txt < /dev/null
	check 'a terminal: colour' grep -q $'\033\[' tty.txt
	NO_COLOR=1 TERM=xterm script -qec "$tracepair report whole.tp" \
		/dev/null > tty.txt < /dev/null
	check 'NO_COLOR: no colour' test -z "$(grep -l $'\033\[1' tty.txt)"
fi
check 'text: at most 100 columns' \
	test -z "$(awk 'length > 100' whole.txt)"
if command -v script > /dev/null; then
	NO_COLOR=1 TERM=xterm script -qec \
		"stty cols 72; $tracepair report whole.tp" /dev/null \
		> tty.txt < /dev/null
	check 'a narrow terminal: findings fit' test -z "$(tr -d '\r' < tty.txt |
		sed -n '/^Findings/,/^Sessions/p' | awk 'length > 72')"
fi
fails 'report: -o on a full device' 4 \
	'/dev/full: could not be written: No space left|free some space' \
	report whole.tp -o /dev/full
check 'report: a device stays' test -c /dev/full
for words in help --version 'help report'; do
	# shellcheck disable=SC2086 # two words
	"$tracepair" $words > /dev/full 2> err
	check "$words to a full disk exits 4" test $? = 4
	check "$words: it is said" grep -q 'standard output: could not be written' err
done
"$tracepair" report whole.tp > /dev/full 2> err
check 'a full disk: exit 4' test $? -eq 4
check 'a full disk: one line' test "$(wc -l < err)" -eq 1
"$tracepair" client.pcapng server.pcapng > /dev/full 2> err
check 'a full disk for the whole job: exit 4' test $? -eq 4
"$tracepair" report whole.tp --format json > /dev/full 2> err
check 'a full disk for JSON: exit 4' test $? -eq 4
"$tracepair" packets whole.tp --format ndjson > /dev/full 2> err
check 'a full disk for ndjson: exit 4' test $? -eq 4
"$tracepair" sql whole.tp 'select 1' > /dev/full 2> err
check 'a full disk for sql: exit 4' test $? -eq 4
"$tracepair" show whole.tp 1 > /dev/full 2> err
check 'a full disk for show: exit 4' test $? -eq 4
check 'a full disk: the reason' grep -q 'No space left' err
# a limit on a file's size stands for a full disk
small() # COMMAND...
{
	(trap '' XFSZ && ulimit -f 1 && "$tracepair" "$@") > out 2> err
	code=$?
}
for format in html json ndjson; do
	command=report
	test $format = ndjson && command=packets
	tp $command whole.tp --format $format # html: if it was built with it
	test "$code" -eq 0 || continue
	small $command whole.tp --format $format -o cut.$format
	check "no room for $format: exit 4" test "$code" -eq 4
	check "no room for $format: name, reason and advice in one line" test \
		"$(grep -c "cut.$format: could not be written: File too large; .*-o" err)" \
		-eq "$(wc -l < err)"
	check "no room for $format: nothing of it is left" test ! -e cut.$format
done
small -q client.pcapng server.pcapng -o cut.tp
check 'no room for a case: exit 4' test "$code" -eq 4
check 'no room for a case: no file' test ! -e cut.tp
small index cut.tp client.pcapng
check 'no room for an index: exit 4' test "$code" -eq 4
check 'no room for an index: no file' test ! -e cut.tp
fails 'report -o where nothing can be' 4 'nowhere/r: cannot be written|-o' \
	report whole.tp -o nowhere/r

# --- cases that are none ---
fails 'no such case' 4 'missing.tp: |tracepair.*index' report missing.tp
fails 'a capture as case' 4 'client.pcapng: is no case|give a case' report client.pcapng
sqlite3 other.db 'create table t(a); insert into t values (1)'
fails 'another database' 4 'other.db: ' report other.db
cp whole.tp version.tp
version=$(sqlite3 version.tp 'pragma user_version')
sqlite3 version.tp "pragma user_version = $((version + 1));
	update meta set value = $((version + 1)) where key = 'schema'" \
	2> /dev/null
fails 'a case of another schema version' 4 \
	'version.tp: |version|index the captures' report version.tp
: > empty.tp
fails 'an empty file as case' 4 'empty.tp: ' report empty.tp
fails 'a folder as case' 4 ': ' report /
fails 'a capture as case' 4 \
	'client.pcapng: is no case|captures are given without a command' \
	report client.pcapng
cp whole.tp secret.tp
chmod 000 secret.tp
if [ "$(id -u)" -ne 0 ]; then
	fails 'a case that may not be read' 4 \
		'secret.tp: |Permission denied; change its permissions' \
		report secret.tp
	mkdir locked
	chmod 555 locked
	fails 'a folder that may not be written' 4 'locked/c.tp: ' \
		client.pcapng server.pcapng -o locked/c.tp
fi
fails 'a case in a folder that is not there' 4 \
	'nowhere/c.tp: |check that its folder is there' \
	client.pcapng server.pcapng -o nowhere/c.tp
fails 'a case on a device' 4 '/proc/c.tp: ' client.pcapng server.pcapng \
	-o /proc/c.tp
mkdir small
if mount -t tmpfs -o size=256k none small 2> /dev/null; then
	fails 'no space left for the case' 4 'small/c.tp: |no space left' \
		client.pcapng server.pcapng -o small/c.tp
	umount small
fi
TMPDIR=nowhere "$tracepair" client.pcapng server.pcapng > out 2> err
check 'TMPDIR that is not there: exit 4 or another folder' \
	test $? -eq 4 -o -s out

# --- sql ---
works 'sql' sql whole.tp 'select name from point order by pos'
check 'sql: a header and the rows' \
	test "$(tr '\n' ' ' < out)" = 'name client server '
works 'sql: packet' sql whole.tp \
	'select count(*) from packet where flow = 1 and dir = 0'
check 'sql: packet has the packets of the client' \
	test "$(tail -1 out)" -ge 9
works 'sql: fate' sql whole.tp \
	"select count(*) from fate where session = 1 and fate = 'lost'"
check 'sql: six copies were lost' test "$(tail -1 out)" -eq 6
fails 'sql: no such table' 2 'no such table|nowhere' sql whole.tp \
	'select * from nowhere'
fails 'sql: no SQL' 2 'syntax' sql whole.tp 'hello'
fails 'sql: does not write' 2 '.' sql whole.tp 'delete from point'
works 'sql: nothing was written' sql whole.tp 'select count(*) from point'
check 'sql: both points are there' test "$(tail -1 out)" -eq 2

# --- keys: all of design.md's ---
have_keys() # WHAT PATH KEYS: jq's path to objects, all have these
{
	says "$1" "[$2 | objects] | length > 0 and all(.[]; . as \$o
		| (\"$(echo $3)\" / \" \") | all(. as \$k | \$o | has(\$k)))"
}
counts='entered delivered lost unseen outside undecided injected duplicated'
counts="$counts reordered"
cp whole.json out
have_keys 'JSON: report' . 'schema tool points hops sessions findings quality'
have_keys 'JSON: points' '.points[]' 'name files clock'
have_keys 'JSON: files' '.points[].files[]' 'path packets bytes first_ns
	last_ns snaplen linktype dropped complete first_time last_time'
have_keys 'JSON: clock' '.points[].clock' 'offset_ns offset_low_ns
	offset_high_ns drift_ppm drift_low_ppm drift_high_ppm resolution_ns
	steps status'
have_keys 'JSON: hops' '.hops[]' 'from to span round_trip_ns out back'
have_keys 'JSON: round trip' '.hops[], .sessions[].hops[] | .round_trip_ns' \
	'min median p95 max n'
have_keys 'JSON: ways' '.hops[] | .out, .back' \
	'transmissions bytes segments lost_by_kind delay_ns'
have_keys 'JSON: counts' '(.hops[] | .out, .back | .transmissions, .bytes,
	.segments), (.sessions[].hops[] | .c2s, .s2c)' "$counts"
have_keys 'JSON: lost by kind' '.hops[] | .out, .back | .lost_by_kind' \
	'data ack syn fin rst datagram'
have_keys 'JSON: delay' '.hops[] | .out, .back | .delay_ns' \
	'min median p95 max uncertainty'
session_keys='id proto client_end flows role first_point first_ns last_ns
	pairing changes bytes hops exchanges time_ns'
have_keys 'JSON: sessions' '.sessions[]' "$session_keys first_time last_time"
have_keys 'JSON: flows' '.sessions[].flows[]' \
	'point client server packets tunnel on_host'
have_keys 'JSON: pairing' '.sessions[].pairing' \
	'verdict kind bits margin_bits evidence rivals'
have_keys 'JSON: session bytes' '.sessions[].bytes' 'c2s s2c'
have_keys 'JSON: session hops' '.sessions[].hops[]' \
	'from to span round_trip_ns c2s s2c'
have_keys 'JSON: findings' '.findings[]' 'id rule severity title text hop
	sessions against places next evidence filters measure'
have_keys 'JSON: hop of a finding' '.findings[0].hop' 'from to'
have_keys 'JSON: evidence' '.findings[].evidence[]' \
	'point file frame time_ns time_time note'
have_keys 'JSON: filters' '.findings[].filters[]' 'point file filter'
says 'JSON: all of the time is given to something' '[.sessions[].time_ns]
	| all(.[]; .client + .path + .server + .transfer + .recovery + .window
	+ .nagle + .cwnd + .queue + .unattributed == .total)'
says 'JSON: the schema is named' '.schema == "tracepair.report/1"'
says 'JSON: entered is the sum of the five' '[.. | objects
	| select(has("entered"))] | length == 8 and all(.[]; .entered
	== .delivered + .lost + .unseen + .outside + .undecided)'
says 'JSON: times stand beside their integers and agree' '[.. | objects | . as $o | keys[] | select(test("_time$"))
	| sub("_time$"; "_ns") as $ns
	| [$o[.], $o[$ns]] | select(.[0] != null)]
	| length > 10 and all(.[];
	(.[0][0:19] + "Z" | fromdateiso8601) as $s
	| (.[0] | length) == 30 and .[0][19:20] == "." and
	((.[1] / 1000000000 | floor) - $s | fabs) <= 1)'
# jq's numbers have 53 bits: the last digits are compared as text
times_agree()
{
	grep -oE '"(first|last|time)_ns":[0-9]+,"(first|last|time)_time":"[^"]*"' \
		whole.json | sed -E 's/.*:([0-9]+),.*\.([0-9]+)Z"/\1 \2/' |
		awk '{ n++; bad += substr($1, length($1) - 8) != $2 }
			END { exit !(n > 10 && bad == 0) }'
}
check 'JSON: the nine digits agree' times_agree
"$tracepair" wan-c.pcapng wan-s.pcapng --format json > out
have_keys 'JSON: changes' '.sessions[].changes[]' 'hop dir what near far'
have_keys 'JSON: hop of a change' '.sessions[].changes[].hop' 'from to'
have_keys 'JSON: quality' '{ quality: [{ point: 1, file: 1, what: 1,
	text: 1 }] } | .quality[]' 'point file what text'

# --- ndjson ---
exactly() # WHAT KEYS: every line of out is an object of these keys, no other
{
	check "$1: every line is an object" jq -e -n \
		'[inputs | type] | length > 0 and all(. == "object")' out
	check "$1: the keys" jq -e -n --arg keys "$2" \
		'($keys | split("[ \t\n]+"; "") | sort) as $want
		| [inputs | keys] | all(. == $want)' out
}
works 'packets as ndjson' packets whole.tp --format ndjson
exactly 'packets' 'tx session dir way fate basis reason marks from to point
file frame time_ns time_time seq far_file far_frame far_time_ns far_time_time
far_seq
missed_at proto kind flags rel_seq len copy'
check 'packets: every line counts in some hop' test "$(wc -l < out)" -eq \
	"$(jq '[.hops[] | .out, .back | .transmissions
	| .entered + .injected] | add' whole.json)"
works 'packets of one fate' packets whole.tp --format ndjson --fate lost
check 'packets of one fate: only those' \
	jq -e -n '[inputs.fate] | length == 6 and all(. == "lost")' out
works 'packets of two fates' packets whole.tp --format ndjson \
	--fate lost,delivered
check 'packets of two fates' jq -e -n \
	'[inputs.fate] | unique == ["delivered", "lost"]' out
fails 'packets of no fate' 2 '--fate gone|delivered, lost' \
	packets whole.tp --fate gone
works 'packets of one session' packets whole.tp --session 1
check 'packets as text: headings' grep -q '^session dir kind' out
fails 'packets of no session' 2 '99|tracepair sessions' \
	packets whole.tp --session 99 --format ndjson
works 'exchanges as ndjson' exchanges whole.tp --format ndjson
exactly 'exchanges' 'session n opening proto name status status_name answered
point file at_ns at_time request_frame request_last_frame response_frame
response_last_frame far_point far_request_frame far_response_frame
request_bytes response_bytes in_flight think_ns server_ns time_ns'
check 'exchanges: as many as the sessions count' test \
	"$(jq -n '[inputs | select(.opening | not)] | length' out)" -eq \
	"$(jq '[.sessions[].exchanges.count // 0] | add' whole.json)"
works 'exchanges as text' exchanges whole.tp
check 'exchanges as text: headings' grep -q '^session begins' out
fails 'exchanges of no session' 2 '99|tracepair sessions' \
	exchanges whole.tp --session 99
fails 'around no frame' 2 'write POINT:FRAME' around whole.tp nowhere
fails 'around a frame that is not there' 2 'no session has it' \
	around whole.tp client:99999999
works 'around a frame' around whole.tp client:1921 --window 1m
works 'a table by command' report whole.tp --by command
fails 'a table by nothing' 2 '--by colour|server, client or command' \
	report whole.tp --by colour
works 'sessions as ndjson' sessions whole.tp --format ndjson
check 'sessions as ndjson: those of the report' test \
	"$(jq -S -c . out)" = "$(jq -S -c '.sessions[]' whole.json)"
works 'sessions as text' sessions whole.tp
fails 'sessions of no session' 2 '99' sessions whole.tp --session 99
fails '--format json of packets' 2 'json' packets whole.tp --format json

# --- what is given is used ---
works '--host' client.pcapng server.pcapng --host 10.1.1.1 --format json
says '--host keeps the session' '.sessions | length == 1'
works '--filter' client.pcapng server.pcapng --filter 'tcp port 81' \
	--format json
says '--filter leaves all out' '.sessions == []'
works '--quiet' client.pcapng server.pcapng --quiet
works 'three points' c=wan-c.pcapng s=wan-s.pcapng e=end-c.pcapng \
	--format json
says 'three points: their order is the given one' \
	'[.points[].name] == ["c", "s", "e"]'
works 'an operand behind --' -- end-c.pcapng end-s.pcapng
cp wan-c.pcapng report
works 'a subcommand name wins over a file of that name' report whole.tp
cp wan-c.pcapng a=b.pcapng
works 'a file whose name has a =' a=b.pcapng wan-s.pcapng --format json
says 'a file whose name has a =: is not cut' \
	'.points[0].files[0].path == "a=b.pcapng"'

# --- one capture: what stands first is the most that it shows ---
"$samples/mkcap" "$here/oddities/pauses-client-alone.txt" .
works 'one capture, of low severity: exit 0' client.pcapng
check 'one capture: the most that it shows stands first' \
	grep -q '^The most that this one capture shows: Answers of 10.0.1.1' out
