/* The desk: see desk.h. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"
#include "report/derive/look.h"
#include "report/derive/proxied.h"

#define FIRST_FRAME 10

static struct net_end end_of(uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, 0, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

static void fill_model(struct model *m, int n)
{
	static const char *const name[DESK_POINTS] = { "client", "middle",
						       "server" };

	m->n_points = m->n_files = (size_t)n;
	m->points = mem_zalloc(m->n_points, sizeof *m->points);
	m->files = mem_zalloc(m->n_files, sizeof *m->files);
	m->figures.n = (size_t)n - 1;
	m->figures.hop = mem_zalloc((size_t)n, sizeof *m->figures.hop);
	for (int i = 0; i < n; i++) {
		const char *word = name[i == n - 1 ? DESK_POINTS - 1 : i];

		m->points[i].id = i + 1;
		m->points[i].pos = i + 1;
		m->points[i].name = mem_strdup(word);
		m->files[i].id = (i + 1) * 256;
		m->files[i].point = i + 1;
		m->files[i].path = mem_printf("%s.pcap", word);
		m->files[i].packets = m->files[i].kept = 100;
		m->files[i].first_ns = T0;
		m->files[i].last_ns = T0 + 60 * SEC;
		m->files[i].complete = true;
		m->figures.hop[i].from_pos = i + 1;
		m->figures.hop[i].to_pos = i + 2;
	}
}

static void fill_flow(struct flow_view *f, const struct model *m, int i)
{
	f->row = (struct flow_row){ .id = i + 1,
				    .point = i + 1,
				    .proto = 6,
				    .client = end_of(1, 40000),
				    .server = end_of(9, 443),
				    .first_ns = T0,
				    .last_ns = T0 + SEC,
				    .packets = { 10, 10 },
				    .bytes = { 500, 500 } };
	f->point = &m->points[i];
	f->first_file = m->files[i].id;
	f->syn_seq[0] = f->syn_seq[1] = 1000;
	for (int d = 0; d < 2; d++)
		f->dir[d] = (struct part_dir){ .packets = 10,
					       .bytes = 500,
					       .syn = true,
					       .isn = 1000,
					       .syn_count = 1,
					       .syn_frame = 1,
					       .syn_ns = T0 + d * 50 * MS,
					       .last_ns = T0 + SEC,
					       .ttl_min = 60,
					       .ttl_max = 60,
					       .mss = 1460 };
}

static void fill_view(struct session_view *v, const struct model *m)
{
	size_t n = m->n_points;

	v->row = (struct session_row){ .id = 1,
				       .proto = 6,
				       .verdict = n > 1 ? PAIR_PAIRED
							: PAIR_ALONE,
				       .bits = 90,
				       .margin = 1e9,
				       .n_flows = n };
	v->row.flows = mem_zalloc(n, sizeof *v->row.flows);
	v->flow = mem_zalloc(n, sizeof *v->flow);
	for (size_t i = 0; i < n; i++) {
		v->row.flows[i].flow = (int64_t)i + 1;
		v->row.flows[i].point_pos = (int)i + 1;
		fill_flow(&v->flow[i], m, (int)i);
	}
	v->figures.n = n - 1;
	v->figures.hop = mem_zalloc(n, sizeof *v->figures.hop);
	for (size_t i = 0; i < n; i++) {
		v->figures.hop[i].from_pos = (int)i + 1;
		v->figures.hop[i].to_pos = (int)i + 2;
	}
}

struct derive *desk_new(int points, const struct rule_group *group)
{
	struct derive *d = mem_zalloc(1, sizeof *d);

	fill_model(&d->model, points);
	fill_view(&d->view, &d->model);
	d->group = group;
	d->state = group->begin(d);
	return d;
}

void desk_relate(struct derive *d, const struct relay_row *rows, size_t n)
{
	struct model *m = &d->model;

	d->group->finish(d->state, d);
	free(m->relays);
	free(m->relays_by_back);
	m->relays = mem_resize(NULL, n, sizeof *rows);
	memcpy(m->relays, rows, n * sizeof *rows);
	m->n_relays = n;
	model_sort_relays(m);
	d->state = d->group->begin(d);
}

void desk_set_clocks(struct derive *d)
{
	struct model *m = &d->model;

	m->n_clocks = m->n_points;
	m->clocks = mem_zalloc(m->n_clocks, sizeof *m->clocks);
	for (size_t i = 0; i < m->n_clocks; i++)
		m->clocks[i] = (struct clock_row){ .point = (int64_t)i + 1,
						   .status = CLOCK_REFERENCE };
}

static void add_witness(struct derive *d, unsigned at, struct net_end client,
			struct net_end server, int64_t at_ns, bool relayed)
{
	struct flow_row f[DESK_POINTS];
	const struct flow_row *list[DESK_POINTS];
	struct session_flow place[DESK_POINTS] = { 0 };
	struct session_row row = { .proto = 6, .flows = place };

	for (int i = 0; i < DESK_POINTS; i++) {
		if (!(at >> i & 1))
			continue;
		f[row.n_flows] = (struct flow_row){ .id = 1,
						    .point = i + 1,
						    .proto = 6,
						    .client = client,
						    .server = server,
						    .first_ns = at_ns,
						    .last_ns = at_ns + SEC,
						    .packets = { 9, 9 },
						    .bytes = { 50, 50 } };
		list[row.n_flows] = &f[row.n_flows];
		place[row.n_flows].relayed = relayed && row.n_flows;
		place[row.n_flows++].point_pos = i + 1;
	}
	row.verdict = row.n_flows > 1 ? PAIR_PAIRED : PAIR_ALONE;
	row.client_end = row.n_flows > 1 ? 0 : -1;
	witness_add(derive_witness(d), &row, list);
}

void desk_witness(struct derive *d, unsigned at, struct net_end client,
		  struct net_end server, int64_t at_ns)
{
	add_witness(d, at, client, server, at_ns, false);
}

void desk_witness_relayed(struct derive *d, struct net_end client,
			  struct net_end server, int64_t at_ns)
{
	add_witness(d, 3, client, server, at_ns, true);
}

void desk_show(struct derive *d)
{
	d->group->session(d->state, d, &d->view, &d->facts);
}

void desk_show_unswept(struct derive *d)
{
	d->group->session(d->state, d, &d->view, NULL);
}

void desk_next(struct derive *d)
{
	session_facts_release(&d->facts);
	d->view.row.id++;
}

const struct draft *desk_finish(struct derive *d, const char *rule)
{
	if (d->group)
		d->group->finish(d->state, d);
	d->group = NULL;
	drafts_sweep(&d->drafts);
	for (size_t i = 0; i < d->drafts.n; i++)
		if (strcmp(d->drafts.at[i]->row.rule, rule) == 0)
			return d->drafts.at[i];
	return NULL;
}

const struct draft *desk_found(struct derive *d, const char *rule)
{
	const struct draft *f;

	desk_show(d);
	f = desk_finish(d, rule);
	assert_non_null(f);
	return f;
}

void desk_silent(struct derive *d, const char *rule)
{
	desk_show(d);
	assert_null(desk_finish(d, rule));
	desk_free(d);
}

void desk_free(struct derive *d)
{
	if (d->group)
		d->group->finish(d->state, d);
	drafts_release(&d->drafts);
	witness_free(d->witness);
	free(d->proxies);
	session_facts_release(&d->facts);
	session_view_release(&d->view);
	store_close(d->model.store);
	model_release(&d->model);
	free(d);
}

struct fact *desk_fact(struct facts *list, int from, int to,
		       enum fate_kind kind, enum fate fate)
{
	uint32_t n = (uint32_t)list->n;
	struct fact *k = VEC_PUSH(list);

	*k = (struct fact){
		.from = from,
		.to = to,
		.dir = from > to,
		.has_near = fate != FATE_INJECTED,
		.has_far = fate == FATE_DELIVERED || fate == FATE_INJECTED,
		.near_file = (from + 1) * 256,
		.far_file = (to + 1) * 256,
	};
	k->e.kind = (uint8_t)kind;
	k->e.fate = (uint8_t)fate;
	k->e.copy = 1;
	k->e.len = kind == KIND_DATA ? 100 : 0;
	k->near = (struct record){ .frame = FIRST_FRAME + n,
				   .time_ns = T0 + n * MS,
				   .seq64 = 1001 + 100 * n,
				   .ack64 = 1001,
				   .pay_len = k->e.len,
				   .hdr_len = 40,
				   .ttl = DESK_TTL,
				   .tcp_flags = REC_ACK };
	k->far = k->near;
	k->far.frame += 100;
	return k;
}

struct hop_tail *desk_tail(struct derive *d, int dir, int from, int to)
{
	struct session_facts *f = &d->facts;

	f->tail[dir] = mem_resize(f->tail[dir], f->n_tails[dir] + 1,
				  sizeof *f->tail[dir]);
	f->tail[dir][f->n_tails[dir]] = (struct hop_tail){ .from = from,
							   .to = to };
	return &f->tail[dir][f->n_tails[dir]++];
}

static void count(struct hop_way *w, enum fate_kind kind, enum fate fate,
		  uint64_t n)
{
	w->able = true;
	w->tx.n[fate] += n;
	w->by_kind[kind][fate] += n;
}

void desk_count(struct derive *d, int hop, int back, enum fate_kind kind,
		enum fate fate, uint64_t n)
{
	count(&d->model.figures.hop[hop].way[back], kind, fate, n);
	count(&d->view.figures.hop[hop].way[back], kind, fate, n);
}

bool draft_says(const struct draft *f, const char *words)
{
	bool said = strstr(f->row.title, words) || strstr(f->row.text, words) ||
		    strstr(f->row.against, words);

	for (size_t i = 0; i < f->row.n_places; i++)
		said |= strstr(f->row.places[i], words) != NULL;
	for (size_t i = 0; i < f->row.n_next; i++)
		said |= strstr(f->row.next[i], words) != NULL;
	for (size_t i = 0; i < f->row.n_evidence; i++)
		said |= strstr(f->row.evidence[i].note, words) != NULL;
	return said;
}

int64_t draft_number(const struct draft *f, const char *measure)
{
	return json_integer_value(json_object_get(f->measure, measure));
}

/* --- what derive.c has for the rules --- */

