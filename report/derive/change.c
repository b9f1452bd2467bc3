/* change.payload, change.header, change.sequence: what the path rewrote.
 *
 * Payload: packets proven the same whose payload grew, shrank or differs, per
 * hop and way.  A SYN or RST that grew by just what pads an Ethernet frame to
 * 60 bytes means that something counted padding into the IP length.  What was
 * damaged is left to damage.c.
 *
 * Header and sequence: from what neighbouring flows of a session show; one
 * finding a hop, information only, unless options that TCP needs were taken out.
 * They are sampled from the sessions shown to rules, so their counts are of
 * those.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/damage.h"
#include "report/derive/words.h"

#define ETHERNET_HEADER 14
#define ETHERNET_MINIMUM 60 /* without the checksum */
#define PAYLOAD_CHANGES                                                        \
	(CHANGE_PAYLOAD_GREW | CHANGE_PAYLOAD_SHRANK | CHANGE_PAYLOAD_BYTES)

struct changed_way {
	int from_pos, to_pos;
	uint64_t packets, padding;
	bool broken; /* the session did not continue normally */
	struct draft *draft;
};

struct shown_syn { /* frame 0: it was not captured */
	int64_t point, file, time_ns;
	uint64_t frame;
	char who[WORDS];
};

struct changed_kind { /* header or sequence changes of one sort on a hop */
	int from_pos, to_pos;
	const char *what, *dir;
	uint64_t sessions;
	char near[NET_END_TEXT], far[NET_END_TEXT]; /* as a client sends */
	/* the first SYN of such a session at both points, where it leaves
	 * first */
	struct shown_syn syn[2];
};

struct changes {
	struct VEC(struct changed_way) ways;
	struct VEC(struct changed_kind) kinds;
	uint64_t shown;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct changes));
}

static struct changed_way *way_of(struct changes *s, int from, int to)
{
	struct changed_way *w;

	for (size_t i = 0; i < s->ways.n; i++)
		if (s->ways.at[i].from_pos == from &&
		    s->ways.at[i].to_pos == to)
			return &s->ways.at[i];
	w = VEC_PUSH(&s->ways);
	*w = (struct changed_way){ .from_pos = from, .to_pos = to };
	return w;
}

/* Did the payload grow by exactly the padding of a minimal frame? */
static bool is_padding(const struct fact *k)
{
	uint32_t near_frame = ETHERNET_HEADER + k->near.hdr_len +
			      k->near.pay_len;

	return k->has_near && k->has_far && near_frame < ETHERNET_MINIMUM &&
	       k->far.pay_len > k->near.pay_len &&
	       k->far.pay_len - k->near.pay_len ==
		       ETHERNET_MINIMUM - near_frame;
}

/* For a partly captured packet only the checksum tells about the rest, and in a
 * host's own packets the card has yet to write it.  Then it differs in all of
 * them; a device changes only some. */
static bool is_unfinished(const struct session_view *v, const struct fact *k)
{
	int from = v->row.flows[k->from].point_pos;
	int to = v->row.flows[k->to].point_pos;

	if (k->e.change & (CHANGE_PAYLOAD_GREW | CHANGE_PAYLOAD_SHRANK) ||
	    (k->near.marks & k->far.marks & REC_FULL) ||
	    !((k->near.marks | k->far.marks) & REC_CUT))
		return false;
	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];
		const struct hop_way *w = &h->way[k->dir];
		uint64_t all = w->by_kind[KIND_DATA][FATE_DELIVERED] +
			       w->by_kind[KIND_DATAGRAM][FATE_DELIVERED];

		if (h->from_pos == (from < to ? from : to) &&
		    h->to_pos == (from < to ? to : from))
			return w->changed[__builtin_ctz(CHANGE_PAYLOAD_BYTES)] *
				       10 >=
			       all * 9;
	}
	return false;
}

