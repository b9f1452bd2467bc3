/* One frame's way to its records.
 *
 * index_frame() counts the frame in its lane, filters and decodes it, and lets its
 * packets wait with others, so that the flow table looks them up together.
 *
 * A lane is an interface with packets.  Its place, a byte of the file's id, is
 * given in order of first packet, so that blocks can be stored before the file
 * has been read; points are still in the order in which packets pass them
 * (index_end.c).
 *
 * Filters: --from/--to change what counts as the capture's running time
 * (first_ns, last_ns), since outside it nothing is seen; --filter and --host
 * only hide packets.
 */
#include <string.h>

#include "base/mem.h"
#include "store/index_worker.h"

#define LINKTYPE_LINUX_SLL2 276
#define LOOP_TTL 2
#define TWIN_PLACES 65536 /* 1 MiB, if any are looked for */

/* ---- lanes ---- */

static void know_doubled(const struct worker *w, struct lane *l)
{
	for (size_t i = 0; i < w->n_doubled; i++)
		if (w->doubled[i].lane == l->key) {
			l->twice_ns = w->doubled[i].within_ns;
			l->watched = l->twice_ns;
			l->copies = w->doubled[i].copies;
			l->copies_apart = w->doubled[i].apart;
			l->inner_twice = w->doubled[i].inner;
		}
}

/* Return: the lane, created if new; NULL if there are too many. */
static struct lane *lane_of(struct worker *w, const struct frame *f,
			    uint32_t key)
{
	unsigned i = lane_find(w, key);

	if (i == LANES_MAX) {
		if (w->n_lanes == LANES_MAX) {
			if (!w->beyond++)
				w->beyond_first = f->number;
			return NULL;
		}
		i = w->n_lanes++;
		w->lane[i].key = key;
		w->lane[i].iface = f->iface;
		w->lane[i].wanted = lane_wanted(w, key);
		know_doubled(w, &w->lane[i]);
	}
	w->last_lane = i;
	return &w->lane[i];
}

static bool in_time(const struct worker *w, int64_t ns)
{
	return ns >= w->o->from_ns && ns <= w->o->to_ns;
}

static void lane_count(const struct worker *w, struct lane *l,
		       const struct frame *f, int64_t resolution_ns)
{
	l->packets++;
	l->bytes += f->wire_len;
	ticks_add(&l->ticks, f->time_ns, resolution_ns);
	if (!in_time(w, f->time_ns))
		return;
	if (!l->timed) {
		l->timed = true;
		l->first_ns = l->last_ns = f->time_ns;
	} else if (f->time_ns > l->last_ns) {
		l->last_ns = f->time_ns;
	} else if (f->time_ns < l->first_ns) {
		l->first_ns = f->time_ns;
	}
}

/* ---- filters ---- */

static int filter_of(struct worker *w, uint32_t iface, struct filter **out)
{
	*out = NULL;
	if (!w->o->filter)
		return 0;
	while (w->filter.n <= iface) {
		struct filter **f = VEC_PUSH(&w->filter);

		*f = NULL;
	}
	if (!w->filter.at[iface])
		w->filter.at[iface] = filter_compile(
			w->o->filter, reader_iface(w->reader, iface)->linktype,
			w->err);
	*out = w->filter.at[iface];
	return *out ? 0 : -1;
}

static bool is_host(const struct worker *w, const struct flow_key *k)
{
	return !net_addr_cmp(&k->src, &w->host) ||
	       !net_addr_cmp(&k->dst, &w->host);
}

/* ---- waiting ---- */

void index_waiting(struct worker *w)
{
	flowtab_add(w->flows, w->wait, w->waiting);
	window_add(w->window, w->wait, w->wait_lane, w->waiting);
	w->waiting = 0;
	w->wait_n = 0;
}

/* Payloads are stored one after another; there is room for FLOW_AHEAD common
 * ones, or any single one. */
