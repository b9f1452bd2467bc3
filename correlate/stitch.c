/* A point's parts into flows.
 *
 * What: each part becomes a flow of its own; flows of one key (both ends,
 * protocol, tunnel) that carry on from one another are then joined in order
 * of time.  So a session that runs over several files of a ring, or that the
 * indexer forgot while it was idle, is one flow again, and a port used anew is
 * another one.
 *
 * When a later part carries on (continues()):
 *   TCP     no SYN contradicts (another initial number, or a SYN in a
 *           direction that had spoken without one), and in each direction
 *           that both have seen, the numbers meet: the later ones begin
 *           within ROTATION_JUMP of the earlier ones' end, or within what the
 *           flow may have sent in the time between, at most 2^28.
 *           Acknowledgements stand in for a direction that was not captured.
 *   others  the pause is at most DATAGRAM_IDLE_NS.
 *
 * Invariants: dir's seq space of the result is that of the first part; a later
 * part's shift is a multiple of 2^32 for TCP, and the packets so far for
 * datagrams, whose number is a running one.
 *
 * Cost: one radix sort by key; all flows of one key are looked at pairwise
 * with the last two open ones: O(n).  Memory: struct flow and its samples.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/seq.h"
#include "correlate/pair_int.h"
#include "correlate/radix.h"

#define ROTATION_JUMP (1 << 24)
#define FAR_JUMP (1 << 28)
#define DATAGRAM_IDLE_NS 120000000000LL
#define RESERVED ((size_t)1 << 20) /* flows: memory for more grows */
#define LINE_RATE 1250000000.0     /* bytes a second: 10 Gbit/s */

/* --- addresses --- */

static uint64_t addr_hash(const struct net_addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof w);
	return key_mix(key_mix(1, w[0]), w[1]);
}

uint32_t addr_number(struct addr_table *t, const struct net_addr *a)
{
	uint64_t h = addr_hash(a);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&t->by_hash, h, &pos)) != HTAB_NONE)
		if (!net_addr_cmp(&t->addr.at[i], a))
			return i;
	i = (uint32_t)t->addr.n;
	*VEC_PUSH(&t->addr) = *a;
	htab_put(&t->by_hash, h, i);
	return i;
}

/* --- one part --- */

static uint32_t since_us(int64_t t, int64_t first)
{
	uint64_t us = t < first ? 0 : ((uint64_t)t - (uint64_t)first) / 1000;

	return us < NO_TIME ? (uint32_t)us : NO_TIME;
}

static bool has_sample(const struct sample *s, size_t n, uint32_t digest,
		       uint32_t len)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].digest == digest && s[i].len == len)
			return true;
	return false;
}

static uint8_t take_samples(struct point *p, const struct part *part,
			    const struct part_dir *d)
{
	const struct part_samples *kind[2] = { &d->turn, &d->any };
	size_t from = p->sample.n;

	for (int k = 0; k < 2; k++) {
		for (unsigned i = 0; i < kind[k]->n; i++) {
			const struct part_sample *s = &kind[k]->at[i];

			if (has_sample(p->sample.at + from, p->sample.n - from,
				       s->digest, s->len))
				continue;
			*VEC_PUSH(&p->sample) = (struct sample){
				.digest = s->digest,
				.len = s->len,
				.seq = (uint32_t)s->seq,
				.at_us = since_us(s->time_ns, part->first_ns),
			};
		}
	}
	return (uint8_t)(p->sample.n - from);
}

static uint8_t dir_flags(const struct part_dir *d)
{
	return (uint8_t)((d->syn ? DIR_SYN : 0) | (d->fin ? DIR_FIN : 0) |
			 (d->rst ? DIR_RST : 0) | (d->ts ? DIR_TS : 0) |
			 (d->syn && d->syn_opts & REC_OPT_TS ? DIR_SYN_TS : 0) |
			 (d->syn && d->syn_cut ? DIR_SYN_CUT : 0) |
			 (d->data_packets ? DIR_DATA : 0));
}

