/* Copies that have something of their own: an IP ID, or selective acknowledgements,
 * in which duplicate ACKs differ.  If exactly one record at each end has it, these
 * are linked, whatever overtook what.
 *
 * Cost: O(CLUSTER^2) comparisons of one field.
 */
#include "correlate/copies_int.h"

static bool same_id(const struct hop *h, const struct record *x,
		    const struct record *y)
{
	return h->use_id && x->ip_id == y->ip_id && hop_id_tells(x);
}

static bool same_sacks(const struct hop *h, const struct record *x,
		       const struct record *y)
{
	return h->tcp && x->n_sack && y->n_sack &&
	       !((x->marks | y->marks) & REC_CUT) && hop_same_sacks(h, x, y);
}

typedef bool same_fn(const struct hop *h, const struct record *x,
		     const struct record *y);

/* The only far one that near @i is the same as, and the other way round.
 * Return: c->n where there is none. */
static uint32_t sole_of(const struct cluster *c, uint32_t i, same_fn *same)
{
	const struct hop *h = c->g->h;
	uint32_t found = c->n;

	for (uint32_t k = 0; k < c->n; k++) {
		if (!same(h, &c->rec[0][i], &c->rec[1][k]))
			continue;
		if (found != c->n)
			return c->n;
		found = k;
	}
	for (uint32_t other = 0; found != c->n && other < c->m; other++)
		if (other != i && same(h, &c->rec[0][other], &c->rec[1][found]))
			return c->n;
	return found;
}

static uint32_t take_left(const struct item *from, uint32_t n,
			  const bool *linked, struct item *left)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!linked[i])
			left[kept++] = from[i];
	return kept;
}

static bool have_any(const struct cluster *c, same_fn *same)
{
	for (uint32_t i = 0; i < c->m; i++)
		if (same(c->g->h, &c->rec[0][i], &c->rec[0][i]))
			return true;
	return false;
}

/* Links what has a value that one record at each end has, whatever overtook
 * what: assignment is in order. */
static void cluster_by(struct cluster *c, same_fn *same)
{
	struct hop *h = c->g->h;
	bool linked[2][CLUSTER] = { 0 }, any = false;

	for (uint32_t i = 0; i < c->m; i++)
		c->rec[0][i] = *strand_at(h->near, c->near[i].idx);
	if (!c->n || !have_any(c, same))
		return;
	for (uint32_t k = 0; k < c->n; k++)
		c->rec[1][k] = *strand_at(h->far, c->far[k].idx);
	for (uint32_t i = 0; i < c->m; i++) {
		uint32_t k = sole_of(c, i, same);

		if (k == c->n ||
		    c->cost[cluster_at(c, i, k)] >= SKIP_NEAR + c->g->skip_far)
			continue;
		hop_link(h, c->near[i].idx, c->far[k].idx);
		linked[0][i] = linked[1][k] = any = true;
	}
	if (!any)
		return;
	c->m = take_left(c->near, c->m, linked[0], c->left[0]);
	c->n = take_left(c->far, c->n, linked[1], c->left[1]);
	c->near = c->left[0];
	c->far = c->left[1];
	cluster_costs(c);
}

void cluster_own(struct cluster *c)
{
	const struct hop *h = c->g->h;

	if (h->use_id)
		cluster_by(c, same_id);
	if (h->tcp && c->m + c->n > 2)
		cluster_by(c, same_sacks);
}
