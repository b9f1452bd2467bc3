/* The virtual table `packet`: a row for each record of each flow.
 *
 *	SELECT * FROM packet WHERE flow = 3 AND dir = 0
 *		AND seq BETWEEN 1000 AND 2000
 *
 * A flow (and direction, and number n within it) given by "=" is looked up
 * directly; SQLite tests all other conditions record by record, at some 10
 * million a second.  Without a flow all flows follow in id order.
 *
 * seq and ack are the raw numbers, seq64 and ack64 the unwrapped ones of the
 * flow, rel and rel_ack are relative to the initial sequence number (NULL if no
 * SYN was seen).  Fields that the protocol does not have are NULL.
 */
#include "store/vtab.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/recs.h"

/* clang-format off */
#define COLUMNS(C) \
	C(FLOW, "flow") \
	C(DIR, "dir") \
	C(N, "n") \
	C(POINT, "point") \
	C(FILE, "file") \
	C(PART, "part") \
	C(FRAME, "frame") \
	C(TIME, "time_ns") \
	C(SEQ, "seq") \
	C(ACK, "ack") \
	C(REL, "rel") \
	C(REL_ACK, "rel_ack") \
	C(SEQ64, "seq64") \
	C(ACK64, "ack64") \
	C(LEN, "len") \
	C(FLAGS, "flags") \
	C(WINDOW, "window") \
	C(SACK, "sack") \
	C(TTL, "ttl") \
	C(TOS, "tos") \
	C(IP_ID, "ip_id") \
	C(TSVAL, "tsval") \
	C(TSECR, "tsecr") \
	C(WIRE, "wire_len") \
	C(CAP, "cap_len") \
	C(HDR, "hdr_len") \
	C(CSUM, "csum") \
	C(OPTS, "opts") \
	C(MARKS, "marks") \
	C(FRAG_ID, "frag_id") \
	C(FRAG_OFF, "frag_off") \
	C(ICMP, "icmp_type") \
	C(HEAD, "head_digest") \
	C(FULL, "full_digest") \
	C(SUM, "pay_sum")
/* clang-format on */

VTAB_COLUMNS(COLUMNS);

/* Bits of idxNum, and the order of values. */
enum plan { PLAN_FLOW = 1, PLAN_DIR = 2, PLAN_N = 4 };

struct packets {
	struct vtab_cursor base; /* must be first */
	struct flow_row flow;
	struct recs *recs;
	int dir;
	uint64_t i;
	bool base_known[2]; /* by direction of the flow */
	uint64_t isn[2];    /* seq64 of the SYN */
	/* what was requested */
	bool one_flow, one_n;
	int dir_first, dir_last;
	uint64_t n;
};

static void flow_leave(struct packets *c)
{
	recs_close(c->recs);
	c->recs = NULL;
	flow_row_release(&c->flow);
}

static void packet_close(struct vtab_cursor *base)
{
	flow_leave((struct packets *)base);
}

/* --- moving --- */

/* Finds the initial sequence numbers, from the first part that saw each. */
static void flow_bases(struct packets *c)
{
	struct part part;

	c->base_known[0] = c->base_known[1] = false;
	if (c->flow.proto != IPPROTO_TCP)
		return;
	for (size_t i = 0; i < c->flow.n_parts && i < 8; i++) {
		const struct flow_part *p = &c->flow.parts[i];

		if (!store_part_get(vtab_of(&c->base)->s, p->part, &part))
			continue;
		for (int d = 0; d < 2; d++) {
			const struct part_dir *way = &part.dir[d ^ p->swap];

			if (c->base_known[d] || !way->syn)
				continue;
			c->base_known[d] = true;
			c->isn[d] = way->seq_first + (uint64_t)p->shift[d];
		}
	}
}