static void payload_change(struct changes *s, struct derive *d,
			   const struct session_view *v, const struct fact *k)
{
	const struct model *m = derive_model(d);
	int from = v->row.flows[k->from].point_pos;
	int to = v->row.flows[k->to].point_pos;
	struct changed_way *w = way_of(s, from, to);
	char what[WORDS];

	if (!w->draft) {
		w->draft = draft_new(d, "change.payload", SEV_MEDIUM, 75);
		draft_hop(w->draft, m, from, to);
		draft_place(w->draft,
			    "between %s and %s, drivers on both sides "
			    "included; not the sender's stack, whose packet %s "
			    "has unchanged",
			    model_point_name(m, from), model_point_name(m, to),
			    model_point_name(m, from));
		draft_session_filters(w->draft, v);
	}
	w->packets++;
	w->padding += is_padding(k);
	w->broken |= derive_losses_claimed(d, v->row.id);
	draft_session(w->draft, v->row.id);
	words_evidence(w->draft, v, k,
		       "%s: %u bytes of payload at %s, %u at %s",
		       words_packet(v, k, what), k->near.pay_len,
		       fact_from(v, k)->name, k->far.pay_len,
		       fact_to(v, k)->name);
}

/* The first SYN of direction @dir at flow @i; if it has none, frame 0. */
static struct shown_syn syn_at(const struct session_view *v, int i, int dir)
{
	const struct flow_view *w = &v->flow[i];
	struct shown_syn x = { .point = w->row.point,
			       .file = w->first_file,
			       .time_ns = w->dir[dir].syn_ns,
			       .frame = w->dir[dir].syn ? w->dir[dir].syn_frame
							: 0 };

	words_session(v, (size_t)i, x.who);
	return x;
}

static void count_kind(struct changes *s, const struct session_view *v,
		       const struct change *c)
{
	int from = v->row.flows[c->from].point_pos;
	int to = v->row.flows[c->to].point_pos;
	bool last = v->row.client_end == 1;
	int back = strcmp(c->dir, "s2c") == 0;
	struct changed_kind *k;

	for (size_t i = 0; i < s->kinds.n; i++) {
		k = &s->kinds.at[i];
		if (k->from_pos == from && k->to_pos == to &&
		    strcmp(k->what, c->what) == 0 &&
		    strcmp(k->dir, c->dir) == 0) {
			k->sessions++;
			return;
		}
	}
	k = VEC_PUSH(&s->kinds);
	*k = (struct changed_kind){ .from_pos = from,
				    .to_pos = to,
				    .what = c->what,
				    .dir = c->dir,
				    .sessions = 1 };
	snprintf(k->near, sizeof k->near, "%s", last ? c->far : c->near);
	snprintf(k->far, sizeof k->far, "%s", last ? c->near : c->far);
	k->syn[last != back] = syn_at(v, c->from, back);
	k->syn[last == back] = syn_at(v, c->to, back);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct changes *s = state;
	uint64_t damaged[2];
	size_t n;
	struct change *c;

	if (v->row.verdict != PAIR_PAIRED)
		return;
	s->shown++;
	c = session_changes(v, &n);
	for (size_t i = 0; i < n; i++)
		count_kind(s, v, &c[i]);
	free(c);
	damage_count(v, facts, damaged);
	for (size_t i = 0; facts && i < facts->changed.n; i++)
		if (facts->changed.at[i].e.change & PAYLOAD_CHANGES &&
		    !damage_explains(v, &facts->changed.at[i],
				     damaged[facts->changed.at[i].dir]) &&
		    !is_unfinished(v, &facts->changed.at[i]))
			payload_change(s, d, v, &facts->changed.at[i]);
}

static void finish_way(const struct model *m, struct changed_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char n[TEXT_UNIT];

	text_count(w->packets, n);
	draft_title(w->draft,
		    "The payload of %s packet%s is changed between %s and %s",
		    n, plural(w->packets), from, to);
	draft_text(w->draft,
		   "%s packet%s left %s with one payload and arrived at %s "
		   "with another.",
		   n, w->packets == 1 ? "" : "s", from, to);
	if (w->padding == w->packets) {
		draft_text(w->draft,
			   "Each grew by exactly the bytes that pad a short "
			   "Ethernet frame to %d bytes: something on the way "
			   "counts padding into the IP length.  Padding itself "
			   "is not payload; the receiver, told so by the "
			   "length, takes it for data.",
			   ETHERNET_MINIMUM);
		json_object_set_new(w->draft->measure, "padding", json_true());
	}
	if (w->broken || w->padding == w->packets)
		w->draft->row.severity = SEV_HIGH;
	draft_next(
		w->draft,
		"replace or update what is between %s and %s (network driver, "
		"access point, inspecting device), one at a time",
		from, to);
	json_object_set_new(w->draft->measure, "packets",
			    json_integer((json_int_t)w->packets));
}

