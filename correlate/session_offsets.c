/* By how much the numbers of a session's flows differ.
 *
 * A device may shift sequence numbers and time stamps.  A link says by how much two
 * flows differ; along the links the difference of each member from the session's
 * first one adds up.  Where both have a SYN, its numbers decide instead, less what
 * a proxy put before the stream.
 *
 * Cost: O(links * longest chain of them) a session: a few of each.
 */
#include <string.h>

#include "correlate/session_int.h"

static size_t place_of(const struct writer *w, uint32_t root, uint32_t flow)
{
	size_t i = 0;

	while (groups_item(&w->members, root, i) != flow)
		i++;
	return i;
}

static void follow(struct offsets *to, const struct offsets *from,
		   const struct link *l, bool flip, bool back)
{
	for (int d = 0; d < 2; d++) {
		int k = d ^ flip;
		uint32_t s = l->delta[k], t = l->ts_delta[k];

		to->seq[d] = from->seq[d] + (back ? 0u - s : s);
		to->ts[d] = from->ts[d] + (back ? 0u - t : t);
		to->seq_known[d] = from->seq_known[d] && l->delta_known[k];
		to->ts_known[d] = from->ts_known[d] && l->ts_known[k];
	}
	to->side = from->side ^ l->relayed;
	to->reached = true;
}

/* Bytes before the stream of direction @d at member @i, by its own capture or
 * by others on its side of a relay, which may have captured more of it. */
static uint32_t preface_of(const struct writer *w, uint32_t root,
			   const struct offsets *o, size_t i, int d)
{
	size_t n = groups_count(&w->members, root), from = i, p;
	uint32_t len = 0;

	while (from > 0 && o[from - 1].side == o[i].side)
		from--;
	for (size_t k = from; k < n && o[k].side == o[i].side && !len; k++) {
		const struct flow *f = case_flow(
			w->c, groups_item(&w->members, root, k), &p);

		len = flow_preface_len(&w->c->point[p], f, d);
	}
	return len;
}

/* If both initial numbers are known they decide, whatever is in between. */
static void direct_offsets(const struct writer *w, uint32_t root,
			   struct offsets *o)
{
	const struct flow *a = case_flow(
		w->c, groups_item(&w->members, root, 0), NULL);

	for (size_t i = 1; i < groups_count(&w->members, root); i++) {
		const struct flow *b = case_flow(
			w->c, groups_item(&w->members, root, i), NULL);

		for (int d = 0; d < 2; d++) {
			if (!(a->dir[d].flags & b->dir[d].flags & DIR_SYN))
				continue;
			o[i].seq[d] = (uint32_t)b->dir[d].seq_first -
				      (uint32_t)a->dir[d].seq_first;
			o[i].seq_known[d] = true;
			if (w->c->relays)
				o[i].seq[d] += preface_of(w, root, o, i, d) -
					       preface_of(w, root, o, 0, d);
		}
	}
}

void session_offsets(const struct writer *w, uint32_t root, struct offsets *o)
{
	uint32_t from = w->links.start[root], to = w->links.start[root + 1];
	bool moved = true;

	memset(o, 0, groups_count(&w->members, root) * sizeof *o);
	o[0] = (struct offsets){ .seq_known = { true, true },
				 .ts_known = { true, true },
				 .reached = true };
	while (moved) {
		moved = false;
		for (uint32_t i = from; i < to; i++) {
			const struct link *l = &w->c->link.at[w->links.item[i]];
			struct offsets *a = &o[place_of(w, root, l->a)];
			struct offsets *b = &o[place_of(w, root, l->b)];
			bool flip = w->flipped[l->a];

			if (a->reached == b->reached)
				continue;
			if (a->reached)
				follow(b, a, l, flip, false);
			else
				follow(a, b, l, flip, true);
			moved = true;
		}
	}
	direct_offsets(w, root, o);
}