static void take_dir(struct flow_dir *out, const struct part_dir *d)
{
	*out = (struct flow_dir){
		.head = d->head,
		.packets = d->packets,
		.bytes = d->bytes,
		.seq_first = d->seq_first,
		.seq_next = d->seq_next,
		.first_ns = d->syn ? d->syn_ns : d->first_ns,
		.ack_max = (uint32_t)d->ack_max,
		.syn_tsval = d->syn_tsval,
		.ts_first = d->tsval_first,
		.ts_last = d->tsval_last,
		.mss = d->mss,
		.window = d->syn_window,
		.order = d->opt_order,
		.ip_id = d->syn_ip_id,
		.opts = d->syn_opts,
		.wscale = d->wscale,
		.head_len = d->head_len,
		.flags = dir_flags(d),
		.ttl = d->ttl_max,
		.ttl_low = d->ttl_min,
		.syn_count = (uint8_t)(d->syn_count < 255 ? d->syn_count : 255),
	};
}

/* Which SYN was the answer: by frames, as clocks may step.  Where the part begins
 * with a SYN, or has but one, the indexer made the sender of a SYN,ACK ends[1]:
 * a point that sees some of the routes may have the answer to a SYN that went
 * round it, and the SYN that was sent again behind it. */
static void mark_accepting(struct flow *f, const struct part *part)
{
	const struct part_dir *d = part->dir;

	if (d[1].syn && (!d[0].syn || d[1].syn_frame > d[0].syn_frame ||
			 d[1].syn_frame == part->first_frame))
		f->dir[1].flags |= DIR_ACCEPTS;
	else if (d[0].syn && d[1].syn)
		f->dir[0].flags |= DIR_ACCEPTS;
}

/* Turns that are surely whole: all but the last one kept. */
static void take_turns(struct flow *f, const struct part *part)
{
	static const uint8_t over[TURN_HASHES] = { 2, 4, 8 };

	for (int k = 0; k < TURN_HASHES; k++) {
		uint64_t h = over[k];

		if (part->turns <= over[k])
			break;
		for (unsigned i = 0; i < over[k]; i++)
			h = key_mix(h, part->turn_bytes[i]);
		f->turn_hash[k] = (uint32_t)h | 1;
	}
}

static uint32_t take_preface(struct point *p, struct addr_table *addrs,
			     const struct part *part)
{
	const struct preface *x = &part->preface;
	struct flow_preface out = { .len = x->len,
				    .dir = part->preface_dir,
				    .proto = part->proto,
				    .named = x->named };

	if (!x->len && !x->named)
		return 0;
	for (int e = 0; e < 2 && x->named; e++) {
		out.addr[e] = addr_number(addrs, &x->ends[e].addr);
		out.port[e] = x->ends[e].port;
	}
	*VEC_PUSH(&p->preface) = out;
	return (uint32_t)p->preface.n;
}

static void take_part(struct point *p, struct addr_table *addrs, struct flow *f,
		      const struct part *part)
{
	*f = (struct flow){
		.first_ns = part->first_ns,
		.last_ns = part->last_ns,
		.part = part->id,
		.n_parts = 1,
		.tunnel = part->tunnel,
		.samples = (uint32_t)p->sample.n,
		.proto = part->proto,
		.first_payload = part->turns ? part->first_turn_dir & 1 : 2,
	};
	for (int d = 0; d < 2; d++) {
		f->addr[d] = addr_number(addrs, &part->ends[d].addr);
		f->port[d] = part->ends[d].port;
		take_dir(&f->dir[d], &part->dir[d]);
		f->dir[d].n_samples = take_samples(p, part, &part->dir[d]);
	}
	f->preface = take_preface(p, addrs, part);
	mark_accepting(f, part);
	take_turns(f, part);
}

/* --- joining --- */

static bool ends_ordered(const struct flow *f)
{
	if (f->addr[0] != f->addr[1])
		return f->addr[0] < f->addr[1];
	return f->port[0] <= f->port[1];
}

static uint64_t flow_key(const struct flow *f)
{
	int lo = ends_ordered(f) ? 0 : 1;
	uint64_t h = key_mix(f->proto, f->tunnel);

	h = key_mix(h, (uint64_t)f->addr[lo] << 32 | f->addr[!lo]);
	return key_mix(h, (uint64_t)f->port[lo] << 16 | f->port[!lo]);
}

static bool same_key(const struct flow *a, const struct flow *b)
{
	int s = ends_ordered(a) != ends_ordered(b);

	return a->proto == b->proto && a->tunnel == b->tunnel &&
	       a->addr[0] == b->addr[s] && a->addr[1] == b->addr[!s] &&
	       a->port[0] == b->port[s] && a->port[1] == b->port[!s];
}

