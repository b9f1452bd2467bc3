# Captures that hold each packet twice, as mirror ports make them: the report is
# that of the same captures without, but for one finding more.
. "$(dirname "$0")/lib"

cp "$samples"/01-policy-request/*.pcapng .
twice() # FILE SECONDS
{
	editcap -t "$2" "$1.pcapng" again.pcapng
	mergecap -w "$1-twice.pcapng" "$1.pcapng" again.pcapng
}
twice client 0.00001
twice server 0.0003
for f in client server; do cp "$f.pcapng" "far-$f.pcapng"; done
twice far-client 0.0015 # through a device, or over a network
twice far-server 0.03
facts='{
	tx: [.hops[] | .out.transmissions, .back.transmissions],
	rules: [.findings[] | select(.rule != "capture.duplicate") | .rule]
		| sort,
	verdict: .sessions[0].pairing.verdict
}'
tp client=client.pcapng server=server.pcapng --format json
jq -S "$facts" out > want
for pair in client-twice:server client:server-twice client-twice:server-twice \
	far-client-twice:server client:far-server-twice; do
	a=${pair%:*} b=${pair#*:}
	works "$pair: exit 0" client="$a.pcapng" server="$b.pcapng" \
		--one-point --format json
	jq -S "$facts" out > got
	check "$pair: the same as without" diff want got
	says "$pair: it is said" \
		'[.findings[] | select(.rule == "capture.duplicate")] | length > 0'
done
