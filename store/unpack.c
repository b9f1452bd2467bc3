/* Unpacking of runs: the reverse of store/pack.c, which has the format.
 *
 * The records of a chunk are zero at first, then hold the deviations of its columns
 * (store/unpack_columns.c).  Then each is restored from its prediction and
 * deviations, and updates the next prediction.
 *
 * Most records are calm: headers, options and lengths below the payload are as
 * predicted, and no SYN changes what they are predicted from.  A stretch of
 * them is restored by a loop of its own, in which only numbers change.  In long
 * transfers most are also like the one before in payload, flags and window, and
 * these fields are copied.
 *
 * Fields are written and read one by one: a load that spans two recent stores
 * waits for both.
 *
 * Hostile bytes: a run's n is bounded by the directory (BLOCK_RECORDS), every
 * byte is read through store/unpack_in.h; any value is possible, except of
 * n_sack.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "store/pack_guess.h"
#include "store/unpack_int.h"

/* What all records of a run share. */
struct shared {
	uint64_t unit; /* of time, ns */
	uint32_t part;
	uint8_t dir;
};

/* ---- the tail ---- */

/* @n at most 4.  Edge by edge, as a load that spans two recent stores has to
 * wait for both. */
static ALWAYS_INLINE void take_sack(struct packed_in *in, struct guess *g,
				    struct record *r, unsigned n)
{
	for (unsigned j = 0; j < n; j++) {
		bool old = j < g->n_sack;
		uint32_t left = old ? g->sack[j][0] : (uint32_t)r->ack64;
		uint32_t right;

		left += zagzig32(in_varint(in));
		right = old ? g->sack[j][1] : left;
		right += zagzig32(in_varint(in));
		g->sack[j][0] = r->sack[j][0] = left;
		g->sack[j][1] = r->sack[j][1] = right;
	}
	g->n_sack = (uint8_t)n;
	r->n_sack = (uint8_t)n;
}

static void take_digests_slowly(struct packed_in *in, struct record *r)
{
	if (r->marks & REC_HEAD)
		r->head_digest = (uint32_t)in_bytes(in, 4);
	if (r->marks & REC_FULL)
		r->full_digest = (uint32_t)in_bytes(in, 4);
	if (r->marks & REC_SUM)
		r->pay_sum = (uint16_t)in_bytes(in, 2);
}

static void take_tail(struct packed_in *in, struct guess *g, struct record *r)
{
	take_digests_slowly(in, r);
	if (r->marks & REC_FRAG) {
		r->frag_id = g->frag_id + zagzig32(in_varint(in));
		r->frag_off = (uint16_t)in_varint(in);
	}
	if (r->n_sack > 4) {
		in->bad = true;
		r->n_sack = 0;
	}
	if (r->n_sack)
		take_sack(in, g, r, r->n_sack);
}

/* ---- one record ---- */

/* Restores @r, which holds deviations. */
static void restore(const struct guess *g, struct record *r)
{
	bool ts;
	unsigned k;

	r->opts ^= g->opts;
	r->hdr_len = (uint16_t)(g->hdr + r->hdr_len);
	r->ttl = (uint8_t)(g->ttl + r->ttl);
	r->tos ^= g->tos;
	r->icmp_type ^= g->icmp;
	r->n_sack ^= guess_n_sack(g, r);
	ts = r->opts & REC_OPT_TS;
	r->frame += g->frame + 1;
	r->pay_len += g->pay;
	r->tcp_flags ^= g->flags;
	r->ack64 += guess_ack(g, r);
	r->tsval += ts ? g->tsval : 0;
	r->tsecr += guess_tsecr(g, r);
	r->ip_id = (uint16_t)(guess_ip_id(g) + r->ip_id);
	r->window = (uint16_t)(g->window + r->window);
	r->seq64 += g->seq;
	r->wire_len += guess_wire(g, r);
	r->cap_len += guess_cap(g, r);
	k = kind_of(r);
	r->marks ^= g->kind[k].marks;
	r->csum ^= g->kind[k].csum;
}

