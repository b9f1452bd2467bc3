/* ICMP errors in words: see the header.
 *
 * References: RFC 792, RFC 1122 (3.2.2.1), RFC 1191, RFC 1812 (5.2.7), RFC
 * 4443.
 */
#include "report/derive/icmp.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define TOO_BIG4 MESSAGE_ICMP_STATUS(3, 4)
#define TOO_BIG6 MESSAGE_ICMP_STATUS(2, 0)

struct meaning {
	int64_t status;
	const char *words;
};

static const struct meaning v4[] = {
	{ MESSAGE_ICMP_STATUS(3, 0), "network unreachable" },
	{ MESSAGE_ICMP_STATUS(3, 1), "host unreachable" },
	{ MESSAGE_ICMP_STATUS(3, 2), "protocol unreachable" },
	{ MESSAGE_ICMP_STATUS(3, 3), "port unreachable" },
	{ TOO_BIG4, "fragmentation needed" },
	{ MESSAGE_ICMP_STATUS(3, 5), "source route failed" },
	{ MESSAGE_ICMP_STATUS(3, 9), "network administratively prohibited" },
	{ MESSAGE_ICMP_STATUS(3, 10), "host administratively prohibited" },
	{ MESSAGE_ICMP_STATUS(3, 13), "administratively prohibited" },
	{ MESSAGE_ICMP_STATUS(11, 0), "TTL exceeded on the way" },
	{ MESSAGE_ICMP_STATUS(11, 1), "fragments did not all arrive in time" },
	{ MESSAGE_ICMP_STATUS(12, 0), "bad header" },
	{ 0, NULL },
};

static const struct meaning v6[] = {
	{ MESSAGE_ICMP_STATUS(1, 0), "no route" },
	{ MESSAGE_ICMP_STATUS(1, 1), "administratively prohibited" },
	{ MESSAGE_ICMP_STATUS(1, 3), "address unreachable" },
	{ MESSAGE_ICMP_STATUS(1, 4), "port unreachable" },
	{ MESSAGE_ICMP_STATUS(1, 5), "source address refused by policy" },
	{ MESSAGE_ICMP_STATUS(1, 6), "route refused" },
	{ TOO_BIG6, "packet too big" },
	{ MESSAGE_ICMP_STATUS(3, 0), "hop limit exceeded on the way" },
	{ MESSAGE_ICMP_STATUS(3, 1), "fragments did not all arrive in time" },
	{ MESSAGE_ICMP_STATUS(4, 0), "bad header" },
	{ 0, NULL },
};

static const char *meaning(const struct message_row *m)
{
	const struct meaning *w = m->m.proto == MESSAGE_ICMPV6 ? v6 : v4;

	for (; w->words; w++)
		if (w->status == m->m.status)
			return w->words;
	return "error";
}

static bool is_too_big(const struct message_row *m)
{
	return m->m.status ==
	       (m->m.proto == MESSAGE_ICMPV6 ? TOO_BIG6 : TOO_BIG4);
}

char *icmp_words(const struct message_row *m, char out[static WORDS])
{
	char mtu[32] = "";

	if (is_too_big(m) && m->m.msg_id)
		snprintf(mtu, sizeof mtu, ", MTU %llu",
			 (unsigned long long)m->m.msg_id);
	snprintf(out, WORDS, "%s%s (type %d code %d)", meaning(m), mtu,
		 MESSAGE_ICMP_TYPE(m->m.status),
		 MESSAGE_ICMP_CODE(m->m.status));
	return out;
}

const struct message_row *icmp_too_big(const struct derive *d,
				       const struct session_view *v, int i,
				       int dir)
{
	const struct message_row *m = derive_icmp_at(d, v, i, TOO_BIG4, dir);

	if (m && m->m.proto != MESSAGE_ICMPV6)
		return m;
	m = derive_icmp_at(d, v, i, TOO_BIG6, dir);
	return m && m->m.proto == MESSAGE_ICMPV6 ? m : NULL;
}

