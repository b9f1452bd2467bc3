/* Evidence in bits: what a device on the path reports itself.
 *
 * A proxy puts a header before the stream that names the connection it accepted
 * (capture/preface.h); a load balancer's own capture names the one on its other
 * side after each packet (capture/trailer.h).  If one flow names exactly the ends
 * of the other, it is this flow, or a later one that reused the ports.  If it names
 * other ends, something may translate in between: that says nothing, unless the
 * other point has a flow with exactly those ends.
 *
 * Cost: two comparisons for flows that name none.
 */
#include "correlate/score_int.h"

#include "correlate/key_lookup.h"
#include "correlate/keys.h"

#define NAMED_BITS 30.0 /* an address and a port: 48 bits, few are in use */

uint32_t score_shift(const struct pairing *p, int d)
{
	if (p->unshifted)
		return 0;
	return flow_preface_len(p->m->r, p->r, d ^ p->swap) -
	       flow_preface_len(p->m->l, p->l, d);
}

/* What the left flow (or the right one) names; 0: nothing. */
static uint64_t named(const struct pairing *p, bool left)
{
	const struct point *at = left ? p->m->l : p->m->r;
	const struct flow *with = left ? p->l : p->r;
	const struct flow_preface *x;

	if (!with->preface)
		return 0;
	x = &at->preface.at[with->preface - 1];
	return x->named ? key_named_tuple(x) : 0;
}

/* Later flows with the same ports are named as well; the time tells them apart. */
static bool names(const struct pairing *p, bool left)
{
	return named(p, left) == key_tuple(left ? p->r : p->l);
}

bool score_names_another(const struct pairing *p)
{
	return point_has_other(p->m->r, p->r, named(p, true)) ||
	       point_has_other(p->m->l, p->l, named(p, false));
}

double score_named_bits(const struct pairing *p)
{
	if (!p->l->preface && !p->r->preface)
		return 0;
	return names(p, true) || names(p, false) ? NAMED_BITS : 0;
}

void score_named(struct pairing *p)
{
	double bits = score_named_bits(p);

	if (bits > 0)
		score_add(p, EV_NAMED, bits, NAMED_BITS);
}
