/* The rows of budgets and exchanges: shelves of packed bytes, and a cursor over
 * a session's exchanges.
 *
 * The first chunk of a session begins with its budget.  Hostile bytes: a budget
 * may only name flows that the session has, and an exchange that cannot be
 * unpacked ends the cursor; either fails the store.
 */
#include "store/exchange.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/shelf_rows.h"
#include "store/store_int.h"

void store_exchange_put(struct store *s, int64_t session, uint32_t chunk,
			const struct buf *data)
{
	if (chunk >= SHELF_CHUNKS) {
		store_fail_damaged(s, "exchange of session", session);
		return;
	}
	store_shelf_put(s, SHELF_EXCHANGE, SHELF_KEY(session, chunk), data);
}

/* Whether the session has all flows that it names. */
static bool budget_fits(const struct budget *b, size_t n_flows)
{
	bool fits = b->near < n_flows && b->far < n_flows;

	for (size_t i = 0; i < b->n_hops; i++)
		fits &= b->hop[i].from < n_flows && b->hop[i].to < n_flows;
	return fits;
}

bool store_budget_get(struct store *s, int64_t session, size_t n_flows,
		      struct budget *out)
{
	struct buf data = { 0 };
	bool found = store_shelf_read(s, SHELF_EXCHANGE, session, 0, &data);

	if (found) {
		struct cursor in = cursor_of(data.at, data.n);

		found = budget_unpack(out, &in) == 0;
		if (found && !budget_fits(out, n_flows)) {
			budget_release(out);
			found = false;
		}
		if (!found)
			store_fail_damaged(s, "budget of session", session);
	}
	if (!found)
		*out = (struct budget){ .base_ns = -1 };
	buf_release(&data);
	return found;
}

struct exchange_cursor {
	struct store *s;
	int64_t session;
	uint32_t chunk; /* the next one */
	struct buf data;
	struct cursor in;
	struct exchange last;
	char *name; /* of the last exchange */
	bool end;
};

struct exchange_cursor *store_exchanges(struct store *s, int64_t session)
{
	struct exchange_cursor *c = mem_zalloc(1, sizeof *c);

	c->s = s;
	c->session = session;
	return c;
}

static bool next_chunk(struct exchange_cursor *c)
{
	struct budget b;

	if (!store_shelf_read(c->s, SHELF_EXCHANGE, c->session, c->chunk,
			      &c->data))
		return false;
	c->in = cursor_of(c->data.at, c->data.n);
	c->last = (struct exchange){ 0 };
	if (c->chunk++)
		return true;
	if (budget_unpack(&b, &c->in) != 0) {
		store_fail_damaged(c->s, "budget of session", c->session);
		return false;
	}
	budget_release(&b);
	return true;
}

bool exchange_cursor_next(struct exchange_cursor *c, struct exchange *out)
{
	free(c->name);
	c->name = NULL;
	while (!c->end && !cursor_left(&c->in))
		c->end = !next_chunk(c);
	if (c->end)
		return false;
	if (exchange_unpack(out, &c->last, &c->in) != 0) {
		store_fail_damaged(c->s, "exchange of session", c->session);
		c->end = true;
		return false;
	}
	c->name = out->name;
	return true;
}

void exchange_cursor_free(struct exchange_cursor *c)
{
	if (!c)
		return;
	free(c->name);
	buf_release(&c->data);
	free(c);
}