/* Goes to the first flow from @id on. */
static void flow_enter(struct packets *c, int64_t id)
{
	struct store *s = vtab_of(&c->base)->s;

	flow_leave(c);
	if (!c->one_flow)
		id = store_flow_next(s, id);
	if (id < 0 || !store_flow_get(s, id, &c->flow)) {
		c->base.at_end = true;
		return;
	}
	flow_bases(c);
	c->dir = c->dir_first;
	c->recs = recs_open(s, &c->flow, c->dir);
	c->i = c->n;
}

/* Moves on until there is a record, or no flow. */
static void settle(struct packets *c)
{
	while (!c->base.at_end && c->i >= recs_count(c->recs)) {
		if (c->dir < c->dir_last) {
			recs_close(c->recs);
			c->recs = recs_open(vtab_of(&c->base)->s, &c->flow,
					    ++c->dir);
			c->i = c->n;
		} else if (c->one_flow || c->flow.id == INT64_MAX) {
			c->base.at_end = true;
		} else {
			flow_enter(c, c->flow.id + 1);
		}
	}
}

static void packet_filter(struct vtab_cursor *base, int plan, sqlite3_value **v)
{
	struct packets *c = (struct packets *)base;
	int arg = 0;
	int64_t flow = 0;

	c->one_flow = plan & PLAN_FLOW;
	c->one_n = plan & PLAN_N;
	c->dir_first = 0;
	c->dir_last = 1;
	c->n = 0;
	if (plan & PLAN_FLOW)
		flow = sqlite3_value_int64(v[arg++]);
	if (plan & PLAN_DIR)
		c->dir_first = c->dir_last = sqlite3_value_int64(v[arg++]) == 1;
	if (plan & PLAN_N)
		c->n = (uint64_t)sqlite3_value_int64(v[arg++]);
	flow_enter(c, flow);
	settle(c);
}

static void packet_next(struct vtab_cursor *base)
{
	struct packets *c = (struct packets *)base;

	c->i = c->one_n ? UINT64_MAX : c->i + 1;
	settle(c);
}

/* Room for a billion flows of four billion packets each way. */
static int64_t packet_rowid(const struct vtab_cursor *base)
{
	const struct packets *c = (const struct packets *)base;
	const struct vtab_name name[] = { { (uint64_t)c->flow.id, 30 },
					  { (uint64_t)c->dir, 1 },
					  { c->i, 32 } };

	return vtab_rowid(name, 3);
}

/* --- values --- */

static void put_int(sqlite3_context *ctx, bool known, uint64_t v)
{
	if (known)
		sqlite3_result_int64(ctx, (int64_t)v);
}

/* "1000-2000,3000-4000" */
static void put_sack(sqlite3_context *ctx, const struct record *r)
{
	char text[4 * 24] = "";
	size_t n = 0;

	for (int i = 0; i < r->n_sack && i < 4; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%u-%u",
				      i ? "," : "", r->sack[i][0],
				      r->sack[i][1]);
	vtab_text(ctx, n ? text : NULL);
}

static void put_csum(sqlite3_context *ctx, const struct record *r)
{
	static const char *const words[] = { "unknown", "good", "bad",
					     "offload" };

	vtab_text(ctx, r->csum < 4 ? words[r->csum] : NULL);
}

static void put_tcp(sqlite3_context *ctx, const struct packets *c,
		    const struct record *r, int column)
{
	bool tcp = c->flow.proto == IPPROTO_TCP;
	bool ack = tcp && r->tcp_flags & REC_ACK;
	bool ts = tcp && r->opts & REC_OPT_TS;
	int d = c->dir;

	switch (column) {
	case COL_SEQ:
		put_int(ctx, tcp, (uint32_t)r->seq64);
		break;
	case COL_ACK:
		put_int(ctx, ack, (uint32_t)r->ack64);
		break;
	case COL_REL:
		put_int(ctx, c->base_known[d], r->seq64 - c->isn[d]);
		break;
	case COL_REL_ACK:
		put_int(ctx, ack && c->base_known[!d], r->ack64 - c->isn[!d]);
		break;
	case COL_ACK64:
		put_int(ctx, ack, r->ack64);
		break;
	case COL_FLAGS:
		put_int(ctx, tcp, r->tcp_flags);
		break;
	case COL_WINDOW:
		put_int(ctx, tcp, r->window);
		break;
	case COL_SACK:
		put_sack(ctx, r);
		break;
	case COL_TSVAL:
		put_int(ctx, ts, r->tsval);
		break;
	case COL_TSECR:
		put_int(ctx, ts, r->tsecr);
		break;
	case COL_OPTS:
		put_int(ctx, tcp, r->opts);
		break;
	default:
		break;
	}
}

