/* One file's way into the case: a worker's work.
 *
 * What: frames are read, counted, filtered and decoded; the flow table gives
 * each record its part; the window sorts and packs.  Blocks, shelves of parts
 * and blocks of messages go over the queue as items; what is known of the file
 * only at its end (lanes, digest, what was wrong) is the function's result.
 *
 * A lane is an interface with packets.  Its place, a byte of the file's id, is
 * given in order of first packet, so that blocks can be stored before the file
 * has been read; points are still in the order in which packets pass them
 * (index_end.c).
 *
 * Invariants: nothing here depends on other files, on threads or on when the
 * writer takes items.  Memory is the two windows, of records and of messages,
 * the flow table and the waiting parts (store/index_parts.c); the queue is
 * bounded by its caller.
 *
 * Filters: --from/--to change what counts as the capture's running time
 * (first_ns, last_ns), since outside it nothing is seen; --filter and --host
 * only hide packets.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/index_worker.h"

#define LINKTYPE_LINUX_SLL2 276
#define PROGRESS_FRAMES 65536
#define STOP_FRAMES 1024
#define WAIT_BYTES (64u << 10)
#define LOOP_TTL 2
#define TWIN_PLACES 65536 /* 1 MiB, if any are looked for */

void item_free(struct item *item)
{
	if (!item)
		return;
	if (!item->kept)
		buf_release(&item->data);
	free(item);
}

/* ---- items ---- */

static struct item *item_new(const struct worker *w, enum item_kind kind)
{
	struct item *item = mem_zalloc(1, sizeof *item);

	item->kind = kind;
	item->input = w->number;
	return item;
}

static void item_put(struct worker *w, struct item *item)
{
	if (!queue_put(w->q, item))
		item_free(item);
}

static void put_parts(void *ctx, uint8_t lane, uint32_t first,
		      struct buf *shelf, bool kept)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_PARTS);

	item->lane = lane;
	item->first_part = first;
	item->data = *shelf;
	item->kept = kept;
	*shelf = (struct buf){ 0 };
	item_put(w, item);
}

static void put_block(void *ctx, uint8_t lane, const struct block_row *row,
		      struct buf *bytes, bool kept)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_BLOCK);

	item->lane = lane;
	item->row = *row;
	item->data = *bytes;
	item->kept = kept;
	*bytes = (struct buf){ 0 };
	item_put(w, item);
}

static void put_messages(void *ctx, uint8_t lane,
			 const struct message_block_row *row, struct buf *bytes)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_MESSAGES);

	item->lane = lane;
	item->messages = *row;
	item->data = *bytes;
	*bytes = (struct buf){ 0 };
	item_put(w, item);
}

/* ---- lanes ---- */

