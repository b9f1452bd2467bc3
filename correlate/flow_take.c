/* A part of one file as a flow of its own.
 *
 * Of hundreds of bytes that the indexer keeps, a flow takes what pairing compares:
 * ends, numbers, the SYN's options, first bytes, turns, samples, and what a
 * proxy's header says.
 */
#include "correlate/stitch_int.h"

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
 * with a SYN, or has only one, the indexer made the sender of a SYN,ACK ends[1].
 * A point that sees only some of the routes may have the answer to a SYN that
 * took another one, and that SYN's retransmission after it. */
static void mark_accepting(struct flow *f, const struct part *part)
{
	const struct part_dir *d = part->dir;

	if (d[1].syn && (!d[0].syn || d[1].syn_frame > d[0].syn_frame ||
			 d[1].syn_frame == part->first_frame))
		f->dir[1].flags |= DIR_ACCEPTS;
	else if (d[0].syn && d[1].syn)
		f->dir[0].flags |= DIR_ACCEPTS;
}

/* Are the turns kept all of both streams, from the SYNs to the FINs? */
static bool is_all_said(const struct part *part)
{
	uint64_t said[2] = { 0 };

	if (part->turns >= PART_TURNS)
		return false;
	for (unsigned i = 0; i < part->turns; i++)
		said[(part->first_turn_dir + i) & 1] += part->turn_bytes[i];
	for (int d = 0; d < 2; d++) {
		const struct part_dir *x = &part->dir[d];

		if (!x->syn || !x->fin ||
		    x->seq_next - x->seq_first !=
			    said[d] + part->before.len[d] + 2)
			return false;
	}
	return true;
}

/* Turns that are surely whole: all but the last one kept, unless both streams were
 * seen to their ends. */
static void take_turns(struct flow *f, const struct part *part)
{
	static const uint8_t over[TURN_HASHES] = { 2, 4, 8 };
	unsigned whole = part->turns;

	if (whole && !is_all_said(part))
		whole--;
	for (int k = 0; k < TURN_HASHES; k++) {
		uint64_t h = over[k];

		if (whole < over[k])
			break;
		for (unsigned i = 0; i < over[k]; i++)
			h = key_mix(h, part->turn_bytes[i]);
		f->turn_hash[k] = (uint32_t)h | 1;
	}
}

static uint32_t take_preface(struct point *p, struct addr_table *addrs,
			     const struct part *part)
{
	const struct part_before *x = &part->before;
	struct flow_preface out = { .len = { x->len[0], x->len[1] },
				    .opening = x->opening,
				    .proto = part->proto,
				    .named = x->named };

	if (!x->len[0] && !x->len[1] && !x->named)
		return 0;
	for (int e = 0; e < 2 && x->named; e++) {
		out.addr[e] = addr_number(addrs, &x->ends[e].addr);
		out.port[e] = x->ends[e].port;
	}
	*VEC_PUSH(&p->preface) = out;
	return (uint32_t)p->preface.n;
}

void flow_take(struct point *p, struct addr_table *addrs, struct flow *f,
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
		.first_payload = part->turns ? (part->first_turn_dir ^
						part->answers_first) &
						       1
					     : 2,
	};
	for (int d = 0; d < 2; d++) {
		f->addr[d] = addr_number(addrs, &part->ends[d].addr);
		f->local |= net_addr_is_local_group(&part->ends[d].addr);
		f->port[d] = part->ends[d].port;
		take_dir(&f->dir[d], &part->dir[d]);
		f->dir[d].n_samples = flow_samples_take(p, part, &part->dir[d]);
	}
	f->preface = take_preface(p, addrs, part);
	mark_accepting(f, part);
	take_turns(f, part);
}
