/* Evidence in words: a line for each kind that says something.
 *
 * Lines are "what: n bits", in the order of enum evidence, bits rounded; less than
 * half a bit is left out.  Not written with printf, since a million sessions may
 * have such lines.
 */
#include "correlate/score.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define EVIDENCE_LINE 96 /* bytes, at most */

static const char *const names[EV_KINDS] = {
	[EV_ISN] = "same initial sequence number",
	[EV_CONTENT] = "same first bytes",
	[EV_SAMPLE] = "same content of segments or datagrams",
	[EV_SEQ] = "sequence numbers overlap without rewriting",
	[EV_TS] = "same TCP time stamps",
	[EV_OPTIONS] = "same window and options in the SYN",
	[EV_IPID] = "same IP identification of the SYN",
	[EV_TURNS] = "same lengths of requests and responses",
	[EV_ENDS] = "same addresses and ports",
	[EV_CLIENT] = "client's address, equal or as other sessions map it",
	[EV_SERVER] = "server's end, equal or as other sessions map it",
	[EV_PORT] = "same client port",
	[EV_MAP] = "addresses joined by --map",
	[EV_TIME] = "time fits the clocks",
	[EV_TOTAL] = "same total of bytes",
	[EV_NAMED] = "a header or trailer on one side names the other's ends",
	[EV_AGAINST] = "contradictions",
};
_Static_assert(sizeof names / sizeof *names == EV_KINDS, "a name for each");

static char *put_text(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n); // NOLINT(bugprone-not-null-terminated-result)
	return to + n;
}

static char *put_number(char *to, long v)
{
	char digits[20];
	size_t n = 0;
	unsigned long u = v < 0 ? 0ul - (unsigned long)v : (unsigned long)v;

	if (v < 0)
		*to++ = '-';
	do
		digits[n++] = (char)('0' + u % 10);
	while (u /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

char *score_text(const struct score *s)
{
	char *at = mem_resize(NULL, EV_KINDS * EVIDENCE_LINE, 1), *to = at;

	for (int e = 0; e < EV_KINDS; e++) {
		const char *what = names[e];

		if (fabs((double)s->part[e]) < 0.5)
			continue;
		if (e == EV_ISN && s->isn_equal[0] && s->isn_equal[1])
			what = "same initial sequence numbers both ways";
		if (e == EV_TIME && s->part[e] < 0)
			what = "time does not fit the clocks well";
		if (to > at)
			*to++ = '\n';
		to = put_text(to, what);
		to = put_text(to, ": ");
		to = put_number(to, lroundf(s->part[e]));
		to = put_text(to, " bits");
	}
	*to = 0;
	return at;
}