static void restore_one(struct guess *g, struct packed_in *in,
			const struct shared *all, struct record *r)
{
	uint64_t tick = (uint64_t)g->tick + (uint64_t)r->time_ns;

	restore(g, r);
	r->time_ns = (int64_t)(tick * all->unit);
	r->part = all->part;
	r->dir = all->dir;
	take_tail(in, g, r);
	guess_next(g, r, (int64_t)tick);
}

/* ---- calm records ---- */

/* The tail of a calm record, as its marks require. */
struct calm_tail {
	uint64_t digests; /* mask of the first bytes */
	uint16_t sum;     /* mask of the sum */
	uint8_t shift, sum_at, size;
};

#define CALM_TAIL 16 /* bytes that may be read for each */
_Static_assert((REC_HEAD | REC_FULL | REC_SUM) == 7, "index");

static const struct calm_tail calm_tails[8] = {
	[REC_HEAD] = { UINT32_MAX, 0, 0, 4, 4 },
	[REC_FULL] = { UINT32_MAX, 0, 32, 4, 4 },
	[REC_HEAD | REC_FULL] = { UINT64_MAX, 0, 0, 8, 8 },
	[REC_SUM] = { 0, UINT16_MAX, 0, 0, 2 },
	[REC_HEAD | REC_SUM] = { UINT32_MAX, UINT16_MAX, 0, 4, 6 },
	[REC_FULL | REC_SUM] = { UINT32_MAX, UINT16_MAX, 32, 4, 6 },
	[REC_HEAD | REC_FULL | REC_SUM] = { UINT64_MAX, UINT16_MAX, 0, 8, 10 },
};

static ALWAYS_INLINE void take_calm_tail(struct packed_in *in,
					 const struct calm_tail *t,
					 struct record *r)
{
	uint64_t digests = (load_le64(in->at) & t->digests) << t->shift;
	const uint8_t *sum = in->at + t->sum_at;

	r->head_digest = (uint32_t)digests;
	r->full_digest = (uint32_t)(digests >> 32);
	r->pay_sum = (uint16_t)((sum[0] | sum[1] << 8) & t->sum);
	in->at += t->size;
}

/* Is the next record, whose headers do not deviate, calm? */
static bool is_calm(const struct guess *g)
{
	return !((g->kind[0].marks | g->kind[1].marks | g->kind[2].marks |
		  g->kind[3].marks) &
		 REC_FRAG) &&
	       !(g->flags & REC_SYN);
}

/* Reads the parts of calm records that are not in columns. */
static ALWAYS_INLINE void
take_digests(struct packed_in *in, const struct calm_tail *t, struct record *r)
{
	struct packed_in slow;

	if (in_has(in, CALM_TAIL)) {
		take_calm_tail(in, t, r);
		return;
	}
	slow = in_begin(in);
	take_digests_slowly(&slow, r);
	in_end(in, &slow);
}

/* Restores records [r, end), all calm: as restore_one(), but only numbers
 * change. */
static void restore_calm(struct guess *restrict g,
			 struct packed_in *restrict from,
			 const struct shared *restrict all,
			 struct record *restrict r, const struct record *end)
{
	const bool ts = g->opts & REC_OPT_TS;
	const uint32_t headers = g->link + g->hdr;
	struct packed_in in = in_begin(from);
	uint64_t tick = (uint64_t)g->tick, frame = g->frame, seq = g->seq;
	uint64_t ack = g->ack;
	uint32_t pay = g->pay, tsval = g->tsval, tsecr = g->tsecr;
	uint16_t flags = g->flags, ip_id = g->ip_id, window = g->window;
	bool still = g->ip_id_still;
	const unsigned sacks = !(g->opts & REC_OPT_SACK) ? 0
			       : g->n_sack               ? g->n_sack
							 : 1;

