# The manual page and the completion have every command and option of --help, the
# manual every name of a finding.
rules=$(realpath "$(dirname "$0")/../../report/derive/derive.c")
. "$(dirname "$0")/lib"
page=$(dirname "$tracepair")/tracepair.1
complete=$(dirname "$tracepair")/tracepair.bash
check 'the manual is made' test -s "$page"
check 'the completion is made' test -s "$complete"
[ -s "$page" ] && [ -s "$complete" ] || exit 0
sed 's/\\&*//g' "$page" > manual
tp --help
mapfile -t commands < <(sed -nE 's/^  tracepair ([a-z]+) +.*/\1/p' out)
check 'there are commands' test "${#commands[@]}" -ge 9
# shellcheck source=/dev/null
. "$complete"

# What completing the words gives, a line each.
completed()
{
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_tracepair
	printf '%s\n' "${COMPREPLY[@]}"
}

for name in $(grep -oE '"[a-z]+\.[a-z]+"' "$rules" | tr -d '"'); do
	check "manual: $name" grep -qF "fB${name}fR" manual
done

for command in job "${commands[@]}"; do
	if [ "$command" = job ]; then
		tp --help-job
	else
		tp "$command" --help
		check "manual: $command" grep -q "^.SS $command\$" manual
		check "completion: $command" grep -qx "$command" \
			<(completed tracepair "${command:0:2}")
	fi
	for option in $(grep -oE '^  (-., |    )--[a-z-]+' out |
		grep -oE -e '--[a-z-]+'); do
		check "manual: $command $option" grep -q -e "$option" manual
		check "completion: $command $option" grep -qx -e "$option" <(
			completed tracepair \
				"$([ "$command" = job ] && echo x || echo "$command")" \
				"${option:0:4}"
		)
	done
done
check 'completion: formats' grep -qx ndjson \
	<(completed tracepair packets --format nd)

# What the README shows of a report is what the sample's report says.
root=$(dirname "$rules")/../..
sed -n '/^=> /,/^```$/p' "$root/README.md" | sed '$d' > shown
check 'README: it shows a report' test -s shown
head -n "$(wc -l < shown)" "$root/samples/02-wan-sql/expected.txt" |
	cmp -s - shown && same=true || same=false
check "README: it is the sample's" $same
