/* A DNS server that answers datagrams, and is not to be reached over TCP.
 *
 * What does not fit a datagram is cut short (TC), and the client asks again over TCP
 * (RFC 1035 4.2.1, RFC 7766 5).  Where something lets only datagrams pass, names with
 * short answers work, and those with long ones do not.
 *
 * Looked for, of SOUGHT SYNs to port 53: an answer to the same client, from the same
 * address by UDP, cut short up to WITHIN_NS before, among the FLOWS_BACK flows of that
 * point that began before.
 *
 * Cost: SOUGHT x FLOWS_BACK rows; the messages of flows of the two hosts.
 */
#include <netinet/in.h>

#include "base/text.h"
#include "base/time.h"
#include "report/derive/look.h"
#include "report/derive/stop_int.h"

#define PORT 53
#define SOUGHT 16
#define FLOWS_BACK 64
#define WITHIN_NS 5000000000LL

/* Is @m such an answer, up to @ctx (ns)? */
static bool is_cut(const void *ctx, const struct message *m)
{
	const int64_t *at_ns = ctx;

	return m->proto == MESSAGE_DNS && m->flags & MESSAGE_TRUNCATED &&
	       m->last_ns <= *at_ns &&
	       time_sub(*at_ns, m->last_ns) <= WITHIN_NS;
}

static bool follows_cut(struct derive *d, const struct unanswered *u,
			const struct flow_row *syn)
{
	struct store *s = derive_model(d)->store;
	bool found = false, here = true;

	for (int64_t id = u->flow - 1;
	     !found && here && id > 0 && u->flow - id <= FLOWS_BACK; id--) {
		struct flow_row f;

		if (!derive_flow(d, id, &f))
			break;
		here = f.point == syn->point;
		found = here && f.proto == IPPROTO_UDP && f.packets[1] &&
			net_addr_cmp(&f.client.addr, &u->source) == 0 &&
			net_end_cmp(&f.server, &syn->server) == 0 &&
			look_message(s, &f, is_cut, &u->at_ns);
		flow_row_release(&f);
	}
	return found;
}

void stop_tell_truncated(struct stop_group *g, struct derive *d)
{
	uint64_t cut = 0, looked = 0;
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (g->kind.datagrams || g->server.port != PORT ||
	    !derive_model(d)->store)
		return;
	for (size_t i = 0; i < g->kept.n && looked < SOUGHT; i++, looked++) {
		struct flow_row syn;

		if (!derive_flow(d, g->kept.at[i].flow, &syn))
			continue;
		cut += follows_cut(d, &g->kept.at[i], &syn);
		flow_row_release(&syn);
	}
	if (!cut)
		return;
	draft_text(g->draft,
		   "%s of %s follow%s an answer of the same server over UDP "
		   "that was cut short (TC), as it did not fit: the client "
		   "asks again over TCP, as it should, and gets nothing.  So "
		   "names with short answers work, and these do not.",
		   text_count(cut, n), text_count(looked, of),
		   cut == 1 ? "s" : "");
	draft_place(g->draft, "a firewall that lets DNS pass over UDP only");
	json_object_set_new(g->draft->measure, "truncated",
			    json_integer((json_int_t)cut));
}
