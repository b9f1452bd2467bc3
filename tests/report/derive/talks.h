/* TCP sessions over two points in words: who asks, who answers, who closes.  The times are
 * those at which packets leave their hosts. */
#pragma once

#include "tests/report/derive/wire.h"

#define SEC (1000 * MS)

enum { ARRIVES, LOST };

/* A packet of @dir that leaves its host at @t and acknowledges all that came. */
static inline void sends(struct wire *w, int dir, int64_t t, int lost,
			 uint64_t seq, uint32_t len, unsigned flags)
{
	struct record r = data(seq, len, w->next[!dir]);

	r.tcp_flags = (uint8_t)flags;
	packet(w, dir, t, 0, lost == LOST, r);
}

static inline void says(struct wire *w, int dir, int64_t t, uint32_t len,
			unsigned flags)
{
	sends(w, dir, t, ARRIVES, w->next[dir], len, flags);
	w->next[dir] += len + (flags & (REC_SYN | REC_FIN) ? 1 : 0);
}

#define C 0
#define S 1
#define ACK(w, dir, t) says(w, dir, t, 0, 0)

/* A session that has just been opened. */
static inline struct wire *opened(void **state)
{
	struct wire *w = wire(state);

	w->next[C] = 1000;
	w->next[S] = 5000;
	says(w, C, 0, 0, REC_SYN);
	says(w, S, WAY, 0, REC_SYN);
	ACK(w, C, 2 * WAY);
	return w;
}

/* A request of @len at @t, answered at once.  Its acknowledgement is there at t +
 * 3 WAY. */
static inline void turn(struct wire *w, int64_t t, uint32_t len)
{
	says(w, C, t, len, 0);
	says(w, S, t + WAY, 200, 0);
	ACK(w, C, t + 2 * WAY);
}

/* A request that the server's kernel acknowledges. */
static inline void asks(struct wire *w, int64_t t, uint32_t len)
{
	says(w, C, t, len, 0);
	ACK(w, S, t + WAY);
}

static inline void client_closes(struct wire *w, int64_t t)
{
	says(w, C, t, 0, REC_FIN);
	says(w, S, t + WAY, 0, REC_FIN);
	ACK(w, C, t + 2 * WAY);
}

static inline void look(struct wire *w, size_t points)
{
	walk(w, points);
	sums(w);
}

static inline const struct unanswered *how_of(const struct wire *w)
{
	return &w->line.unanswered;
}

static inline void nothing_is_said(struct wire *w, size_t points)
{
	look(w, points);
	assert_int_equal(how_of(w)->how, ENDED_NOT);
	assert_int_equal(w->line.silence.packets, 0);
}