static const uint8_t *keep_payload(struct worker *w, const uint8_t *p, size_t n)
{
	uint8_t *copy = w->wait_bytes + w->wait_n;

	memcpy(copy, p, n);
	w->wait_n += n;
	return copy;
}

/* Makes room for @p's payload, by adding the waiting packets.  Return: where @p
 * is now. */
static struct packet *make_room(struct worker *w, struct packet *p)
{
	size_t n = p->payload ? p->payload_cap : 0;

	if (w->waiting && w->wait_cap - w->wait_n < n) {
		struct packet *first = &w->wait[0];

		index_waiting(w);
		*first = *p;
		p = first;
	}
	if (w->wait_cap < n) /* nothing is waiting */
		w->wait_bytes = mem_grow(w->wait_bytes, &w->wait_cap, n, 1);
	return p;
}

/* ---- from frame to record ---- */

static void add_trouble(struct lane *l, enum trouble t, const struct frame *f)
{
	if (l->trouble[t].n++)
		return;
	l->trouble[t].first_frame = f->number;
	l->trouble[t].first_ns = f->time_ns;
}

/* Is it a packet that was there before?  Then it is counted as that. */
static __attribute__((noinline)) bool is_again(struct worker *w, struct lane *l,
					       const struct packet *p,
					       const struct frame *f)
{
	struct twins_rule rule = {
		.within_ns = l->twice_ns ? l->twice_ns : TWINS_NEAR_NS,
		.copies = l->copies,
		.apart = l->copies_apart,
	};
	int linktype = reader_iface(w->reader, f->iface)->linktype;
	uint8_t link = twins_link(f, linktype);
	struct twins_sight sight;

	if (!w->twins)
		w->twins = twins_new(TWIN_PLACES);
	switch (twins_see(w->twins, p, link, &rule, &sight)) {
	case TWIN_SAME:
		if (!l->twice_ns)
			return false;
		add_trouble(l, TROUBLE_DOUBLED, f);
		return true;
	case TWIN_ROUTED:
		add_trouble(l, TROUBLE_ROUTED, f);
		return true;
	case TWIN_LOOPED:
		add_trouble(l, TROUBLE_LOOPED, f);
		return true;
	default:
		return false;
	}
}

/* Lets @p, the one after those waiting, wait, too.  The frame does not stay
 * valid, so the payload is copied. */
static void add_record(struct worker *w, struct lane *l, struct packet *p,
		       const struct frame *f)
{
	unsigned i;

	if (w->o->host && !is_host(w, &p->key))
		return;
	if (p->rec.ttl <= LOOP_TTL) /* a loop ends when no TTL is left */
		l->watched = true;
	if (l->watched && is_again(w, l, p, f))
		return;
	if (p->key.tunnel && l->inner_twice) {
		add_trouble(l, TROUBLE_DOUBLED, f);
		return;
	}
	if (p->tunnel_rest)
		add_trouble(l, TROUBLE_TUNNEL_REST, f);
	p = make_room(w, p);
	i = w->waiting;
	w->wait_lane[i] = (uint8_t)w->last_lane;
	if (p->payload)
		p->payload = keep_payload(w, p->payload, p->payload_cap);
	l->kept++;
	if (++w->waiting == FLOW_AHEAD)
		index_waiting(w);
}

static __attribute__((noinline)) void
add_icmp_error(struct worker *w, const struct lane *l, struct packet *p)
{
	struct icmp_quote *q = &p->quote;
	char from[NET_END_TEXT];
	struct message m = { 0 };

	if (w->o->host && !is_host(w, &q->key) &&
	    net_addr_cmp(&q->from, &w->host))
		return;
	index_waiting(w); /* the quote refers to earlier packets */
	q->key.lane = p->key.lane;
	m.part = flowtab_quoted(w->flows, q, &m.dir, &m.off);
	m.len = q->ip_len;
	m.first_frame = m.last_frame = p->rec.frame;
	m.first_ns = m.last_ns = p->rec.time_ns;
	m.proto = q->v6 ? MESSAGE_ICMPV6 : MESSAGE_ICMP;
	m.kind = MESSAGE_NOTICE;
	m.msg_id = q->mtu;
	m.status = MESSAGE_ICMP_STATUS(q->type, q->code);
	m.name = net_addr_text(&q->from, from);
	message_window_add(w->messages, &m, (uint8_t)(l - w->lane));
}

