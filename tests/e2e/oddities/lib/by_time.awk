# Packets at their points, noted in any order and printed in that of their times, as the
# frames of a capture are.

function note_packet(what, t)
{
	NOTED_AT[NOTED + 0] = t # it is no number before the first
	NOTED_WHAT[NOTED++] = what
}

# Those of the same time stay in the order in which they were noted.
function print_by_time(    i, k, t, what)
{
	for (i = 1; i < NOTED; i++) {
		t = NOTED_AT[i]
		what = NOTED_WHAT[i]
		for (k = i; k > 0 && t < NOTED_AT[k - 1]; k--) {
			NOTED_AT[k] = NOTED_AT[k - 1]
			NOTED_WHAT[k] = NOTED_WHAT[k - 1]
		}
		NOTED_AT[k] = t
		NOTED_WHAT[k] = what
	}
	for (i = 0; i < NOTED; i++)
		printf "%s - %.6f\n", NOTED_WHAT[i], NOTED_AT[i]
}