	in.ends = 0;
	for (; r < end; r++) {
		unsigned k;

		tick += (uint64_t)r->time_ns;
		r->time_ns = (int64_t)(tick * all->unit);
		r->frame = frame += 1 + r->frame;
		r->pay_len = pay += r->pay_len;
		r->tcp_flags = flags ^= r->tcp_flags;
		if (flags & REC_ACK)
			r->ack64 = ack += r->ack64;
		if (ts) {
			r->tsval = tsval += r->tsval;
			r->tsecr += tsecr;
			tsecr = r->tsecr ? r->tsecr : tsecr;
		}
		r->ip_id = (uint16_t)(r->ip_id + ip_id + !still);
		still = ip_id == r->ip_id;
		ip_id = r->ip_id;
		r->window = window = (uint16_t)(window + r->window);
		r->seq64 = seq += r->seq64;
		seq += flags ? pay + (flags & REC_FIN) : 1;
		flags = flags ? REC_ACK : 0;
		r->wire_len = headers + pay;
		r->cap_len = guess_cap(g, r);
		k = kind_of(r);
		r->part = all->part;
		r->hdr_len = g->hdr;
		r->marks = g->kind[k].marks;
		r->opts = g->opts;
		r->ttl = g->ttl;
		r->tos = g->tos;
		r->csum = g->kind[k].csum;
		r->dir = all->dir;
		r->icmp_type = g->icmp;
		take_digests(&in, &calm_tails[r->marks & 7], r);
		if (sacks) {
			take_sack(&in, g, r, sacks);
			in.ends = 0;
		}
	}
	g->tick = (int64_t)tick;
	g->frame = frame;
	g->seq = seq;
	g->ack = ack;
	g->pay = pay;
	if (ts) {
		g->tsval = tsval;
		g->tsecr = tsecr;
	}
	g->flags = flags;
	g->ip_id = ip_id;
	g->ip_id_still = still;
	g->window = window;
	in_end(from, &in);
}
_Static_assert(REC_FIN == 1, "takes one number");

/* Copies what records that are alike share: lengths, and everything after the
 * SACK edges. */
static ALWAYS_INLINE void copy_alike(struct record *to,
				     const struct record *like)
{
	to->wire_len = like->wire_len;
	to->cap_len = like->cap_len;
	to->pay_len = like->pay_len;
	memcpy((char *)to + offsetof(struct record, part),
	       (const char *)like + offsetof(struct record, part),
	       sizeof *to - offsetof(struct record, part));
}
_Static_assert(offsetof(struct record, part) >=
		       offsetof(struct record, sack) +
			       sizeof((struct record *)0)->sack,
	       "what differs comes before");

/* Restores records [r, end), all calm, and like the one before in payload,
 * flags, window and IP ID step. */
static void restore_alike(struct guess *restrict g,
			  struct packed_in *restrict from,
			  const struct shared *restrict all,
			  struct record *restrict r, const struct record *end)
{
	const struct record *like = r - 1;
	const bool ts = g->opts & REC_OPT_TS, acks = g->flags & REC_ACK;
	const uint32_t step = g->flags ? g->pay : 1;
	const uint16_t ip_step = !g->ip_id_still;
	const struct calm_tail tail = calm_tails[like->marks & 7];
	struct packed_in in = in_begin(from);
	uint64_t tick = (uint64_t)g->tick, frame = g->frame, seq = g->seq;
	uint64_t ack = g->ack;
	uint32_t tsval = g->tsval, tsecr = g->tsecr;
	uint16_t ip_id = g->ip_id;

	in.ends = 0;
	for (; r < end; r++) {
		copy_alike(r, like);
		tick += (uint64_t)r->time_ns;
		r->time_ns = (int64_t)(tick * all->unit);
		r->frame = frame += 1 + r->frame;
		r->seq64 = seq += r->seq64;
		seq += step;
		if (acks)
			r->ack64 = ack += r->ack64;
		if (ts) {
			r->tsval = tsval += r->tsval;
			r->tsecr += tsecr;
			tsecr = r->tsecr ? r->tsecr : tsecr;
		}
		r->ip_id = ip_id = (uint16_t)(ip_id + ip_step);
		take_digests(&in, &tail, r);
	}
	g->tick = (int64_t)tick;
	g->frame = frame;
	g->seq = seq;
	g->ack = ack;
	if (ts) {
		g->tsval = tsval;
		g->tsecr = tsecr;
	}
	g->ip_id = ip_id;
	in_end(from, &in);
}

/* ---- chunks ---- */

#define ALIKE_LEAST 8 /* the fewest records worth a loop of their own */

