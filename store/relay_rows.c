/* Rows of sessions joined by relays, one side's to the other's.
 *
 * A relay that gives each connection one of its own joins a session to itself:
 * it has flows of both sides (session_flow.relayed).  One that shares
 * connections joins several.
 */
#include "store/store_int.h"

void store_relay_put(struct store *s, const struct relay_row *row)
{
	struct query q = query_put(s, SLOT_RELAY_PUT,
				   "INSERT OR REPLACE INTO relay VALUES"
				   "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	query_int(&q, row->front);
	query_int(&q, row->back);
	query_int(&q, (int64_t)row->exchanges);
	query_real(&q, row->bits);
	query_int(&q, row->sure);
	query_int(&q, row->form);
	query_int(&q, row->added_min);
	query_int(&q, row->added_median);
	query_int(&q, row->added_p95);
	query_int(&q, row->added_max);
	for (int k = 0; k < 2; k++) {
		query_int(&q, row->end[k].point_pos);
		query_int(&q, (int64_t)row->end[k].exchanges);
		query_int(&q, row->end[k].part);
		query_int(&q, (int64_t)row->end[k].frame);
		query_int(&q, row->end[k].time_ns);
	}
	query_run(&q);
}

struct relay_row *store_relays(struct store *s, size_t *n)
{
	struct VEC(struct relay_row) v = { 0 };
	struct query q = query_get(s, SLOT_RELAYS,
				   "SELECT * FROM relay ORDER BY front, back");

	while (query_next(&q)) {
		struct relay_row *r = VEC_PUSH(&v);

		r->front = query_col(&q);
		r->back = query_col(&q);
		r->exchanges = (uint64_t)query_col(&q);
		r->bits = query_col_real(&q);
		r->sure = query_col(&q) != 0;
		r->form = query_col(&q) != 0;
		r->added_min = query_col(&q);
		r->added_median = query_col(&q);
		r->added_p95 = query_col(&q);
		r->added_max = query_col(&q);
		for (int k = 0; k < 2; k++) {
			r->end[k].point_pos = (int)query_col(&q);
			r->end[k].exchanges = (uint64_t)query_col(&q);
			r->end[k].part = query_col(&q);
			r->end[k].frame = (uint64_t)query_col(&q);
			r->end[k].time_ns = query_col(&q);
		}
	}
	query_end(&q);
	*n = v.n;
	return v.at;
}
