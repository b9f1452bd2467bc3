# As path-stands-still, with a third capture between the two: nobody is told to take one.
BEGIN {
	HELD = 7.2
	MID = 1
	path_of("client mid server")
	asks_again()
	print "#= .findings[0] | .rule == \"delay.queue\" and .severity == \"high\" and (.title | test(\"client and server stands still\"))"
	print "#= .findings[0].next | any(contains(\"tracepair show\")) and all(contains(\"a capture between\") | not)"
}
