/* What a capture has of all packets that passed its point, by stretches of
 * time.
 *
 * reads:  struct watch     writes: nothing
 */
#pragma once

#include "base/time.h"
#include "correlate/watch.h"

#define BIN_SLOT_SHIFT 6
#define BIN_SLOTS (1u << BIN_SLOT_SHIFT)

struct bin { /* packets proven to have passed, and those of them that it
	      * lacks */
	uint32_t passed, missed;
	uint32_t absent;   /* it lacks, with no other evidence of them */
	uint32_t in_slots; /* those of them that `gone` shows */
	bool silent;       /* several in a row are absent: see bins_doubt() */
	bool bare;         /* ... bins_bare() */
	/* slots of its time, a bit each, in which it had a packet, one is
	 * absent, or one that passed is missed */
	uint64_t heard, gone, lacked;
	uint64_t ends; /* like gone: the session has no more of its direction */
	uint64_t lost; /* or something is lost that a host has sent again */
	uint64_t mute; /* bins_mute() */
};

struct bins {
	int64_t from_ns;
	unsigned shift; /* a bin is 2^shift ns long */
	size_t n;
	struct bin *at; /* owned */
	bool doubted;   /* it was deaf at some time: see bins_doubt() */
	bool muted;     /* any of them is mute */
	bool bared;     /* any of them is bare */
	/* rows that are not, as something was lost by proof: their number, the
	 * slots of the longest */
	uint32_t rows;
	uint64_t longest;
};

/* Bins for the time that the capture ran, empty. */
void bins_init(struct bins *b, const struct watch *w);
void bins_release(struct bins *b);
/* Both must be of the same watch. */
void bins_add(struct bins *into, const struct bins *from);

/* The bin of @t_ns; outside the capture's time the nearest.  There must be
 * bins. */
static inline size_t bin_at(const struct bins *b, int64_t t_ns)
{
	uint64_t i = t_ns < b->from_ns
			     ? 0
			     : time_apart(t_ns, b->from_ns) >> b->shift;

	return i < b->n ? (size_t)i : b->n - 1;
}

/* The bit of @t_ns in its bin. */
static inline uint64_t bin_slot(const struct bins *b, int64_t t_ns)
{
	uint64_t since = t_ns < b->from_ns ? 0 : time_apart(t_ns, b->from_ns);

	return 1ull << ((since >> (b->shift - BIN_SLOT_SHIFT)) % BIN_SLOTS);
}

/* Notes a packet that passed at @t_ns of the point's clock. */
static inline void bins_note(struct bins *b, int64_t t_ns, bool missed)
{
	struct bin *at;

	if (!b->n)
		return;
	at = &b->at[bin_at(b, t_ns)];
	at->passed++;
	at->missed += missed;
	if (missed)
		at->lacked |= bin_slot(b, t_ns);
	else
		at->heard |= bin_slot(b, t_ns);
}

/* Notes one that the capture has, and that is no trial of it: had it missed that
 * one, nothing would have shown it. */
static inline void bins_hear(struct bins *b, int64_t t_ns)
{
	if (b->n)
		b->at[bin_at(b, t_ns)].heard |= bin_slot(b, t_ns);
}

/* Notes one that was lost, by proof, or that its receiver would ask for again. */
static inline void bins_lose(struct bins *b, int64_t t_ns)
{
	if (b->n)
		b->at[bin_at(b, t_ns)].lost |= bin_slot(b, t_ns);
}

/* To be called once everything is noted, including absences.  From then on a time
 * in which several packets in a row are absent, and the capture has nothing
 * between them, is not one in which it heard; and if it was ever deaf, it proves
 * nothing about a time when it lacks more than it has. */
void bins_doubt(struct bins *b);
/* Its part that is about moments shorter than a bin. */
void bins_find_rows(struct bins *b);

/* Does the capture have everything proven to have passed around @t_ns, and was
 * that enough to tell? */
bool bins_heard(const struct bins *b, int64_t t_ns);
/* ... around bin @i? */
bool bins_heard_in(const struct bins *b, size_t i);
/* Does it lack most of what is proven to have passed around @t_ns? */
bool bins_deaf(const struct bins *b, int64_t t_ns);
/* ... around bin @i? */
bool bins_deaf_in(const struct bins *b, size_t i);
/* Was there such a time? */
bool bins_ever_deaf(const struct bins *b);
/* Is @t_ns between two packets that passed and that it misses, or at an absent one
 * beside such a packet, with nothing of any session heard from the one to the other?
 * After bins_doubt(). */
bool bins_mute(const struct bins *b, int64_t t_ns);
/* Is several absent in a row all that is known of the time about @t_ns: nothing heard
 * between them, and nothing lost that would show whether the path or the capture lost
 * them; nor did the path ever lose for so long?  After bins_doubt(). */
bool bins_bare(const struct bins *b, int64_t t_ns);
/* The number of missed packets around which it has nearly all others. */
uint64_t bins_single(const struct bins *b);