static void neighbours_say(void *ctx, const struct message *m, uint8_t lane)
{
	struct worker *w = ctx;

	message_window_add(w->messages, m, lane);
}

static __attribute__((noinline)) void
add_neighbour(struct worker *w, const struct lane *l, const struct packet *p)
{
	const struct neighbour *x = &p->neighbour;

	if (w->o->host && net_addr_cmp(&x->about, &w->host) &&
	    net_addr_cmp(&x->from, &w->host))
		return;
	if (!w->neighbours)
		w->neighbours = neighbours_new(neighbours_say, w);
	neighbours_see(w->neighbours, x, (uint8_t)(l - w->lane), p->rec.frame,
		       p->rec.time_ns);
}

/* No record comes of the frame. */
static __attribute__((noinline)) void
add_other(struct worker *w, struct lane *l, const struct frame *f,
	  struct packet *p, enum decode_result result)
{
	switch (result) {
	case DECODE_ICMP_ERROR:
		add_icmp_error(w, l, p);
		break;
	case DECODE_NEIGHBOUR:
		l->not_ip++;
		add_neighbour(w, l, p);
		break;
	case DECODE_NOT_IP:
		l->not_ip++;
		break;
	case DECODE_CUT:
		add_trouble(l, TROUBLE_CUT, f);
		break;
	case DECODE_MALFORMED:
		add_trouble(l, TROUBLE_MALFORMED, f);
		break;
	case DECODE_PROTECTED:
		add_trouble(l, TROUBLE_PROTECTED, f);
		break;
	case DECODE_RETRY:
		add_trouble(l, TROUBLE_RETRY, f);
		break;
	case DECODE_OK:
	case DECODE_UNKNOWN:
	case DECODE_RESULTS:
		/* an unknown link type: the reader reports it */
		if (decode_knows(reader_iface(w->reader, f->iface)->linktype))
			add_trouble(l, TROUBLE_UNKNOWN, f);
		break;
	}
}

int index_frame(struct worker *w, const struct frame *f)
{
	const struct reader_iface *iface = reader_iface(w->reader, f->iface);
	int linktype = iface->linktype;
	/* for this link type only the decoder knows the lane */
	bool decoded = linktype == LINKTYPE_LINUX_SLL2 && !w->o->one_point;
	enum decode_result result = DECODE_UNKNOWN;
	struct filter *filter;
	struct packet *p = &w->wait[w->waiting];
	struct lane *l;
	uint32_t key = DECODE_LANE(f->iface, 0);

	if (w->sides)
		key = DECODE_LANE(f->iface, (uint32_t)sides_of(w->sides, f));
	if (decoded) {
		result = decode_frame(w->decoder, f, linktype, p);
		key = p->key.lane;
	}
	l = lane_of(w, f, w->o->one_point ? 0 : key);
	if (!l || !l->wanted)
		return 0;
	lane_count(w, l, f, iface->resolution_ns);
	if (!in_time(w, f->time_ns))
		return 0;
	if (filter_of(w, f->iface, &filter))
		return -1;
	if (filter && !filter_match(filter, f))
		return 0;
	if (!decoded)
		result = decode_frame(w->decoder, f, linktype, p);
	for (;;) {
		p->key.lane = l->key;
		if (result == DECODE_OK)
			add_record(w, l, p, f);
		else
			add_other(w, l, f, p, result);
		if (!decode_more(w->decoder))
			return 0;
		p = &w->wait[w->waiting];
		result = decode_next(w->decoder, f, p);
	}
}
