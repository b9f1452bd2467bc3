/* Requests that are sent again.
 *
 * A copy of the newest request is one by its content.  A client that has asked several
 * things at a time asks them all again, in turn, where one gets no answer: a resolver's
 * library asks for a name's IPv4 and IPv6 addresses by two datagrams of one port, waits for
 * both answers, and after 5 s asks for both again (one at a time then, with some).  So a
 * copy of a recent request, whose answer may be there, tells that the client was waiting
 * for another, if the protocol's messages have one open.  Without messages nobody knows
 * which request an answer belongs to.
 *
 * The wait is the server's where far has that request, and no answer that near lacks; else
 * something was lost.  One tap does not tell; but what no copy of a request ever got an
 * answer to, while others have one, is the far side's, as any wait for an answer.  Each
 * wait counts for the oldest request that was open: that others were lost, or were answered
 * in the end, says nothing of one that never was.
 *
 * Memory: DATAGRAMS_RECENT records.
 */
#include "report/derive/asked.h"
#include "report/derive/datagrams_int.h"
#include "report/derive/timeline_int.h"

#define RETRY_LEAST_NS                                                         \
	100000000 /* else it comes along with the copy before it */

/* The first bytes of polls may all be the same (NTP). */
bool datagrams_copy(const struct record *a, const struct record *b)
{
	return datagrams_same(a, b) && (!(a->marks & b->marks & REC_FULL) ||
					a->full_digest == b->full_digest);
}

bool datagrams_spoilt(const struct dgram_walk *w, uint32_t before,
		      const struct record *r)
{
	if (w->t->n_taps == 1)
		return w->ask.csum == REC_CSUM_BAD && r->csum != REC_CSUM_BAD;
	return before != RECORD_NONE &&
	       rec_spoilt(&w->ask, far_at(w, 0, before));
}

bool datagrams_amid(const struct dgram_walk *w, const struct record *r,
		    uint32_t *before)
{
	uint32_t n = w->n_recent < DATAGRAMS_RECENT ? w->n_recent
						    : DATAGRAMS_RECENT;
	bool found = false;
	uint64_t far;

	if (!asked_any(w->t->asked) || !asked_oldest(w->t->asked, &far))
		return false;
	for (uint32_t i = 0; i < n && !found; i++)
		found = datagrams_copy(&w->recent[i], r);
	if (found)
		*before = far == EXCHANGE_NONE ? RECORD_NONE : (uint32_t)far;
	return found;
}

void datagrams_again(struct timeline *t, int64_t ns, int64_t *left)
{
	int64_t got = timeline_spend(t, TIME_RECOVERY, ns, left);

	t->b->repairs[REPAIR_TIMEOUT]++;
	t->b->repair_ns[REPAIR_TIMEOUT] += got;
}

void datagrams_retried(struct timeline *t, int64_t left)
{
	datagrams_again(t, left, &left);
}

void datagrams_waited(struct dgram_walk *w, uint32_t before, uint32_t rec,
		      int64_t left)
{
	struct timeline *t = w->t;
	struct in_vain piece = { .most_ns = left };

	if (t->n_taps > 1 && datagrams_had_arrived(w, before, rec)) {
		piece.server_ns = timeline_spend(t, TIME_SERVER, left, &left);
	} else {
		piece.repair_ns = left;
		piece.repairs = left >= RETRY_LEAST_NS;
		datagrams_retried(t, left);
		t->b->repairs[REPAIR_TIMEOUT] -= !piece.repairs;
	}
	asked_gave_up(t->asked, t, &piece);
}

static void give_server(int64_t *part, int64_t ns)
{
	part[TIME_RECOVERY] -= ns;
	part[TIME_SERVER] += ns;
}

/* With one tap: no copy of @x was ever answered. */
static void not_recovered(struct timeline *t, struct in_vain *x)
{
	give_server(t->b->part, x->repair_ns);
	give_server(t->last_mark, x->repair_ns);
	give_server(t->mark, x->mark_repair_ns);
	asked_not_lost(t->asked);
	t->b->repair_ns[REPAIR_TIMEOUT] -= x->repair_ns;
	t->b->repairs[REPAIR_TIMEOUT] -= x->repairs;
	x->server_ns += x->repair_ns;
}

void datagrams_never(struct dgram_walk *w)
{
	struct timeline *t = w->t;
	struct in_vain x;

	if (!t->asked || w->silent)
		return;
	x = asked_never(t->asked);
	if (t->n_taps == 1 && !t->vanishes)
		not_recovered(t, &x);
	if (x.server_ns > 0)
		t->unanswered = (struct unanswered){ .how = ENDED_CLIENT,
						     .requests = x.n,
						     .wait_ns = x.most_ns,
						     .server_ns = x.server_ns };
}

void datagrams_asked(struct dgram_walk *w, const struct record *r)
{
	w->ask = *r;
	w->recent[w->n_recent++ % DATAGRAMS_RECENT] = *r;
}
