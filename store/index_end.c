/* The end of a file: what is known only then.
 *
 * What: lanes become file rows (names, snap length, drop counters, time
 * resolution), in order of interface; what the reader, the lanes and the
 * parsers found wrong becomes lines of quality.  A lane's label, and whether it
 * was requested, are here, too; they are needed while the file is read.
 *
 * A lane is known by its place while the file is read, by its index in
 * out->lanes afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/index_worker.h"

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
	[TROUBLE_TUNNEL_REST] = { "tunnel-fragments",
				  "later fragments of packets that a tunnel "
				  "sent in fragments: the packet inside was "
				  "found in the first and is cut where that "
				  "ends; these count to the tunnel's own session, "
				  "and one that is lost loses the packet inside" },
	[TROUBLE_RETRY] = { "link-retries",
			    "802.11 frames that were sent again on the link "
			    "(Retry bit, the same sequence number and "
			    "contents): no packets of their own, so only the "
			    "first attempt of each was used" },
	[TROUBLE_DOUBLED] = { "doubled-packets",
			      "packets that the capture holds again, as mirror "
			      "ports that copy both sides, captures on all "
			      "interfaces, those that show a tunnel and what "
			      "is in it, and Windows' pktmon do: one of each "
			      "was used" },
	[TROUBLE_ROUTED] = { "routed-packets",
			     "packets that come by again with a lower TTL: the "
			     "capture shows both sides of a router, and only "
			     "the first sight of each was used" },
	[TROUBLE_LOOPED] = { "routing-loop",
			     "packets that come by again and again with a "
			     "falling TTL: a routing loop.  Only the first "
			     "sights were used" },
};

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

/* ---- lanes ---- */

/* A lane's label: the kernel's interface number if packets have one, else the
 * interface's name if unique, else its number.  Caller frees. */
static char *lane_label(const struct worker *w, uint32_t key)
{
	uint32_t i = DECODE_LANE_IFACE(key), index = DECODE_LANE_IFINDEX(key);
	size_t n = reader_ifaces(w->reader);
	const char *name = i < n ? reader_iface(w->reader, i)->name : NULL;

	if (w->sides)
		return mem_strdup(index == SIDE_OUT ? "out" : "in");
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

bool lane_wanted(const struct worker *w, uint32_t key)
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

unsigned lane_search(const struct worker *w, uint32_t key)
{
	for (unsigned i = 0; i < w->n_lanes; i++)
		if (w->lane[i].key == key)
			return i;
	return LANES_MAX;
}

/* ---- what is reported ---- */

void add_quality(struct indexed *out, size_t lane, const char *what, char *text,
		 uint64_t n, uint64_t frame)
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

/* What the reader found, for the lane concerned; unused interfaces are
 * ignored. */
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

/* Where and how often, as the reader's sentences have it. */
static char *counted(const char *text, uint64_t n, uint64_t frame)
{
	char times[TEXT_UNIT];

	if (n == 1)
		return mem_printf("%s (frame %llu)", text,
				  (unsigned long long)frame);
	return mem_printf("%s (%s, the first is frame %llu)", text,
			  text_count(n, times), (unsigned long long)frame);
}

static void out_trouble(struct indexed *out, size_t lane, const struct lane *l,
			int t)
{
	uint64_t n = l->trouble[t].n, frame = l->trouble[t].first_frame;
	struct quality_row *q;

	if (!n)
		return;
	add_quality(out, lane, troubles[t].what,
		    counted(troubles[t].text, n, frame), n, frame);
	q = &out->quality.at[out->quality.n - 1];
	q->from_ns = q->to_ns = l->trouble[t].first_ns;
}

static void out_lane_quality(const struct worker *w, struct indexed *out)
{
	for (size_t i = 0; i < out->lanes.n; i++)
		for (int t = 0; t < TROUBLES; t++)
			out_trouble(out, i, &w->lane[out->lanes.at[i].place],
				    t);
	if (w->neighbours_left && out->lanes.n)
		add_quality(out, 0, "many-neighbours",
			    mem_strdup("so much ARP or neighbour discovery "
				       "that not all of it was kept"),
			    w->neighbours_left, 0);
	if (w->beyond)
		add_quality(out, 0, "many-interfaces",
			    mem_strdup("more than 256 interfaces: packets of "
				       "the others were left out"),
			    w->beyond, w->beyond_first);
}

static void out_talk_quality(const struct worker *w, struct indexed *out)
{
	struct talk_trouble t;

	for (unsigned i = 0; talks_trouble(w->talks, i, &t); i++) {
		if (t.text && out->lanes.n)
			add_quality(out, 0, "protocol",
				    counted(t.text, t.count, t.first_frame),
				    t.count, t.first_frame);
		free(t.text);
	}
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

int lane_without_packets(struct worker *w)
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

/* Sorts lanes in the order in which packets pass them, as far as known; else in
 * that of the file. */
static void sort_lanes(const struct worker *w, struct indexed *out)
{
	struct indexed_lane *lane = out->lanes.at;
	uint32_t key[LANES_MAX];
	size_t n = out->lanes.n;

	if (!n)
		return;
	qsort(lane, n, sizeof *lane, by_key);
	for (size_t i = 0; i < n; i++)
		key[i] = lane[i].key;
	passage_sort(w->passage, key, n);
	for (size_t to = 0; to < n; to++) {
		size_t i = to;
		struct indexed_lane x;

		while (lane[i].key != key[to])
			i++;
		x = lane[i];
		lane[i] = lane[to];
		lane[to] = x;
	}
}

void out_all(const struct worker *w, struct indexed *out)
{
	for (unsigned i = 0; i < w->n_lanes; i++)
		if (w->lane[i].wanted)
			out_lane(w, &w->lane[i], out);
	sort_lanes(w, out);
	for (size_t i = 0; i < out->lanes.n; i++)
		if (out->lanes.n > 1 || w->in->iface)
			out->lanes.at[i].row.iface = mem_strdup(
				out->lanes.at[i].label);
	out->sides = w->sides && out->lanes.n > 1;
	out_reader_quality(w, out);
	out_lane_quality(w, out);
	out_talk_quality(w, out);
}
