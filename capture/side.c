/* One direction of a living part: its SYN and first bytes, and what is told of it
 * at the end.  What each packet adds is in side_add.h.
 *
 * What: side_head() collects the first HEAD_BYTES bytes of the stream, in order,
 * from the byte after the SYN (or from the first datagram), and closes them to
 * a digest when they are complete or the other side begins to speak.
 *
 * Invariants: a head is known or not, never partly guessed: a hole, a byte not
 * captured or a start not seen makes it unknown for good, so that equal heads
 * mean equal bytes.  What a proxy put before the stream (capture/preface.h) is
 * no part of it.
 */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/seq.h"
#include "capture/live.h"
#include "capture/trailer.h"

#define HEAD_CLASS 1 /* a pool block of 96 bytes */
#define SYN_CLASS 0  /* one of 48 */
#define PREFACE_CLASS 0
_Static_assert(sizeof(struct side_syn) <= 48, "fits its block");
_Static_assert(sizeof(struct preface) <= 48, "fits its block");
/* Enough to tell a million flows apart; each bit more costs a part a bit. */
#define HEAD_MASK ((1ull << 40) - 1)

void side_syn(struct side *s, const struct packet *p, struct pool *pool)
{
	const struct record *r = &p->rec;

	if (s->syn) {
		s->syn_at->count++;
		return;
	}
	s->syn = true;
	s->isn = (uint32_t)r->seq64;
	s->mss = p->mss;
	s->syn_at = pool_take(pool, SYN_CLASS);
	*s->syn_at = (struct side_syn){
		.frame = r->frame,
		.ns = r->time_ns,
		.tsval = r->opts & REC_OPT_TS ? r->tsval : 0,
		.count = 1,
		.window = r->window,
		.opt_order = p->opt_order,
		.ip_id = r->ip_id,
		.wscale = p->wscale,
		.opts = r->opts,
		.cut = p->opts_cut,
	};
}

static void head_drop(struct side *s, struct pool *pool)
{
	if (s->head_state == HEAD_OPEN)
		pool_give(pool, HEAD_CLASS, s->head_at);
	s->head = 0;
	s->head_len = 0;
	s->head_state = HEAD_CLOSED;
}

void side_head_end(struct side *s, struct pool *pool)
{
	uint8_t len = s->head_len;
	uint64_t digest;

	digest = XXH3_64bits(s->head_at, len) & HEAD_MASK;
	head_drop(s, pool);
	s->head = digest;
	s->head_len = len;
}

static struct preface *preface_of(struct side *s, struct pool *pool)
{
	if (!s->preface) {
		s->preface = pool_take(pool, PREFACE_CLASS);
		memset(s->preface, 0, sizeof *s->preface);
	}
	return s->preface;
}

static void name(struct preface *x, const struct net_end ends[2])
{
	if (x->named)
		return;
	x->named = true;
	memcpy(x->ends, ends, sizeof x->ends);
}

void side_preface(struct side *s, const struct packet *p, struct pool *pool)
{
	struct preface x;

	if ((s->preface && s->preface->len) || !p->payload ||
	    !preface_read(p->payload, p->payload_cap, p->rec.pay_len, &x))
		return;
	preface_of(s, pool)->len = x.len;
	if (x.named)
		name(s->preface, x.ends);
}

void side_begin_stream(struct side *s, uint16_t len, struct pool *pool)
{
	head_drop(s, pool);
	s->head_state = HEAD_NONE;
	bottom_release(&s->any, pool);
	bottom_release(&s->turn, pool);
	preface_of(s, pool)->len = len;
	s->preface->opening = true;
}

void side_trailer(struct side *s, const struct packet *p, struct pool *pool)
{
	struct net_end ends[2];

	if ((s->preface && s->preface->named) ||
	    !trailer_read(p->trailer, p->trailer_len, p->key.proto, ends))
		return;
	name(preface_of(s, pool), ends);
}

void side_head_more(struct side *s, const struct packet *p, uint64_t at,
		    struct pool *pool)
{
	uint64_t next = (s->preface ? s->preface->len : 0u) + s->head_len;
	uint64_t skip = next - at; /* bytes that are held already */
	uint32_t want;

	if (at > next) {
		head_drop(s, pool);
		return;
	}
	if (skip >= p->rec.pay_len)
		return;
	want = p->rec.pay_len - (uint32_t)skip;
	if (want > (uint32_t)(HEAD_BYTES - s->head_len))
		want = (uint32_t)(HEAD_BYTES - s->head_len);
	if (!p->payload || p->payload_cap < skip + want) {
		head_drop(s, pool);
		return;
	}
	if (s->head_state == HEAD_NONE) {
		s->head_at = pool_take(pool, HEAD_CLASS);
		s->head_state = HEAD_OPEN;
	}
	memcpy(s->head_at + s->head_len, p->payload + skip, want);
	s->head_len = (uint8_t)(s->head_len + want);
	if (s->head_len == HEAD_BYTES)
		side_head_close(s, pool);
}

static void out_syn(const struct side *s, struct part_dir *out)
{
	const struct side_syn *syn = s->syn_at;

	out->syn = true;
	out->isn = s->isn;
	out->mss = s->mss;
	out->syn_tsval = syn->tsval;
	out->syn_count = syn->count;
	out->syn_frame = syn->frame;
	out->syn_ns = syn->ns;
	out->syn_window = syn->window;
	out->opt_order = syn->opt_order;
	out->syn_ip_id = syn->ip_id;
	out->wscale = syn->wscale;
	out->syn_opts = syn->opts;
	out->syn_cut = syn->cut;
}

static void out_ts(const struct side *s, struct part_dir *out)
{
	out->ts = true;
	out->tsval_first = s->tsval_first;
	out->tsval_last = s->tsval_last;
	out->tsval_first_ns = s->tsval_first_ns;
	out->tsval_last_ns = s->tsval_last_ns;
}

/* @out is zeroed; a direction without packets stays so. */
void side_out(struct side *s, bool few, struct part_dir *out, struct pool *pool)
{
	if (!s->packets)
		return;
	side_head_close(s, pool);
	out->packets = s->packets;
	out->bytes = s->bytes;
	out->data_packets = s->data_packets;
	out->seq_first = s->seq_first;
	out->seq_next = s->seq_next;
	out->ack_max = s->ack_max;
	out->first_ns = s->first_ns;
	out->last_ns = s->last_ns;
	if (s->syn)
		out_syn(s, out);
	if (s->ts)
		out_ts(s, out);
	out->ttl_min = s->ttl_min;
	out->ttl_max = s->ttl_max;
	out->fin = s->fin;
	out->rst = s->rst;
	out->max_pay = s->max_pay;
	out->csum_bad = s->csum_bad;
	out->csum_offload = s->csum_offload;
	out->csum_good = s->csum_good;
	out->big = s->big;
	out->ipid_zero = s->ipid_zero;
	out->ipid_const = s->ipid_const;
	out->head = s->head_len ? s->head : 0;
	out->head_len = s->head_len;
	bottom_out(&s->any, side_any_max(few), &out->any);
	side_turns_out(s, few, &out->turn);
}

void side_release(struct side *s, struct pool *pool)
{
	if (s->head_state == HEAD_OPEN)
		pool_give(pool, HEAD_CLASS, s->head_at);
	pool_give(pool, SYN_CLASS, s->syn_at);
	pool_give(pool, PREFACE_CLASS, s->preface);
	bottom_release(&s->any, pool);
	bottom_release(&s->turn, pool);
}