void icmp_say_cause(struct draft *f, const struct derive *d,
		    const struct session_view *v)
{
	int at;
	const struct message_row *m = derive_icmp(d, v, &at);
	const char *from = m && m->name ? m->name : "?";
	struct text seen = { 0 };
	char words[WORDS];

	if (!m)
		return;
	icmp_words(m, words);
	for (int i = 0; i < (int)v->row.n_flows; i++) {
		const struct message_row *x = derive_icmp_at(d, v, i,
							     m->m.status, -1);

		if (i == at)
			x = m;
		if (x)
			text_add(&seen, "%s frame %llu at %s",
				 seen.n ? "," : "",
				 (unsigned long long)x->m.first_frame,
				 v->flow[i].point->name);
		else if (session_has_packets(v, (size_t)i))
			text_add(&seen, "%s not seen at %s", seen.n ? "," : "",
				 v->flow[i].point->name);
		if (x)
			draft_evidence(f, v->flow[i].point->id, x->file,
				       x->m.first_frame, x->m.first_ns,
				       "ICMP from %s quotes it: %s", from,
				       words);
	}
	draft_text(f, "An ICMP error from %s names the cause: %s;%s.", from,
		   words, seen.at);
	text_release(&seen);
}

/* Is @m one of the errors that @four lists, of ICMPv6 @six (0: the end)? */
static bool is_of(const struct message_row *m, const int64_t *four,
		  const int64_t *six)
{
	const int64_t *s = m->m.proto == MESSAGE_ICMPV6 ? six : four;

	while (*s && *s != m->m.status)
		s++;
	return *s != 0;
}

static void say_filter(struct draft *f, const char *from, bool host)
{
	draft_place(f,
		    host ? "a filter on %s itself, which says that it refuses "
			   "this"
			 : "a filter on %s, which says that it refuses this",
		    from);
	draft_next(f, "look at the access lists of %s", from);
}

static void say_host(struct draft *f, const char *from)
{
	draft_place(f,
		    "behind %s, which cannot reach the host: on the last "
		    "router, nobody answers for that address (ARP, neighbour "
		    "discovery)",
		    from);
	draft_next(f,
		   "see on %s whether that address resolves, and is in one of "
		   "its networks (VLAN, mask); whether the host is up",
		   from);
}

bool icmp_say_where(struct draft *f, const struct derive *d,
		    const struct session_view *v)
{
	static const int64_t filter4[] = { MESSAGE_ICMP_STATUS(3, 9),
					   MESSAGE_ICMP_STATUS(3, 10),
					   MESSAGE_ICMP_STATUS(3, 13), 0 };
	static const int64_t filter6[] = { MESSAGE_ICMP_STATUS(1, 1),
					   MESSAGE_ICMP_STATUS(1, 5), 0 };
	static const int64_t net4[] = { MESSAGE_ICMP_STATUS(3, 0), 0 };
	static const int64_t net6[] = { MESSAGE_ICMP_STATUS(1, 0),
					MESSAGE_ICMP_STATUS(1, 6), 0 };
	static const int64_t host4[] = { MESSAGE_ICMP_STATUS(3, 1), 0 };
	static const int64_t host6[] = { MESSAGE_ICMP_STATUS(1, 3), 0 };
	static const int64_t ttl4[] = { MESSAGE_ICMP_STATUS(11, 0), 0 };
	static const int64_t ttl6[] = { MESSAGE_ICMP_STATUS(3, 0), 0 };
	char server[NET_END_TEXT];
	const struct message_row *m;
	bool host;
	int at;

	m = derive_icmp(d, v, &at);
	if (!m || !m->name)
		return false;
	net_addr_text(&v->flow[at].row.server.addr, server);
	host = strcmp(server, m->name) == 0;
	if (is_of(m, filter4, filter6)) {
		say_filter(f, m->name, host);
	} else if (is_of(m, ttl4, ttl6)) {
		draft_place(f,
			    "a time to live that is too small for the way, as "
			    "traceroute's is on purpose, or a routing loop "
			    "that ends at %s",
			    m->name);
		draft_next(f, "trace the route to that address: if routers "
			      "come again and again, they point at each other");
	} else if (is_of(m, net4, net6) && !host) {
		draft_place(f, "%s, which has no route to that network",
			    m->name);
		draft_next(f, "look at the routes of %s", m->name);
	} else if (is_of(m, host4, host6) && !host) {
		say_host(f, m->name);
	} else {
		return false;
	}
	return true;
}
