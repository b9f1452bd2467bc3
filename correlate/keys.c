/* Keys of flows: single values, and all of one kind.
 *
 * Direction is part of no key, since without a SYN two points may disagree on
 * who is the client; score.c tries both ways round.
 */
#include "correlate/keys.h"

uint64_t key_twins(const struct flow *f)
{
	const struct flow_dir *x = &f->dir[0], *y = &f->dir[1];
	uint64_t heads = key_mix(x->head, y->head);
	int k = TURN_HASHES - 1;

	if (!x->head_len || !y->head_len)
		return 0;
	while (k >= 0 && !f->turn_hash[k])
		k--;
	if (k >= 0)
		return key_mix(heads, key_turns(f, k));
	if (!(x->flags & y->flags & DIR_FIN))
		return 0;
	return key_mix(heads, key_mix(x->seq_next - x->seq_first,
				      y->seq_next - y->seq_first));
}

uint64_t key_first_turns(const struct flow *f)
{
	return f->turn_hash[0] ? key_mix(0x7477696e, key_turns(f, 0)) : 0;
}

uint64_t key_named_tuple(const struct flow_preface *x)
{
	struct flow f = { .addr = { x->addr[0], x->addr[1] },
			  .port = { x->port[0], x->port[1] },
			  .proto = x->proto };

	return key_tuple(&f);
}

/* ---- all of one kind ---- */

static size_t add(struct key *out, size_t n, uint64_t hash, int64_t t, int dir)
{
	out[n] = (struct key){ hash, t, dir };
	return n + 1;
}

static size_t sample_keys(const struct point *p, const struct flow *f,
			  struct key *out)
{
	const struct sample *s = p->sample.at + f->samples;
	size_t n = 0;

	for (int d = 0; d < 2; d++)
		for (unsigned i = 0; i < f->dir[d].n_samples; i++, s++)
			n = add(out, n, key_sample(s),
				s->at_us == NO_TIME
					? INT64_MIN
					: time_add(f->first_ns,
						   s->at_us * 1000ll),
				d);
	return n;
}

static bool has_syn(const struct flow *f, int d)
{
	return f->dir[d].flags & DIR_SYN;
}

static size_t dir_keys(const struct flow *f, enum key_kind kind, int d,
		       struct key *out, size_t n)
{
	const struct flow_dir *x = &f->dir[d];

	switch (kind) {
	case KEY_ISN:
		if (has_syn(f, d))
			return add(out, n, key_isn(x), x->first_ns, d);
		break;
	case KEY_HEAD:
		if (x->head_len >= 4)
			return add(out, n, key_head(x), INT64_MIN, d);
		break;
	case KEY_TSVAL:
		if (x->flags & DIR_SYN_TS)
			return add(out, n, key_tsval(x), x->first_ns, d);
		break;
	case KEY_SEQ_END:
		if (x->packets && flow_is_tcp(f))
			return add(out, n,
				   key_of(kind, (uint32_t)x->seq_next, 0),
				   INT64_MIN, d);
		break;
	default:
		break;
	}
	return n;
}

bool flow_is_cut(const struct flow *f)
{
	return !f->dir[0].head_len && !f->dir[1].head_len &&
	       !f->dir[0].n_samples && !f->dir[1].n_samples;
}

/* A single request and its answer are common, so they are no vote for the clock. */
static size_t turn_keys(const struct flow *f, struct key *out)
{
	size_t n = 0;

	if (!has_syn(f, 0))
		return 0;
	for (int k = 1; k < TURN_HASHES; k++)
		if (f->turn_hash[k])
			n = add(out, n, key_turns(f, k), f->first_ns, 0);
	if (!n && f->turn_hash[0])
		n = add(out, n, key_turns(f, 0), INT64_MIN, 0);
	return n;
}

size_t flow_keys(const struct point *p, const struct flow *f,
		 enum key_kind kind, struct key *out)
{
	size_t n = 0;

	switch (kind) {
	case KEY_ISN_PAIR:
		if (has_syn(f, 0) && has_syn(f, 1))
			n = add(out, n,
				key_of(kind, (uint32_t)f->dir[0].seq_first,
				       (uint32_t)f->dir[1].seq_first),
				f->dir[0].first_ns, 0);
		return n;
	case KEY_SAMPLE:
		return sample_keys(p, f, out);
	case KEY_TURNS:
		return turn_keys(f, out);
	case KEY_TUPLE:
		return add(out, n, key_tuple(f), f->first_ns, 0);
	case KEY_SYN_PRINT:
		if (has_syn(f, 0))
			n = add(out, n, key_syn_print(&f->dir[0], false),
				f->dir[0].first_ns, 0);
		return n;
	case KEY_SERVER:
		return add(out, n, key_end(f, 1), f->first_ns, 0);
	case KEY_CLIENT:
		return add(out, n, key_end(f, 0), f->first_ns, 0);
	default:
		for (int d = 0; d < 2; d++)
			n = dir_keys(f, kind, d, out, n);
		return n;
	}
}
