/* Rows of clocks, matches and figures: what the sweeps over sessions leave.
 *
 * A clock is a row for each of its pieces, or one without numbers where it has
 * none.  Matches are opaque chunks (store/match.h), figures opaque bytes
 * (store/figures.c); both stand on shelves (store/shelf_rows.h).
 */
#include "store/store_int.h"

#include "base/cursor.h"
#include "store/shelf_rows.h"

#include <stdlib.h>

/* --- clock --- */

/* Each bound as its difference from that of the knot before. */
static void knots_pack(const struct clock_piece *p, struct buf *out)
{
	uint64_t low = 0, high = 0;

	for (unsigned i = 0; i < p->n_knots && i < CLOCK_KNOTS; i++) {
		buf_zigzag(out, (int64_t)((uint64_t)p->knot_low_ns[i] - low));
		buf_zigzag(out, (int64_t)((uint64_t)p->knot_high_ns[i] - high));
		low = (uint64_t)p->knot_low_ns[i];
		high = (uint64_t)p->knot_high_ns[i];
	}
}

static void knots_unpack(const uint8_t *at, size_t n, struct clock_piece *p)
{
	struct cursor in = cursor_of(at, n);
	uint64_t low = 0, high = 0;

	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		low += (uint64_t)cursor_zigzag(&in);
		high += (uint64_t)cursor_zigzag(&in);
		p->knot_low_ns[i] = (int64_t)low;
		p->knot_high_ns[i] = (int64_t)high;
	}
	p->n_knots = in.bad ? 0 : CLOCK_KNOTS;
}

static void piece_put(struct store *s, const struct clock_row *c, size_t i)
{
	struct query q = query_put(
		s, SLOT_CLOCK_PUT,
		"INSERT INTO clock"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		"?,?,?,?)");
	const struct clock_piece *p = i < c->n ? &c->piece[i] : NULL;
	struct buf knots = { 0 };

	query_int(&q, c->point);
	query_u64(&q, i);
	query_int(&q, c->status);
	query_int(&q, c->resolution_ns);
	query_int(&q, c->slack_ns);
	query_int(&q, c->low_known);
	query_int(&q, c->high_known);
	if (p) {
		query_int(&q, p->from_ns);
		query_int(&q, p->to_ns);
		query_int(&q, p->at_ns);
		query_int(&q, p->offset_ns);
		query_int(&q, p->offset_low_ns);
		query_int(&q, p->offset_high_ns);
		query_real(&q, p->drift_ppm);
		query_real(&q, p->drift_low_ppm);
		query_real(&q, p->drift_high_ppm);
		query_int(&q, p->joined);
		knots_pack(p, &knots);
		query_blob(&q, knots.at, knots.n);
		query_u64(&q, p->place[0]);
		query_u64(&q, p->place[1]);
		query_u64(&q, p->first_place[0]);
		query_u64(&q, p->first_place[1]);
	}
	query_run(&q);
	buf_release(&knots);
}

void store_clock_put(struct store *s, const struct clock_row *c)
{
	struct query q = query_put(s, SLOT_CLOCK_CLEAR,
				   "DELETE FROM clock WHERE point=?");

	query_int(&q, c->point);
	query_run(&q);
	piece_put(s, c, 0);
	for (size_t i = 1; i < c->n; i++)
		piece_put(s, c, i);
}

static void piece_read(struct query *q, struct clock_row *c)
{
	struct clock_piece *p;
	const uint8_t *knots;
	size_t n;

	if (query_col_null(q))
		return;
	c->piece = mem_resize(c->piece, c->n + 1, sizeof *c->piece);
	p = &c->piece[c->n++];
	*p = (struct clock_piece){ 0 };
	p->from_ns = query_col(q);
	p->to_ns = query_col(q);
	p->at_ns = query_col(q);
	p->offset_ns = query_col(q);
	p->offset_low_ns = query_col(q);
	p->offset_high_ns = query_col(q);
	p->drift_ppm = query_col_real(q);
	p->drift_low_ppm = query_col_real(q);
	p->drift_high_ppm = query_col_real(q);
	p->joined = query_col(q) != 0;
	knots = query_col_blob(q, &n);
	knots_unpack(knots, n, p);
	for (int i = 0; i < 2; i++)
		p->place[i] = (uint64_t)query_col(q);
	for (int i = 0; i < 2; i++)
		p->first_place[i] = (uint64_t)query_col(q);
}

