/* Rows of what relays join: sessions of one side to sessions of the other.
 *
 * A relay that gives each connection one of its own joins a session to itself:
 * its flows are of both sides (session_flow.relayed).  One that shares
 * connections joins several.
 */
#include "store/store_int.h"

void store_relay_put(struct store *s, const struct relay_row *row)
{
	struct query q = query_put(s, SLOT_RELAY_PUT,
				   "INSERT OR REPLACE INTO relay VALUES(?,?)");

	query_int(&q, row->front);
	query_int(&q, row->back);
	query_run(&q);
}

struct relay_row *store_relays(struct store *s, size_t *n)
{
	struct VEC(struct relay_row) v = { 0 };
	struct query q = query_get(s, SLOT_RELAYS,
				   "SELECT front,back FROM relay"
				   " ORDER BY front, back");

	while (query_next(&q)) {
		struct relay_row *r = VEC_PUSH(&v);

		r->front = query_col(&q);
		r->back = query_col(&q);
	}
	query_end(&q);
	*n = v.n;
	return v.at;
}
