/* Messages in the order of a point's records: see the header.
 *
 * Parts are read one after the other, in the order of the flow's row; within a part
 * messages are stored in the order in which they became complete.  So only the
 * next message is held.
 */
#include "report/derive/feed.h"

#include <string.h>

#define ICMP4_QUENCH 4
#define ICMP4_REDIRECT 5

void feed_open(struct feed *f, struct store *s)
{
	*f = (struct feed){ .in = messages_open(s) };
}

void feed_close(struct feed *f)
{
	messages_close(f->in);
	f->in = NULL;
}

/* An ICMP error tells that something did not arrive, unless it is a source quench
 * or a redirect.  Return: is the message one? */
static bool icmp_error(struct feed *f, const struct message *m)
{
	int type = MESSAGE_ICMP_TYPE(m->status);

	if (m->proto != MESSAGE_ICMP && m->proto != MESSAGE_ICMPV6)
		return false;
	f->refused |= m->dir == 0 &&
		      (m->proto == MESSAGE_ICMPV6 ||
		       (type != ICMP4_QUENCH && type != ICMP4_REDIRECT));
	return true;
}

/* From the part's view to the flow's. */
static void as_flow(const struct feed *f, struct message *m)
{
	const struct flow_part *p = &f->flow->parts[f->part - 1];

	m->dir ^= p->swap ? 1 : 0;
	m->off += (uint64_t)p->shift[m->dir];
}

static void make_steady(const struct feed *f, struct message *m)
{
	int64_t file = f->flow->parts[f->part - 1].part >> 32;

	if (!f->timing)
		return;
	m->first_ns = timing_steady(f->timing, file, m->first_frame,
				    m->first_ns);
	m->last_ns = timing_steady(f->timing, file, m->last_frame, m->last_ns);
}

void feed_step(struct feed *f)
{
	struct message *m = &f->next;
	size_t n;

	f->has_next = false;
	for (;;) {
		if (f->part && messages_next(f->in, m)) {
			as_flow(f, m);
			if (icmp_error(f, m))
				continue;
			break;
		}
		if (f->part == f->flow->n_parts)
			return;
		messages_part(f->in, f->flow->parts[f->part++].part);
	}
	f->has_next = f->any = true;
	make_steady(f, m);
	n = m->name ? strnlen(m->name, MESSAGE_NAME) : 0;
	if (n)
		memcpy(f->name, m->name, n);
	f->name[n] = '\0';
	m->name = NULL;
}

void feed_begin(struct feed *f, const struct flow_row *flow,
		const struct timing *timing)
{
	f->flow = flow;
	f->timing = timing;
	f->part = 0;
	f->any = f->refused = false;
	feed_step(f);
}

bool feed_due(const struct feed *f, uint64_t frame, int64_t t_ns)
{
	if (f->flow->n_parts == 1)
		return f->next.last_frame <= frame;
	return f->next.last_ns <= t_ns;
}
