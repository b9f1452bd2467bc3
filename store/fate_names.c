/* The stable identifiers of fates, bases, reasons and kinds. */
#include <assert.h>
#include <stddef.h>

#include "store/match.h"

#define WORDS(table) (sizeof table / sizeof *table)

static const char *const fates[] = {
	"delivered", "lost", "unseen", "outside", "undecided", "injected",
};
static_assert(WORDS(fates) == FATES, "a word for each fate");

static const char *const bases[] = { NULL, "proof", "effect", "absence" };
static_assert(WORDS(bases) == BASIS_ABSENCE + 1, "a word for each basis");

static const char *const reasons[] = {
	[WHY_NONE] = NULL,
	[WHY_MATCHED] = "matched",
	[WHY_HOLE] = "hole",
	[WHY_NO_REACTION] = "no-reaction",
	[WHY_NOT_THERE] = "not-there",
	[WHY_ACKED] = "acked",
	[WHY_SACKED] = "sacked",
	[WHY_LATER_POINT] = "later-point",
	[WHY_EFFECT] = "effect",
	[WHY_GAP] = "gap",
	[WHY_NOT_RUNNING] = "not-running",
	[WHY_ONE_WAY] = "one-way",
	[WHY_FILTERED] = "filtered",
	[WHY_ROTATION] = "rotation",
	[WHY_EDGE] = "edge",
	[WHY_CAPTURE_MAY_MISS] = "capture-may-miss",
	[WHY_COPY_UNKNOWN] = "copy-unknown",
	[WHY_NO_CLOCK] = "no-clock",
	[WHY_UNMATCHED_CONTENT] = "unmatched-content",
	[WHY_THINNED] = "thinned",
	[WHY_NOT_FROM_THERE] = "not-from-there",
	[WHY_RELAY] = "relay",
	[WHY_ENDED] = "stream-ended",
	[WHY_QUOTED] = "quoted",
	[WHY_LOST_HERE_OR_BEHIND] = "lost-here-or-behind",
};
static_assert(WORDS(reasons) == WHYS, "a word for each reason");

static const char *const kinds[] = {
	"data", "ack", "syn", "fin", "rst", "datagram",
};
static_assert(WORDS(kinds) == KINDS, "a word for each kind");

const char *fate_name(enum fate f)
{
	return (size_t)f < FATES ? fates[f] : NULL;
}

const char *fate_basis_name(enum fate_basis b)
{
	return (size_t)b < WORDS(bases) ? bases[b] : NULL;
}

const char *fate_reason_name(enum fate_reason r)
{
	return (size_t)r < WHYS ? reasons[r] : NULL;
}

const char *fate_kind_name(enum fate_kind k)
{
	return (size_t)k < KINDS ? kinds[k] : NULL;
}
