/* A direction in a part's packed form (format: part.c).
 *
 * Three bytes of flags say what is present and what equals the value predicted
 * from earlier fields: a direction of a few packets takes some thirty bytes.
 */
#include "capture/part_int.h"

enum { /* first byte of a direction */
       HAS_PACKETS = 0x01,
       HAS_SYN = 0x02,
       HAS_FIN = 0x04,
       HAS_RST = 0x08,
       HAS_TS = 0x10,
       IS_IPID_ZERO = 0x20,
       IS_IPID_CONST = 0x40,
       HAS_DATA = 0x80,
};

enum { /* second byte of a direction */
       HAS_HEAD = 0x01,
       HAS_GOOD = 0x02,
       HAS_BAD = 0x04,
       HAS_BIG = 0x08,
       HAS_ANY = 0x10,
       HAS_TURN = 0x20,
       IS_TURN_SUBSET = 0x40,
       HAS_TTL_RANGE = 0x80,
};

enum {                     /* third byte of a direction: what is as predicted */
       AS_SEQ_LOW = 0x01,  /* seq_first, in its space's first turn */
       AS_SEQ_NEXT = 0x02, /* seq_next, by bytes, SYN and FIN */
       AS_FIRST = 0x04,    /* first_ns and last_ns: the part's */
       AS_LAST = 0x08,
       AS_TS = 0x10,    /* all of time stamps but the last value */
       AS_HEAD = 0x20,  /* length and size of the first bytes' digest */
       AS_SYN = 0x40,   /* number, count and time of the SYN */
       AS_SHAPE = 0x80, /* its options and window */
};

enum { /* which parts of a SYN's shape differ */
       SHAPE_MSS = 0x01,
       SHAPE_WINDOW = 0x02,
       SHAPE_ORDER = 0x04,
       SHAPE_WSCALE = 0x08,
       SHAPE_OPTS = 0x10,
       SHAPE_CUT = 0x20,
};

#define HEAD_MAX 64

/* What Linux sends: MSS, SACK, time stamps, no-op, window scale. */
const struct part_dir part_linux_syn = {
	.mss = 1460,
	.syn_window = 64240,
	.opt_order = 0xe576,
	.wscale = 7,
	.syn_opts = 0x17,
};

static uint8_t flags_of(const struct part_dir *d)
{
	return (uint8_t)(HAS_PACKETS | (d->syn ? HAS_SYN : 0) |
			 (d->fin ? HAS_FIN : 0) | (d->rst ? HAS_RST : 0) |
			 (d->ts ? HAS_TS : 0) |
			 (d->ipid_zero ? IS_IPID_ZERO : 0) |
			 (d->ipid_const ? IS_IPID_CONST : 0) |
			 (d->data_packets || d->bytes || d->max_pay ? HAS_DATA
								    : 0));
}

/* HAS_TURN with IS_TURN_SUBSET: a bit set; IS_TURN_SUBSET alone: all of
 * them. */
static uint8_t more_flags_of(const struct part_dir *d, bool subset)
{
	bool all = subset && d->turn.n == d->any.n;

	return (uint8_t)((d->head_len ? HAS_HEAD : 0) |
			 (d->csum_good ? HAS_GOOD : 0) |
			 (d->csum_bad || d->csum_offload ? HAS_BAD : 0) |
			 (d->big ? HAS_BIG : 0) | (d->any.n ? HAS_ANY : 0) |
			 (d->turn.n && !all ? HAS_TURN : 0) |
			 (d->turn.n && subset ? IS_TURN_SUBSET : 0) |
			 (d->ttl_max != d->ttl_min ? HAS_TTL_RANGE : 0));
}

static uint64_t likely_next(const struct part_dir *d)
{
	return data_first(d) + d->bytes + d->fin;
}

static uint8_t likely_head(const struct part_dir *d)
{
	return d->bytes < HEAD_MAX ? (uint8_t)d->bytes : HEAD_MAX;
}

