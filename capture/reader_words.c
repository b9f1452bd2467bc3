/* What can be wrong with a file, in words.
 *
 * An identifier for machines and a sentence for people each; how often, and where first,
 * is appended to the sentence.
 */
#include "capture/reader_int.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
static const struct {
	const char *what, *text;
} troubles[] = {
	[TROUBLE_CUT_RECORD] = { "cut-record",
		"the last packet record is cut short, as when a capture is "
		"copied while it runs: used up to there" },
	[TROUBLE_ZERO_TAIL] = { "zero-tail",
		"the file ends in zeroes where packet records should be, as "
		"after a crash or on a full disk: they are not packets and "
		"were left out" },
	[TROUBLE_BAD_RECORD] = { "bad-record",
		"a packet record makes no sense: what could not be read "
		"was left out" },
	[TROUBLE_BAD_LENGTH] = { "bad-length",
		"packets have a captured length above their original one: the "
		"captured length was taken for both" },
	[TROUBLE_BAD_BLOCK] = { "bad-block",
		"a block's length contradicts itself: skipped up to the next "
		"block that fits" },
	[TROUBLE_BAD_OPTION] = { "bad-option",
		"options of a block are damaged and were ignored" },
	[TROUBLE_BAD_VERSION] = { "bad-version",
		"a section has an unknown pcapng version: its packets were left "
		"out" },
	[TROUBLE_NO_IFACE] = { "no-interface",
		"packets name an interface that the file does not describe: "
		"left out" },
	[TROUBLE_MANY_IFACES] = { "many-interfaces",
		"more than 4096 interfaces: packets of the others were left "
		"out" },
	[TROUBLE_UNKNOWN_LINKTYPE] = { "unknown-linktype",
		"the link type is not known here, so its packets cannot be "
		"decoded" },
	[TROUBLE_NO_PACKETS] = { "no-packets",
		"a capture without a single packet" },
	[TROUBLE_TIME_ZERO] = { "time-zero", "packets without a time stamp" },
	[TROUBLE_TIME_BACK] = { "time-back",
		"the time stamps go back by more than a second: the clock was "
		"set back, or the file was put together from others" },
	[TROUBLE_TIME_ORDER] = { "time-order",
		"packets are slightly out of order in time, as when a capture "
		"uses several queues" },
	[TROUBLE_BAD_TIME] = { "bad-time",
		"time stamps that no clock shows: a fraction of a second or "
		"more, or a date before 1966 or after 2110" },
	[TROUBLE_DROPS] = { "drops",
		"the capturing host dropped packets: what is missing here "
		"then need not be lost" },
	[TROUBLE_CUT_STREAM] = { "cut-stream",
		"the compressed data ends in the middle: used up to there" },
	[TROUBLE_BAD_STREAM] = { "bad-stream",
		"the compressed data is damaged: used up to there" },
	[TROUBLE_STREAM_LIMIT] = { "stream-limit",
		"the compressed data expands like a decompression bomb: used "
		"up to there (TRACEPAIR_MAX_RATIO=0 lifts the limit)" },
	[TROUBLE_STREAM_TAIL] = { "stream-tail",
		"bytes after the compressed data were ignored" },
	[TROUBLE_STREAM_WINDOW] = { "stream-window",
		"the compressed data needs a window of more than 128 MB: used "
		"up to there (decompress it first: zstd -d --long=31)" },
	[TROUBLE_FRAME_TABLE] = { "frame-table",
		"the file's frame table does not match the frames stored in it: "
		"frame numbers may differ from those of other programs "
		"(editcap -F pcapng IN OUT puts them in order)" },
};
/* clang-format on */
static_assert(sizeof troubles / sizeof *troubles == TROUBLES,
	      "a word and a sentence for each");

const char *trouble_word(enum trouble t)
{
	return troubles[t].what;
}

static const char *sentence(const char *what)
{
	for (size_t i = 0; i < TROUBLES; i++)
		if (!strcmp(troubles[i].what, what))
			return troubles[i].text;
	return what;
}

char *trouble_text(const struct quality *q)
{
	struct text t = { 0 };
	char n[TEXT_UNIT], frame[TEXT_UNIT], from[TEXT_UNIT], to[TEXT_UNIT];

	text_puts(&t, sentence(q->what));
	text_count(q->count, n);
	text_count(q->first_frame, frame);
	if (q->to_ns)
		text_add(&t, " (%s between %s and %s)", n,
			 text_time(q->from_ns, from), text_time(q->to_ns, to));
	else if (q->count > 1 && q->first_frame)
		text_add(&t, " (%s times, first at frame %s)", n, frame);
	else if (q->first_frame)
		text_add(&t, " (frame %s)", frame);
	else if (q->count > 1)
		text_add(&t, " (%s times)", n);
	return t.at;
}
