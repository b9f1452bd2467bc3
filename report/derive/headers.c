/* Header changes of single packets: see the header.
 *
 * SACK: a device that rewrites sequence numbers must rewrite the edges of SACK
 * blocks in the acknowledgements, too (RFC 2018: they are in the sender's
 * numbers).  Some do not.  Then the edges are the same on both sides of it
 * although the acknowledgement number changed, and the sender gets edges far
 * outside its window: it ignores them (RFC 6675), and recovers by timeouts.
 */
#include "report/derive/headers.h"

#define ECN 3u
#define ECN_CE 3u

static void count(struct headers *h, enum header_change c,
		  const struct fate_row *r)
{
	if (h->n[c]++ == 0)
		h->first[c] = (struct header_first){ r->near_file, r->far_file,
						     *r->near, *r->far };
}

static bool sack_kept(const struct record *x, const struct record *y)
{
	if (x->n_sack != y->n_sack || (uint32_t)x->ack64 == (uint32_t)y->ack64)
		return false;
	for (int k = 0; k < x->n_sack && k < 4; k++)
		if (x->sack[k][0] != y->sack[k][0] ||
		    x->sack[k][1] != y->sack[k][1])
			return false;
	return true;
}

void headers_add(struct headers *h, const struct fate_row *r)
{
	const struct record *x = r->near, *y = r->far;
	unsigned was, is;

	if (r->e.fate != FATE_DELIVERED || !x || !y ||
	    (r->e.marks & MARK_RESEGMENTED))
		return;
	h->compared++;
	was = x->tos & ECN;
	is = y->tos & ECN;
	if ((x->tos ^ y->tos) & ~ECN & 0xffu)
		count(h, HEADER_DSCP, r);
	if (was != is)
		count(h, is == ECN_CE && was ? HEADER_CE : HEADER_ECN, r);
	h->with_sack += x->n_sack != 0;
	if (x->n_sack && sack_kept(x, y))
		count(h, HEADER_SACK, r);
}
