/* One file's way into the case: a worker's work.
 *
 * What: frames are read, counted, filtered and decoded; the flow table gives
 * each record its part; the window sorts and packs.  Blocks, parts as they end
 * and ICMP errors go over the queue as items; what is known of the file only
 * at its end (lanes, digest, what was wrong) is the function's result.
 *
 * A lane is an interface with packets.  Its place, a byte of the file's id, is
 * given in order of first packet, so that blocks can be stored before the file
 * has been read; points follow interface order all the same (index.c).
 *
 * Invariants: nothing here depends on other files, on threads or on when the
 * writer takes items.  Memory is the window, the flow table and one batch of
 * parts; the queue is bounded by its caller.
 *
 * Filters: --from/--to move what counts as the capture's own time (first_ns,
 * last_ns), as for whatever lies outside it has not seen anything; --filter
 * and --host only hide packets.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/flow.h"
#include "capture/reader.h"
#include "capture/talk.h"
#include "capture/twins.h"
#include "store/index_int.h"
#include "store/message_window.h"
#include "store/window.h"

#define LINKTYPE_LINUX_SLL2 276
#define PARTS_BATCH 256
#define PROGRESS_FRAMES 65536
#define STOP_FRAMES 1024
#define WAIT_BYTES (64u << 10)
#define LOOP_TTL 2

enum trouble {
	TROUBLE_CUT,
	TROUBLE_MALFORMED,
	TROUBLE_UNKNOWN,
	TROUBLE_PROTECTED,
	TROUBLE_DOUBLED,
	TROUBLE_ROUTED,
	TROUBLE_LOOPED,
	TROUBLES
};

static const struct {
	const char *what, *text;
} troubles[TROUBLES] = {
	[TROUBLE_CUT] = { "cut-packet",
			  "packets captured too short to tell their flow" },
	[TROUBLE_MALFORMED] = { "malformed-packet",
				"packets whose lengths contradict each other" },
	[TROUBLE_UNKNOWN] = { "unknown-encapsulation",
			      "packets in an encapsulation that is not known "
			      "here" },
	[TROUBLE_PROTECTED] = { "encrypted-link",
				"frames encrypted on the link (802.11, MACsec, "
				"PPP), so that nobody can tell what is in "
				"them: decrypt the capture first, or capture "
				"behind the link" },
	[TROUBLE_DOUBLED] = { "doubled-packets",
			      "packets that the capture holds twice, as mirror "
			      "ports that copy both sides and captures on all "
			      "interfaces do: the second was left out" },
	[TROUBLE_ROUTED] = { "routed-packets",
			     "packets that come by again with a lower TTL: the "
			     "capture shows both sides of a router, and only "
			     "the first sight of each was used" },
	[TROUBLE_LOOPED] = { "routing-loop",
			     "packets that come by again and again with a "
			     "falling TTL: a routing loop.  Only the first "
			     "sights were used" },
};

struct lane {
	uint32_t key, iface;
	bool wanted;
	uint64_t packets, kept, bytes, not_ip;
	int64_t first_ns, last_ns;
	bool timed;            /* first_ns, last_ns are set */
	bool doubled, watched; /* twins are left out; are looked for */
	struct ticks ticks;
	struct {
		uint64_t n, first_frame;
	} trouble[TROUBLES];
};

struct worker {
	const struct index_input *in;
	const struct index_options *o;
	size_t number;
	struct queue *q;
	struct err *err;
	struct reader *reader;
	struct decoder *decoder;
	struct flowtab *flows;
	struct talks *talks;
	struct window *window;
	struct twins *twins;         /* owned; NULL until one is looked for */
	uint32_t doubled[LANES_MAX]; /* keys of lanes that hold all twice */
	size_t n_doubled;
	struct message_window *messages;
	struct lane lane[LANES_MAX];
	unsigned n_lanes, last_lane;
	uint64_t beyond, beyond_first; /* packets of lanes over LANES_MAX */
	struct VEC(struct filter *) filter; /* by interface */
	struct net_addr host;
	struct item *parts; /* the batch that fills */
	/* packets that wait to be looked up together; one more is decoded
	 * behind them */
	unsigned waiting;
	struct packet wait[FLOW_AHEAD];
	uint8_t wait_lane[FLOW_AHEAD];
	uint8_t *wait_bytes; /* payloads; owned */
	size_t wait_n, wait_cap;
};