static unsigned shape_differs(const struct part_dir *d,
			      const struct part_dir *from)
{
	return (d->mss != from->mss ? SHAPE_MSS : 0u) |
	       (d->syn_window != from->syn_window ? SHAPE_WINDOW : 0u) |
	       (d->opt_order != from->opt_order ? SHAPE_ORDER : 0u) |
	       (d->wscale != from->wscale ? SHAPE_WSCALE : 0u) |
	       (d->syn_opts != from->syn_opts ? SHAPE_OPTS : 0u) |
	       (d->syn_cut != from->syn_cut ? SHAPE_CUT : 0u);
}

static uint8_t as_flags_of(const struct part_dir *d,
			   const struct part_dir *shape,
			   const struct part_scale *s)
{
	bool ts = d->tsval_first == d->syn_tsval &&
		  d->tsval_first_ns == d->first_ns &&
		  d->tsval_last_ns == d->last_ns;
	bool head = d->head_len == likely_head(d) && !(d->head >> 40);
	bool syn = d->isn == (uint32_t)d->seq_first && d->syn_count == 1 &&
		   d->syn_ns == d->first_ns;

	return (uint8_t)((d->seq_first >> 32 == 1 ? AS_SEQ_LOW : 0) |
			 (d->seq_next == likely_next(d) ? AS_SEQ_NEXT : 0) |
			 (d->first_ns == s->first_ns ? AS_FIRST : 0) |
			 (d->last_ns == s->last_ns ? AS_LAST : 0) |
			 (ts ? AS_TS : 0) | (head ? AS_HEAD : 0) |
			 (syn ? AS_SYN : 0) |
			 (shape_differs(d, shape) ? 0 : AS_SHAPE));
}

static void put_shape(struct buf *out, const struct part_dir *d,
		      const struct part_dir *from)
{
	unsigned differs = shape_differs(d, from);

	buf_u8(out, (uint8_t)differs);
	if (differs & SHAPE_MSS)
		put_u16(out, d->mss);
	if (differs & SHAPE_WINDOW)
		put_u16(out, d->syn_window);
	if (differs & SHAPE_ORDER)
		put_u16(out, d->opt_order);
	if (differs & SHAPE_WSCALE)
		buf_u8(out, (uint8_t)d->wscale);
	if (differs & SHAPE_OPTS)
		buf_u8(out, d->syn_opts);
}

static void take_shape(struct cursor *in, struct part_dir *d, bool as)
{
	uint8_t differs = as ? 0 : cursor_u8(in);

	if (differs & SHAPE_MSS)
		d->mss = take_u16(in);
	if (differs & SHAPE_WINDOW)
		d->syn_window = take_u16(in);
	if (differs & SHAPE_ORDER)
		d->opt_order = take_u16(in);
	if (differs & SHAPE_WSCALE)
		d->wscale = (int8_t)cursor_u8(in);
	if (differs & SHAPE_OPTS)
		d->syn_opts = cursor_u8(in);
	d->syn_cut ^= (differs & SHAPE_CUT) != 0;
}

static void shape_from(struct part_dir *d, const struct part_dir *from)
{
	d->mss = from->mss;
	d->syn_window = from->syn_window;
	d->opt_order = from->opt_order;
	d->wscale = from->wscale;
	d->syn_opts = from->syn_opts;
	d->syn_cut = from->syn_cut;
}

static void put_syn(struct buf *out, const struct part_dir *d,
		    const struct part_dir *shape, uint8_t as,
		    const struct part_scale *s)
{
	if (!(as & AS_SYN)) {
		put_step32(out, d->isn, (uint32_t)d->seq_first);
		buf_varint(out, d->syn_count);
		put_time(out, s, d->syn_ns, d->first_ns);
	}
	put_step(out, d->syn_frame, s->first_frame);
	put_u16(out, d->syn_ip_id);
	if (!(as & AS_SHAPE))
		put_shape(out, d, shape);
	if (d->ts)
		buf_u32le(out, d->syn_tsval);
	else
		buf_varint(out, d->syn_tsval);
}