static uint64_t allowed_jump(const struct flow *a, const struct flow *b)
{
	double pause = (double)b->first_ns - (double)a->last_ns;
	double bytes;

	if (pause < 0 || pause > 60e9)
		return ROTATION_JUMP;
	bytes = pause * 1e-9 * LINE_RATE + ROTATION_JUMP;
	return bytes > FAR_JUMP ? FAR_JUMP : (uint64_t)bytes;
}

static bool near(uint32_t x, uint32_t y, uint64_t jump)
{
	int32_t d = seq_diff(x, y);

	return (uint64_t)(d < 0 ? -(int64_t)d : d) <= jump;
}

/* Do @b's directions (its d ^ swap) carry on @a's numbers? */
static bool dir_continues(const struct flow *a, const struct flow *b, int d,
			  int swap, uint64_t jump)
{
	const struct flow_dir *x = &a->dir[d], *y = &b->dir[d ^ swap];
	const struct flow_dir *back = &a->dir[!d], *on = &b->dir[!d ^ swap];

	if (y->flags & DIR_SYN) {
		if (x->flags & DIR_SYN)
			return (uint32_t)x->seq_first == (uint32_t)y->seq_first;
		return !x->packets &&
		       (!back->ack_max ||
			near((uint32_t)y->seq_first, back->ack_max, 1 << 16));
	}
	if (x->packets && y->packets)
		return near((uint32_t)y->seq_first, (uint32_t)x->seq_next,
			    jump);
	if (x->packets && on->ack_max)
		return near(on->ack_max, (uint32_t)x->seq_next, jump);
	if (y->packets && back->ack_max)
		return near((uint32_t)y->seq_first, back->ack_max, jump);
	return true;
}

static bool continues(const struct flow *a, const struct flow *b, int swap)
{
	uint64_t jump = allowed_jump(a, b);

	if (!flow_is_tcp(a))
		return b->first_ns <= a->last_ns ||
		       (uint64_t)b->first_ns - (uint64_t)a->last_ns <=
			       DATAGRAM_IDLE_NS;
	return dir_continues(a, b, 0, swap, jump) &&
	       dir_continues(a, b, 1, swap, jump);
}