static void clock_read(struct query *q, struct clock_row *c)
{
	int64_t status = query_col(q);

	c->status = status >= 0 && status <= CLOCK_NONE
			    ? (enum clock_status)status
			    : CLOCK_NONE;
	c->resolution_ns = query_col(q);
	c->slack_ns = query_col(q);
	c->low_known = query_col(q) != 0;
	c->high_known = query_col(q) != 0;
	piece_read(q, c);
}

struct clock_row *store_clocks(struct store *s, size_t *n)
{
	struct VEC(struct clock_row) v = { 0 };
	struct query q = query_get(
		s, SLOT_CLOCKS,
		"SELECT point,status_id,resolution_ns,slack_ns,low_known,"
		"high_known,from_ns,to_ns,at_ns,offset_ns,offset_low_ns,"
		"offset_high_ns,drift_ppm,drift_low_ppm,drift_high_ppm,joined,"
		"knots,place_first,place_last,first_point_place_first,"
		"first_point_place_last"
		" FROM clock JOIN point ON point.id=clock.point"
		" ORDER BY point.pos,point.id,piece");

	while (query_next(&q)) {
		int64_t point = query_col(&q);

		if (!v.n || v.at[v.n - 1].point != point)
			*VEC_PUSH(&v) = (struct clock_row){ .point = point };
		clock_read(&q, &v.at[v.n - 1]);
	}
	*n = v.n;
	return v.at;
}

void clock_rows_free(struct clock_row *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(c[i].piece);
	free(c);
}

/* --- match, hop_stat --- */

void store_match_put(struct store *s, int64_t session, uint32_t chunk,
		     const struct buf *data)
{
	if (chunk >= SHELF_CHUNKS)
		store_fail_damaged(s, "match of session", session);
	else
		store_shelf_put(s, SHELF_MATCH, SHELF_KEY(session, chunk),
				data);
}

bool store_match_read(struct store *s, int64_t session, uint32_t chunk,
		      struct buf *out)
{
	return store_shelf_read(s, SHELF_MATCH, session, chunk, out);
}

void store_stat_put(struct store *s, int64_t session, const struct buf *data)
{
	store_shelf_put(s, SHELF_STAT, session, data);
}

bool store_stat_read(struct store *s, int64_t session, struct buf *out)
{
	return store_shelf_read(s, SHELF_STAT, session, 0, out);
}

struct stat_cursor {
	struct store *s;
	int64_t last; /* first key of the shelf */
	struct shelf shelf;
	size_t at;
};

struct stat_cursor *store_stats(struct store *s)
{
	struct stat_cursor *c = mem_zalloc(1, sizeof *c);

	c->s = s;
	c->last = INT64_MIN;
	return c;
}

bool stat_cursor_next(struct stat_cursor *c, struct stat_item *out)
{
	const struct shelf_row *r;

	do { /* session 0 is the case */
		while (c->at == c->shelf.row.n) {
			c->at = 0;
			if (!store_shelf_next(c->s, SHELF_STAT, &c->last,
					      &c->shelf))
				return false;
		}
		r = &c->shelf.row.at[c->at++];
	} while (r->key <= 0);
	out->session = r->key;
	out->data = c->shelf.bytes.at ? c->shelf.bytes.at + r->at : NULL;
	out->n = r->n;
	return true;
}

void stat_cursor_free(struct stat_cursor *c)
{
	if (!c)
		return;
	shelf_release(&c->shelf);
	free(c);
}