static bool is_sequence(const struct changed_kind *k)
{
	return strcmp(k->what, "sequence") == 0 ||
	       strcmp(k->what, "timestamp") == 0;
}

static const char *way_word(const char *dir)
{
	return strcmp(dir, "c2s") == 0   ? "client to server"
	       : strcmp(dir, "s2c") == 0 ? "server to client"
					 : dir;
}

/* "mss (client to server): 1460 -> 1380", in that direction of travel. */
static void kind_text(struct draft *f, const struct changed_kind *k,
		      uint64_t shown)
{
	bool back = strcmp(k->dir, "s2c") == 0;
	const char *left = back ? k->far : k->near;
	const char *came = back ? k->near : k->far;

	if (shown == 1)
		draft_text(f, "%s (%s): %s -> %s.", k->what, way_word(k->dir),
			   left, came);
	else
		draft_text(f,
			   "%s (%s): %llu of %llu sessions looked at, as in "
			   "%s -> %s.",
			   k->what, way_word(k->dir),
			   (unsigned long long)k->sessions,
			   (unsigned long long)shown, left, came);
}

static bool has_frame(const struct draft *f, const struct shown_syn *x)
{
	for (size_t i = 0; i < f->row.n_evidence; i++)
		if (f->row.evidence[i].file == x->file &&
		    f->row.evidence[i].frame == x->frame)
			return true;
	return false;
}

/* A packet on both sides of what rewrites it: several changes may be in one. */
static void kind_frames(struct draft *f, const struct changed_kind *k)
{
	const char *what = strcmp(k->dir, "s2c") == 0 ? "SYN,ACK" : "SYN";

	if (!k->syn[0].frame || !k->syn[1].frame)
		return;
	for (int i = 0; i < 2; i++)
		if (!has_frame(f, &k->syn[i]))
			draft_evidence(f, k->syn[i].point, k->syn[i].file,
				       k->syn[i].frame, k->syn[i].time_ns,
				       "the %s of %s", what, k->syn[i].who);
}

static void write_kinds(struct changes *s, struct derive *d, size_t first,
			bool sequence)
{
	const struct model *m = derive_model(d);
	const struct changed_kind *k = &s->kinds.at[first];
	const char *from = model_point_name(m, k->from_pos);
	const char *to = model_point_name(m, k->to_pos);
	struct draft *f = draft_new(
		d, sequence ? "change.sequence" : "change.header", SEV_INFO, 5);

	draft_title(f,
		    sequence ? "Sequence numbers or time stamps are rewritten "
			       "between %s and %s"
			     : "Addresses, ports or options are rewritten "
			       "between %s and %s",
		    from, to);
	draft_hop(f, m, k->from_pos, k->to_pos);
	for (size_t i = first; i < s->kinds.n; i++) {
		const struct changed_kind *o = &s->kinds.at[i];

		if (o->from_pos != k->from_pos || o->to_pos != k->to_pos ||
		    is_sequence(o) != sequence)
			continue;
		kind_text(f, o, s->shown);
		kind_frames(f, o);
		json_object_set_new(f->measure, o->what,
				    json_integer((json_int_t)o->sessions));
	}
	draft_frame_filters(f);
}

static bool is_first(const struct changes *s, size_t i)
{
	const struct changed_kind *k = &s->kinds.at[i];

	for (size_t j = 0; j < i; j++)
		if (s->kinds.at[j].from_pos == k->from_pos &&
		    s->kinds.at[j].to_pos == k->to_pos &&
		    is_sequence(&s->kinds.at[j]) == is_sequence(k))
			return false;
	return true;
}

static void finish(void *state, struct derive *d)
{
	struct changes *s = state;

	for (size_t i = 0; i < s->ways.n; i++)
		finish_way(derive_model(d), &s->ways.at[i]);
	for (size_t i = 0; i < s->kinds.n; i++)
		if (is_first(s, i))
			write_kinds(s, d, i, is_sequence(&s->kinds.at[i]));
	VEC_FREE(&s->ways);
	VEC_FREE(&s->kinds);
	free(s);
}

const struct rule_group rules_change = { "change", begin, session, finish };
