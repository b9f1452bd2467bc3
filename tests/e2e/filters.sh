# Wireshark's filters of findings, run by tshark on samples' captures: each is
# understood; one of frames selects just the frames that are evidence, one of
# a session all of them.  Findings of which nothing is shown but the text (info)
# are left out.  Not in a brief run, under sanitizers: what is tested is tshark's answer,
# and the samples' reports are printed anyway.
[ -z "${TEST_BRIEF:-}" ] || exit 0
. "$(dirname "$0")/lib"

tshark=$(command -v tshark)
check 'tshark is there' test -n "$tshark"
cases=0

# frames FILE FILTER: the numbers of those it selects, into numbers
frames()
{
	"$tshark" -r "$1" -Y "$2" -T fields -e frame.number 2> /dev/null \
		> numbers
}

# Of a session at three points, of frames in a row and apart, of IPv6.  Not all
# samples: tshark takes a second to start.
for name in 03-padding-payload 04-reply-address 13-relay-cuts \
	15-limit-per-source; do
	case=$samples/$name
	files=$(cd "$case" && ls ./*.pcapng)
	(cd "$case" && "$tracepair" --format json $files) > report.json
	jq -r '[.findings[] | select(.severity != "info")] | unique_by(.filters)
		| .[] | .id as $id | .evidence as $e | .filters[] |
		.file as $f | [$id, $f, .filter,
		([$e[] | select(.file == $f and .frame > 0) | .frame | tostring]
		| unique | join(" "))] | @tsv' report.json > filters.tsv
	while IFS=$'\t' read -r id file filter wanted; do
		what="$name, finding $id in $file"
		check "$what: tshark takes the filter" \
			frames "$case/$file" "$filter"
		sort numbers > selected
		tr ' ' '\n' <<< "$wanted" | grep . | sort > evidence
		check "$what: selects something" test -s selected
		check "$what: shows all evidence" \
			test -z "$(comm -13 selected evidence)"
		case $filter in frame.number*)
			check "$what: and nothing else" cmp selected evidence ;;
		esac
		cases=$((cases + 1))
	done < filters.tsv
done
check 'there were filters' test "$cases" -ge 9
