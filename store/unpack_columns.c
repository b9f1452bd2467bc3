/* Unpacking of runs: the columns of a chunk.
 *
 * Each column is a field of the record, so its deviations are read directly into
 * that field, without arrays in between.  store/unpack.c turns them into values.
 *
 * Cost: 2-3 ns for a varint, since each column has a loop of its own, in which only
 * the bytes vary.
 *
 * Hostile bytes: see store/unpack_in.h; a deviation may be any number.
 */
#include "store/unpack_int.h"

#include <stddef.h>

/* The field of a column. */
#define FIELD(f)                                                               \
	{                                                                      \
		offsetof(struct record, f), sizeof(((struct record *)0)->f)    \
	}
static const struct {
	uint8_t at, size;
} fields[COLS] = {
	[COL_TIME] = FIELD(time_ns),    [COL_FRAME] = FIELD(frame),
	[COL_PAY] = FIELD(pay_len),     [COL_ACK] = FIELD(ack64),
	[COL_TSVAL] = FIELD(tsval),     [COL_TSECR] = FIELD(tsecr),
	[COL_FLAGS] = FIELD(tcp_flags), [COL_IPID] = FIELD(ip_id),
	[COL_WINDOW] = FIELD(window),   [COL_MARKS] = FIELD(marks),
	[COL_SEQ] = FIELD(seq64),       [COL_HDR] = FIELD(hdr_len),
	[COL_OPTS] = FIELD(opts),       [COL_WIRE] = FIELD(wire_len),
	[COL_TTL] = FIELD(ttl),         [COL_CSUM] = FIELD(csum),
	[COL_CAP] = FIELD(cap_len),     [COL_TOS] = FIELD(tos),
	[COL_NSACK] = FIELD(n_sack),    [COL_ICMP] = FIELD(icmp_type),
};

_Static_assert(sizeof(struct record) <= UINT8_MAX, "fields fit");

_Static_assert(COL_SEQ + 1 == COL_HDR, "still columns are the last ones");

static ALWAYS_INLINE void put_field(uint8_t *at, uint64_t v, size_t size)
{
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	switch (size) { /* constants */
	case 8:
		memcpy(at, &v, 8);
		break;
	case 4:
		memcpy(at, &v32, 4);
		break;
	case 2:
		memcpy(at, &v16, 2);
		break;
	default:
		*at = (uint8_t)v;
	}
}

/* Deviations of numbers are zigzag-encoded, those of sets of flags are not. */
static ALWAYS_INLINE uint64_t take_value(struct packed_in *in, unsigned number,
					 bool gathers)
{
	uint64_t v = in_varint_as(in, gathers);

	return v >> number ^ -(v & number);
}

static ALWAYS_INLINE void take_dense(struct packed_in *from, uint8_t *at,
				     size_t size, size_t n, unsigned number,
				     bool gathers)
{
	struct packed_in in = in_begin(from);

	for (size_t i = 0; i < n; i++, at += sizeof(struct record))
		put_field(at, take_value(&in, number, gathers), size);
	in_end(from, &in);
}

static ALWAYS_INLINE void take_sparse(struct packed_in *from, uint8_t *at,
				      size_t size, uint64_t bits,
				      unsigned number, bool gathers)
{
	struct packed_in in = in_begin(from);

	for (; bits; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);

		put_field(at + i * sizeof(struct record),
			  take_value(&in, number, gathers), size);
	}
	in_end(from, &in);
}

struct columns_in {
	struct packed_in in;
	bool gathers; /* as in_varint_as() */
	uint32_t mask, sparse;
	size_t n;
	uint64_t all; /* bits of its records */
	struct chunk found;
};

/* @k: mostly a constant, so that this is a few instructions a value. */
static ALWAYS_INLINE void take_column(struct columns_in *c, struct record *out,
				      unsigned k)
{
	const unsigned number = !(COLS_OF_SETS >> k & 1);
	uint8_t *at = (uint8_t *)out + fields[k].at;
	uint64_t set = c->all;

	if (c->sparse >> k & 1) {
		set &= in_bytes(&c->in, (c->n + 7) / 8);
		take_sparse(&c->in, at, fields[k].size, set, number,
			    c->gathers);
	} else {
		take_dense(&c->in, at, fields[k].size, c->n, number,
			   c->gathers);
	}
	if (!(COLS_CALM >> k & 1))
		c->found.other |= set;
	if (!(COLS_ALIKE >> k & 1))
		c->found.unlike |= set;
}

/* The SYNs among the records, which change predictions. */
static uint64_t syns(const struct record *out, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= (uint64_t)(out[i].tcp_flags >> 1 & 1) << i;
	return bits;
}
_Static_assert(REC_SYN == 2, "see there");

static ALWAYS_INLINE void take_still(struct columns_in *c, struct record *out)
{
	for (uint32_t bits = c->mask & ~(COL(HDR) - 1); bits; bits &= bits - 1)
		take_column(c, out, (unsigned)__builtin_ctz(bits));
}

#define TAKE(k)                                                                \
	if (c.mask & COL(k))                                                   \
	take_column(&c, out, COL_##k)

static ALWAYS_INLINE void take_columns(struct packed_in *in, struct chunk *to,
				       struct record *out, size_t n,
				       bool gathers)
{
	struct columns_in c = { .in = in_begin(in),
				.gathers = gathers,
				.n = n };
	uint64_t mask = in_varint(&c.in);
	uint64_t sparse = n >= SPARSE_FROM ? in_varint(&c.in) : 0;

	if (mask >> COLS || sparse & ~mask) {
		in->bad = true;
		return;
	}
	c.mask = (uint32_t)mask;
	c.sparse = (uint32_t)sparse;
	c.all = n < CHUNK ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
	TAKE(TIME);
	TAKE(FRAME);
	TAKE(PAY);
	TAKE(ACK);
	TAKE(TSVAL);
	TAKE(TSECR);
	TAKE(FLAGS);
	TAKE(IPID);
	TAKE(WINDOW);
	TAKE(MARKS);
	TAKE(SEQ);
	take_still(&c, out);
	if (c.mask & COL(FLAGS))
		c.found.other |= syns(out, n);
	in_end(in, &c.in);
	*to = c.found;
}

#if GATHER
__attribute__((target(GATHER_TARGET))) static void
gather_columns(struct packed_in *in, struct chunk *to, struct record *out,
	       size_t n)
{
	take_columns(in, to, out, n, true);
}
#endif

void unpack_columns(struct packed_in *in, struct chunk *to, struct record *out,
		    size_t n)
{
#if GATHER
	if (gather_fits()) {
		gather_columns(in, to, out, n);
		return;
	}
#endif
	take_columns(in, to, out, n, false);
}
