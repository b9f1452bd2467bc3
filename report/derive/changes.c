/* What the path rewrote of a session: compares neighbouring flows.
 *
 * Steps: session_changes() walks neighbouring flows; end_changes() compares
 * addresses and ports; syn_changes() what the SYN of each direction carried;
 * shift_changes() the constant differences of sequence numbers and time
 * stamps.  O(flows).  What changed in single packets (payload, flags) is in
 * the fates instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/model.h"

struct changes VEC(struct change);

static struct change *add(struct changes *l, int from, int to, const char *dir,
			  const char *what)
{
	struct change *c = VEC_PUSH(l);

	*c = (struct change){ from, to, dir, what, "", "" };
	return c;
}

static void add_number(struct changes *l, int from, const char *dir,
		       const char *what, long long near, long long far)
{
	struct change *c;

	if (near == far)
		return;
	c = add(l, from, from + 1, dir, what);
	if (near < 0)
		snprintf(c->near, sizeof c->near, "none");
	else
		snprintf(c->near, sizeof c->near, "%lld", near);
	if (far < 0)
		snprintf(c->far, sizeof c->far, "none");
	else
		snprintf(c->far, sizeof c->far, "%lld", far);
}

static void end_changes(struct changes *l, int from, const char *addr_what,
			const char *port_what, const struct net_end *near,
			const struct net_end *far)
{
	if (net_addr_cmp(&near->addr, &far->addr) != 0) {
		struct change *c = add(l, from, from + 1, "both", addr_what);

		net_addr_text(&near->addr, c->near);
		net_addr_text(&far->addr, c->far);
	}
	add_number(l, from, "both", port_what, near->port, far->port);
}

/* Whether its SYN may have had that option, as the capture cut it off. */
static bool is_cut_off(const struct part_dir *d, enum rec_opt o)
{
	return d->syn_cut && !(d->syn_opts & o);
}

/* The names of @opts, or "none". */
static void options_text(unsigned opts, char out[static NET_END_TEXT])
{
	static const char *const name[] = {
		"mss",        "window scale", "SACK permitted", "SACK",
		"timestamps", "fast open",    "MPTCP",          "others",
	};
	size_t n = 0;

	snprintf(out, NET_END_TEXT, "none");
	for (unsigned i = 0; i < sizeof name / sizeof *name; i++)
		if (opts >> i & 1 && n < NET_END_TEXT)
			n += (size_t)snprintf(out + n, NET_END_TEXT - n, "%s%s",
					      n ? ", " : "", name[i]);
}
_Static_assert(REC_OPT_TS == 1 << 4 && REC_OPT_OTHER == 1 << 7, "in order");

/* May the first SYNs that both points have be the same packet?  If one point has
 * more of them than the other, that saw a copy at first: some stacks leave options
 * out of it, and so it takes what is each packet's own. */
static bool is_same_syn(const struct part_dir *a, const struct part_dir *b)
{
	if (a->syn_count == b->syn_count)
		return true;
	if (a->syn_opts & b->syn_opts & REC_OPT_TS)
		return a->syn_tsval == b->syn_tsval;
	return a->syn_ip_id && a->syn_ip_id == b->syn_ip_id;
}

static void syn_changes(struct changes *l, int from, const char *dir,
			const struct part_dir *a, const struct part_dir *b)
{
	if (!a->syn || !b->syn || !is_same_syn(a, b))
		return;
	if (!is_cut_off(a, REC_OPT_MSS) && !is_cut_off(b, REC_OPT_MSS))
		add_number(l, from, dir, "mss", a->mss ? a->mss : -1,
			   b->mss ? b->mss : -1);
	if (!is_cut_off(a, REC_OPT_WSCALE) && !is_cut_off(b, REC_OPT_WSCALE))
		add_number(l, from, dir, "window-scale", a->wscale, b->wscale);
	if (!a->syn_cut && !b->syn_cut && a->syn_opts != b->syn_opts) {
		struct change *c = add(l, from, from + 1, dir, "options");

		options_text(a->syn_opts & ~b->syn_opts, c->near);
		options_text(b->syn_opts & ~a->syn_opts, c->far);
	}
}

static void shift_changes(struct changes *l, int from, int d,
			  const struct session_flow *a,
			  const struct session_flow *b)
{
	const char *dir = d ? "s2c" : "c2s";

	if (b->delta_known[d] && a->seq_delta[d] != b->seq_delta[d]) {
		struct change *c = add(l, from, from + 1, dir, "sequence");

		snprintf(c->near, sizeof c->near, "+0");
		snprintf(c->far, sizeof c->far, "+%u",
			 b->seq_delta[d] - a->seq_delta[d]);
	}
	if (b->ts_known[d] && a->ts_known[d] &&
	    a->ts_delta[d] != b->ts_delta[d]) {
		struct change *c = add(l, from, from + 1, dir, "timestamp");

		snprintf(c->near, sizeof c->near, "+0");
		snprintf(c->far, sizeof c->far, "+%u",
			 b->ts_delta[d] - a->ts_delta[d]);
	}
}

/* Everything else follows from it: the other side has different packets. */
static void relay_change(struct changes *l, int from)
{
	struct change *c = add(l, from, from + 1, "both", "connection");

	snprintf(c->near, sizeof c->near, "ends");
	snprintf(c->far, sizeof c->far, "begins anew");
}

struct change *session_changes(const struct session_view *v, size_t *n)
{
	struct changes l = { 0 };

	for (int i = 0; i + 1 < (int)v->row.n_flows; i++) {
		const struct flow_view *a = &v->flow[i], *b = &v->flow[i + 1];

		if (!session_has_packets(v, (size_t)i) ||
		    !session_has_packets(v, (size_t)i + 1))
			continue;
		end_changes(&l, i, "client-address", "client-port",
			    &a->row.client, &b->row.client);
		end_changes(&l, i, "server-address", "server-port",
			    &a->row.server, &b->row.server);
		if (v->row.flows[i + 1].relayed) {
			relay_change(&l, i);
			continue;
		}
		for (int d = 0; d < 2; d++) {
			syn_changes(&l, i, d ? "s2c" : "c2s", &a->dir[d],
				    &b->dir[d]);
			shift_changes(&l, i, d, &v->row.flows[i],
				      &v->row.flows[i + 1]);
		}
	}
	*n = l.n;
	return l.at;
}