void item_free(struct item *item)
{
	if (!item)
		return;
	buf_release(&item->data);
	VEC_FREE(&item->parts);
	free(item);
}

void indexed_release(struct indexed *x)
{
	for (size_t i = 0; i < x->lanes.n; i++) {
		free(x->lanes.at[i].row.path);
		free(x->lanes.at[i].row.iface);
		free(x->lanes.at[i].row.digest);
		free(x->lanes.at[i].label);
	}
	VEC_FREE(&x->lanes);
	quality_rows_free(x->quality.at, x->quality.n);
	x->quality.at = NULL;
	x->quality.n = x->quality.cap = 0;
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

static void put_parts(struct worker *w)
{
	if (w->parts)
		item_put(w, w->parts);
	w->parts = NULL;
}

static void put_block(void *ctx, uint8_t lane, const struct block_row *row,
		      struct buf *bytes)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_BLOCK);

	item->lane = lane;
	item->row = *row;
	item->data = *bytes;
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

/* How a lane is called: the kernel's interface number where packets have one,
 * else the interface's name if no other has the same, else its number. */
static char *lane_label(const struct worker *w, uint32_t key)
{
	uint32_t i = DECODE_LANE_IFACE(key), index = DECODE_LANE_IFINDEX(key);
	size_t n = reader_ifaces(w->reader);
	const char *name = i < n ? reader_iface(w->reader, i)->name : NULL;

	if (index)
		return n > 1 ? mem_printf("%u.%u", i, index)
			     : mem_printf("%u", index);
	for (size_t k = 0; name && k < n; k++) {
		const char *other = reader_iface(w->reader, k)->name;

		if (k != i && other && !strcmp(other, name))
			name = NULL;
	}
	return name && *name ? mem_strdup(name) : mem_printf("%u", i);
}

static bool lane_wanted(const struct worker *w, uint32_t key)
{
	char *label, *number;
	bool wanted;

	if (!w->in->iface)
		return true;
	label = lane_label(w, key);
	number = mem_printf("%u", DECODE_LANE_IFACE(key));
	wanted = !strcmp(label, w->in->iface) ||
		 (!DECODE_LANE_IFINDEX(key) && !strcmp(number, w->in->iface));
	free(label);
	free(number);
	return wanted;
}

/* Return: the lane's place, or LANES_MAX where there is none. */
static unsigned lane_find(const struct worker *w, uint32_t key)
{
	unsigned i = w->last_lane;

	if (i < w->n_lanes && w->lane[i].key == key)
		return i;
	for (i = 0; i < w->n_lanes; i++)
		if (w->lane[i].key == key)
			return i;
	return LANES_MAX;
}

static bool is_doubled(const struct worker *w, uint32_t key)
{
	for (size_t i = 0; i < w->n_doubled; i++)
		if (w->doubled[i] == key)
			return true;
	return false;
}

/* Return: the lane, new where need be; NULL where there are too many. */
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
		w->lane[i].doubled = is_doubled(w, key);
	}
	w->last_lane = i;
	return &w->lane[i];
}

static bool in_time(const struct worker *w, int64_t ns)
{
	return ns >= w->o->from_ns && ns <= w->o->to_ns;
}