static void put_ip(sqlite3_context *ctx, const struct packets *c,
		   const struct record *r, int column)
{
	bool icmp = c->flow.proto == IPPROTO_ICMP ||
		    c->flow.proto == IPPROTO_ICMPV6;

	switch (column) {
	case COL_TTL:
		put_int(ctx, true, r->ttl);
		break;
	case COL_TOS:
		put_int(ctx, true, r->tos);
		break;
	case COL_IP_ID:
		put_int(ctx, !(r->marks & REC_V6), r->ip_id);
		break;
	case COL_WIRE:
		put_int(ctx, true, r->wire_len);
		break;
	case COL_CAP:
		put_int(ctx, true, r->cap_len);
		break;
	case COL_HDR:
		put_int(ctx, true, r->hdr_len);
		break;
	case COL_CSUM:
		put_csum(ctx, r);
		break;
	case COL_MARKS:
		put_int(ctx, true, r->marks);
		break;
	case COL_FRAG_ID:
		put_int(ctx, r->marks & REC_FRAG, r->frag_id);
		break;
	case COL_FRAG_OFF:
		put_int(ctx, r->marks & REC_FRAG, r->frag_off);
		break;
	case COL_ICMP:
		put_int(ctx, icmp, r->icmp_type);
		break;
	case COL_HEAD:
		put_int(ctx, r->marks & REC_HEAD, r->head_digest);
		break;
	case COL_FULL:
		put_int(ctx, r->marks & REC_FULL, r->full_digest);
		break;
	case COL_SUM:
		put_int(ctx, r->marks & REC_SUM, r->pay_sum);
		break;
	default:
		put_tcp(ctx, c, r, column);
	}
}

static void packet_column(sqlite3_context *ctx, struct vtab_cursor *base,
			  int column)
{
	struct packets *c = (struct packets *)base;
	const struct record *r = recs_get(c->recs, c->i);

	switch (column) {
	case COL_FLOW:
		sqlite3_result_int64(ctx, c->flow.id);
		break;
	case COL_DIR:
		sqlite3_result_int(ctx, c->dir);
		break;
	case COL_N:
		put_int(ctx, true, c->i);
		break;
	case COL_POINT:
		vtab_text(ctx, vtab_point(vtab_of(&c->base), c->flow.point));
		break;
	case COL_FILE:
		sqlite3_result_int64(ctx, recs_file(c->recs, c->i));
		break;
	case COL_PART:
		put_int(ctx, true, r->part);
		break;
	case COL_FRAME:
		put_int(ctx, true, r->frame);
		break;
	case COL_TIME:
		sqlite3_result_int64(ctx, r->time_ns);
		break;
	case COL_SEQ64:
		put_int(ctx, true, r->seq64);
		break;
	case COL_LEN:
		put_int(ctx, true, r->pay_len);
		break;
	default:
		put_ip(ctx, c, r, column);
	}
}

const struct vtab_kind vtab_packet = {
	.name = "packet",
	.columns = columns,
	.n_planned = 3,
	.planned = { COL_FLOW, COL_DIR, COL_N },
	.rows = 1e9,
	.step = 1e3,
	.size = sizeof(struct packets),
	.close = packet_close,
	.filter = packet_filter,
	.next = packet_next,
	.rowid = packet_rowid,
	.column = packet_column,
};