const struct model *derive_model(const struct derive *d)
{
	return &d->model;
}

void derive_claim_losses(struct derive *d, int64_t session)
{
	d->claimed = session;
}

bool derive_losses_claimed(const struct derive *d, int64_t session)
{
	return d->claimed == session;
}

const struct message_row *derive_icmp(const struct derive *d,
				      const struct session_view *v,
				      int *flow_index)
{
	(void)v;
	*flow_index = d->icmp_flow;
	return d->icmp;
}

const struct resolve *derive_resolve(const struct derive *d)
{
	return d->resolve;
}

bool derive_flow(const struct derive *d, int64_t id, struct flow_row *out)
{
	if (id < 1 || (size_t)id > d->n_flows)
		return false;
	*out = d->flows[id - 1];
	out->parts = mem_zalloc(1, sizeof *out->parts);
	out->parts[0].part = out->point << 40 | id;
	out->n_parts = 1;
	return true;
}

bool derive_part_syn(const struct derive *d, int64_t part, struct part_dir *out)
{
	(void)d;
	*out = (struct part_dir){ .syn = true,
				  .syn_frame = (uint64_t)(part & 0xffff) };
	return true;
}

const struct message_row *derive_icmp_at(const struct derive *d,
					 const struct session_view *v,
					 int flow_index, int64_t status,
					 int dir)
{
	(void)v;
	(void)dir;
	return d->icmp && d->icmp->m.status == status &&
			       flow_index == d->icmp_flow
		       ? d->icmp
		       : NULL;
}