static void lane_count(const struct worker *w, struct lane *l,
		       const struct frame *f)
{
	l->packets++;
	l->bytes += f->wire_len;
	ticks_add(&l->ticks, f->time_ns,
		  reader_iface(w->reader, f->iface)->resolution_ns);
	if (!in_time(w, f->time_ns))
		return;
	if (!l->timed || f->time_ns < l->first_ns)
		l->first_ns = f->time_ns;
	if (!l->timed || f->time_ns > l->last_ns)
		l->last_ns = f->time_ns;
	l->timed = true;
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

/* ---- what a frame becomes ---- */

static void part_done(void *ctx, const struct part *p, uint32_t key)
{
	struct worker *w = ctx;
	unsigned lane = lane_find(w, key);
	size_t before;

	if (lane == LANES_MAX)
		return;
	if (!w->parts)
		w->parts = item_new(w, ITEM_PARTS);
	before = w->parts->data.n;
	part_pack(p, &w->parts->data);
	*VEC_PUSH(&w->parts->parts) = (struct item_part){
		.number = p->number,
		.lane = (uint8_t)lane,
		.size = (uint32_t)(w->parts->data.n - before),
	};
	if (w->parts->parts.n == PARTS_BATCH)
		put_parts(w);
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

/* Payloads lie behind one another; there is room for FLOW_AHEAD common ones,
 * and for any one. */
static const uint8_t *keep_payload(struct worker *w, const uint8_t *p, size_t n)
{
	uint8_t *copy = w->wait_bytes + w->wait_n;

	memcpy(copy, p, n);
	w->wait_n += n;
	return copy;
}

/* Makes room for @p's payload, by adding what waits before it.  Return: where
 * it stands now. */
static struct packet *make_room(struct worker *w, struct packet *p)
{
	size_t n = p->payload ? p->payload_cap : 0;

	if (w->waiting && w->wait_cap - w->wait_n < n) {
		struct packet *first = &w->wait[0];

		add_waiting(w);
		*first = *p;
		p = first;
	}
	if (w->wait_cap < n) /* nothing waits */
		w->wait_bytes = mem_grow(w->wait_bytes, &w->wait_cap, n, 1);
	return p;
}

static void add_trouble(struct lane *l, enum trouble t, const struct frame *f)
{
	if (!l->trouble[t].n++)
		l->trouble[t].first_frame = f->number;
}

/* Is it a packet that was there before?  Then it is counted as that. */
static bool is_again(struct worker *w, struct lane *l, const struct packet *p,
		     const struct frame *f)
{
	if (!w->twins)
		w->twins = twins_new();
	switch (twins_see(w->twins, p)) {
	case TWIN_SAME:
		if (!l->doubled)
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

/* Lets @p, which is the one behind those that wait, wait too.  The frame does
 * not stay, so the payload comes along. */
static void add_record(struct worker *w, struct lane *l, struct packet *p,
		       const struct frame *f)
{
	unsigned i;

	if (w->o->host && !is_host(w, &p->key))
		return;
	/* a loop ends where no TTL is left */
	l->watched |= p->rec.ttl <= LOOP_TTL;
	if ((l->doubled || l->watched) && is_again(w, l, p, f))
		return;
	p = make_room(w, p);
	i = w->waiting;
	w->wait_lane[i] = (uint8_t)(l - w->lane);
	if (p->payload)
		p->payload = keep_payload(w, p->payload, p->payload_cap);
	l->kept++;
	if (++w->waiting == FLOW_AHEAD)
		add_waiting(w);
}

static void add_icmp_error(struct worker *w, const struct lane *l,
			   struct packet *p)
{
	struct icmp_quote *q = &p->quote;
	char from[NET_END_TEXT];
	struct message m = { 0 };

	if (w->o->host && !is_host(w, &q->key) &&
	    net_addr_cmp(&q->from, &w->host))
		return;
	add_waiting(w); /* the quote is of what was before */
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

static void add_decoded(struct worker *w, struct lane *l, const struct frame *f,
			struct packet *p, enum decode_result result)
{
	switch (result) {
	case DECODE_OK:
		add_record(w, l, p, f);
		break;
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
	case DECODE_UNKNOWN:
	case DECODE_RESULTS:
		/* of a whole link type: the reader says so */
		if (decode_knows(reader_iface(w->reader, f->iface)->linktype))
			add_trouble(l, TROUBLE_UNKNOWN, f);
		break;
	}
}

static int add_frame(struct worker *w, const struct frame *f)
{
	int linktype = reader_iface(w->reader, f->iface)->linktype;
	/* here only the decoder knows the lane */
	bool decoded = linktype == LINKTYPE_LINUX_SLL2 && !w->o->one_point;
	enum decode_result result = DECODE_UNKNOWN;
	struct filter *filter;
	struct packet *p = &w->wait[w->waiting];
	struct lane *l;
	uint32_t key = DECODE_LANE(f->iface, 0);

	if (decoded) {
		result = decode_frame(w->decoder, f, linktype, p);
		key = p->key.lane;
	}
	l = lane_of(w, f, w->o->one_point ? 0 : key);
	if (!l || !l->wanted)
		return 0;
	lane_count(w, l, f);
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
		add_decoded(w, l, f, p, result);
		if (!decode_more(w->decoder))
			return 0;
		p = &w->wait[w->waiting];
		result = decode_next(w->decoder, f, p);
	}
}

/* ---- the end of a file ---- */

static void add_quality(struct indexed *out, size_t lane, const char *what,
			char *text, uint64_t n, uint64_t frame)
{
	*VEC_PUSH(&out->quality) = (struct quality_row){
		.file = (int64_t)lane,
		.what = mem_strdup(what),
		.text = text,
		.count = n,
		.first_frame = frame,
	};
}

static void lane_ifaces(const struct worker *w, const struct lane *l,
			struct file_row *row)
{
	const struct reader_iface *i;
	size_t n = reader_ifaces(w->reader);

	if (l->iface >= n)
		return;
	i = reader_iface(w->reader, l->iface);
	row->snaplen = i->snaplen;
	row->linktype = i->linktype;
	row->dropped = i->dropped;
	row->dropped_known = i->dropped_known;
	for (size_t k = 0; w->o->one_point && k < n; k++) {
		i = reader_iface(w->reader, k);
		if (k == l->iface)
			continue;
		row->dropped += i->dropped;
		row->dropped_known |= i->dropped_known;
		if (i->snaplen && (!row->snaplen || i->snaplen < row->snaplen))
			row->snaplen = i->snaplen;
	}
}

static void out_lane(const struct worker *w, const struct lane *l,
		     struct indexed *out)
{
	const struct index_options *o = w->o;
	struct indexed_lane *x = VEC_PUSH(&out->lanes);

	*x = (struct indexed_lane){ .key = l->key,
				    .place = (uint8_t)(l - w->lane),
				    .label = lane_label(w, l->key) };
	x->row = (struct file_row){
		.path = text_clean(w->in->path, strlen(w->in->path)),
		.digest = mem_strdup(reader_digest(w->reader)),
		.size = reader_bytes(w->reader),
		.packets = l->packets,
		.kept = l->kept,
		.bytes = l->bytes,
		.not_ip = l->not_ip,
		.first_ns = l->first_ns,
		.last_ns = l->last_ns,
		.resolution_ns = ticks_resolution(&l->ticks),
		.filtered = o->filter || o->host || o->from_ns != INT64_MIN ||
			    o->to_ns != INT64_MAX,
	};
	lane_ifaces(w, l, &x->row);
}

static int by_key(const void *a, const void *b)
{
	uint32_t x = ((const struct indexed_lane *)a)->key;
	uint32_t y = ((const struct indexed_lane *)b)->key;
	uint32_t i = DECODE_LANE_IFACE(x), k = DECODE_LANE_IFACE(y);

	if (i != k)
		return i < k ? -1 : 1;
	return x < y ? -1 : x > y;
}

static size_t lane_of_iface(const struct indexed *out, uint32_t iface)
{
	for (size_t i = 0; i < out->lanes.n; i++)
		if (DECODE_LANE_IFACE(out->lanes.at[i].key) == iface)
			return i;
	return SIZE_MAX;
}

/* What the reader found, told of the lane that it concerns; of interfaces
 * that are not used nothing is told. */
static void out_reader_quality(const struct worker *w, struct indexed *out)
{
	size_t n;
	const struct quality *q = reader_quality(w->reader, &n);

	for (size_t i = 0; i < n; i++) {
		size_t lane = lane_of_iface(out, q[i].iface);

		if (lane == SIZE_MAX && w->in->iface)
			continue;
		add_quality(out, lane == SIZE_MAX ? 0 : lane, q[i].what,
			    mem_strdup(q[i].text), q[i].count,
			    q[i].first_frame);
		out->quality.at[out->quality.n - 1].from_ns = q[i].from_ns;
		out->quality.at[out->quality.n - 1].to_ns = q[i].to_ns;
	}
}

static void out_lane_quality(const struct worker *w, struct indexed *out)
{
	for (size_t i = 0; i < out->lanes.n; i++) {
		const struct lane *l = &w->lane[out->lanes.at[i].place];

		for (int t = 0; t < TROUBLES; t++)
			if (l->trouble[t].n)
				add_quality(out, i, troubles[t].what,
					    mem_strdup(troubles[t].text),
					    l->trouble[t].n,
					    l->trouble[t].first_frame);
	}
	if (w->beyond)
		add_quality(out, 0, "many-interfaces",
			    mem_strdup("more than 256 interfaces: packets of "
				       "the others were left out"),
			    w->beyond, w->beyond_first);
}

static void out_talk_quality(const struct worker *w, struct indexed *out)
{
	struct talk_trouble t;

	for (unsigned i = 0; talks_trouble(w->talks, i, &t); i++)
		if (t.text && out->lanes.n)
			add_quality(out, 0, "protocol", t.text, t.count,
				    t.first_frame);
		else
			free(t.text);
}

static void no_such_iface(const struct worker *w, struct err *err)
{
	size_t n = reader_ifaces(w->reader);
	struct text names = { 0 };

	for (unsigned i = 0; i < w->n_lanes; i++) {
		char *label = lane_label(w, w->lane[i].key);

		text_add(&names, "%s%s", i ? ", " : "", label);
		free(label);
	}
	for (uint32_t i = 0; i < n; i++) {
		char *label = lane_label(w, DECODE_LANE(i, 0));

		if (lane_find(w, DECODE_LANE(i, 0)) == LANES_MAX)
			text_add(&names, "%s%s (no packets)",
				 names.n ? ", " : "", label);
		free(label);
	}
	err_set(err, ERR_INPUT,
		"%s#%s: the file has no such interface; it has %s", w->in->path,
		w->in->iface, names.at ? names.at : "none");
	text_release(&names);
}

/* A file without packets still is a file of its point. */
static int lane_without_packets(struct worker *w)
{
	uint32_t n = (uint32_t)reader_ifaces(w->reader);

	for (unsigned i = 0; i < w->n_lanes; i++)
		if (w->lane[i].wanted)
			return 0;
	for (uint32_t i = 0; i < n || i == 0; i++) {
		struct lane *l = &w->lane[w->n_lanes];

		if (w->n_lanes == LANES_MAX || !lane_wanted(w, i))
			continue;
		l->key = l->iface = i;
		l->wanted = true;
		l->ticks.declared_ns =
			i < n ? reader_iface(w->reader, i)->resolution_ns : 1;
		w->n_lanes++;
		return 0;
	}
	no_such_iface(w, w->err);
	return -1;
}

static void out_all(const struct worker *w, struct indexed *out)
{
	for (unsigned i = 0; i < w->n_lanes; i++)
		if (w->lane[i].wanted)
			out_lane(w, &w->lane[i], out);
	if (out->lanes.n)
		qsort(out->lanes.at, out->lanes.n, sizeof *out->lanes.at,
		      by_key);
	for (size_t i = 0; i < out->lanes.n; i++)
		if (out->lanes.n > 1 || w->in->iface)
			out->lanes.at[i].row.iface = mem_strdup(
				out->lanes.at[i].label);
	out_reader_quality(w, out);
	out_lane_quality(w, out);
	out_talk_quality(w, out);
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
	item_free(w->parts);
	flowtab_free(w->flows);
	talks_free(w->talks);
	free(w->wait_bytes);
	window_free(w->window);
	message_window_free(w->messages);
	decoder_free(w->decoder);
	twins_free(w->twins);
	for (size_t i = 0; i < w->filter.n; i++)
		filter_free(w->filter.at[i]);
	VEC_FREE(&w->filter);
	reader_close(w->reader);
	free(w);
}

void index_file(const struct index_input *in, size_t number,
		const struct index_options *o, struct queue *q,
		const atomic_bool *stop, struct indexed *out)
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
	if (o->host && net_addr_parse(o->host, &w->host)) {
		err_set(w->err, ERR_USAGE, "--host %s: is no address", o->host);
		goto done;
	}
	w->n_doubled = index_doubled(in->path, o->one_point, w->doubled);
	w->reader = reader_open(in->path, w->err);
	if (!w->reader || read_all(w, stop, out) || atomic_load(stop))
		goto done;
	add_waiting(w);
	flowtab_finish(w->flows);
	window_flush(w->window);
	message_window_flush(w->messages);
	put_parts(w);
	if (!lane_without_packets(w))
		out_all(w, out);
done:
	worker_close(w);
}