static void take_syn(struct cursor *in, struct part_dir *d,
		     const struct part_dir *shape, uint8_t as,
		     const struct part_scale *s)
{
	d->isn = (uint32_t)d->seq_first;
	d->syn_count = 1;
	d->syn_ns = d->first_ns;
	if (!(as & AS_SYN)) {
		d->isn = take_step32(in, d->isn);
		d->syn_count = (uint32_t)cursor_varint(in);
		d->syn_ns = take_time(in, s, d->first_ns);
	}
	d->syn_frame = take_step(in, s->first_frame);
	d->syn_ip_id = take_u16(in);
	shape_from(d, shape);
	take_shape(in, d, as & AS_SHAPE);
	d->syn_tsval = d->ts ? cursor_le32(in) : (uint32_t)cursor_varint(in);
}

static void put_ts(struct buf *out, const struct part_dir *d, uint8_t as,
		   const struct part_scale *s)
{
	if (!(as & AS_TS)) {
		put_step32(out, d->tsval_first, d->syn_tsval);
		put_time(out, s, d->tsval_first_ns, d->first_ns);
		put_time(out, s, d->tsval_last_ns, d->last_ns);
	}
	put_step32(out, d->tsval_last, d->tsval_first);
}

static void take_ts(struct cursor *in, struct part_dir *d, uint8_t as,
		    const struct part_scale *s)
{
	d->tsval_first = d->syn_tsval;
	d->tsval_first_ns = d->first_ns;
	d->tsval_last_ns = d->last_ns;
	if (!(as & AS_TS)) {
		d->tsval_first = take_step32(in, d->syn_tsval);
		d->tsval_first_ns = take_time(in, s, d->first_ns);
		d->tsval_last_ns = take_time(in, s, d->last_ns);
	}
	d->tsval_last = take_step32(in, d->tsval_first);
}

/* The largest payload, if one packet has all of it. */
static uint32_t likely_max(const struct part_dir *d)
{
	return d->data_packets ? (uint32_t)(d->bytes / d->data_packets) : 0;
}

static void put_data(struct buf *out, const struct part_dir *d)
{
	buf_varint(out, d->data_packets);
	buf_varint(out, d->bytes);
	put_step32(out, d->max_pay, likely_max(d));
}

static void take_data(struct cursor *in, struct part_dir *d)
{
	d->data_packets = cursor_varint(in);
	d->bytes = cursor_varint(in);
	d->max_pay = take_step32(in, likely_max(d));
}

static void put_head(struct buf *out, const struct part_dir *d, uint8_t as)
{
	if (!(as & AS_HEAD)) {
		buf_u8(out, d->head_len);
		buf_u64le(out, d->head);
		return;
	}
	buf_u8(out, (uint8_t)(d->head >> 32));
	buf_u32le(out, (uint32_t)d->head);
}

static void take_head(struct cursor *in, struct part_dir *d, uint8_t as)
{
	if (!(as & AS_HEAD)) {
		d->head_len = cursor_u8(in);
		d->head = cursor_le64(in);
		return;
	}
	d->head_len = likely_head(d);
	d->head = (uint64_t)cursor_u8(in) << 32;
	d->head |= cursor_le32(in);
}

static void put_more(struct buf *out, const struct part_dir *d, uint8_t as,
		     const struct part_scale *s)
{
	uint32_t bits;
	bool subset = part_turn_bits(d, &bits);
	uint8_t more = more_flags_of(d, subset);

	buf_u8(out, more);
	if (more & HAS_TTL_RANGE)
		buf_u8(out, d->ttl_max);
	if (more & HAS_HEAD)
		put_head(out, d, as);
	if (more & HAS_GOOD)
		buf_varint(out, d->csum_good);
	if (more & HAS_BAD) {
		buf_varint(out, d->csum_bad);
		buf_varint(out, d->csum_offload);
	}
	if (more & HAS_BIG)
		buf_varint(out, d->big);
	if (more & HAS_ANY)
		part_put_samples(out, &d->any, d, s);
	if (more & HAS_TURN && subset)
		buf_varint(out, bits);
	else if (more & HAS_TURN)
		part_put_samples(out, &d->turn, d, s);
}

