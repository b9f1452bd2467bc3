/* What sessions show about captures and hops, and what absence then means.
 *
 * reads:  struct watch      writes: nothing       (shared by the sweeps)
 *
 * Many fates follow from their session alone.  For the rest one thing must be
 * known of a hop and direction: is what the far capture lacks lost
 * (absence_is_loss)?  All sessions' evidence is added up for that; a sweep only
 * uses the answers, and what each capture had at what time.
 */
#pragma once

#include "correlate/bins.h"

struct gone_bin { /* of one of the far point's bins */
	uint32_t absent, confirmed;
	uint32_t in_gap;      /* more of them, each in a gap of its session */
	uint32_t in_slots;    /* of both, those that the slots show */
	uint64_t slots, ends; /* struct bin */
};

struct gone { /* absent packets for which only absence decides */
	uint64_t absent, confirmed;
	struct gone_bin *at; /* by bin; owned; NULL: none yet */
};

struct beyond { /* lost behind a point that is a session's last one */
	uint64_t lost, lost_syn;
};

/* Added up over sessions; the order does not matter. */
struct evidence {
	size_t n_points;
	struct trust *trust;      /* by point; owned */
	struct bins *bins;        /* by point; owned */
	struct absences *absence; /* by (from, to), from before to in travel:
				   * n_points^2; owned; without what `gone`
				   * implies */
	struct gone *gone;        /* of each; owned */
	struct beyond *beyond;    /* [n_points][2]: out, back; owned */
};

/* Bits of an answer: absence is loss, for packets absent ... */
enum answer_bit {
	ANSWER_GAPS = 1, /* while the capture lacked others */
	ANSWER_GAPS_CONFIRMED = 2,
	ANSWER_HEARD = 4, /* while it had all others */
	ANSWER_HEARD_CONFIRMED = 8,
	ANSWER_ALL = 15,
	/* what is proven to be lost may be lost behind the far point, too, whose
	 * capture missed it: all but SYNs, SYNs */
	ANSWER_ASTRAY = 16,
	ANSWER_ASTRAY_SYN = 32,
};

/* @w: by point. */
void evidence_init(struct evidence *e, size_t n_points, const struct watch *w);
void evidence_add(struct evidence *into, const struct evidence *from);
/* How a packet is absent.
 *   CONFIRMED  points behind have it not, either
 *   IN_GAP     the capture has hardly anything of the session then
 *              (decide_in_gap())
 *   AT_END     and nothing more of its direction from then on: one that was deaf
 *              for a moment hears again */
enum absent_how { ABSENT_CONFIRMED = 1, ABSENT_IN_GAP = 2, ABSENT_AT_END = 4 };

/* Notes a packet absent at place @to, where it should have arrived at @t_ns (of
 * the clock there) from place @from, and for which only absence decides.  @how:
 * bits of enum absent_how. */
void evidence_absent(struct evidence *e, size_t from, size_t to, int64_t t_ns,
		     unsigned how);
/* Adds drops counted by the capturing hosts; @w by point. */
void evidence_drops(struct evidence *e, const struct watch *w);
/* To be called once all is added: absent packets are evidence about the
 * captures, too. */
void evidence_settle(struct evidence *e);
void evidence_release(struct evidence *e);

static inline enum answer_bit answer_bit(bool heard, bool confirmed)
{
	return heard       ? confirmed ? ANSWER_HEARD_CONFIRMED : ANSWER_HEARD
	       : confirmed ? ANSWER_GAPS_CONFIRMED
			   : ANSWER_GAPS;
}

static inline enum answer_bit answer_astray(bool syn)
{
	return syn ? ANSWER_ASTRAY_SYN : ANSWER_ASTRAY;
}

/* Answers by (from, to): answer_bits.  Where nothing is absent, all of the first
 * four: nobody will need them, and as a first guess it is the better one.
 * @loss, @gaps: n_points^2, filled; gaps: was anything absent while the capture
 * lacked others? */
void evidence_answer(const struct evidence *e, uint8_t *loss, uint8_t *gaps);
