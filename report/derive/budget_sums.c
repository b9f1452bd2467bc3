/* Exchanges, and the parts of sessions, added up: by case, server, client, command and
 * status.
 *
 * Groups of the case, of the session's server and of its turns are looked up once.  A
 * client's group is shared by the workers (grouping.h): exchanges wait, SUMS_WAIT at most,
 * until it is entered for all of them.
 *
 * Cost: a few additions for each exchange and group, and a look-up of its command.
 */
#include "report/derive/budget_int.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/message.h"
#include "report/model.h"

/* From the last of the request to the first of its answer, at near. */
static int64_t waited_ns(const struct making *m, const struct exchange *x)
{
	const struct tap *near = &m->tap[0];
	int64_t t = strand_at(near->strand[0], (uint32_t)x->near[1])->time_ns;

	return time_sub(
		strand_at(near->strand[1], (uint32_t)x->near[2])->time_ns, t);
}

int64_t budget_server_ns(const struct making *m, const struct exchange *x)
{
	const struct tap *far = &m->tap[m->line.n_taps - 1];
	int64_t ns, most = x->part[TIME_SERVER];

	if (m->line.n_taps < 2 || x->far[0] == EXCHANGE_NONE ||
	    x->far[1] == EXCHANGE_NONE) {
		if (x->near[2] == EXCHANGE_NONE)
			return most;
		ns = waited_ns(m, x);
		ns = ns < most ? ns : most;
	} else {
		ns = time_sub(
			strand_at(far->strand[1], (uint32_t)x->far[1])->time_ns,
			strand_at(far->strand[0], (uint32_t)x->far[0])
				->time_ns);
	}
	return ns > 0 ? ns : 0;
}

static struct sum sum_of(const struct making *m, const struct exchange *x)
{
	int64_t total = exchange_total(x), server = budget_server_ns(m, x);

	return (struct sum){
		.top = { total - x->part[TIME_CLIENT], m->x->row->id,
			 m->count },
		.total = total,
		.server = server,
		.total_at = hist_index(total),
		.server_at = hist_index(server),
		.bytes = x->bytes[0] + x->bytes[1],
		.in_flight = x->in_flight,
		.error = x->proto &&
			 message_status_is_error(x->proto - 1u, x->status),
	};
}

static void add_to(struct group *g, const struct sum *s)
{
	g->exchanges++;
	g->bytes += s->bytes;
	g->in_flight_sum += s->in_flight;
	g->errors += s->error;
	hist_add_at(&g->total, s->total, s->total_at);
	hist_add_at(&g->server, s->server, s->server_at);
	group_top_add(g, &s->top);
}

static void add_parts(struct group *g, const int64_t part[static TIME_PARTS])
{
	for (int p = 0; p < TIME_PARTS; p++)
		time_part_add(&g->part[p], part[p]);
}

/* To a command or status, which have parts of exchanges. */
static void add_with_parts(struct group *g, const struct sum *s,
			   const struct exchange *x)
{
	add_to(g, s);
	add_parts(g, x->part);
}

/* Adds the exchanges that wait to the client's group, and the session, too, if
 * that @ends. */
static void add_to_client(struct making *m, bool ends)
{
	struct grouping_shared *all = m->all->clients;
	struct grouping *g = grouping_enter(all, &m->client_key);
	struct group *client = grouping_find(g, &m->client_key);
	struct bench *w = m->bench;

	for (unsigned i = 0; i < w->n_wait; i++)
		add_to(client, &w->wait[i]);
	w->n_wait = 0;
	if (ends) {
		client->sessions++;
		add_parts(client, m->b.part);
	}
	grouping_leave(all, &m->client_key);
}

/* Copies at most @most bytes of @text.  Return: the end. */
static char *put_words(char *to, const char *text, size_t most)
{
	size_t n = strnlen(text, most);

	memcpy(to, text, n);
	to[n] = '\0';
	return to + n;
}

/* "smb2 READ", "dns A" */
static struct group *command_group(const struct making *m,
				   const struct exchange *x)
{
	char key[64], *to = key;
	size_t n = x->name ? strcspn(x->name, " ") : 0;

	to = put_words(to, message_proto_name(x->proto - 1u), 20);
	to = put_words(to, " ", 1);
	put_words(to, x->name ? x->name : "", n < 40 ? n : 40);
	return grouping_of(m->bench->groups, GROUP_COMMAND, key);
}