struct proxies *derive_proxies(struct derive *d)
{
	if (!d->proxies)
		d->proxies = mem_zalloc(1, sizeof *d->proxies);
	return d->proxies;
}

struct witness *derive_witness(struct derive *d)
{
	if (!d->witness)
		d->witness = witness_new(&d->model);
	return d->witness;
}

bool derive_record(const struct derive *d, const struct flow_row *f, int dir,
		   unsigned flags, struct record *out, int64_t *file)
{
	if (d->model.store && f->n_parts)
		return look_record(d->model.store, f, dir, flags, out, file);
	if (!f->packets[dir])
		return false;
	*out = (struct record){
		.frame = 70 + (uint64_t)dir,
		.time_ns = f->first_ns,
		.ttl = d->ttl_of ? d->ttl_of(f, dir) : DESK_TTL,
	};
	if (file)
		*file = f->point * 256;
	return true;
}

bool derive_last(const struct derive *d, const struct flow_row *f, int dir,
		 unsigned flags, int64_t until_ns, struct record *out,
		 int64_t *file)
{
	const struct record *r = &d->last[dir][flags != 0];

	if (d->model.store && f->n_parts)
		return look_last(d->model.store, f, dir, flags, until_ns, out,
				 file);
	if (!r->frame || r->time_ns > until_ns)
		return false;
	*out = *r;
	if (file)
		*file = f->point * 256 + d->last_file[dir];
	return true;
}

bool derive_after(const struct derive *d, const struct flow_row *f, int dir,
		  int64_t from_ns, int64_t until_ns, struct record *out,
		  int64_t *file)
{
	const struct record *r = &d->last[dir][0];

	if (d->model.store && f->n_parts)
		return look_after(d->model.store, f, dir, from_ns, until_ns,
				  out, file);
	if (!r->frame || r->time_ns <= from_ns || r->time_ns > until_ns)
		return false;
	*out = *r;
	if (file)
		*file = f->point * 256 + d->last_file[dir];
	return true;
}

bool derive_speaks(const struct derive *d, const struct flow_row *f,
		   uint32_t protos)
{
	(void)f;
	return (d->speaks & protos) != 0;
}

enum asks derive_asks(const struct derive *d, const struct flow_row *f)
{
	(void)f;
	return d->asks;
}

bool derive_found_high(const struct derive *d, const char *prefix)
{
	return drafts_have_high(&d->drafts, prefix);
}

bool derive_found_damage(const struct derive *d, int64_t session)
{
	return drafts_have_damage(&d->drafts, session);
}

struct draft *draft_new(struct derive *d, const char *rule,
			enum severity severity, double weight)
{
	return drafts_add(&d->drafts, rule, severity, weight);
}
