/* Rows of sessions, and deleting what is derived.
 *
 * There may be a million, so a session holds its flows packed:
 *
 *	for each flow: id minus the one before (zigzag), path position << 2 |
 *	relayed << 1 | known; where any delta is known a byte of bits, low four: which are
 *	known (seq c2s, s2c, ts c2s, s2c), high four: which of these are not 0
 *	and follow in four bytes each
 *
 * Rows stand on shelves (store/shelf_rows.h); what people read of them are views
 * (store/schema.c) of a virtual table (store/vtab_shelf.c).
 */
#include "store/store_int.h"

#include "store/shelf_rows.h"

#include <stdlib.h>

#define DERIVED_MAX_RIVALS 100000u

void store_derived_clear(struct store *s)
{
	if (s->err.code)
		return;
	phrases_forget(s);
	store_exec(s, "DELETE FROM flow_shelf; DELETE FROM session_shelf;"
		      "DELETE FROM phrase; DELETE FROM clock;"
		      "DELETE FROM match; DELETE FROM hop_stat;"
		      "DELETE FROM exchange; DELETE FROM time_group;"
		      "DELETE FROM finding;"
		      "DELETE FROM finding_session;"
		      "DELETE FROM finding_line; DELETE FROM finding_filter;"
		      "DELETE FROM evidence; DELETE FROM relay");
	shelves_cleared(s);
	store_flows_begin(s, 0);
}

/* --- session --- */

#define FLOW_DELTAS 4
#define FLOW_MIN 2 /* bytes of a flow */

/* The deltas of a flow, in the order of the format. */
static void flow_deltas(const struct session_flow *f,
			uint32_t v[static FLOW_DELTAS],
			bool known[static FLOW_DELTAS])
{
	for (int d = 0; d < 2; d++) {
		v[d] = f->seq_delta[d];
		known[d] = f->delta_known[d];
		v[2 + d] = f->ts_delta[d];
		known[2 + d] = f->ts_known[d];
	}
}

static void session_flow_pack(const struct session_flow *f, int64_t before,
			      struct buf *out)
{
	uint32_t v[FLOW_DELTAS];
	bool known[FLOW_DELTAS];
	unsigned bits = 0;

	flow_deltas(f, v, known);
	for (unsigned i = 0; i < FLOW_DELTAS; i++)
		if (known[i])
			bits |= 1u << i | (v[i] ? 16u << i : 0u);
	buf_zigzag(out, f->flow - before);
	buf_varint(out, (uint64_t)f->point_pos << 2 |
				(uint64_t)f->relayed << 1 | (bits != 0));
	if (bits)
		buf_u8(out, (uint8_t)bits);
	for (unsigned i = 0; i < FLOW_DELTAS; i++)
		if (bits >> (4 + i) & 1)
			buf_u32le(out, v[i]);
}

static void session_flow_unpack(struct cursor *in, int64_t before,
				struct session_flow *f)
{
	uint64_t pos;
	unsigned bits = 0;

	f->flow = (int64_t)((uint64_t)before + (uint64_t)cursor_zigzag(in));
	pos = cursor_varint(in);
	f->point_pos = (int)(pos >> 2 & INT16_MAX);
	f->relayed = pos >> 1 & 1;
	if (pos & 1)
		bits = cursor_u8(in);
	for (unsigned i = 0; i < FLOW_DELTAS; i++) {
		bool *known = i < 2 ? &f->delta_known[i] : &f->ts_known[i - 2];
		uint32_t *v = i < 2 ? &f->seq_delta[i] : &f->ts_delta[i - 2];

		*known = bits >> i & 1;
		*v = bits >> (4 + i) & 1 ? cursor_le32(in) : 0;
	}
}

int store_session_flows_unpack(const uint8_t *p, size_t n,
			       struct session_row *row)
{
	struct cursor in = cursor_of(p, n);
	int64_t before = 0;

	row->n_flows = 0;
	row->flows = mem_zalloc(n / FLOW_MIN + 1, sizeof *row->flows);
	while (cursor_left(&in) && !in.bad) {
		struct session_flow *f = &row->flows[row->n_flows++];

		session_flow_unpack(&in, before, f);
		before = f->flow;
	}
	if (!in.bad)
		return 0;
	free(row->flows);
	row->flows = NULL;
	row->n_flows = 0;
	return -1;
}

static void put_bytes(struct buf *out, const struct buf *b)
{
	buf_varint(out, b->n);
	if (b->n)
		buf_bytes(out, b->at, b->n);
}

#define FLOWS_SMALL 0x80 /* bytes: their number takes one */

/* After the number of their bytes, which is known last: mostly it takes as many as
 * are left for it. */
static void put_flows(struct buf *out, const struct session_row *row)
{
	size_t at = out->n + 1, n;

	buf_u8(out, 0);
	for (size_t i = 0; i < row->n_flows; i++)
		session_flow_pack(&row->flows[i],
				  i ? row->flows[i - 1].flow : 0, out);
	n = out->n - at;
	if (n < FLOWS_SMALL) {
		out->at[at - 1] = (uint8_t)n;
	} else {
		struct buf flows = { 0 };

		buf_bytes(&flows, out->at + at, n);
		out->n = at - 1;
		put_bytes(out, &flows);
		buf_release(&flows);
	}
}

/* What is written: protocol; verdict, kind and role; client end; bits and margin
 * in single precision; flows, phrases; what is left are the rivals. */