/* In place of ports pings have an identifier. */
static bool is_ping(unsigned proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* Turns are grouped by the server's port, which is the same for all of a
 * session. */
static struct group *turn_group(struct making *m)
{
	char key[64], proto[16], *to = key;

	if (m->of_turns)
		return m->of_turns;
	to = put_words(to, proto_name(m->x->row->proto, proto), 20);
	if (is_ping(m->x->row->proto)) {
		put_words(to, " echo", 5);
	} else {
		to = put_words(to, " port ", 6);
		text_decimal(m->x->flow[m->b.near].server.port, to);
	}
	m->of_turns = grouping_of(m->bench->groups, GROUP_COMMAND, key);
	return m->of_turns;
}

static void add_error(const struct making *m, const struct sum *s,
		      const struct exchange *x)
{
	char key[NET_END_TEXT + 64];
	int n;

	if (!s->error)
		return;
	n = snprintf(key, sizeof key, "%u %lld", x->proto - 1u,
		     (long long)x->status);
	add_with_parts(grouping_of(m->bench->groups, GROUP_STATUS, key), s, x);
	snprintf(key + n, sizeof key - (size_t)n, " %s", m->server);
	add_to(grouping_of(m->bench->groups, GROUP_STATUS_OF, key), s);
}

/* Looked up once: groups keep their address. */
static void find_groups(struct making *m)
{
	struct grouping *g = m->bench->groups;

	if (m->of_all)
		return;
	m->of_all = grouping_of(g, GROUP_CASE, "all");
	m->of_server = grouping_find(g, &m->server_key);
}

static void add_worst(struct making *m, const struct exchange *x)
{
	struct worst *w = &m->worst;

	for (int p = 0; p < TIME_PARTS; p++) {
		int64_t ns = p == TIME_CLIENT ? x->think_ns : x->part[p];

		if (p == TIME_SERVER && x->near[2] == EXCHANGE_NONE)
			continue; /* that is not a slow answer */
		if (ns > w->at[p].ns) {
			w->at[p].ns = ns;
			w->at[p].n = m->count;
		}
	}
	if (x->near[2] == EXCHANGE_NONE && !x->opening)
		w->unanswered = m->count;
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
	struct bench *w = m->bench;
	struct sum s;

	add_worst(m, x);
	if (!m->untold)
		budget_add_waits(m, x);
	m->bytes += x->bytes[0] + x->bytes[1];
	if (x->opening || x->near[2] == EXCHANGE_NONE || m->untold)
		return;
	s = sum_of(m, x);
	find_groups(m);
	add_to(m->of_all, &s);
	add_to(m->of_server, &s);
	if (w->n_wait == SUMS_WAIT)
		add_to_client(m, false);
	w->wait[w->n_wait++] = s;
	add_with_parts(x->proto ? command_group(m, x) : turn_group(m), &s, x);
	add_error(m, &s, x);
}

/* Determines the groups that the session belongs to. */
void budget_keys(struct making *m)
{
	const struct flow_row *f = &m->x->flow[m->b.near];

	net_addr_text(&f->client.addr, m->client);
	if (is_ping(f->proto))
		net_addr_text(&f->server.addr, m->server);
	else
		net_side_text(f->proto, &f->client, &f->server, true,
			      m->server);
	m->server_key = grouping_key(m->bench->groups, GROUP_SERVER, m->server);
	m->client_key = group_key_of(GROUP_CLIENT, m->client);
	m->bench->n_wait = 0;
	for (int p = 0; p < TIME_PARTS; p++)
		m->worst.at[p].n = UINT32_MAX;
	m->worst.hold.n = m->worst.unanswered = UINT32_MAX;
}

void budget_expect(struct making *m)
{
	grouping_expect(m->bench->groups, &m->server_key);
	grouping_shared_expect(m->all->clients, &m->client_key);
}

void budget_fetch(const struct making *m)
{
	grouping_fetch(m->bench->groups, &m->server_key);
}

void budget_sum_session(struct making *m)
{
	struct group *of[2];

	find_groups(m);
	of[0] = m->of_all;
	of[1] = m->of_server;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		of[i]->sessions++;
		add_parts(of[i], m->b.part);
	}
	add_to_client(m, true);
}