static void know_doubled(const struct worker *w, struct lane *l)
{
	for (size_t i = 0; i < w->n_doubled; i++)
		if (w->doubled[i].lane == l->key) {
			l->twice_ns = w->doubled[i].within_ns;
			l->watched = l->twice_ns;
			l->copies = w->doubled[i].copies;
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

/* ---- from frame to record ---- */

static void part_done(void *ctx, const struct part *p, uint32_t key)
{
	struct worker *w = ctx;
	unsigned lane = lane_find(w, key);

	if (lane != LANES_MAX)
		part_rack_add(w->parts, (uint8_t)lane, p);
}

static void add_message(void *ctx, const struct message *m, uint32_t key)
{
	struct worker *w = ctx;
	unsigned lane = lane_find(w, key);

	if (lane != LANES_MAX)
		message_window_add(w->messages, m, (uint8_t)lane);
}

static void add_waiting(struct worker *w)
{
	flowtab_expect(w->flows, w->wait, w->waiting);
	for (unsigned i = 0; i < w->waiting; i++) {
		flowtab_add(w->flows, &w->wait[i]);
		window_add(w->window, &w->wait[i].rec, w->wait_lane[i]);
	}
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

		add_waiting(w);
		*first = *p;
		p = first;
	}
	if (w->wait_cap < n) /* nothing is waiting */
		w->wait_bytes = mem_grow(w->wait_bytes, &w->wait_cap, n, 1);
	return p;
}

static void add_trouble(struct lane *l, enum trouble t, const struct frame *f)
{
	if (!l->trouble[t].n++)
		l->trouble[t].first_frame = f->number;
}

/* Is it a packet that was there before?  Then it is counted as that. */
static __attribute__((noinline)) bool is_again(struct worker *w, struct lane *l,
					       const struct packet *p,
					       const struct frame *f)
{
	struct twins_rule rule = {
		.within_ns = l->twice_ns ? l->twice_ns : TWINS_NEAR_NS,
		.copies = l->copies,
	};
	struct twins_sight sight;

	if (!w->twins)
		w->twins = twins_new(TWIN_PLACES);
	switch (twins_see(w->twins, p, &rule, &sight)) {
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
	w->wait_lane[i] = (uint8_t)(l - w->lane);
	if (p->payload)
		p->payload = keep_payload(w, p->payload, p->payload_cap);
	l->kept++;
	if (++w->waiting == FLOW_AHEAD)
		add_waiting(w);
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
	add_waiting(w); /* the quote refers to earlier packets */
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

/* No record comes of the frame. */
static __attribute__((noinline)) void
add_other(struct worker *w, struct lane *l, const struct frame *f,
	  struct packet *p, enum decode_result result)
{
	switch (result) {
	case DECODE_ICMP_ERROR:
		add_icmp_error(w, l, p);
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

static int add_frame(struct worker *w, const struct frame *f)
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
/* ---- the file ---- */

static void progress(const struct worker *w, uint64_t packets)
{
	if (w->o->progress)
		w->o->progress(w->o->progress_ctx, w->in->path,
			       reader_bytes(w->reader), packets);
}

/* Return: 0 at the end or when stopped, -1 with w->err. */
static int read_all(struct worker *w, const atomic_bool *stop,
		    struct indexed *out)
{
	struct err io = { 0 };
	struct frame f;
	uint64_t n = 0;
	int got;

	while ((got = reader_next(w->reader, &f, &io)) > 0) {
		if (add_frame(w, &f))
			return -1;
		n++;
		if (n % STOP_FRAMES == 0 && atomic_load(stop))
			return 0;
		if (n % PROGRESS_FRAMES == 0)
			progress(w, n);
	}
	progress(w, n);
	if (got < 0 && !n)
		return err_set(w->err, io.code, "%s", io.text);
	if (got < 0) /* what could be read is used */
		add_quality(out, 0, "read-error", mem_strdup(io.text), 1,
			    f.number);
	return 0;
}

static void worker_close(struct worker *w)
{
	part_rack_free(w->parts);
	flowtab_free(w->flows);
	talks_free(w->talks);
	free(w->wait_bytes);
	window_free(w->window);
	message_window_free(w->messages);
	decoder_free(w->decoder);
	twins_free(w->twins);
	sides_free(w->sides);
	passage_free(w->passage);
	for (size_t i = 0; i < w->filter.n; i++)
		filter_free(w->filter.at[i]);
	VEC_FREE(&w->filter);
	reader_close(w->reader);
	if (w->place.kept)
		kept_leave(&w->place);
	free(w);
}

void index_file(const struct index_input *in, size_t number,
		const struct index_options *o, struct kept *kept,
		struct queue *q, const atomic_bool *stop, struct indexed *out)
{
	struct worker *w = mem_zalloc(1, sizeof *w);

	w->in = in;
	w->o = o;
	w->number = number;
	w->q = q;
	w->err = &out->err;
	w->decoder = decoder_new();
	w->flows = flowtab_new(part_done, w);
	w->talks = talks_new(!o->no_names, add_message, w);
	flowtab_listen(w->flows, w->talks);
	w->wait_cap = WAIT_BYTES;
	w->wait_bytes = mem_alloc(WAIT_BYTES);
	w->window = window_new(INDEX_WINDOW, put_block, w);
	w->messages = message_window_new(put_messages, w);
	w->parts = part_rack_new(put_parts, w);
	if (kept) {
		w->place.kept = kept;
		window_keep(w->window, &w->place);
		part_rack_keep(w->parts, &w->place);
	}
	if (o->host && net_addr_parse(o->host, &w->host)) {
		err_set(w->err, ERR_USAGE, "--host %s: is no address", o->host);
		goto done;
	}
	w->passage = passage_new();
	w->n_doubled = index_doubled(in->path, o->one_point, w->doubled,
				     &w->sides, w->passage);
	w->reader = reader_open(in->path, w->err);
	if (!w->reader || read_all(w, stop, out) || atomic_load(stop))
		goto done;
	add_waiting(w);
	flowtab_finish(w->flows);
	window_flush(w->window);
	message_window_flush(w->messages);
	part_rack_flush(w->parts);
	if (!lane_without_packets(w))
		out_all(w, out);
done:
	worker_close(w);
}