static void session_pack(const struct session_row *row,
			 const struct buf *phrases, struct buf *out)
{
	buf_u8(out, row->proto);
	buf_u8(out, (uint8_t)(row->verdict | row->kind << 2 | row->role << 4));
	buf_u8(out, (uint8_t)row->client_end);
	buf_u32le(out, store_float_bits(row->bits));
	buf_u32le(out, store_float_bits(row->margin));
	put_flows(out, row);
	put_bytes(out, phrases);
	for (size_t i = 0; i < row->n_rivals; i++)
		buf_varint(out, (uint64_t)row->rivals[i]);
}

void store_session_put(struct store *s, const struct session_row *row)
{
	struct buf out = { 0 }, phrases = { 0 };

	if (row->evidence)
		phrases_pack(s, row->evidence, &phrases);
	session_pack(row, &phrases, &out);
	store_shelf_append(s, SHELF_SESSION, row->id, &out);
	buf_release(&phrases);
	buf_release(&out);
}

void store_session_pack(const struct session_row *row,
			const struct buf *phrases, struct shelf *out)
{
	size_t at = out->bytes.n;

	session_pack(row, phrases, &out->bytes);
	shelf_took(out, row->id, at);
}

static const uint8_t *take_bytes(struct cursor *in, size_t *n)
{
	*n = cursor_varint(in);
	return cursor_take(in, *n);
}

static bool session_unpack(const uint8_t *p, size_t n,
			   struct session_packed *out)
{
	struct cursor in = cursor_of(p, n);
	uint8_t kinds;

	out->proto = cursor_u8(&in);
	kinds = cursor_u8(&in);
	out->verdict = kinds & 3;
	out->kind = kinds >> 2 & 3;
	out->role = kinds >> 4;
	out->client_end = cursor_u8(&in);
	out->bits32 = cursor_le32(&in);
	out->margin32 = cursor_le32(&in);
	out->flows = take_bytes(&in, &out->n_flows);
	out->phrases = take_bytes(&in, &out->n_phrases);
	out->n_rivals = cursor_left(&in);
	out->rivals = in.at;
	return !in.bad;
}

bool store_session_packed(struct store *s, int64_t id,
			  struct session_packed *out)
{
	size_t n;
	const uint8_t *p = store_shelf_get(s, SHELF_SESSION, id, &n);

	if (!p)
		return false;
	if (session_unpack(p, n, out))
		return true;
	store_fail_damaged(s, "session", id);
	return false;
}

static void session_rivals(const struct session_packed *p,
			   struct session_row *row)
{
	struct VEC(int64_t) v = { 0 };
	struct cursor in = cursor_of(p->rivals, p->n_rivals);

	while (cursor_left(&in) && v.n < DERIVED_MAX_RIVALS)
		*VEC_PUSH(&v) = (int64_t)cursor_varint(&in);
	row->n_rivals = v.n;
	row->rivals = v.at;
}

static unsigned choice(unsigned v, unsigned max)
{
	return v <= max ? v : max;
}

/* All but evidence and rivals. */
static bool session_read(struct store *s, const struct session_packed *p,
			 struct session_row *row)
{
	row->proto = (uint8_t)p->proto;
	row->verdict = (enum pair_verdict)choice(p->verdict, PAIR_ALONE);
	row->kind = (enum pair_kind)choice(p->kind, PAIR_RELAYED);
	row->role = store_role_of(p->role);
	row->client_end = p->client_end <= 1 ? (int)p->client_end : -1;
	row->bits = store_float_of(p->bits32);
	row->margin = store_float_of(p->margin32);
	if (!store_session_flows_unpack(p->flows, p->n_flows, row))
		return true;
	store_fail_damaged(s, "session", row->id);
	return false;
}

bool store_session_peek(struct store *s, int64_t id, struct session_row *out)
{
	struct session_packed p;

	*out = (struct session_row){ .id = id };
	return store_session_packed(s, id, &p) && session_read(s, &p, out);
}

bool store_session_get(struct store *s, int64_t id, struct session_row *out)
{
	struct session_packed p;

	*out = (struct session_row){ .id = id };
	if (!store_session_packed(s, id, &p) || !session_read(s, &p, out))
		return false;
	session_rivals(&p, out);
	out->evidence = phrases_unpack(s, p.phrases, p.n_phrases);
	return true;
}

void store_session_damaged(struct store *s, int64_t id)
{
	store_fail_damaged(s, "session", id);
}

bool session_relayed(const struct session_row *row, int a, int b)
{
	int from = a < b ? a : b, to = a < b ? b : a;
	bool other = false;

	for (int k = from + 1; k <= to; k++)
		other ^= row->flows[k].relayed;
	return other;
}

void session_row_release(struct session_row *row)
{
	free(row->evidence);
	free(row->rivals);
	free(row->flows);
	row->evidence = NULL;
	row->rivals = NULL;
	row->flows = NULL;
	row->n_rivals = row->n_flows = 0;
}

int64_t store_session_next(struct store *s, int64_t id)
{
	return store_shelf_after(s, SHELF_SESSION, id);
}

int64_t store_session_count(struct store *s)
{
	struct shelf x = { 0 };
	int64_t n = 0, last = INT64_MIN;

	while (store_shelf_next(s, SHELF_SESSION, &last, &x))
		n += (int64_t)x.row.n;
	shelf_release(&x);
	return n;
}
