/* Budgets and exchanges added up: by case, server, client, command and status,
 * and by what makes a session slow (causes.c).
 */
#include "report/derive/budget_int.h"

#include <stdio.h>
#include <string.h>

#include "capture/message.h"
#include "report/model.h"

/* The server's own time in an exchange. */
static int64_t server_ns(const struct making *m, const struct exchange *x)
{
	const struct tap *far = &m->tap[m->line.n_taps - 1];
	int64_t ns;

	if (m->line.n_taps < 2 || x->far[0] == EXCHANGE_NONE ||
	    x->far[1] == EXCHANGE_NONE)
		return x->part[TIME_SERVER];
	ns = strand_at(far->strand[1], (uint32_t)x->far[1])->time_ns -
	     strand_at(far->strand[0], (uint32_t)x->far[0])->time_ns;
	return ns > 0 ? ns : 0;
}

static void add_to(struct group *g, const struct making *m,
		   const struct exchange *x, int64_t server)
{
	int64_t total = exchange_total(x);

	g->exchanges++;
	g->bytes += x->bytes[0] + x->bytes[1];
	g->in_flight_sum += x->in_flight;
	g->errors += x->proto &&
		     message_status_is_error(x->proto - 1u, x->status);
	hist_add(&g->total, total);
	hist_add(&g->server, server);
	if (g->kind == GROUP_COMMAND || g->kind == GROUP_STATUS)
		for (int p = 0; p < TIME_PARTS; p++)
			time_part_add(&g->part[p], x->part[p]);
	group_top_add(g, &(struct group_top){ total - x->part[TIME_CLIENT],
					      m->x->row->id, m->count });
}

/* "smb2 READ", "dns A"; a turn goes by its server's port. */
static void command_key(const struct making *m, const struct exchange *x,
			char out[static 64])
{
	char proto[16];
	int n = x->name ? (int)strcspn(x->name, " ") : 0;

	if (x->proto)
		snprintf(out, 64, "%s %.*s", message_proto_name(x->proto - 1u),
			 n < 40 ? n : 40, x->name ? x->name : "");
	else
		snprintf(out, 64, "%s port %u",
			 proto_name(m->x->row->proto, proto),
			 m->x->flow[m->b.near].server.port);
}

static void add_error(const struct making *m, const struct exchange *x,
		      int64_t server)
{
	char key[64];

	if (!x->proto || !message_status_is_error(x->proto - 1u, x->status))
		return;
	snprintf(key, sizeof key, "%u %lld", x->proto - 1u,
		 (long long)x->status);
	add_to(grouping_of(m->bench->groups, GROUP_STATUS, key), m, x, server);
}

static void add_worst(struct making *m, const struct exchange *x)
{
	struct worst *w = &m->worst;

	for (int p = 0; p < TIME_PARTS; p++) {
		int64_t ns = p == TIME_CLIENT ? x->think_ns : x->part[p];

		if (ns > w->at[p].ns) {
			w->at[p].ns = ns;
			w->at[p].n = m->count;
		}
	}
	if (!x->hold_ns)
		return;
	if (!w->hold.min_ns || x->hold_ns < w->hold.min_ns)
		w->hold.min_ns = x->hold_ns;
	if (x->hold_ns > w->hold.max_ns) {
		w->hold.max_ns = x->hold_ns;
		w->hold.n = m->count;
	}
}

void budget_add_exchange(struct making *m, const struct exchange *x)
{
	struct grouping *g = m->bench->groups;
	int64_t server = server_ns(m, x);
	char key[64];

	add_worst(m, x);
	m->bytes += x->bytes[0] + x->bytes[1];
	if (x->opening || x->near[2] == EXCHANGE_NONE)
		return;
	command_key(m, x, key);
	add_to(grouping_of(g, GROUP_CASE, "all"), m, x, server);
	add_to(grouping_of(g, GROUP_SERVER, m->server), m, x, server);
	add_to(grouping_of(g, GROUP_CLIENT, m->client), m, x, server);
	add_to(grouping_of(g, GROUP_COMMAND, key), m, x, server);
	add_error(m, x, server);
}

/* What groups the session belongs to. */
void budget_keys(struct making *m)
{
	const struct session_row *row = m->x->row;
	const struct flow_row *f = &m->x->flow[m->b.near];
	int a = row->flows[m->b.near].point_pos;
	int b = row->flows[m->b.far].point_pos;

	net_addr_text(&f->client.addr, m->client);
	net_side_text(f->proto, &f->client, &f->server, true, m->server);
	if (a != b)
		snprintf(m->between, sizeof m->between, "%d %d", a < b ? a : b,
			 a < b ? b : a);
	for (int p = 0; p < TIME_PARTS; p++)
		m->worst.at[p].n = UINT32_MAX;
	m->worst.hold.n = UINT32_MAX;
}

void budget_add_session(struct making *m)
{
	struct grouping *g = m->bench->groups;
	struct group *of[] = { grouping_of(g, GROUP_CASE, "all"),
			       grouping_of(g, GROUP_SERVER, m->server),
			       grouping_of(g, GROUP_CLIENT, m->client) };
	struct cause_session s = {
		.id = m->x->row->id,
		.b = &m->b,
		.worst = &m->worst,
		.client = m->client,
		.server = m->server,
		.between = m->between,
		.bytes = m->bytes,
		.lost_ns = m->line.lost_ns,
		.feed_ns = m->line.feed_ns,
		.queue_most_ns = m->line.queue_most_ns,
		.far_only = m->b.one_sided,
	};

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		of[i]->sessions++;
		for (int p = 0; p < TIME_PARTS; p++)
			time_part_add(&of[i]->part[p], m->b.part[p]);
	}
	causes_add(g, &s);
}