static void skip_samples(struct cursor *in, uint8_t more)
{
	if (more & HAS_ANY)
		part_skip_samples(in);
	if (more & HAS_TURN && more & IS_TURN_SUBSET)
		(void)cursor_varint(in);
	else if (more & HAS_TURN)
		part_skip_samples(in);
}

static void take_more(struct cursor *in, struct part_dir *d, uint8_t as,
		      const struct part_scale *s)
{
	uint8_t more = cursor_u8(in);

	d->ttl_max = more & HAS_TTL_RANGE ? cursor_u8(in) : d->ttl_min;
	if (more & HAS_HEAD)
		take_head(in, d, as);
	if (more & HAS_GOOD)
		d->csum_good = (uint32_t)cursor_varint(in);
	if (more & HAS_BAD) {
		d->csum_bad = (uint32_t)cursor_varint(in);
		d->csum_offload = (uint32_t)cursor_varint(in);
	}
	if (more & HAS_BIG)
		d->big = (uint32_t)cursor_varint(in);
	if (s->skip) {
		skip_samples(in, more);
		return;
	}
	if (more & HAS_ANY)
		part_take_samples(in, &d->any, d, s);
	if (more & HAS_TURN && more & IS_TURN_SUBSET)
		part_take_turn_bits(in, d);
	else if (more & HAS_TURN)
		part_take_samples(in, &d->turn, d, s);
	else if (more & IS_TURN_SUBSET)
		d->turn = d->any;
}

void part_put_dir(struct buf *out, const struct part_dir *d,
		  const struct part_dir *shape, const struct part_scale *s)
{
	uint8_t flags = flags_of(d), as;

	if (!d->packets) {
		buf_u8(out, 0);
		return;
	}
	as = as_flags_of(d, shape, s);
	buf_u8(out, flags);
	buf_u8(out, as);
	buf_varint(out, d->packets);
	if (as & AS_SEQ_LOW)
		buf_u32le(out, (uint32_t)d->seq_first);
	else
		buf_varint(out, d->seq_first);
	if (!(as & AS_FIRST))
		put_time(out, s, d->first_ns, s->first_ns);
	if (!(as & AS_LAST))
		put_time(out, s, d->last_ns, s->last_ns);
	buf_u8(out, d->ttl_min);
	if (flags & HAS_DATA)
		put_data(out, d);
	if (!(as & AS_SEQ_NEXT))
		put_step(out, d->seq_next, likely_next(d));
	if (flags & HAS_SYN)
		put_syn(out, d, shape, as, s);
	if (flags & HAS_TS)
		put_ts(out, d, as, s);
	put_more(out, d, as, s);
}

static void take_flags(struct part_dir *d, uint8_t flags)
{
	d->syn = flags & HAS_SYN;
	d->fin = flags & HAS_FIN;
	d->rst = flags & HAS_RST;
	d->ts = flags & HAS_TS;
	d->ipid_zero = flags & IS_IPID_ZERO;
	d->ipid_const = flags & IS_IPID_CONST;
}

void part_take_dir(struct cursor *in, struct part_dir *d,
		   const struct part_dir *shape, const struct part_scale *s)
{
	uint8_t flags = cursor_u8(in), as;

	if (!(flags & HAS_PACKETS)) {
		in->bad |= flags != 0;
		return;
	}
	take_flags(d, flags);
	as = cursor_u8(in);
	d->packets = cursor_varint(in);
	if (as & AS_SEQ_LOW)
		d->seq_first = 1ull << 32 | cursor_le32(in);
	else
		d->seq_first = cursor_varint(in);
	d->first_ns = as & AS_FIRST ? s->first_ns
				    : take_time(in, s, s->first_ns);
	d->last_ns = as & AS_LAST ? s->last_ns : take_time(in, s, s->last_ns);
	d->ttl_min = cursor_u8(in);
	if (flags & HAS_DATA)
		take_data(in, d);
	d->seq_next = as & AS_SEQ_NEXT ? likely_next(d)
				       : take_step(in, likely_next(d));
	if (flags & HAS_SYN)
		take_syn(in, d, shape, as, s);
	if (flags & HAS_TS)
		take_ts(in, d, as, s);
	if (!s->leave)
		take_more(in, d, as, s);
}
