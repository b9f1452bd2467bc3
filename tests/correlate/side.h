/* Records of one direction at one point, made by hand, and a hop over two. */
#pragma once

#include "correlate/hop.h"

#define MS 1000000ll

struct side {
	struct record rec[512];
	struct strand s;
};

/* TCP with TSval @tsval at @ms; a pure ACK where @len is 0. */
static inline struct record *add(struct side *a, int64_t ms, uint32_t seq,
				 uint32_t len, uint32_t tsval)
{
	struct record *r = &a->rec[a->s.n++];

	*r = (struct record){ .time_ns = ms * MS,
			      .frame = a->s.n,
			      .seq64 = seq_first(seq),
			      .pay_len = len,
			      .ack64 = seq_first(1),
			      .tsval = tsval,
			      .opts = REC_OPT_TS,
			      .tcp_flags = REC_ACK,
			      .hdr_len = 52,
			      .ttl = 64 };
	a->s.get = strand_of_array;
	a->s.ctx = a->rec;
	return r;
}

/* Keeps the last record only: what was read before is gone.  For one
 * strand of a test. */
static inline const struct record *strand_of_one(void *ctx, uint32_t i)
{
	static struct record last;

	last = ((const struct record *)ctx)[i];
	return &last;
}

/* Nothing linked yet; packets take about 20 ms. */
static inline struct hop hop_over(struct side *near, struct side *far,
				  uint32_t delta)
{
	struct hop h = { .delta = delta,
			 .tick = 1,
			 .paced = true,
			 .pace = 20 * MS,
			 .dev = MS,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	hop_init(&h, &near->s, &far->s, true);
	return h;
}

/* All of them linked; time stamps survive the hop. */
static inline struct hop hop_matched(struct side *near, struct side *far,
				     uint32_t delta)
{
	struct hop h = { .delta = delta,
			 .use_ts = true,
			 .tick = 1,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	hop_init(&h, &near->s, &far->s, true);
	hop_match(&h);
	return h;
}

/* The records have no time stamps. */
static inline void no_stamps(struct side *a)
{
	for (uint32_t k = 0; k < a->s.n; k++)
		a->rec[k].opts = 0;
}
