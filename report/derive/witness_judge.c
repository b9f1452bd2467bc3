/* What a point sees of the hosts of a session that it lacks: the verdict.  The
 * theory is in witness.c.
 */
#include "report/derive/witness_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"

#define SURE 7
#define HOST 3
#define ANYBODY 7 /* sessions of any hosts: fewer say little */
#define MAJORITY 7
#define NEAR_NS 2000000000LL /* counts as begun at the same time */

static uint32_t counted(const struct witness *w, struct topic t, bool missing)
{
	const struct tally *x = witness_find(w, &t);

	return x ? x->count[missing] : 0;
}

bool witness_other_answers(const struct witness *w,
			   const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_row *f = &v->flow[i].row;

		for (int p = 1; p <= (int)w->m->n_points; p++)
			if (counted(w,
				    witness_stream(&f->client, f->server.port,
						   p),
				    false))
				return true;
	}
	return false;
}

struct sight witness_openings(const struct witness *w, int pos,
			      const struct net_end *client)
{
	struct topic t = witness_opening(client, pos);
	const struct tally *x = witness_find(w, &t);

	return x ? x->samples : (struct sight){ 0 };
}

static int side_by(const struct witness *w, const struct topic *t)
{
	const struct tally *x = witness_find(w, t);

	if (!x)
		return -1;
	if (x->count[0] > x->count[1] && x->count[0] / MAJORITY >= x->count[1])
		return 0;
	if (x->count[1] > x->count[0] && x->count[1] / MAJORITY >= x->count[0])
		return 1;
	return -1;
}

int witness_side(const struct witness *w, int pos, const struct net_addr *a)
{
	struct net_addr net = witness_subnet(a);
	struct topic own = witness_about(ABOUT_SIDE, a, pos, 0);
	struct topic nets = witness_about(ABOUT_SUBNET_SIDE, &net, pos, 0);
	int side = side_by(w, &own);

	return side >= 0 ? side : side_by(w, &nets);
}

static int stranger_cmp(const void *a, const void *b)
{
	const struct stranger *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	if (x->side != y->side)
		return x->side - y->side;
	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* May the session at @p be one that begins or ends at @q, under other
 * addresses? */
static bool strangers(struct witness *w, const struct flow_row *f, int p, int q)
{
	struct stranger from = { .pos = q, .side = p > q, .proto = f->proto };
	struct stranger to;
	int64_t at;
	bool known = witness_to_first(w->m, f->point, f->first_ns, &at) &&
		     w->ran[q - 1].known;
	size_t n = w->stranger.n, first;

	if (!w->sorted && n)
		qsort(w->stranger.at, n, sizeof *w->stranger.at, stranger_cmp);
	w->sorted = true;
	to = from;
	from.at_ns = known ? at - NEAR_NS : INT64_MIN;
	to.at_ns = known ? at + NEAR_NS : INT64_MAX;
	SEARCH(first, n, i, stranger_cmp(&w->stranger.at[i], &from) < 0);
	return first < n && stranger_cmp(&w->stranger.at[first], &to) <= 0;
}

static void judge_host(struct witness *w, const struct flow_row *f,
		       const struct net_addr *a, int p, struct sight *out)
{
	int q = out->to_pos;
	struct topic host = witness_about(ABOUT_HOST, a, p, q);
	struct topic way = witness_about(ABOUT_WAY, NULL, p, q);
	const struct tally *h = witness_find(w, &host),
			   *any = witness_find(w, &way);
	struct topic service = witness_service(f, a, p, q);
	uint32_t same = counted(w, service, false);

	out->n_samples = h->samples.n_samples;
	memcpy(out->sample, h->samples.sample, sizeof out->sample);
	out->sessions = h->count[0];
	out->mixed = same > 0;
	out->apart = counted(w, service, true);
	if (h->count[1] > out->apart)
		out->how = WITNESS_NONE; /* it has another path */
	else if (h->count[0] >= SURE && !strangers(w, f, p, q) &&
		 (same >= SURE || (any && any->service[1])))
		out->how = WITNESS_SURE;
	else
		out->how = h->count[0] >= HOST ? WITNESS_HOST : WITNESS_WAY;
}

static void judge_others(struct witness *w, const struct flow_row *f,
			 const struct net_addr *a, int p, struct sight *out)
{
	struct net_addr net = witness_subnet(a);
	struct topic subnet = witness_about(ABOUT_SUBNET, &net, p, out->to_pos);
	struct topic way = witness_about(ABOUT_WAY, NULL, p, out->to_pos);
	uint32_t near = counted(w, subnet, false);
	uint32_t any = counted(w, way, false);

	out->sessions = near >= HOST ? near : any;
	if (near >= SURE && !counted(w, subnet, true) &&
	    !strangers(w, f, p, out->to_pos))
		out->how = WITNESS_NET;
	else if (near >= HOST || any >= ANYBODY)
		out->how = WITNESS_WAY;
}

struct sight witness_judge(struct witness *w, const struct session_view *v,
			   int i, int end, int side)
{
	const struct flow_row *f = &v->flow[i].row;
	const struct net_addr *a = witness_addr(f, end);
	int p = v->row.flows[i].point_pos, step = side ? 1 : -1;
	struct sight out = { .how = WITNESS_NONE };

	for (int q = p + step;
	     q >= 1 && q <= (int)w->m->n_points && abs(q - p) <= REACH;
	     q += step) {
		if (!witness_ran(w->m, q, f))
			continue;
		if (counted(w, witness_about(ABOUT_HOST, a, p, q), false)) {
			out.to_pos = q;
			judge_host(w, f, a, p, &out);
			return out;
		}
		if (!out.to_pos)
			out.to_pos = q;
	}
	if (out.to_pos)
		judge_others(w, f, a, p, &out);
	return out;
}
