/* One session's flows, opened as strands of records for a sweep.
 *
 * Cost: O(1) a flow; short strands are held completely (FLAT_RECORDS), others
 * read through store/recs.h, which keeps their stamps for a sweep.
 */
#include "correlate/fate_int.h"

#include <stdlib.h>

#include "store/recs.h"

#define MSS_ROOM 1460
#define FLAT_RECORDS 8192 /* of a strand, held at once: 1 MB */

static const struct record *from_recs(void *ctx, uint32_t i)
{
	return recs_get(ctx, i);
}

static int64_t time_from_recs(void *ctx, uint32_t i)
{
	return recs_time(ctx, i);
}

static void keep_in_recs(void *ctx, uint32_t i)
{
	recs_keep(ctx, i);
}

/* Largest payload of one segment by direction, from the SYNs. */
static void session_mss(struct store *from, struct sweep_session *s,
			const struct flow_row *flow)
{
	struct flow_end end[2];

	if (!store_flow_ends(from, flow, end))
		return;
	for (int d = 0; d < 2; d++) {
		const struct flow_end *other = &end[1 - d];
		uint32_t mss = other->mss;

		if (!mss)
			continue;
		if (other->ts && mss > 52)
			mss -= 12; /* options count, RFC 6691 */
		if (!s->mss[d] || mss < s->mss[d])
			s->mss[d] = mss;
	}
}

/* ICMP errors about packets that passed there, in steady time. */
static void open_quotes(const struct job *j, const struct timing *timing,
			const struct flow_row *f, struct strand *t)
{
	struct quote *q;

	t->n_quotes = quotes_of(&j->quotes, f, t->dir, &q);
	t->quote = q;
	for (uint32_t i = 0; timing->steady.era.n && i < t->n_quotes; i++)
		q[i].time_ns = timing_steady(timing, q[i].part >> 32,
					     q[i].frame, q[i].time_ns);
}

static bool open_flow(struct job *j, struct store *from,
		      struct sweep_session *s, size_t k, struct flow_row *f)
{
	struct timing *timing =
		&j->timings.point[s->row->flows[k].point_pos - 1];

	if (!store_flow_get(from, s->row->flows[k].flow, f))
		return false;
	for (int d = 0; d < 2; d++) {
		struct strand *t = &s->strand[k * 2 + (size_t)d];
		uint64_t n = 0;

		if (f->packets[d]) {
			t->ctx = recs_open(from, f, d);
			n = recs_count(t->ctx);
			if (timing->steady.era.n)
				recs_change(t->ctx, job_make_steady, timing);
			t->flat = recs_all(t->ctx, FLAT_RECORDS);
			t->n_flat = t->flat ? (uint32_t)n : 0;
			if (n && !t->flat) {
				t->keep = keep_in_recs;
				t->now = recs_now(t->ctx);
			}
		}
		t->get = from_recs;
		t->n = n < LINK_NONE - 1 ? (uint32_t)n : LINK_NONE - 1;
		t->pos = s->row->flows[k].point_pos;
		t->flow = (int)k;
		t->dir = (uint8_t)d;
		if (j->quotes.n)
			open_quotes(j, timing, f, t);
	}
	if (s->row->proto == 6 &&
	    (f->bytes[0] > MSS_ROOM || f->bytes[1] > MSS_ROOM))
		session_mss(from, s, f);
	return true;
}

bool fate_session_open(struct job *j, struct store *from,
		       struct sweep_session *s, struct flow_row *flow)
{
	const struct session_row *row = s->row;
	bool ok = true;

	s->strand = mem_zalloc(row->n_flows * 2 + 1, sizeof *s->strand);
	for (size_t k = 0; ok && k < row->n_flows; k++)
		ok = row->flows[k].point_pos >= 1 &&
		     (size_t)row->flows[k].point_pos <= j->env.n_points &&
		     open_flow(j, from, s, k, &flow[k]);
	return ok;
}

void fate_session_times(struct sweep_session *s)
{
	for (size_t k = 0; k < s->row->n_flows * 2; k++) {
		struct strand *t = &s->strand[k];

		if (!t->n || t->flat)
			continue;
		recs_keep_times(t->ctx);
		t->time = time_from_recs;
	}
}

void fate_session_close(struct sweep_session *s, struct flow_row *flow)
{
	for (size_t k = 0; k < s->row->n_flows; k++)
		flow_row_release(&flow[k]);
	free(flow);
	for (size_t k = 0; k < s->row->n_flows * 2; k++) {
		if (s->strand[k].ctx)
			recs_close(s->strand[k].ctx);
		free(s->strand[k].quote);
	}
	figures_release(&s->fig);
	free(s->strand);
}
