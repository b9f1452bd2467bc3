/* Rows of sessions, and deleting what is derived.
 *
 * There may be a million, so a session holds its flows packed:
 *
 *	for each flow: id minus the one before (zigzag), path position << 1 |
 *	known; where any delta is known a byte of bits, low four: which are
 *	known (seq c2s, s2c, ts c2s, s2c), high four: which of these are not 0
 *	and follow in four bytes each
 *
 * What people read of it are views (store/schema.c).
 */
#include "store/store_int.h"

#include "store/ahead.h"

#include <stdlib.h>

#define DERIVED_MAX_RIVALS 100000u

void store_derived_clear(struct store *s)
{
	if (s->err.code)
		return;
	phrases_forget(s);
	shelves_forget(s);
	store_exec(s, "DELETE FROM flow_data; DELETE FROM session_data;"
		      "DELETE FROM phrase; DELETE FROM clock;"
		      "DELETE FROM match; DELETE FROM hop_stat;"
		      "DELETE FROM exchange; DELETE FROM time_group;"
		      "DELETE FROM finding;"
		      "DELETE FROM finding_session;"
		      "DELETE FROM finding_line; DELETE FROM finding_filter;"
		      "DELETE FROM evidence");
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
	buf_varint(out, (uint64_t)f->point_pos << 1 | (bits != 0));
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
	f->point_pos = (int)(pos >> 1 & INT16_MAX);
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

void store_session_put(struct store *s, const struct session_row *row)
{
	struct query q = query_put(s, SLOT_SESSION_PUT,
				   "INSERT INTO session_data"
				   " VALUES(?,?,?,?,?,?,?,?,?,?,?)");
	struct buf rivals = { 0 }, phrases = { 0 }, flows = { 0 };

	for (size_t i = 0; i < row->n_flows; i++)
		session_flow_pack(&row->flows[i],
				  i ? row->flows[i - 1].flow : 0, &flows);

	if (row->evidence)
		phrases_pack(s, row->evidence, &phrases);
	for (size_t i = 0; i < row->n_rivals; i++)
		buf_varint(&rivals, (uint64_t)row->rivals[i]);
	query_int(&q, row->id);
	query_int(&q, row->proto);
	query_int(&q, row->verdict);
	query_int(&q, row->kind);
	query_int(&q, row->role);
	query_int(&q, row->client_end);
	query_int(&q, store_float_bits(row->bits));
	query_int(&q, store_float_bits(row->margin));
	query_blob(&q, flows.at, flows.n);
	query_blob(&q, phrases.at, phrases.n);
	if (rivals.n)
		query_blob(&q, rivals.at, rivals.n);
	else
		query_null(&q);
	query_run(&q);
	buf_release(&rivals);
	buf_release(&phrases);
	buf_release(&flows);
}

static bool session_flows(struct query *q, struct session_row *row)
{
	size_t n;
	const uint8_t *p = query_col_blob(q, &n);

	return !store_session_flows_unpack(p, n, row);
}

static void session_rivals(struct query *q, struct session_row *row)
{
	struct VEC(int64_t) v = { 0 };
	size_t n;
	const uint8_t *p = query_col_blob(q, &n);
	struct cursor in = cursor_of(p, n);

	while (cursor_left(&in) && v.n < DERIVED_MAX_RIVALS)
		*VEC_PUSH(&v) = (int64_t)cursor_varint(&in);
	row->n_rivals = v.n;
	row->rivals = v.at;
}

static void session_evidence(struct query *q, struct session_row *row)
{
	size_t n;
	const uint8_t *p = query_col_blob(q, &n);

	row->evidence = phrases_unpack(q->s, p, n);
}

static int choice(int64_t v, int max)
{
	return v >= 0 && v <= max ? (int)v : max;
}

static bool session_read(struct query *q, struct session_row *row)
{
	int64_t end;

	row->proto = (uint8_t)query_col(q);
	row->verdict = (enum pair_verdict)choice(query_col(q), PAIR_ALONE);
	row->kind = (enum pair_kind)choice(query_col(q), PAIR_RELAYED);
	row->role = store_role_of(query_col(q));
	end = query_col(q);
	row->client_end = end == 0 || end == 1 ? (int)end : -1;
	row->bits = store_float_of((uint32_t)query_col(q));
	row->margin = store_float_of((uint32_t)query_col(q));
	return session_flows(q, row);
}

bool store_session_get(struct store *s, int64_t id, struct session_row *out)
{
	struct query q = query_get(
		s, SLOT_SESSION_GET,
		"SELECT proto,verdict_id,kind_id,role_id,client_end_id,"
		"bits32,margin32,flows,phrases,rivals FROM session_data"
		" WHERE id=?");
	bool got = false;

	*out = (struct session_row){ .id = id };
	query_int(&q, id);
	if (query_next(&q)) {
		got = session_read(&q, out);
		if (got) {
			session_evidence(&q, out);
			session_rivals(&q, out);
		} else {
			session_row_release(out);
			store_fail_damaged(s, "session", id);
		}
	}
	query_end(&q);
	return got;
}

static int64_t session_read_ahead(struct query *q, void *row)
{
	struct session_row *r = row;

	if (session_read(q, r))
		return (int64_t)(r->n_flows * sizeof *r->flows);
	session_row_release(r);
	return -1;
}

static void session_release(void *row)
{
	session_row_release(row);
}

static const struct ahead_kind sessions_ahead = {
	.slot = SLOT_SESSION_PEEK,
	.sql = "SELECT id,proto,verdict_id,kind_id,role_id,client_end_id,"
	       "bits32,margin32,flows FROM session_data WHERE id BETWEEN ?"
	       " AND ? ORDER BY id",
	.size = sizeof(struct session_row),
	.read = session_read_ahead,
	.release = session_release,
	.what = "session",
};

bool store_session_peek(struct store *s, int64_t id, struct session_row *out)
{
	const struct session_row *r = ahead_get(s, &s->sessions,
						&sessions_ahead, id);

	*out = (struct session_row){ .id = id };
	if (!r)
		return false;
	*out = *r;
	out->flows = mem_resize(NULL, r->n_flows, sizeof *out->flows);
	memcpy(out->flows, r->flows, r->n_flows * sizeof *out->flows);
	return true;
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
	struct query q = query_get(
		s, SLOT_SESSION_NEXT,
		"SELECT min(id) FROM session_data WHERE id>=?");

	return query_least(&q, id);
}

int64_t store_session_count(struct store *s)
{
	struct query q = query_get(s, SLOT_SESSION_COUNT,
				   "SELECT count(*) FROM session_data");
	int64_t n = 0;

	if (query_next(&q))
		n = query_col(&q);
	query_end(&q);
	return n;
}