/* Finalizer of MurmurHash3, as in the indexer's choice: small values stay. */
static uint32_t sample_rank(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

static int by_rank(const void *a, const void *b)
{
	uint32_t x = sample_rank(((const struct sample *)a)->digest);
	uint32_t y = sample_rank(((const struct sample *)b)->digest);

	return x < y ? -1 : x > y;
}

static size_t copy_samples(struct point *p, const struct flow *f, int d,
			   int64_t first_ns, struct sample *out, size_t n)
{
	const struct sample *s = p->sample.at + f->samples +
				 (d ? f->dir[0].n_samples : 0);
	uint32_t later = since_us(f->first_ns, first_ns);

	for (unsigned i = 0; i < f->dir[d].n_samples; i++) {
		if (has_sample(out, n, s[i].digest, s[i].len))
			continue;
		out[n] = s[i];
		if (later == NO_TIME || s[i].at_us >= NO_TIME - later)
			out[n].at_us = NO_TIME;
		else
			out[n].at_us += later;
		n++;
	}
	return n;
}

static void join_samples(struct point *p, struct flow *a, const struct flow *b,
			 int swap)
{
	struct sample s[2][2 * FLOW_SAMPLES];
	size_t n[2];

	for (int d = 0; d < 2; d++) {
		n[d] = copy_samples(p, a, d, a->first_ns, s[d], 0);
		n[d] = copy_samples(p, b, d ^ swap, a->first_ns, s[d], n[d]);
		qsort(s[d], n[d], sizeof s[d][0], by_rank);
		if (n[d] > FLOW_SAMPLES)
			n[d] = FLOW_SAMPLES;
	}
	a->samples = (uint32_t)p->sample.n;
	for (int d = 0; d < 2; d++) {
		for (size_t i = 0; i < n[d]; i++)
			*VEC_PUSH(&p->sample) = s[d][i];
		a->dir[d].n_samples = (uint8_t)n[d];
	}
}

/* What to add to @b's numbers in @a's direction @d. */
static int64_t dir_shift(const struct flow *a, const struct flow *b, int d,
			 int swap)
{
	const struct flow_dir *x = &a->dir[d], *y = &b->dir[d ^ swap];
	uint64_t mine = y->packets ? y->seq_first : y->seq_next;

	if (!flow_is_tcp(a))
		return (int64_t)x->packets;
	if (!x->packets || !y->packets)
		return 0;
	return (int64_t)(seq_unwrap(x->seq_next, (uint32_t)mine) - mine);
}

static void add_part(struct point *p, struct flow *a, const struct flow *b,
		     int swap, const int64_t shift[2])
{
	int64_t at = (int64_t)p->parts.n;

	if (a->n_parts == 1)
		*VEC_PUSH(&p->parts) = (struct flow_part){ .part = a->part };
	else if (a->part + a->n_parts != at)
		for (uint32_t i = 0; i < a->n_parts; i++) {
			struct flow_part old = p->parts.at[a->part + i];

			*VEC_PUSH(&p->parts) = old;
		}
	if (a->n_parts == 1 || a->part + a->n_parts != at)
		a->part = at;
	*VEC_PUSH(&p->parts) = (struct flow_part){
		.part = b->part,
		.swap = swap,
		.shift = { shift[0], shift[1] },
	};
	a->n_parts++;
}

static void join_syn(struct flow_dir *x, const struct flow_dir *y)
{
	unsigned syns = (unsigned)x->syn_count + y->syn_count;

	x->syn_count = (uint8_t)(syns < 255 ? syns : 255);
	if (x->flags & DIR_SYN || !(y->flags & DIR_SYN))
		return;
	x->syn_tsval = y->syn_tsval;
	x->mss = y->mss;
	x->window = y->window;
	x->order = y->order;
	x->ip_id = y->ip_id;
	x->first_ns = y->first_ns;
	x->opts = y->opts;
	x->wscale = y->wscale;
}

static void join_dir(struct flow_dir *x, const struct flow_dir *y,
		     int64_t shift)
{
	if (!y->packets)
		return;
	if (!x->packets) {
		uint8_t kept = x->n_samples;

		*x = *y;
		x->n_samples = kept;
		return;
	}
	/* a SYN says where numbers begin; a device's reset may have any */
	if (!(x->flags & DIR_SYN) &&
	    y->seq_first + (uint64_t)shift < x->seq_first)
		x->seq_first = y->seq_first + (uint64_t)shift;
	join_syn(x, y);
	x->packets += y->packets;
	x->bytes += y->bytes;
	if (y->seq_next + (uint64_t)shift > x->seq_next)
		x->seq_next = y->seq_next + (uint64_t)shift;
	if (y->ack_max)
		x->ack_max = y->ack_max;
	if (!(x->flags & DIR_TS))
		x->ts_first = y->ts_first;
	if (y->flags & DIR_TS)
		x->ts_last = y->ts_last;
	if (y->ttl > x->ttl)
		x->ttl = y->ttl;
	if (y->ttl_low < x->ttl_low)
		x->ttl_low = y->ttl_low;
	x->flags |= y->flags;
}

static void flow_join(struct point *p, struct flow *a, struct flow *b, int swap)
{
	int64_t shift[2];

	for (int d = 0; d < 2; d++)
		shift[d] = dir_shift(a, b, d, swap);
	join_samples(p, a, b, swap);
	add_part(p, a, b, swap, shift);
	for (int d = 0; d < 2; d++)
		join_dir(&a->dir[d], &b->dir[d ^ swap], shift[d]);
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
	if (a->first_payload == 2 && b->first_payload < 2)
		a->first_payload = (uint8_t)(b->first_payload ^ swap);
	if (!a->preface && b->preface) {
		a->preface = b->preface;
		p->preface.at[a->preface - 1].dir ^= (uint8_t)swap;
	}
	memset(a->turn_hash, 0, sizeof a->turn_hash);
	b->n_parts = 0; /* gone */
}

static int by_time(const void *a, const void *b, void *flows)
{
	const struct flow *f = flows;
	const struct flow *x = &f[((const struct radix *)a)->value];
	const struct flow *y = &f[((const struct radix *)b)->value];

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

/* Joins what belongs together among @n parts whose key hash is equal. */
static void stitch_group(struct point *p, struct radix *r, size_t n)
{
	uint32_t open[2] = { UINT32_MAX, UINT32_MAX };

	qsort_r(r, n, sizeof *r, by_time, p->flow);
	for (size_t i = 0; i < n; i++) {
		struct flow *f = &p->flow[r[i].value];
		int k;

		for (k = 0; k < 2 && open[k] != UINT32_MAX; k++) {
			struct flow *o = &p->flow[open[k]];
			int swap = o->addr[0] != f->addr[0] ||
				   o->port[0] != f->port[0];

			if (same_key(o, f) && continues(o, f, swap)) {
				flow_join(p, o, f, swap);
				break;
			}
		}
		if (k < 2 && open[k] != UINT32_MAX)
			continue;
		open[1] = open[0];
		open[0] = r[i].value;
	}
}

static void stitch(struct point *p)
{
	struct radix *r = mem_resize(NULL, p->n + 1, sizeof *r);

	for (size_t i = 0; i < p->n; i++)
		r[i] = (struct radix){ flow_key(&p->flow[i]), (uint32_t)i };
	radix_sort(r, p->n);
	for (size_t i = 0, j; i < p->n; i = j) {
		for (j = i + 1; j < p->n && r[j].hash == r[i].hash; j++)
			;
		if (j - i > 1)
			stitch_group(p, r + i, j - i);
	}
	free(r);
}

static int64_t first_part(const struct point *p, const struct flow *f)
{
	return f->n_parts > 1 ? p->parts.at[f->part].part : f->part;
}

static int by_start(const void *a, const void *b, void *point)
{
	const struct flow *x = a, *y = b;
	int64_t px, py;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	px = first_part(point, x);
	py = first_part(point, y);
	return px < py ? -1 : px > py;
}

/* Drops what was joined into others, and puts flows in the order of ids. */
static void settle_order(struct point *p)
{
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 0; i < p->n; i++)
		if (p->flow[i].n_parts)
			p->flow[n++] = p->flow[i];
	p->n = n;
	for (size_t i = 1; i < n && sorted; i++)
		sorted = by_start(&p->flow[i - 1], &p->flow[i], p) <= 0;
	if (!sorted)
		qsort_r(p->flow, n, sizeof *p->flow, by_start, p);
}

static void point_span(struct point *p, const struct file_row *files, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct file_row *f = &files[i];

		if (f->point != p->id || !f->complete || !f->packets)
			continue;
		if (!any || f->first_ns < p->first_ns)
			p->first_ns = f->first_ns;
		if (!any || f->last_ns > p->last_ns)
			p->last_ns = f->last_ns;
		if (f->resolution_ns > p->resolution_ns)
			p->resolution_ns = f->resolution_ns;
		any = true;
	}
}

