/* Window scales that do not arrive: see the header.
 *
 * A SYN whose option is gone turns scaling off for both sides: the server may
 * not offer it then.  A SYN,ACK whose option is gone, or either with a smaller
 * shift, is worse: its sender goes on to announce a fraction, which the other
 * side takes for the whole.  Where the shift grew, the window is too large, which
 * keeps nobody waiting.
 *
 * Neighbouring flows are compared, but not over a relay, where each side's SYN is
 * another.  O(flows).
 */
#include "report/derive/scaling.h"

static bool matters(const struct scale_cut *c, enum reader who)
{
	enum reader sender = c->dir ? READER_SERVER : READER_CLIENT;

	if (c->left < 0 || c->came >= c->left)
		return false;
	if (scaling_is_off(c))
		return who != READER_CLIENT || c->left > 0;
	return who == sender && c->left > 0;
}

/* The option of a SYN whose options the capture cut off is not known. */
static bool known(const struct part_dir *d)
{
	return d->syn && !(d->syn_cut && d->wscale < 0);
}

static struct scale_cut between(const struct session_view *v, int dir, int from,
				int to)
{
	const struct part_dir *a = &v->flow[from].dir[dir];
	const struct part_dir *b = &v->flow[to].dir[dir];

	return (struct scale_cut){ .found = known(a) && known(b),
				   .dir = dir,
				   .from = from,
				   .to = to,
				   .left = a->wscale,
				   .came = b->wscale };
}

struct scale_cut scaling_cut(const struct session_view *v, enum reader who)
{
	int last = (int)v->row.n_flows - 1;

	for (int dir = 0; dir < 2; dir++)
		for (int k = 0; k < last; k++) {
			bool up = session_near_flow(v, dir) == 0;
			int at = up ? k : last - k, to = up ? at + 1 : at - 1;
			struct scale_cut c = between(v, dir, at, to);

			if (!v->row.flows[at > to ? at : to].relayed &&
			    c.found && matters(&c, who))
				return c;
		}
	return (struct scale_cut){ 0 };
}

bool scaling_is_off(const struct scale_cut *c)
{
	return c->dir == 0 && c->came < 0;
}
