/* Resets that nobody saw where they were sent: see the header.
 *
 * What a device sends in the server's name comes from the server's side like its own.
 * At the server, nothing is between.  That is known by what offload leaves, by
 * --on-host, or as the server's first answer (the SYN,ACK, or the reset itself) is there
 * in less time than the way to another place takes, with no router between by its time to
 * live.  A point that waits longer for it, or else has routers beyond it, has room for
 * such a device.  Where neither is known, the
 * last of several points was chosen to be at the server; one alone is where the time
 * budget takes it to be.
 */
#include "report/derive/reset_far.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/derive/opening.h"
#include "report/derive/reset_origin.h"

#define ROUTERS 3

/* From what asks to the server's first answer to that, here; -1: not known. */
static int64_t first_trip(const struct flow_view *f, const struct record *rst)
{
	const struct part_dir *asked = &f->dir[0], *told = &f->dir[1];

	if (told->syn)
		return asked->syn ? time_sub(told->syn_ns, asked->syn_ns) : -1;
	if (told->bytes || !f->row.packets[0])
		return -1;
	return time_sub(rst->time_ns, asked->last_ns);
}

static bool is_last(const struct model *m, const struct session_view *v, int at)
{
	int pos = v->row.flows[at].point_pos;

	return m->n_points > 1 &&
	       pos == (v->row.client_end == 1 ? 1 : (int)m->n_points);
}

/* So few that the way behind them may take no longer; some hosts begin at less than the
 * usual values, by more. */
static bool has_routers(const struct flow_view *f)
{
	uint8_t ttl = f->dir[1].ttl_max;
	int n = (ttl > 128 ? 255 : ttl > 64 ? 128 : 64) - ttl;

	return n > 0 && n <= ROUTERS;
}

/* Nothing is between what a host says to itself. */
static bool same_host(const struct flow_row *f)
{
	return net_addr_is_loopback(&f->server.addr) ||
	       net_addr_cmp(&f->client.addr, &f->server.addr) == 0;
}

bool reset_far(const struct derive *d, const struct session_view *v, int at,
	       const struct record *rst)
{
	const char *on_host = session_on_host(v, at, 1);
	int64_t trip = first_trip(&v->flow[at], rst);

	if (trip < 0)
		trip = reset_took(d, &v->flow[at].row, rst);

	if (strcmp(on_host, "yes") == 0 || same_host(&v->flow[at].row))
		return false;
	if (trip >= 0)
		return trip >= OPENING_HOST_NS || has_routers(&v->flow[at]);
	return strcmp(on_host, "no") == 0 ||
	       (!is_last(derive_model(d), v, at) &&
		(v->row.n_flows > 1 || v->budget.one_sided));
}

void reset_tell_far(struct draft *f, const char *point, uint64_t n, uint64_t of,
		    unsigned same)
{
	char some[TEXT_UNIT];

	draft_text(f,
		   "%s%s came from the server's side of %s: whether the server "
		   "sent %s, or a device before it in its name, cannot be told "
		   "from there.",
		   of == 1  ? "The reset"
		   : n < of ? text_count(n, some)
			    : "The resets",
		   n < of ? " of them" : "", point, of == 1 ? "it" : "them");
	if (same)
		draft_text(f,
			   "%s time to live, %u, is that of the server's other "
			   "packets, which does not rule out such a device.",
			   of == 1 ? "Its" : "The first one's", same);
	draft_next(f, "capture at the server at the same time: a reset that is "
		      "not there was made on the way");
	if (n == of && f->row.severity > SEV_MEDIUM)
		f->row.severity = SEV_MEDIUM;
}
