/* One session over two points, by hand-made records, and the timeline's walk over
 * them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/derive/datagrams.h"
#include "report/derive/timeline.h"

#define MS 1000000ll
#define MOST 64

/* Two points, 10 ms apart each way; far's clock is 5 s ahead. */
#define WAY (10 * MS)
#define AHEAD (5000 * MS)

struct wire {
	struct record rec[2][2][MOST]; /* by point, direction */
	uint32_t n[2][2];
	uint64_t frame[2];
	struct strand strand[2][2];
	struct tap tap[2];
	struct budget b;
	struct budget_hop hop[1];
	struct timeline line;
	struct exchange x[MOST];
	size_t n_x;
	uint64_t next[2]; /* a test's own: what each side sends next */
	bool datagrams;
	bool quic;          /* ... of QUIC */
	bool beside;        /* one point: it is next to the server */
	bool afar;          /* the same, and the client is far away */
	size_t only;        /* one point: which */
	bool remote_server; /* far is not next to the server */
	bool own_accord;    /* the protocol's messages need no answer */
	bool scaled;        /* the windows' scale is known */
	int64_t until_ns;   /* when near's capture ended */
};

static inline void seen(struct wire *w, int point, int dir, int64_t t,
			const struct record *like)
{
	struct record *r = &w->rec[point][dir][w->n[point][dir]++];

	*r = *like;
	r->dir = (uint8_t)dir;
	r->time_ns = t + (point ? AHEAD : 0);
	r->frame = ++w->frame[point];
}

/* A packet of @dir that leaves its host at @t and arrives after WAY + @late;
 * @lost: it does not. */
static inline void packet(struct wire *w, int dir, int64_t t, int64_t late,
			  bool lost, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, dir, dir, t, &r);
	if (!lost)
		seen(w, !dir, dir, t + WAY + late, &r);
}

static inline struct record data(uint64_t seq, uint32_t len, uint64_t ack)
{
	return (struct record){ .seq64 = seq, .pay_len = len, .ack64 = ack };
}

static inline void keep(void *ctx, const struct exchange *x)
{
	struct wire *w = ctx;

	w->x[w->n_x++] = *x;
}

static inline int by_frame(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* Walks it with @points of 2; time begins at near's first record. */
static inline void walk(struct wire *w, size_t points)
{
	int64_t first = INT64_MAX;

	for (size_t p = 0; p < points; p++) {
		size_t at = points == 1 ? w->only : p;

		tap_reset(&w->tap[p], (int)p);
		w->tap[p].slack_ns = 2 * MS;
		w->tap[p].lane[0].scale_known = w->scaled;
		w->tap[p].lane[1].scale_known = w->scaled;
		for (int d = 0; d < 2; d++) {
			struct record *r = w->rec[at][d];

			qsort(r, w->n[at][d], sizeof *r, by_frame);
			w->strand[p][d] =
				(struct strand){ .get = strand_of_array,
						 .ctx = r,
						 .n = w->n[at][d] };
			w->tap[p].strand[d] = &w->strand[p][d];
			if (p == 0 && w->n[at][d] && r->time_ns < first)
				first = r->time_ns;
		}
	}
	w->b = (struct budget){ .known = true,
				.start_ns = first,
				.base_ns = -1,
				.hop = w->hop,
				.n_hops = points - 1 };
	w->line = (struct timeline){ .b = &w->b,
				     .n_taps = points,
				     .tap = w->tap,
				     .remote_server = w->remote_server ||
						      (points == 1 &&
						       !w->beside && !w->afar),
				     .remote_client = points == 1 && w->afar,
				     .own_accord = w->own_accord,
				     .until_ns = w->until_ns,
				     .done = keep,
				     .ctx = w };
	w->line.stretch[0].least_ns = -1;
	w->hop[0] = (struct budget_hop){ 0 };
	w->n_x = 0;
	if (w->quic)
		timeline_quic(&w->line);
	else if (w->datagrams)
		timeline_datagrams(&w->line);
	else
		timeline_tcp(&w->line);
	for (size_t p = 0; p < points; p++)
		tap_release(&w->tap[p]);
}

static inline void sums(const struct wire *w)
{
	int64_t parts = 0, path = w->b.before_ns + w->b.beyond_ns, asked = 0;

	for (int p = 0; p < TIME_PARTS; p++) {
		assert_true(w->b.part[p] >= 0);
		parts += w->b.part[p];
	}
	for (size_t i = 0; i < w->b.n_hops; i++)
		path += w->b.hop[i].path_ns;
	for (size_t i = 0; i < w->n_x; i++)
		for (int p = 0; p < TIME_PARTS; p++) {
			assert_true(w->x[i].part[p] >= 0);
			asked += w->x[i].part[p];
		}
	assert_int_equal(path, w->b.part[TIME_PATH]);
	/* of QUIC: up to the last datagram that takes a turn */
	assert_int_equal(parts, (w->quic ? w->line.t_ns : w->tap[0].t_ns) -
					w->b.start_ns);
	/* turns of datagrams may overlap */
	assert_true(w->datagrams || asked <= parts);
}

static inline struct wire *wire(void **state)
{
	*state = calloc(1, sizeof(struct wire));
	assert_non_null(*state);
	return *state;
}

static inline int done(void **state)
{
	free(*state);
	return 0;
}

/* @n turns: 3 ms of the client, 7 of the server; opened by SYNs. */
static inline int64_t turns(struct wire *w, int n, int64_t t)
{
	uint64_t c = 1000, s = 5000;
	struct record syn = { .seq64 = c, .tcp_flags = REC_SYN };

	packet(w, 0, t, 0, false, syn);
	syn = (struct record){ .seq64 = s,
			       .ack64 = c + 1,
			       .tcp_flags = REC_SYN };
	t += WAY;
	packet(w, 1, t, 0, false, syn);
	t += WAY;
	c++;
	s++;
	for (int i = 0; i < n; i++) {
		t += 3 * MS;
		packet(w, 0, t, 0, false, data(c, 100, s));
		c += 100;
		t += WAY + 7 * MS;
		packet(w, 1, t, 0, false, data(s, 200, c));
		s += 200;
		t += WAY;
	}
	return t;
}
