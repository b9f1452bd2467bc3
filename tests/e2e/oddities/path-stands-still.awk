# Four sessions ask again and again, and for 1.2 s nothing gets through to any of them,
# either way: a radio link roams.  Nothing is lost; all that waited goes on at once.
# Each session alone would show one slow answer.
BEGIN {
	HELD = 7.2
	path_of("client server")
	asks_again()
	print "#= .findings[0] | .rule == \"delay.queue\" and .severity == \"high\""
	print "#= .findings[0].title | test(\"The path between client and server stands still for 1[0-9.]* s: 4 sessions wait, and all go on at once\")"
	print "#= .findings[0].measure | .stalls == 1 and .sessions == 4 and .longest_ns > 1100000000 and .longest_ns < 1250000000"
	print "#= [.findings[] | select(.severity == \"high\")] | length == 1"
}