/* Which records are neither @unlike nor closely followed by one that is. */
static uint64_t alike_starts(uint64_t unlike, size_t n)
{
	uint64_t bits = ~unlike;

	if (n < CHUNK)
		bits &= ((uint64_t)1 << n) - 1;
	bits &= bits >> 1;
	bits &= bits >> 2;
	return bits & bits >> 4;
}
_Static_assert(ALIKE_LEAST == 8, "1 + 1 + 2 + 4");

/* Return: the first record from @i on whose bit is set, or @n. */
static size_t next_set(uint64_t bits, size_t i, size_t n)
{
	bits >>= i;
	return bits ? i + (size_t)__builtin_ctzll(bits) : n;
}

/* Is @r, the previous record, like the prediction for the next ones? */
static bool is_like(const struct guess *g, const struct record *r)
{
	return r->tcp_flags == g->flags && r->opts == g->opts &&
	       r->hdr_len == g->hdr && r->window == g->window &&
	       !(r->opts & REC_OPT_SACK) && r->cap_len == guess_cap(g, r);
}

/* Restores records [i, end), all calm. */
static void restore_stretch(struct guess *g, struct packed_in *in,
			    const struct shared *all, struct record *out,
			    uint64_t unlike, size_t i, size_t end)
{
	uint64_t starts = alike_starts(unlike, end);

	while (i < end) {
		size_t to = next_set(starts, i, end);

		/* an alike stretch is like the record before it */
		if (g->opts & REC_OPT_SACK)
			to = end;
		if (to > i) {
			restore_calm(g, in, all, out + i, out + to);
			i = to;
			continue;
		}
		if (!is_like(g, &out[i] - 1)) {
			restore_calm(g, in, all, out + i, out + i + 1);
			i++;
		}
		to = next_set(unlike, i, end);
		restore_alike(g, in, all, out + i, out + to);
		i = to;
	}
}

/* @first: there is no record before @out. */
static void unpack_chunk(struct guess *g, struct packed_in *in,
			 const struct shared *all, struct record *out, size_t n,
			 bool first)
{
	struct chunk c = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (struct record){ 0 };
	unpack_columns(in, &c, out, n);
	c.unlike |= first;
	for (i = 0; i < n;) {
		size_t end = next_set(c.other, i, n);

		if (end > i && is_calm(g)) {
			restore_stretch(g, in, all, out, c.unlike, i, end);
			i = end;
		} else {
			restore_one(g, in, all, &out[i]);
			i++;
		}
	}
}

static int unpack_bytes(const struct pack_base *base, struct packed_in in,
			struct shared all, struct record *out, size_t n)
{
	uint64_t unit = in_bytes(&in, 1);
	struct guess g;

	if (in.bad || unit >= UNITS)
		return -1;
	all.unit = (uint64_t)pack_units[unit];
	guess_init(&g, base, (unsigned)unit);
	for (size_t i = 0, step; i < n && in_ok(&in); i += step) {
		step = i == 0 ? 1 : n - i < CHUNK ? n - i : CHUNK;
		unpack_chunk(&g, &in, &all, out + i, step, !i);
		if (i == 0)
			guess_family(&g, &out[0]);
	}
	return in_at_end(&in) ? 0 : -1;
}

static const struct pack_base no_base;

int unpack_run(const uint8_t *p, size_t size, uint32_t part, uint8_t dir,
	       struct record *out, size_t n)
{
	return unpack_run_from(&no_base, p, size, part, dir, out, n);
}

int unpack_run_from(const struct pack_base *base, const uint8_t *p, size_t size,
		    uint32_t part, uint8_t dir, struct record *out, size_t n)
{
	return unpack_bytes(base, packed_in_of(p, size, 0),
			    (struct shared){ .part = part, .dir = dir }, out,
			    n);
}

int unpack_run_in(const struct pack_run *run, const uint8_t *block, size_t size,
		  uint8_t dir, struct record *out)
{
	return unpack_bytes(&run->base,
			    packed_in_of(block + run->at, run->size,
					 size - run->at - run->size),
			    (struct shared){ .part = run->part, .dir = dir },
			    out, run->n);
}
