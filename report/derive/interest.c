/* How interesting a session is to the rules: see the header.
 *
 * Cost: figures alone, some 100 ns a session.
 */
#include "report/derive/interest.h"

#include <limits.h>

#include "report/derive/vain.h"

static uint64_t way_total(const struct hop_way *w)
{
	uint64_t n = 0;

	for (int f = 0; f < FATES; f++)
		n += w->tx.n[f];
	return n;
}

static uint64_t way_bytes(const struct hop_way *w)
{
	uint64_t n = 0;

	for (int f = 0; f < FATES; f++)
		n += w->bytes.n[f];
	return n;
}

static uint64_t way_kind(const struct hop_way *w, enum fate_kind kind)
{
	uint64_t n = 0;

	for (int f = 0; f < FATES; f++)
		n += w->by_kind[kind][f];
	return n;
}

/* The server resets what it never answered.  Many programs end a session by a
 * reset after an answer. */
static bool refuses(const struct hop_way *w)
{
	return way_kind(w, KIND_RST) > 0 && way_bytes(w) == 0;
}

/* The server resets what the client had not closed, or closed because the server had. */
static bool cuts(const struct hop_figures *h)
{
	return way_kind(&h->way[1], KIND_RST) > 0 &&
	       (!way_kind(&h->way[0], KIND_FIN) ||
		way_kind(&h->way[1], KIND_FIN) > 0);
}

/* Only one side still sends, and the other end's capture has nothing any more. */
static bool asks_on(const struct hop_figures *h, int dir)
{
	return h->way[dir].by_kind[KIND_DATA][FATE_OUTSIDE] +
			       h->way[dir].by_kind[KIND_ACK][FATE_OUTSIDE] >=
		       VAIN_LEAST &&
	       !h->way[!dir].tx.n[FATE_OUTSIDE];
}

/* It goes on when the next capture has ended, or had begun before that did: what ends it
 * is at one point only (reset_cover.c). */
static bool is_outside(const struct hop_figures *h)
{
	return h->way[0].by_kind[KIND_DATA][FATE_OUTSIDE] ||
	       h->way[1].by_kind[KIND_DATA][FATE_OUTSIDE];
}

/* Datagrams that were answered are so no more, as may be (stop.c). */
static bool ends_unanswered(const struct hop_figures *h)
{
	uint64_t there = way_kind(&h->way[0], KIND_DATAGRAM);
	uint64_t back = way_kind(&h->way[1], KIND_DATAGRAM);

	return there && back && there >= back + 2;
}

/* SYN after SYN, answered, but nothing follows (stop_held.c, stop_half.c). */
static bool never_opens(const struct hop_figures *h)
{
	return way_kind(&h->way[0], KIND_SYN) > 1 && way_total(&h->way[1]) &&
	       !way_bytes(&h->way[0]) && !way_bytes(&h->way[1]);
}

/* SYN after SYN, and the client resets something (reset_older.c). */
static bool resets_older(const struct hop_figures *h)
{
	return way_kind(&h->way[0], KIND_SYN) > 1 &&
	       way_kind(&h->way[0], KIND_RST) > 0;
}

/* The server closes what it never answered (reply_mute.c). */
static bool closes_mute(const struct hop_figures *h)
{
	return way_kind(&h->way[1], KIND_FIN) > 0 && !way_bytes(&h->way[1]);
}

/* Whether its packets did not all pass the same number of routers. */
static bool route_moves(const struct hop_way *w)
{
	return w->ttl_drop_min != w->ttl_drop_max;
}

static enum interest way_interest(const struct hop_way *w)
{
	uint64_t total = way_total(w);
	enum interest i = ORDINARY;

	if (!w->able || total == 0)
		return SPECIAL; /* one way only, or nothing answered */
	for (int b = 0; b < 8; b++)
		if (w->changed[b])
			i = SWEEP;
	if (w->tx.n[FATE_LOST] || w->astray || w->tx.duplicated ||
	    route_moves(w))
		i = SWEEP;
	if (w->by_kind[KIND_SYN][FATE_LOST] || w->tx.n[FATE_INJECTED] ||
	    w->tx.n[FATE_LOST] * 5 > total)
		i = SPECIAL;
	return i;
}

bool figures_unseen(const struct figures *f)
{
	for (size_t i = 0; i < f->n; i++)
		for (int w = 0; w < 2; w++)
			if (f->hop[i].way[w].tx.n[FATE_UNSEEN])
				return true;
	return false;
}

bool figures_lose(const struct figures *f)
{
	for (size_t i = 0; i < f->n; i++)
		for (int w = 0; w < 2; w++)
			if (f->hop[i].way[w].tx.n[FATE_LOST] ||
			    f->hop[i].way[w].astray)
				return true;
	return false;
}

/* Is it missing at the first point or the last? */
static bool is_partial(const struct figures *f, size_t n_points)
{
	int first = INT_MAX, last = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct hop_figures *h = &f->hop[i];

		first = h->from_pos < first ? h->from_pos : first;
		last = h->to_pos > last ? h->to_pos : last;
	}
	return f->n && (first > 1 || last < (int)n_points);
}

enum interest interest_of(const struct figures *f, size_t n_points,
			  uint64_t *entries)
{
	enum interest most = f->n ? ORDINARY : LOOK;

	*entries = 0;
	for (size_t i = 0; i < f->n; i++) {
		for (int w = 0; w < 2; w++) {
			enum interest one = way_interest(&f->hop[i].way[w]);

			*entries += way_total(&f->hop[i].way[w]);
			if (one > most)
				most = one;
		}
		if (refuses(&f->hop[i].way[1]))
			most = SPECIAL;
		if (most < CUT && cuts(&f->hop[i]))
			most = CUT;
		if (most < LOOK &&
		    (asks_on(&f->hop[i], 0) || asks_on(&f->hop[i], 1) ||
		     ends_unanswered(&f->hop[i]) || never_opens(&f->hop[i]) ||
		     resets_older(&f->hop[i]) || closes_mute(&f->hop[i]) ||
		     is_outside(&f->hop[i])))
			most = LOOK;
		/* round trips that a person can feel, often repeated */
		if (most == ORDINARY && f->hop[i].rtt.n >= 5 &&
		    hist_quantile(&f->hop[i].rtt, 0.5) > 10000000)
			most = SWEEP;
	}
	return most == ORDINARY && is_partial(f, n_points) ? PART : most;
}