int point_load(struct store *s, struct point *p, struct addr_table *addrs,
	       const struct file_row *files, size_t n_files, struct err *err)
{
	struct part_cursor *c = store_parts(s, p->id);
	struct part part NOT_ZEROED;
	size_t cap = part_cursor_most(c);

	cap = cap < RESERVED ? cap : RESERVED;
	p->flow = mem_alloc_large(cap * sizeof *p->flow);
	/* so that a flow without samples has a place among them, too */
	p->sample.at = mem_grow(p->sample.at, &p->sample.cap, 1,
				sizeof *p->sample.at);
	while (part_cursor_next(c, &part)) {
		p->flow = mem_grow(p->flow, &cap, p->n + 1, sizeof *p->flow);
		take_part(p, addrs, &p->flow[p->n++], &part);
		if (p->n == INT32_MAX || p->sample.n > UINT32_MAX / 2) {
			part_cursor_free(c);
			return err_set(err, ERR_INPUT,
				       "a point has more than 2,147,483,647 "
				       "flows: index fewer files, or use "
				       "--filter");
		}
	}
	part_cursor_free(c);
	point_span(p, files, n_files);
	if (p->n) {
		stitch(p);
		settle_order(p);
		p->flow = mem_resize(p->flow, p->n, sizeof *p->flow);
	}
	return 0;
}

void point_release(struct point *p)
{
	free(p->flow);
	free(p->seen);
	htab_release(&p->tuples);
	htab_release(&p->twins);
	VEC_FREE(&p->sample);
	VEC_FREE(&p->parts);
	VEC_FREE(&p->preface);
	p->flow = NULL;
	p->seen = NULL;
	p->n = 0;
}
